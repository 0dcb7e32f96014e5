"""Small tables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from labkit.views import html, table

from .test_picture import Tags


@given(st.text(), st.lists(st.tuples(st.text(), st.text()), max_size=5), st.lists(st.text()))
def test_cells_are_text(title: str, rows: list[tuple[str, str]], notes: list[str]) -> None:
    """A cell a value, none of them markup, and the text twin a line a row."""
    seen = table(title, ("what", "found"), rows, notes)
    tags = [tag for tag, _ in Tags(html(seen)).found]
    assert tags.count("td") == 2 * len(rows)
    assert set(tags) <= {"div", "table", "tbody", "tr", "th", "td"}
    assert len(seen.text.split("\n")) == 1 + len(notes) + (len(rows) + 1 if rows else 0)


def test_columns_are_aligned() -> None:
    """Words stand below words."""
    text = table("Tools", ("name", "state"), [("nc", "ok"), ("tshark", "missing")]).text
    assert text.split("\n") == [
        "Tools",
        "  name    state",
        "  nc      ok",
        "  tshark  missing",
    ]


def test_a_state_is_a_word_before_it_is_a_colour() -> None:
    """The colour adds nothing that is not said."""
    seen = table("Tools", ("name", "state"), [("nc", "ok"), ("tshark", "missing")])
    styles = {a["style"] for tag, a in Tags(html(seen)).found if tag == "td"}
    assert len(styles) == 3
    assert "missing" in seen.text
