"""Where things stand on a drawing: for the promise that nothing lies on something else."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree

from .values import SVG


def boxes_of(root: ElementTree.Element) -> list[tuple[float, ...]]:
    """The boxes of what was called: left, top, right, bottom."""
    found = [t for t in root.iter() if t.get("rx") in ("5", "6")]
    sides = [[float(t.get(k, 0)) for k in ("x", "y", "width", "height")] for t in found]
    return [(x, y, x + wide, y + tall) for x, y, wide, tall in sides]


def texts_of(root: ElementTree.Element) -> list[tuple[float, ...]]:
    """About where each text stands: left, top, right, bottom."""
    found = []
    for text in root.iter(f"{SVG}text"):
        x, y, size = (float(text.get(k, 0)) for k in ("x", "y", "font-size"))
        share = 0.61 if "monospace" in text.get("font-family", "") else 0.5
        wide = len("".join(text.itertext())) * share * size
        left = x - {"start": 0, "middle": wide / 2, "end": wide}[text.get("text-anchor", "start")]
        found.append((left, y - 0.7 * size, left + wide, y))
    return found


def apart(ones: list[tuple[float, ...]]) -> bool:
    """Whether no two of them lie on each other."""
    return not any(
        a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
        for a, b in combinations(ones, 2)
    )
