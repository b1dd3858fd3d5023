"""Cases of a test that only the proofs in full try: each run has their like already."""

from __future__ import annotations

from functools import partial

import pytest

in_full = partial(pytest.param, marks=pytest.mark.long)
