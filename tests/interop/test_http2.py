"""HTTP/2 over TLS: what the bench offers a foreign client, and what both then speak. RFC 7301."""

from __future__ import annotations

import re
import ssl
import subprocess

import httpx
import pytest
from twisted.internet.interfaces import IProtocolNegotiationFactory
from twisted.internet.protocol import Factory, Protocol
from twisted.web.resource import Resource
from twisted.web.server import Request
from zope.interface import implementer

from labkit.bench import Server, connect, reactor, serve, settle, stop_all, wait
from labkit.bench._credentials import authority_file, client_context

pytestmark = pytest.mark.interop


class Harbour(Resource):
    """Tells which HTTP it was asked in, and how much cargo came."""

    isLeaf = True

    def render_GET(self, request: Request) -> bytes:
        return b"asked in " + bytes(request.clientproto)

    def render_POST(self, request: Request) -> bytes:
        return b"%d bytes" % len(request.content.read())


@pytest.fixture
def harbour(clean: None) -> Server:
    return serve(Harbour(), tls=True)  # type: ignore[no-untyped-call]


def url(server: Server, path: str = "") -> str:
    return f"https://localhost:{server.port}/{path}"


def curl(*options: str, data: bytes = b"") -> str:
    """What curl says and then, in brackets, the version of HTTP that it spoke."""
    command = ["curl", "-4", "-sS", "--noproxy", "*", "--cacert", authority_file()]
    told = ["-w", " [%{http_version}]", *options]
    done = subprocess.run([*command, *told], input=data, capture_output=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


@pytest.mark.needs("curl")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--http2"], "asked in HTTP/2 [2]"),
        (["--http1.1"], "asked in HTTP/1.1 [1.1]"),
        (["--no-alpn"], "asked in HTTP/1.1 [1.1]"),
        (["--http1.0"], "asked in HTTP/1.0 [1]"),
    ],
)
def test_curl_gets_the_version_that_it_asks_for(
    harbour: Server, options: list[str], said: str
) -> None:
    """HTTP/2 where both know it, and all older ones as before."""
    assert curl(*options, url(harbour)) == said


@pytest.mark.needs("curl")
def test_curl_sends_three_requests_and_a_megabyte_on_one_connection(harbour: Server) -> None:
    """Streams share what they are carried by; the window is opened again and again."""
    assert curl("--http2", url(harbour, "a"), url(harbour, "b")).count("HTTP/2") == 2
    assert len(harbour.wire) == 1
    cargo = bytes(range(256)) * 4096
    assert curl("--http2", "--data-binary", "@-", url(harbour), data=cargo) == "1048576 bytes [2]"


@pytest.mark.needs("h2load")
def test_h2load_has_every_request_answered(harbour: Server) -> None:
    """Four connections, ten streams at once on each."""
    command = ["h2load", "-n", "400", "-c", "4", "-m", "10", url(harbour)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "Application protocol: h2" in done.stdout
    assert re.search(r"400 done, 400 succeeded, 0 failed, 0 errored", done.stdout)
    assert "status codes: 400 2xx" in done.stdout


def test_httpx_speaks_it_too(harbour: Server) -> None:
    with httpx.Client(http2=True, verify=client_context()) as client:
        answer = client.get(url(harbour))
        assert (answer.http_version, answer.text) == ("HTTP/2", "asked in HTTP/2")


def test_a_talk_in_http_2_is_told_as_frames(harbour: Server) -> None:
    """Each connection has the layers of what was agreed there; the page says the same of itself."""
    with httpx.Client(http2=True, verify=client_context()) as client:
        client.get(url(harbour))
    with httpx.Client(verify=client_context()) as client:
        client.get(url(harbour))
    first, second = harbour.wire.conversations
    assert (first.layers, second.layers) == (("tcp", "tls", "h2"), ("tcp", "tls", "http"))


def agreed(server: Server, *offered: str) -> str | None:
    """What a server and a client that offers these agree on."""
    context = client_context()
    context.set_alpn_protocols(list(offered))
    with connect(server, tls=context) as client:
        sock = client._sock
        assert isinstance(sock, ssl.SSLSocket)
        return sock.selected_alpn_protocol()


def test_each_server_offers_what_its_own_factory_names(harbour: Server) -> None:
    """Its favourite first; a plain protocol names none, also where it takes a port over."""
    assert agreed(harbour, "http/1.1", "h2") == "h2"
    assert agreed(harbour, "http/1.1") == "http/1.1"
    assert agreed(harbour, "of-the-sea") is None
    newer = serve(Protocol, tls=True, name=harbour.name)
    assert newer.port == harbour.port
    assert agreed(newer, "http/1.1", "h2") is None


class Told(Protocol):
    """Answers with the protocol that was negotiated, as its transport knows it."""

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(repr(self.transport.negotiatedProtocol).encode())


@implementer(IProtocolNegotiationFactory)
class Signals(Factory):
    """Speaks two languages."""

    protocol = Told

    def acceptableProtocols(self) -> list[bytes]:
        return [b"flags", b"lamps"]


def test_a_protocol_reads_from_its_transport_what_was_agreed(clean: None) -> None:
    """Through the tape, for a factory of the reader's own."""
    server = serve(Signals(), tls=True)
    context = client_context()
    context.set_alpn_protocols(["lamps"])
    with connect(server, tls=context) as client:
        client.send(b"?")
        client.expect(b"b'lamps'")


def test_nothing_is_pending_after_http_2(harbour: Server) -> None:
    """Neither its sender nor its time-outs outlive the server."""
    with httpx.Client(http2=True, verify=client_context()) as client:
        client.get(url(harbour))
        stop_all()
    settle()
    names = [str(call.func) for call in wait(reactor.getDelayedCalls)]
    assert [name for name in names if "reapAllProcesses" not in name] == []
