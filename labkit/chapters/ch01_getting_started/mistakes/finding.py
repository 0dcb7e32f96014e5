"""Wrong answers to c1-find."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from twisted.protocols.basic import LineReceiver

from labkit.exercises import mistakes

__all__: list[str] = []


def found(**changed):
    """The right names, but for what is changed."""
    right = {
        "lines": "twisted.protocols.basic.LineReceiver",
        "busy_port": "twisted.internet.error.CannotListenError",
        "fake_clock": "twisted.internet.task.Clock",
        "fake_transport": "twisted.internet.testing.StringTransport",
        "later": "twisted.internet.task.deferLater",
    }
    return right | changed


@mistakes("c1-find", finding="not-a-dict")
def names_in_a_list():
    return list(found().values())


@mistakes("c1-find", finding="missing-key")
def names_without_later():
    return {key: name for key, name in found().items() if key != "later"}


@mistakes("c1-find", finding="not-dotted-str")
def names_with_an_object():
    return found(lines=LineReceiver)


@mistakes("c1-find", finding="not-dotted-str")
def names_with_a_bare_name():
    return found(fake_clock="Clock")


@mistakes("c1-find", finding="no-such-name")
def names_with_a_typo():
    return found(lines="twisted.protocols.basic.LineReciever")


@mistakes("c1-find", finding="no-such-name")
def names_in_the_wrong_module():
    return found(busy_port="twisted.internet.errors.CannotListenError")


@mistakes("c1-find", finding="wrong:lines")
def names_with_netstrings():
    return found(lines="twisted.protocols.basic.NetstringReceiver")


@mistakes("c1-find", finding="wrong:busy_port")
def names_with_exception():
    return found(busy_port="builtins.Exception")


@mistakes("c1-find", finding="wrong:busy_port")
def names_with_a_refused_connection():
    return found(busy_port="twisted.internet.error.ConnectionRefusedError")


@mistakes("c1-find", finding="wrong:fake_clock")
def names_with_the_module_of_time():
    return found(fake_clock="twisted.internet.reactor")


@mistakes("c1-find", finding="wrong:fake_transport")
def names_with_an_interface():
    return found(fake_transport="twisted.internet.interfaces.ITransport")


@mistakes("c1-find", finding="wrong:later")
def names_with_call_later():
    return found(later="twisted.internet.reactor.callLater")


@mistakes("c1-find", finding="wrong:later")
def names_with_a_thread():
    return found(later="twisted.internet.threads.deferToThread")


@mistakes("c1-find", finding="wrong:later")
def names_with_another_sleep():
    return found(later="asyncio.sleep")
