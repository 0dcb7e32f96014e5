"""A small page for words: a coloured edge, the head line in bold. Legible on light and dark."""

from __future__ import annotations

from html import escape

from labkit.views import framed, palette, preformatted


def card(text: str, bad: bool) -> str:
    """The text as HTML with inline styles, which a notebook that is not trusted yet keeps."""
    edge = palette.ALARM if bad else palette.NOTICE
    first, _, rest = text.partition("\n")
    head = f'<div style="font-weight:600;color:{edge}">{escape(first)}</div>'
    return framed(head + (preformatted(rest) if rest else ""), edge)
