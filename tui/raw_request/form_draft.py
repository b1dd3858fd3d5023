"""What stands in the console's form, as the fields of a draft: without secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, cast

from tui.raw_request.form_text import RequestText, typed_from
from tui.raw_request.redaction import Hide, redact
from tui.storage.document import as_table

_FIELD: Final = "form"


def fields_of(typed: RequestText, hide: Hide) -> dict[str, str]:
    """The fields that hold a form."""
    return {_FIELD: json.dumps(redact(typed, hide).texts())}


def typed_of(fields: Mapping[str, str]) -> RequestText | None:
    """The form that fields hold; None for none."""
    with suppress(ValueError, RecursionError):
        table = as_table(cast("object", json.loads(fields.get(_FIELD, ""))))
        return typed_from(table) if table is not None else None
    return None
