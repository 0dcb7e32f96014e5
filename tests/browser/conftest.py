"""The real JupyterLab, started by the reader's own command, in a browser without a screen."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TOKEN = "a-token-of-the-tests"
FLAGS = ("--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--disable-dev-shm-usage")  # fmt: skip
SETTINGS = {
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A browser; left out by name where there is none, or nothing to drive it with."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("chromium is not on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where the screenshots go: $LABKIT_SHOTS, else a temporary folder."""
    place = Path(os.environ.get("LABKIT_SHOTS") or tempfile.mkdtemp(prefix="labkit-shots-"))
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with copies of the notebooks, to be written to."""
    folder = tmp_path_factory.mktemp("desk")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="session")
def address(desk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of JupyterLab on the desk, with nobody's settings, profile or progress."""
    with jupyterlab(desk, tmp_path_factory.mktemp("home")) as url:
        yield url


@contextmanager
def jupyterlab(
    desk: Path, home: Path, base: str = "/", variables: Mapping[str, str] | None = None
) -> Iterator[str]:
    """JupyterLab while the block runs; `base` is its path, with `variables` in its surroundings."""
    port = free_port()
    with (home / "log").open("wb") as log:
        lab = subprocess.Popen(
            [sys.executable, "-m", "labkit", "lab", *options(port, desk, base)],
            cwd=ROOT, env=os.environ | private(home) | dict(variables or {}),
            stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}{base}".rstrip("/")
        wait_for(url, lab, home / "log")
        yield url
    finally:
        lab.send_signal(signal.SIGTERM)
        lab.wait(20)


def free_port() -> int:
    """A port that nobody has, and that the system gives to no outgoing connection meanwhile."""
    for port in random.sample(range(20_000, 30_000), 50):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    pytest.fail("no free port was found")


def options(port: int, desk: Path, base: str) -> list[str]:
    """What the tests add to the reader's command."""
    return [
        "--no-browser",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={desk}",
        f"--ServerApp.base_url={base}",
        "--LabApp.expose_app_in_browser=True",
    ]


def private(home: Path) -> dict[str, str]:
    """Variables that keep Jupyter, IPython and the lab away from their user's folders."""
    for name, text in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "IPYTHONDIR": str(home / "ipython"),
        "LABKIT_HOME": str(home / "labkit"),
    }


def wait_for(url: str, lab: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers; fail with its log when it has ended instead."""
    until = time.monotonic() + 120
    while time.monotonic() < until and lab.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/api/status?token={TOKEN}", timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """JupyterLab in a fresh page, with its application object."""
    with opened(browser, address) as tab:
        yield tab


@contextmanager
def opened(browser: Any, address: str) -> Iterator[Any]:
    """A page of a JupyterLab while the block runs; its kernel ends with it."""
    tab = browser.new_page(viewport={"width": 1280, "height": 1000})
    tab.set_default_timeout(60_000)
    tab.goto(f"{address}/lab?token={TOKEN}&reset")
    tab.wait_for_function("window.jupyterapp")
    yield tab
    tab.evaluate("() => window.panel && window.panel.sessionContext.shutdown()")
    tab.close()
