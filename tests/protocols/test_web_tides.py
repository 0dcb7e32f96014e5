"""labkit.protocols.web.tides: a page for each day, by a template."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.protocols.web import TideTables, tides_of


@given(st.integers(0, 99_999))
def test_a_day_has_its_tides_in_order_high_and_low_in_turn(day: int) -> None:
    """Three or four, within the day; a high water stands above a low one."""
    tides = tides_of(day)
    assert len(tides) in (3, 4)
    assert all(0 <= tide.minute < 1440 for tide in tides)
    assert [t.minute for t in tides] == sorted(t.minute for t in tides)
    assert all(a.high != b.high for a, b in pairwise(tides))
    assert all(t.metres >= 4 if t.high else t.metres <= 1 for t in tides)


@given(st.integers(0, 2000))
def test_no_tide_is_lost_between_two_days(day: int) -> None:
    """The last of a day and the first of the next are not of one kind."""
    assert tides_of(day)[-1].high != tides_of(day + 1)[0].high


def test_the_template_fills_the_table(web: Any) -> None:
    """One row a tide; the title twice."""
    web.serve(TideTables(today=3))
    answer = web.ask("GET", "/")
    assert answer.body.count(b"<tr>") == len(tides_of(3))
    assert answer.body.count(b"Tides of day 3") == 2
    assert answer.body == web.ask("GET", "/3").body
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["x", "-1", "1_0", "100000", "%C2%B2", "%D9%A1", "3/", "3/4", "<b>", "9" * 5000]
)
def test_what_is_no_day_is_not_found(web: Any, path: str) -> None:
    """A leaf takes what is below it for its own; so only the first part names the day."""
    web.serve(TideTables())
    answer = web.ask("GET", "/" + path)
    assert answer.status == (200 if path.startswith("3/") else 404)
    assert b"<b>" not in answer.body
