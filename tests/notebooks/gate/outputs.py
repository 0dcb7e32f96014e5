"""What is stored under the cells: pictures that a fresh clone shows, nothing that changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

_CHANGING = (
    ("an address in memory", re.compile(r"\b0x[0-9a-fA-F]{6,}")),
    ("a port", re.compile(r"(?:127\.0\.0\.1|localhost)['\"]?(?::|, ?| )\d{4,5}\b")),
    ("a port", re.compile(r"(?i)\bport['\"]?[=: ] ?\d{4,5}\b")),
    ("a time of day", re.compile(r"\b\d{1,2}:\d{2}:\d{2}\b")),
    ("a date", re.compile(r"\b20\d\d-\d\d-\d\d\b")),
    ("a path of this machine", re.compile(r"(?<![\w/.])/(?:tmp|home|root|work|usr|var)/\w")),
    ("a process or thread id", re.compile(r"ipykernel_\d+|\b\d{13,}\b")),
)


def problems(cell: Any) -> Iterator[str]:
    """What is wrong with the stored outputs of a code cell."""
    for output in cell.outputs:
        yield from _figure(output)
        yield from _changing(output)


def _figure(output: Any) -> Iterator[str]:
    """A picture is one that a fresh clone shows, and has its words beside it."""
    data = output.get("data", {})
    page = "".join(data.get("text/html", ""))
    if "image/svg+xml" in data or "<svg" in page:
        yield "an SVG that JupyterLab hides until the notebook is trusted; use <img src=data:…>"
    for image in re.findall(r"<img\b[^>]*>", page):
        if 'src="data:image/' not in image or 'alt="' not in image:
            yield "an <img> without alt, or whose picture is not in the notebook itself"
    if data and not data.get("text/plain"):
        yield f"an output without text/plain: {', '.join(data)}"


def _changing(output: Any) -> Iterator[str]:
    data = output.get("data", {})
    texts = [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", ())]
    texts += [v if isinstance(v, str) else str(v) for v in data.values()]
    whole = unquote(re.sub(r"\x1b\[[\d;]*m", "", "\n".join(texts)))
    for name, pattern in _CHANGING:
        hit = pattern.search(whole)
        if hit:
            around = whole[max(hit.start() - 20, 0) : hit.end() + 10]
            yield f"{name} in a stored output: {around!r}"
