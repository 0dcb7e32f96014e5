"""Colours, fonts and the width of a card. One place, because contrast is checked against one card.

A picture stands in an <img>, which sees no theme of the page around it: it brings its
own light card, with a border that shows on white and a ground that shows on black.
"""

from __future__ import annotations

from typing import Final

WIDTH: Final = 760  # pixels; fits the output area of a JupyterLab cell

CARD: Final = "#fbfcfd"
SHADE: Final = "#f0f3f6"
EDGE: Final = "#c4ccd6"
INK: Final = "#1c2128"
MUTED: Final = "#565f6b"
LANE: Final = "#7b8591"
WHITE: Final = "#ffffff"

CLIENT: Final = "#0b57a4"
SERVER: Final = "#8a4300"
ESCAPE: Final = "#7a2ea0"

GOOD: Final = "#1a6b3c"
BAD: Final = "#b3261e"
WARN: Final = "#7a5600"

TLS: Final = "#0c6458"
TLS_TINT: Final = "#e7f3f0"
GOOD_TINT: Final = "#e6f4ea"
BAD_TINT: Final = "#fcebea"
WARN_TINT: Final = "#fdf3dc"

# Named after what they are for; every pair is text on its ground, WCAG AA.
PAIRS: Final = (
    (INK, CARD),
    (MUTED, CARD),
    (MUTED, SHADE),
    (INK, SHADE),
    (CLIENT, CARD),
    (SERVER, CARD),
    (ESCAPE, CARD),
    (GOOD, CARD),
    (BAD, CARD),
    (WARN, CARD),
    (TLS, CARD),
    (INK, TLS_TINT),
    (ESCAPE, TLS_TINT),
    (MUTED, TLS_TINT),
    (CLIENT, TLS_TINT),
    (SERVER, TLS_TINT),
    (BAD, TLS_TINT),
    (WARN, TLS_TINT),
    (GOOD, GOOD_TINT),
    (INK, GOOD_TINT),
    (BAD, BAD_TINT),
    (INK, BAD_TINT),
    (WARN, WARN_TINT),
    (INK, WARN_TINT),
    (WHITE, CLIENT),
    (WHITE, SERVER),
)

SANS: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
MONO: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two #rrggbb colours by WCAG 2, from 1.0 to 21.0."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.03928 else float(((part + 0.055) / 1.055) ** 2.4)
