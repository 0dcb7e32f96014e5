"""The progress bar: it moves where a person looks, and a stored page has its end alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit.refresh import private

from .kernels import IMPORTS, Kernel

UNLOAD = """
held, come = Deferred(), [0]
def unload():
    for n in (1, 2, 3):
        reactor.callLater(0.15 * n, come.__setitem__, 0, n)
    reactor.callLater(0.6, held.callback, 'empty')
    return held
bar(run(unload), 3, lambda: come[0])
"""


@pytest.fixture(scope="module")
def watched() -> Iterator[Kernel]:
    """A kernel that a browser talks to, for all it knows."""
    with private() as variables:
        kernel = Kernel({**variables, "JPY_SESSION_NAME": "harbour.ipynb"})
        kernel.run(IMPORTS)
        yield kernel
        kernel.stop()


def test_it_moves_in_its_place_while_somebody_looks(watched: Kernel) -> None:
    """One display, which begins empty and ends full; then the value."""
    shown = watched.run(UNLOAD)
    kinds = [kind for kind, _ in shown.outputs]
    assert (kinds[0], kinds[-1]) == ("display_data", "execute_result")
    assert set(kinds[1:-1]) == {"update_display_data"}
    places, words = zip(*shown.updates, strict=True)
    assert len(set(places)) == 1
    assert shown.texts[0].endswith("] 0/3")
    assert words[-1].endswith("] 3/3")
    assert any(text.endswith(("] 1/3", "] 2/3")) for text in words)
    assert shown.texts[-1] == "'empty'"


def test_a_stored_page_has_the_end_alone(kernel: Kernel) -> None:
    """Nothing is updated: what compares stored pages sees the first state of a display."""
    shown = kernel.run(UNLOAD)
    assert [kind for kind, _ in shown.outputs] == ["display_data", "execute_result"]
    assert shown.texts[0].endswith("] 3/3")


def test_a_failure_is_raised_and_the_bar_stays_where_it_was(kernel: Kernel) -> None:
    """As wait() would raise it."""
    shown = kernel.run("bar(run(lambda: fail(OSError('no quay'))), 3, lambda: 1)")
    assert [kind for kind, _ in shown.outputs] == ["display_data", "error"]
    assert shown.texts[0].endswith("] 1/3")
    assert "OSError: no quay" in shown.texts[1]
