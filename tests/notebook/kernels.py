"""A kernel of its own, run cell by cell, and what each cell sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from attrs import field, frozen
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

SHOWN = ("stream", "error", "display_data", "update_display_data", "execute_result")
IMPORTS = """
from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail
from twisted.internet.protocol import Protocol
from labkit import *

class Echo(Protocol):
    def dataReceived(self, data):
        self.transport.write(data)

class Text(Protocol):
    def dataReceived(self, data):
        self.transport.write(data.decode())
"""


@frozen
class Shown:
    """What a cell sent: its outputs in order, and the reply's status."""

    outputs: list[Any] = field(factory=list)
    status: str = ""

    @property
    def texts(self) -> list[str]:
        """The words of each output."""
        found = []
        for kind, content in self.outputs:
            if kind == "stream":
                found.append(f"{content['name']}: {content['text']}")
            elif kind == "error":
                found.append(re.sub(r"\x1b\[[\d;]*m", "", "\n".join(content["traceback"])))
            else:
                found.append(content["data"]["text/plain"])
        return found

    @property
    def updates(self) -> list[tuple[str, str]]:
        """What replaced something shown before: of which display, and the words."""
        shown = [c for kind, c in self.outputs if kind == "update_display_data"]
        return [(c["transient"]["display_id"], c["data"]["text/plain"]) for c in shown]

    @property
    def cards(self) -> list[str]:
        """The words of what the lab showed under the cell."""
        shown = [c for kind, c in self.outputs if kind == "display_data"]
        return [c["data"]["text/plain"] for c in shown if c["metadata"].get("labkit")]


class Kernel:
    """A kernel and one client of it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.manager = KernelManager(
            kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[])
        )
        self.manager.start_kernel(
            env=environment, extra_arguments=["--IPKernelApp.log_level=ERROR"]
        )
        self.client: Any = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str, meanwhile: Callable[[], object] | None = None) -> Shown:
        """Run a cell; `meanwhile` is called when it prints."""
        request = self.client.execute(code, allow_stdin=False)
        outputs = []
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream" and meanwhile is not None:
                meanwhile()
            if kind in SHOWN:
                outputs.append((kind, content))
            if kind == "status" and content["execution_state"] == "idle":
                return Shown(outputs, self._status(request))

    def _status(self, request: str) -> str:
        while True:
            reply = self.client.get_shell_msg(timeout=60)
            if reply["parent_header"].get("msg_id") == request:
                return str(reply["content"]["status"])

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
