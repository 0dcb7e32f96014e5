"""Wrong answers to c1-example."""

# Wrong on purpose, and written as in a cell.
# mypy: ignore-errors

from __future__ import annotations

from importlib.metadata import version

from twisted.internet import reactor

from labkit.exercises import mistakes

__all__: list[str] = []

IMPORTS = """\
import twisted
from twisted.internet import reactor
from twisted.internet.testing import StringTransport
"""
SAYS = "print(twisted.__version__, type(reactor).__name__)\n"
FAULT = 'StringTransport().write("hello")\n'
CLIENT = """\
from twisted.internet.protocol import Factory, Protocol
reactor.connectTCP("127.0.0.1", 9, Factory.forProtocol(Protocol))
reactor.callLater(0.2, reactor.stop)
reactor.run()
"""


@mistakes("c1-example", finding="not-a-text")
def example_that_does_it():
    return [IMPORTS, SAYS, FAULT]


@mistakes("c1-example", finding="too-long")
def example_with_everything():
    return IMPORTS + SAYS + "harbour = []\n" * 9 + FAULT


@mistakes("c1-example", finding="not-self-contained")
def example_of_this_notebook():
    return f"from labkit import serve\n{IMPORTS}{SAYS}{FAULT}"


@mistakes("c1-example", finding="not-self-contained")
def example_without_imports():
    return SAYS + FAULT


@mistakes("c1-example", finding="never-ends")
def example_that_goes_on():
    fault = "reactor.callWhenRunning(StringTransport().write, 'hello')\n"
    return IMPORTS + SAYS + fault + "reactor.run()\n"


@mistakes("c1-example", finding="no-symptom")
def example_that_works():
    return IMPORTS + SAYS + FAULT.replace('"hello"', 'b"hello"')


@mistakes("c1-example", finding="no-traceback")
def example_that_only_says_so():
    return IMPORTS + SAYS + 'print("TypeError: Data must be bytes")\n'


@mistakes("c1-example", finding="no-traceback")
def example_that_prints_the_exception():
    return f"{IMPORTS}{SAYS}try:\n    {FAULT}except TypeError as e:\n    print(e)\n"


@mistakes("c1-example", finding="another-fault")
def example_with_a_servers_factory_for_the_client():
    return IMPORTS + SAYS + CLIENT


@mistakes("c1-example", finding="typed-in")
def example_with_numbers_typed_in():
    typed = f'print("{version("twisted")} {type(reactor).__name__}")\n'
    return IMPORTS + typed + FAULT


@mistakes("c1-example", finding="typed-in")
def example_with_a_reactor_typed_in():
    typed = f'print(f"{{twisted.__version__}} on {type(reactor).__name__}")\n'
    return IMPORTS + typed + FAULT


@mistakes("c1-example", finding="no-version")
def example_without_a_version():
    return IMPORTS + SAYS.replace("twisted.__version__, ", "") + FAULT


@mistakes("c1-example", finding="no-reactor")
def example_without_a_reactor():
    return IMPORTS + SAYS.replace(", type(reactor).__name__", "") + FAULT
