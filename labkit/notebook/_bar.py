"""How far something has come: a bar that moves where a person looks, and is stored full."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from IPython.core.display import ProgressBar

from labkit.bench import Result

from ._page import looked_at

_LOOK = 0.05  # seconds between two looks


def bar(result: Result, total: int, reached: Callable[[], int]) -> Any:
    """Show a bar until a Result (from `run`) is done; hand on its value, or raise its error.

    `reached()` tells how far it has come, of `total`; it is called in the notebook's
    thread. An interrupt cancels the Result. A page that is made to be stored gets
    the bar once, as it stands at the end.
    """
    __tracebackhide__ = True
    live = looked_at(os.environ)
    kind: Any = ProgressBar if live else _Still
    shown = kind(total)
    if live:
        shown.display()
    try:
        while not result.done:
            time.sleep(_LOOK)
            shown.progress = reached()
    except BaseException:
        result.cancel()
        raise
    finally:
        shown.progress = reached()
        if not live:
            shown.display()
    return result.wait()


class _Still(ProgressBar):
    """Shown once: a stored page keeps no updates."""

    def update(self) -> None:
        pass
