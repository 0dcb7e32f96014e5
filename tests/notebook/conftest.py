"""Kernels with the lab in them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit.refresh import private

from .kernels import IMPORTS, Kernel


@pytest.fixture(scope="module")
def shared() -> Iterator[Kernel]:
    """One kernel for the module, with the lab in it."""
    with private() as variables:
        kernel = Kernel(dict(variables))
        kernel.run(IMPORTS)
        kernel.run("servers()")
        yield kernel
        kernel.stop()


@pytest.fixture
def kernel(shared: Kernel) -> Iterator[Kernel]:
    yield shared
    shared.run("stop_all()")
