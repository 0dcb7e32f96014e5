"""Tide tables: a page made for each request, by a template, at an address made for each day."""

from __future__ import annotations

import re
from typing import Any

from attrs import frozen
from twisted.web.iweb import IRequest
from twisted.web.pages import notFound
from twisted.web.resource import IResource, Resource
from twisted.web.template import Element, Tag, XMLString, renderElement, renderer

__all__ = ["Tide", "TideDay", "TidePage", "TideTables", "tides_of"]

HALF = 372.5  # minutes from high water to low water
LAST = 99_999  # the last day that has a table: no number is too long to count with


@frozen
class Tide:
    """A high or a low water: minutes after midnight, and metres above the chart's zero."""

    minute: int
    metres: float
    high: bool

    @property
    def clock(self) -> str:
        """The time of day, as on a station's clock."""
        return f"{self.minute // 60:02}:{self.minute % 60:02}"


def tides_of(day: int) -> tuple[Tide, ...]:
    """The tides of the n-th day: high and low in turn, as the moon would have it alone."""
    first = int(-(-day * 1440 // HALF))
    numbers = range(first, int(-(-(day + 1) * 1440 // HALF)))
    return tuple(_tide(int(n * HALF) - day * 1440, n) for n in numbers)


def _tide(minute: int, number: int) -> Tide:
    spring = number % 28 / 28  # the range grows and falls back within a fortnight
    return Tide(
        max(minute, 0), round(4 + spring if number % 2 else 1 - spring, 1), bool(number % 2)
    )


class TidePage(Element):
    """One day's table. What fills a slot is escaped by the template."""

    loader = XMLString("""
        <html xmlns:t="http://twistedmatrix.com/ns/twisted.web.template/0.1" lang="en">
          <head><title t:render="title"/></head>
          <body>
            <h1 t:render="title"/>
            <table>
              <tr t:render="rows">
                <td><t:slot name="kind"/></td>
                <td><t:slot name="clock"/></td>
                <td><t:slot name="metres"/> m</td>
              </tr>
            </table>
          </body>
        </html>""")

    def __init__(self, day: int) -> None:
        super().__init__()
        self.day = day

    @renderer
    def title(self, request: IRequest, tag: Tag) -> Tag:
        return tag(f"Tides of day {self.day}")

    @renderer
    def rows(self, request: IRequest, tag: Tag) -> list[Tag]:
        return [
            tag.clone().fillSlots(
                kind="high" if tide.high else "low", clock=tide.clock, metres=f"{tide.metres}"
            )
            for tide in tides_of(self.day)
        ]


class TideDay(Resource):
    """The page of one day."""

    isLeaf = True

    def __init__(self, day: int) -> None:
        super().__init__()
        self.day = day

    def render_GET(self, request: Any) -> Any:
        request.setHeader("Content-Type", "text/html; charset=utf-8")
        return renderElement(request, TidePage(self.day))


class TideTables(Resource):
    """Has a child for every day: /0, /1, … The table of today is at /."""

    def __init__(self, today: int = 0) -> None:
        super().__init__()
        self.today = today

    def getChild(self, path: bytes, request: IRequest) -> IResource:
        if path == b"":
            return TideDay(self.today)
        # isdigit and int know digits of other scripts, and underscores
        if re.fullmatch(rb"[0-9]{1,5}", path) and int(path) <= LAST:
            return TideDay(int(path))
        return notFound(message="There is a table for each day: a number.")
