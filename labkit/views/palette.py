"""The colours of all pictures: on a card of their own, legible on light and dark pages.

Every pair of text and ground here has a contrast of 4.5 or more (WCAG AA).
"""

from __future__ import annotations

CARD = "#fcfbf8"
EDGE = "#cfc9bb"
INK = "#1d2530"
FAINT = "#636b76"
CLIENT = "#1c5aa6"
SERVER = "#0a6a4c"
ALARM = "#b3261e"
NOTICE = "#8a4b00"
VEIL = "#e9eff8"
GOOD = "#0a6a4c"

MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
