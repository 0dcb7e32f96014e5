"""Teaches a display formatter the lab's values, by name, so that none is imported for it."""

from __future__ import annotations

from typing import Any

KINDS: dict[str, tuple[str, ...]] = {
    "labkit.wire._conversation": ("Wire", "View", "Conversation"),
    "labkit.wire._lanes": ("Lanes",),
    "labkit.deferreds._history": ("History", "Chain"),
    "labkit.deferreds._tracer": ("Tracing",),
    "labkit.turns._timeline": ("Timeline", "Stall"),
    "labkit.turns._schedule": ("Schedule",),
    "labkit.bench._rescue": ("Rescue",),
    "labkit.bench._travel": ("Travel",),
    "labkit.exercises._verdict": ("Passed", "Refused", "NotStarted", "CouldNotTell"),
    "labkit.exercises._loop": ("Hint", "Solution", "Progress", "Asked", "Begun", "Finished"),
    "labkit.exercises._guesses": ("Question", "Guess", "GuessResult"),
    "labkit.protocols._machine": ("Machine",),
    "labkit.bench._page": ("Page",),
    "labkit.bench._doctor": ("Report", "Needs"),
    "labkit.bench._server": ("Server",),
    "labkit.bench._endpoints": ("EndpointServer", "ServiceServer"),
}


def register(formatter: Any) -> None:
    """Have every value of the lab shown as its picture, with the text twin beside it."""
    page, plain = formatter.formatters["text/html"], formatter.formatters["text/plain"]
    for module, names in KINDS.items():
        for name in names:
            page.for_type_by_name(module, name, as_html)
            plain.for_type_by_name(module, name, as_text)
    plain.for_type_by_name("twisted.internet.defer", "Deferred", deferred)
    _servers(page, plain)


def as_html(value: Any) -> str:
    """A value of the lab for text/html."""
    from labkit.views import html

    from ._show import view

    return html(view(value))


def as_text(value: Any, printer: Any, cycle: bool) -> None:
    """A value of the lab for text/plain. Inside a list or the like, a short form in one line."""
    from ._show import view

    picture = view(value)
    if getattr(printer, "stack", [None])[1:]:
        printer.text(f"<{picture.title}>")
        return
    for number, line in enumerate(picture.text.splitlines()):
        if number:
            printer.break_()
        printer.text(line)


def deferred(value: Any, printer: Any, cycle: bool) -> None:
    """A Deferred without its address, so that the same cell shows the same again."""
    state = "waiting"
    if value.called:
        state = "paused" if value.paused else f"fired with {value.result!r}"
        if hasattr(value.result, "getErrorMessage"):
            state = f"failed with {value.result.type.__name__}"
    printer.text(f"<Deferred, {state}>")


def _servers(page: Any, plain: Any) -> None:
    """What servers() returns is a tuple; other tuples look as they always did."""
    before = plain.lookup_by_type(tuple)

    def text(value: Any, printer: Any, cycle: bool) -> None:
        as_text(value, printer, cycle) if _all_servers(value) else before(value, printer, cycle)

    plain.for_type(tuple, text)
    page.for_type(tuple, lambda value: as_html(value) if _all_servers(value) else None)


def _all_servers(value: Any) -> bool:
    kinds = ("labkit.bench._server", "labkit.bench._endpoints")
    return bool(value) and all(type(v).__module__ in kinds for v in value)
