"""Gets the reactor out of Python code that does not return. Called from another thread."""

from __future__ import annotations

import ctypes
import threading

from ._reactor import reactor, running

THREAD = "CrochetReactor"


class Rescued(Exception):
    """Raised by the lab inside code that kept the reactor from turning."""


def turns(within: float = 0.5) -> bool:
    """Whether the reactor answers within so many seconds."""
    if not running():
        return False
    answered = threading.Event()
    reactor.callFromThread(answered.set)
    return answered.wait(within)


def break_out(within: float = 1.0) -> bool:
    """End the callback that spins, by an exception in it; whether the reactor turns again.

    Twisted logs the exception and drops that one connection. A call into C, such
    as time.sleep, cannot be broken: there the answer is False until it returns.
    """
    if turns(0.05):
        return True
    stuck = [t.ident for t in threading.enumerate() if t.name == THREAD]
    if not stuck or stuck[0] is None:
        return False
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(stuck[0]), ctypes.py_object(Rescued))
    return turns(within)
