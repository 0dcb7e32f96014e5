"""The arrivals desk: a form and what is made of it. Fields in, a value or a complaint out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.template import Element, Tag, XMLString, renderElement, renderer

__all__ = ["Arrival", "ArrivalDesk", "ArrivalForm", "ArrivalSlip", "BadForm", "read_arrival"]

Fields = Mapping[bytes, Sequence[bytes]]
BERTHS = 12
LONGEST = 400  # metres


@frozen
class Arrival:
    """A ship that asks for a berth. `length` is in whole metres."""

    ship: str
    length: int

    @property
    def berth(self) -> int:
        """The longer the ship, the farther out it lies; counted from 1."""
        return 1 + min(self.length * BERTHS // LONGEST, BERTHS - 1)


class BadForm(ValueError):
    """A form that cannot be used; the text is for the person who filled it in."""


def read_arrival(fields: Fields) -> Arrival:
    """The arrival in a form's fields, `ship` and `length`. Raises BadForm."""
    ship = _text(fields, b"ship")
    length = _text(fields, b"length")
    if not (length.isascii() and length.isdigit()):
        raise BadForm("the length is a whole number of metres")
    # before int, which takes its time over a million digits
    if len(length) > 4 or not 1 <= int(length) <= LONGEST:
        raise BadForm(f"a ship has from 1 to {LONGEST} metres")
    return Arrival(ship, int(length))


def _text(fields: Fields, name: bytes) -> str:
    said = fields.get(name, [b""])[0].strip()
    if not said:
        raise BadForm(f"the {name.decode()} is missing")
    try:
        return said.decode("utf-8")
    except UnicodeDecodeError:
        raise BadForm(f"the {name.decode()} is no UTF-8") from None


class ArrivalForm(Element):
    """The empty form, with a complaint above it when there is one."""

    loader = XMLString("""
        <html xmlns:t="http://twistedmatrix.com/ns/twisted.web.template/0.1" lang="en">
          <head><meta charset="utf-8"/><title>Arrivals</title></head>
          <body>
            <p id="complaint" t:render="complaint"/>
            <form method="post" accept-charset="utf-8">
              <label>Ship <input name="ship"/></label>
              <label>Length <input name="length"/></label>
              <button>Ask for a berth</button>
            </form>
          </body>
        </html>""")

    def __init__(self, said: str = "") -> None:
        super().__init__()
        self.said = said

    @renderer
    def complaint(self, request: IRequest, tag: Tag) -> Tag | str:
        return tag(f"Sorry: {self.said}.") if self.said else ""


class ArrivalSlip(Element):
    """The answer: which berth. The ship's name is text here, whatever it says."""

    loader = XMLString("""
        <html xmlns:t="http://twistedmatrix.com/ns/twisted.web.template/0.1" lang="en">
          <head><meta charset="utf-8"/><title>Berth</title></head>
          <body><p id="answer" t:render="answer"/></body>
        </html>""")

    def __init__(self, arrival: Arrival) -> None:
        super().__init__()
        self.arrival = arrival

    @renderer
    def answer(self, request: IRequest, tag: Tag) -> Tag:
        return tag(f"{self.arrival.ship}, berth {self.arrival.berth} is yours.")


class ArrivalDesk(Resource):
    """GET shows the form; POST takes it, urlencoded or multipart: 200, or 400 and the form."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.arrivals: list[Arrival] = []

    def render_GET(self, request: Any) -> Any:
        return _page(request, ArrivalForm())

    def render_POST(self, request: Any) -> Any:
        try:
            arrival = read_arrival(request.args)
        except BadForm as e:
            request.setResponseCode(400)
            return _page(request, ArrivalForm(str(e)))
        self.arrivals.append(arrival)
        return _page(request, ArrivalSlip(arrival))


def _page(request: Any, page: Element) -> Any:
    request.setHeader("Content-Type", "text/html; charset=utf-8")
    return renderElement(request, page)
