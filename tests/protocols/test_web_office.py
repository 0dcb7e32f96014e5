"""labkit.protocols.web: the whole office, and what its face offers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import labkit.protocols.web as face
from labkit.protocols.web import harbour_office


def test_every_name_of_the_face_is_there() -> None:
    """Sorted, none twice, each with a docstring."""
    assert sorted(set(face.__all__)) == face.__all__
    assert all(getattr(face, name).__doc__ for name in face.__all__)


@pytest.mark.parametrize(
    "path", ["/", "/welcome", "/tides/", "/tides/7", "/arrivals", "/notices", "/notices/"]
)
def test_each_room_has_a_door(web: Any, path: str) -> None:
    """200, for a link as for a bookmark; and the head alone."""
    web.serve(harbour_office())
    answer = web.ask("GET", path)
    assert (answer.status, bool(answer.body)) == (200, True)
    assert web.ask("HEAD", path).status == 200


@pytest.mark.parametrize("path", ["/nowhere", "/tides/x", "/charts/a", "/notices/1"])
def test_what_is_not_there_is_404(web: Any, path: str) -> None:
    """No traceback, no markup of the visitor's."""
    web.serve(harbour_office())
    assert web.ask("GET", path).status == 404
    assert b"<i>" not in web.ask("GET", path + "<i>").body


def test_charts_are_files_of_a_folder(web: Any, tmp_path: Path) -> None:
    """And of no other."""
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "north.txt").write_text("fog")
    (tmp_path / "secret.txt").write_text("gold")
    web.serve(harbour_office(charts=str(tmp_path / "charts")))
    assert web.ask("GET", "/charts/north.txt").status == 200
    for way in ("../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", ".%2e%2fsecret.txt"):
        answer = web.ask("GET", f"/charts/{way}")
        assert answer.status == 404
        assert b"gold" not in answer.body
