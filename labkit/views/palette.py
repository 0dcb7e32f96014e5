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
FAINT: Final = "#565f6b"
LANE: Final = "#7b8591"
WHITE: Final = "#ffffff"

CLIENT: Final = "#0b57a4"
SERVER: Final = "#8a4300"
ESCAPE: Final = "#7a2ea0"

GOOD: Final = "#1a6b3c"
ALARM: Final = "#b3261e"
NOTICE: Final = "#7a5600"

TLS: Final = "#0c6458"
VEIL: Final = "#e7f3f0"
GOOD_TINT: Final = "#e6f4ea"
ALARM_TINT: Final = "#fcebea"
NOTICE_TINT: Final = "#fdf3dc"

# Named after what they are for; every pair is text on its ground, WCAG AA.
PAIRS: Final = (
    (INK, CARD),
    (FAINT, CARD),
    (FAINT, SHADE),
    (INK, SHADE),
    (CLIENT, CARD),
    (SERVER, CARD),
    (ESCAPE, CARD),
    (GOOD, CARD),
    (ALARM, CARD),
    (NOTICE, CARD),
    (TLS, CARD),
    (INK, VEIL),
    (ESCAPE, VEIL),
    (FAINT, VEIL),
    (CLIENT, VEIL),
    (SERVER, VEIL),
    (ALARM, VEIL),
    (NOTICE, VEIL),
    (GOOD, GOOD_TINT),
    (INK, GOOD_TINT),
    (ALARM, ALARM_TINT),
    (INK, ALARM_TINT),
    (NOTICE, NOTICE_TINT),
    (INK, NOTICE_TINT),
    (WHITE, CLIENT),
    (WHITE, SERVER),
    (WHITE, ALARM),
    (ALARM, GOOD_TINT),
)

SANS: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
MONO: Final = (
    "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', "
    "'Liberation Mono', monospace"
)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two #rrggbb colours by WCAG 2, from 1.0 to 21.0."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.03928 else float(((part + 0.055) / 1.055) ** 2.4)
