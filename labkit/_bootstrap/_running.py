"""Whether the Python that runs now already has everything, so that nothing is installed."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Dict, Iterable, Tuple  # noqa: UP035 - read by Pythons too old for the rest
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ._place import Place

Installed = Dict[str, Distribution]  # noqa: UP006


@dataclass(frozen=True)
class Running:
    """The environment of this interpreter, seen from a checkout.

    `missing` names what it lacks of the wanted parts; `labkit` among them also
    when it holds the labkit of another checkout.
    """

    kind: str
    prefix: Path
    missing: Tuple[str, ...]  # noqa: UP006

    @property
    def serves(self) -> bool:
        """True when the command can run right here."""
        return not self.missing


def look(place: Place, parts: Iterable[str]) -> Running:
    """Describe the environment of this interpreter."""
    prefix = Path(sys.prefix).resolve()
    return Running(_kind(prefix), prefix, missing(place, parts, _installed(place)))


def missing(place: Place, parts: Iterable[str], installed: Installed) -> tuple[str, ...]:
    """Name the requirements of labkit and its parts that are not installed.

    Names alone are compared: whoever made the environment chose the versions.
    """
    lacks = [] if _is_ours(place, installed.get("labkit")) else ["labkit"]
    lacks += [name for name in requirements(place, parts) if name not in installed]
    return tuple(lacks)


def requirements(place: Place, parts: Iterable[str]) -> tuple[str, ...]:
    """Return the canonical names of all that the parts need, read from pyproject.toml."""
    import tomllib  # not in Pythons that are told to go

    project = tomllib.loads((place.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {})
    lines = [*project["dependencies"], *(line for part in parts for line in extras[part])]
    return tuple(_canonical(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]) for line in lines)


def _kind(prefix: Path) -> str:
    if (prefix / "conda-meta").is_dir():
        return "conda environment"
    if sys.prefix != sys.base_prefix:
        return "virtual environment"
    return "Python installation"


def _installed(place: Place) -> Installed:
    # Without the checkout itself: it is on the path because it is the current
    # folder, and a kernel that starts in notebooks/ would not find it there.
    path = [entry for entry in sys.path if entry and Path(entry).resolve() != place.root]
    return {_canonical(found.metadata["Name"] or ""): found for found in distributions(path=path)}


def _is_ours(place: Place, found: Distribution | None) -> bool:
    if found is None:
        return False
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    if not origin.get("dir_info", {}).get("editable"):
        return True
    return Path(url2pathname(urlsplit(origin["url"]).path)).resolve() == place.root


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
