"""Colours that can be read."""

from __future__ import annotations

import pytest

from labkit.views import palette


@pytest.mark.parametrize(("text", "ground"), palette.PAIRS)
def test_text_stands_out_from_its_ground(text: str, ground: str) -> None:
    """WCAG AA: 4.5 to 1."""
    assert palette.contrast(text, ground) >= 4.5


@pytest.mark.parametrize("ground", [palette.CARD, palette.VEIL])
def test_lanes_stand_out_from_the_card(ground: str) -> None:
    """WCAG AA for what is not text: 3 to 1."""
    assert palette.contrast(palette.LANE, ground) >= 3


def test_contrast_is_that_of_wcag() -> None:
    """Black on white is 21, and nothing stands out from itself."""
    assert round(palette.contrast("#000000", "#ffffff"), 6) == 21
    assert palette.contrast("#123456", "#123456") == 1
