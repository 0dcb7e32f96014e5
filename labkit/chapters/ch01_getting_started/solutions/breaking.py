"""Right answers to c1-example: the least that shows the fault."""

# Written as in a cell, without annotations: this text takes the starters' place.
# mypy: ignore-errors

from __future__ import annotations

import textwrap

from labkit.exercises import solves

__all__: list[str] = []


@solves("c1-example", style="a transport in memory")
def example():
    return """
import twisted
from twisted.internet import reactor
from twisted.internet.testing import StringTransport

print(twisted.__version__, type(reactor).__name__)
StringTransport().write("hello")
"""


@solves("c1-example", style="a live connection")
def example_with_a_connection():
    return textwrap.dedent("""        import twisted
        from twisted.internet import protocol, reactor
        class Texting(protocol.Protocol):
            def connectionMade(self):
                self.transport.write("hello")
        print(twisted.__version__, type(reactor).__name__)
        server = protocol.Factory.forProtocol(Texting)
        port = reactor.listenTCP(0, server, interface="127.0.0.1")
        client = protocol.ClientFactory.forProtocol(protocol.Protocol)
        reactor.connectTCP("127.0.0.1", port.getHost().port, client)
        reactor.callLater(0.3, reactor.stop)
        reactor.run()
    """)
