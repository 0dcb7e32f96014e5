"""A picture as a page shows it."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.views import Picture, framed, html, picture, preformatted, register
from labkit.views._picture import clip, printable
from labkit.wire import Wire

from .values import echo


class Tags(HTMLParser):
    """The tags of some HTML, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@given(st.text(max_size=60))
def test_a_drawing_becomes_one_image_that_holds_it(name: str) -> None:
    """Whatever the server is called, the address gives back the very same SVG."""
    seen = picture(Wire(name, (echo,)))
    ((tag, attributes),) = Tags(html(seen)).found
    assert tag == "img"
    assert attributes["alt"] == seen.alt
    kind, _, data = (attributes["src"] or "").partition(",")
    assert kind == "data:image/svg+xml"
    assert unquote(data) == seen.svg
    assert ElementTree.fromstring(seen.svg).get("width") == attributes["width"] == "760"


def test_the_address_can_be_read_in_a_diff() -> None:
    """Percent-encoded, a shape a line; no quote or angle that would end the attribute."""
    page = html(picture(Wire("echo", (echo,))))
    assert page.count("\n") > 20
    assert "base64" not in page
    assert page.count('"') == 10
    assert page.count("<") == page.count(">") == 1


def test_markup_is_shown_as_it_is() -> None:
    """What is to be copied is no image."""
    assert html(Picture("a", "a", markup="<div>a</div>")) == "<div>a</div>"


@given(st.text())
def test_words_are_escaped_and_printable(text: str) -> None:
    """No tag comes from text."""
    page = framed(preformatted(text))
    assert [tag for tag, _ in Tags(page).found] == ["div", "pre"]
    assert printable(text).isprintable()


@given(st.text(), st.integers(1, 20))
def test_clipped_text_fits(text: str, most: int) -> None:
    """An ellipsis says that something was cut."""
    short = clip(text, most)
    assert len(short) <= most
    assert short == printable(text) or short.endswith("…")


def test_a_value_without_a_picture_is_named() -> None:
    """The cure is in the sentence."""
    with pytest.raises(TypeError, match=r"no picture of a complex.*register"):
        picture(1j)


def test_values_of_other_floors_can_be_taught() -> None:
    """A chapter's value is drawn without an edit here."""

    class Tide:
        pass

    register(Tide, lambda value: Picture("tide", "high"))
    assert picture(Tide()).text == "high"
