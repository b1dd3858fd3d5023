"""What the sandbox has, in words, and how it refuses what it has not: told from what Twilio has not either.

Reads the catalogue of operations, which takes 20 ms the first time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache

from tui.sandbox.errors import NotInSandbox, Refusal
from tui.sandbox.identity import VERSION
from tui.twilio.operations import find_operation, operations

Served = Mapping[str, Mapping[str, Collection[str]]]
"""Product → path → methods."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_OTHER_KINDS = re.compile(r"(\.(?:csv|xml|html))?$")


def lacking(method: str, path: str, product: str, served: Served) -> Refusal:
    """Return the refusal of a request that has no route.

    That is 501 for what Twilio has there, 20004 for a method that it has not, and 20404 for a path that is nobody's.
    An empty `product` stands for any.
    """
    asked = (product,) if product else tuple(dict.fromkeys((*served, *_products())))
    if found := [each for product in asked if (each := find_operation(method, _url(product, path)))]:
        return NotInSandbox(_no(method, path, [each.product for each in found], served), f"{method} {found[0].path}")
    if any(find_operation(each, _url(owner, path)) for owner in asked for each in _METHODS):
        return Refusal(20004)
    as_json = _OTHER_KINDS.sub(".json", path, count=1)
    if path.startswith(f"/{VERSION}/") and (one := find_operation(method, _url("api", as_json))):
        sentence = f"The sandbox speaks JSON only, no {method} {path[:200]}: write {as_json[:200]}."
        return NotInSandbox(sentence, f"{method} {one.path} in another form")
    return Refusal(20404, path=path[:200])


def what_there_is(served: Served) -> str:
    """Every resource that the sandbox has, by product: `Api: Accounts, Balance; Pricing: Messaging/Countries`."""
    return "; ".join(f"{each.capitalize()}: {_resources(served, each)}" for each in served)


def _no(method: str, path: str, owners: list[str], served: Served) -> str:
    names = " or ".join(each.capitalize() for each in owners)
    if len(owners) == 1 and owners[0] in served:
        return (
            f"The sandbox has no {method} {path[:200]} of {names}. Of {names} it has: {_resources(served, owners[0])}."
        )
    return f"The sandbox has no {names} ({method} {path[:200]}). It has: {', '.join(map(str.capitalize, served))}."


def _resources(served: Served, product: str) -> str:
    """By name; what is a path's kinds, as Usage/Records/Today is one of Usage/Records, is not named beside it."""
    paths = [path.removesuffix(".json") for path, methods in served[product].items() if methods]
    parents = {path: path.rpartition("/")[0] for path in paths}
    named = [path for path in paths if parents[path].endswith("}") or parents[path] not in paths]
    return ", ".join(dict.fromkeys(map(resource_name, named)))


def resource_name(path: str) -> str:
    """What a path is about: `/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json` → `Messages`."""
    below = path.removesuffix(".json").removeprefix(f"/{VERSION}").removeprefix("/Accounts/{AccountSid}")
    return "/".join(each for each in below.split("/")[1:] if not re.match(r"\{|v[0-9]+$", each))


@cache
def _products() -> Iterable[str]:
    return tuple(dict.fromkeys(each.product for each in operations()))


def _url(product: str, path: str) -> str:
    return f"https://{product}.twilio.com{path}"
