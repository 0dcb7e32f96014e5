"""Wrong answers to c1-report."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

import importlib.util
import platform
import sys
from importlib.metadata import distributions

import twisted
from twisted.internet import reactor

from labkit.exercises import mistakes

__all__: list[str] = []


def facts(**changed):
    """A right report, but for what is changed."""
    right = {
        "python": platform.python_version(),
        "twisted": twisted.__version__,
        "reactor": type(reactor).__name__,
        "tls": importlib.util.find_spec("OpenSSL") is not None,
    }
    return right | changed


@mistakes("c1-report", finding="not-a-dict")
def report_prints():
    facts()


@mistakes("c1-report", finding="missing-key")
def report_in_capitals():
    return {name.title(): fact for name, fact in facts().items()}


@mistakes("c1-report", finding="not-str")
def report_with_a_version_object():
    return facts(twisted=twisted.version)


@mistakes("c1-report", finding="not-str")
def report_with_a_tuple():
    return facts(python=sys.version_info[:3])


@mistakes("c1-report", finding="not-str")
def report_with_the_class():
    return facts(reactor=type(reactor))


@mistakes("c1-report", finding="wrong-python")
def report_with_the_series():
    return facts(python=f"{sys.version_info[0]}.{sys.version_info[1]}")


@mistakes("c1-report", finding="wrong-python")
def report_with_everything():
    return facts(python=sys.version)


@mistakes("c1-report", finding="wrong-twisted")
def report_typed_in():
    return facts(twisted="13.0.0")


@mistakes("c1-report", finding="wrong-reactor")
def report_with_the_module():
    return facts(reactor=reactor.__module__)


@mistakes("c1-report", finding="wrong-reactor")
def report_with_the_reactor_as_text():
    return facts(reactor=str(reactor))


@mistakes("c1-report", finding="not-bool")
def report_with_words():
    return facts(tls="yes" if facts()["tls"] else "no")


@mistakes("c1-report", finding="tls-hardcoded")
def report_with_a_constant():
    return facts(tls=True)


@mistakes("c1-report", finding="tls-hardcoded")
def report_of_what_is_installed():
    names = {d.metadata["Name"].lower() for d in distributions()}
    return facts(tls=bool(names & {"pyopenssl"}))


@mistakes("c1-report", finding="tls-hardcoded")
def report_without_hope():
    return facts(tls=False)


@mistakes("c1-report", finding="raises-without-tls")
def report_that_imports():
    import OpenSSL

    return facts(tls=bool(OpenSSL))
