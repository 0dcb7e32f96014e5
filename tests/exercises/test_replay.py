"""The line to try by hand says the same bytes."""

from __future__ import annotations

import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.exercises._replay import _printf


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=40))
def test_printf_writes_exactly_these_bytes(data: bytes) -> None:
    """Quotes, percent signs, backslashes, NUL: a POSIX shell's own printf agrees."""
    said = subprocess.run(["sh", "-c", _printf(data)], capture_output=True, check=True)
    assert said.stdout == data
