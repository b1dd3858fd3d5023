"""Loopback addresses: whether a host can only be this machine, and the origin (`http://host:port`) of a local server.

Pure: no name is looked up.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

_IPV4_LOOPBACK: Final = ipaddress.IPv4Network("127.0.0.0/8")
_IPV6_LOOPBACK: Final = ipaddress.IPv6Address("::1")


@lru_cache(maxsize=16)
def is_loopback(host: str) -> bool:
    """Whether a host of a URL or a setting, with or without brackets, is `localhost`, 127.0.0.0/8 or ::1.

    An IPv4 address written as IPv6 (`::ffff:127.0.0.1`) is not: Python's own `is_loopback` judges it differently from
    version to version.
    """
    bare = host.removeprefix("[").removesuffix("]")
    if bare.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return False
    return address in _IPV4_LOOPBACK if isinstance(address, ipaddress.IPv4Address) else address == _IPV6_LOOPBACK


def local_origin(host: str, port: int) -> str:
    """`http://host:port`, with brackets around IPv6; a server on every address is called on loopback."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - told apart, not listened on
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"http://{shown}:{port}"
