"""Foreign clients talk to served servers as to any other, and the tape has what they said."""

from __future__ import annotations

import asyncio
import http.client
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from klein import Klein
from twisted.internet.protocol import Protocol
from twisted.protocols.basic import LineReceiver
from twisted.web.resource import Resource
from twisted.web.server import Site

from labkit.bench import Server, drain_failures, serve, settle, stop_all
from labkit.bench._credentials import authority_file

pytestmark = pytest.mark.interop


@pytest.fixture(autouse=True)
def bench() -> Iterator[None]:
    """Nothing is left of a test, no failure either."""
    drain_failures()
    yield
    stop_all()
    settle()
    assert [f.getErrorMessage() for f in drain_failures()] == []


class Greeting(Protocol):
    """Says one line and closes, whatever the client does."""

    transport: Any

    def connectionMade(self) -> None:
        self.transport.write(b"hello from twisted\r\n")
        self.transport.loseConnection()


class Echo(Protocol):
    """Says what it hears."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Shout(LineReceiver):
    """Answers each line in capitals; a full stop alone is the end."""

    transport: Any

    def lineReceived(self, line: bytes) -> None:
        if line == b".":
            self.transport.loseConnection()
        else:
            self.sendLine(line.upper())  # type: ignore[no-untyped-call]


def program(*command: str, said: bytes = b"") -> bytes:
    """What a program prints when it is told something; it must end well."""
    found = shutil.which(command[0])
    assert found is not None
    done = subprocess.run([found, *command[1:]], input=said, capture_output=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout


def at(server: Server) -> tuple[str, str]:
    """Host and port as words of a command."""
    return "127.0.0.1", str(server.port)


# nc


@pytest.mark.needs("nc")
def test_nc_reads_a_greeting() -> None:
    """nc -d sends nothing, and ends with the server."""
    assert program("nc", "-d", *at(serve(Greeting))) == b"hello from twisted\r\n"


@pytest.mark.needs("nc")
def test_nc_talks_to_an_echo() -> None:
    """In the form that does not half-close: nc -w1 waits for silence."""
    server = serve(Echo)
    assert program("nc", "-w1", *at(server), said=b"tea\n") == b"tea\n"
    assert server.wire[0].said("client") == b"tea\n"


@pytest.mark.needs("nc")
def test_nc_ends_when_the_server_does() -> None:
    """-C sends CR LF, which LineReceiver waits for; the server closes in order."""
    server = serve(Shout)
    assert program("nc", "-C", *at(server), said=b"tea\nmilk\n.\n") == b"TEA\r\nMILK\r\n"
    assert (server.wire[0].events[-1].who, server.wire[0].events[-1].how) == ("server", "closed")  # type: ignore[union-attr]


@pytest.mark.needs("nc")
def test_nc_talks_to_a_unix_socket() -> None:
    """nc -U; a client without a name of its own is taped all the same."""
    server = serve(Shout, unix=True)
    said = program("nc", "-C", "-U", str(server.address), said=b"tea\n.\n")
    assert said == b"TEA\r\n"
    assert server.wire[0].layers == ("unix",)


# curl


@pytest.mark.needs("curl")
def test_curl_reads_a_greeting_by_telnet() -> None:
    """curl telnet:// is a plain client for text."""
    server = serve(Greeting)
    assert program("curl", "-s", f"telnet://127.0.0.1:{server.port}") == b"hello from twisted\r\n"


@pytest.mark.needs("curl")
def test_curl_meets_its_own_request_at_an_echo() -> None:
    """--http0.9 takes any bytes for an answer: HTTP is text on a connection."""

    class EchoOnce(Echo):
        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            self.transport.loseConnection()

    server = serve(EchoOnce)
    said = program("curl", "-s", "--http0.9", server.url + "tea")
    assert said.startswith(b"GET /tea HTTP/1.1\r\nHost: 127.0.0.1")
    assert server.wire[0].said("client") == said


class Page(Resource):
    """One page, and a form."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        return b"a page\n"

    def render_POST(self, request: Any) -> bytes:
        return b"%d bytes\n" % len(request.content.read())


@pytest.mark.needs("curl")
def test_curl_fetches_a_page_over_tls_and_over_a_unix_socket() -> None:
    """Verified by the throwaway authority; by the socket's path."""
    secret = serve(Page(), tls=True, name="secret")  # type: ignore[no-untyped-call]
    ca = ("--cacert", authority_file())
    assert program("curl", "-s", *ca, secret.url) == b"a page\n"
    local = serve(Page(), unix=True, name="local")  # type: ignore[no-untyped-call]
    path = str(local.address)
    assert program("curl", "-s", "--unix-socket", path, "http://localhost/") == b"a page\n"


@pytest.mark.needs("curl")
def test_curl_reuses_a_taped_connection() -> None:
    """Two pages, one conversation."""
    server = serve(Page())  # type: ignore[no-untyped-call]
    assert program("curl", "-s", server.url, server.url) == b"a page\na page\n"
    assert len(server.wire) == 1


# socat and bash


@pytest.mark.needs("socat")
def test_socat_talks_without_shutting_its_own_side() -> None:
    """shut-none keeps the FIN back until the answer is in."""
    server = serve(Shout)
    said = program(
        "socat", "-t5", "-", f"TCP:127.0.0.1:{server.port},shut-none", said=b"tea\r\n.\r\n"
    )
    assert said == b"TEA\r\n"


@pytest.mark.needs("socat")
def test_socat_talks_tls() -> None:
    """It checks the certificate against the authority's file."""
    server = serve(Shout, tls=True)
    where = f"OPENSSL:127.0.0.1:{server.port},cafile={authority_file()},commonname=localhost"
    assert program("socat", "-t5", "-", f"{where},shut-none", said=b"tea\r\n.\r\n") == b"TEA\r\n"


@pytest.mark.needs("bash")
def test_bash_talks_through_dev_tcp() -> None:
    """No program at all, only redirections."""
    server = serve(Shout)
    script = (
        f"exec 3<>/dev/tcp/127.0.0.1/{server.port};"
        "printf 'tea\\r\\n' >&3; read -r line <&3; printf '%s' \"$line\""
    )
    assert program("bash", "-c", script) == b"TEA\r"


# openssl


@pytest.mark.needs("openssl")
def test_openssl_reads_a_greeting_over_tls() -> None:
    """The handshake, the line and the goodbye in order: s_client ends with status 0."""
    server = serve(Greeting, tls=True)
    command = ["s_client", "-connect", ":".join(at(server)), "-quiet", "-verify_return_error"]
    said = program("openssl", *command, "-CAfile", authority_file())
    assert said == b"hello from twisted\r\n"
    assert server.wire[0].layers == ("tcp", "tls")


# the standard library's own clients


def klein_app() -> Any:
    """A Klein app with the same page and form."""
    app = Klein()

    @app.route("/", methods=["GET"])
    def page(request: Any) -> bytes:
        return b"a page\n"

    @app.route("/", methods=["POST"])
    def form(request: Any) -> bytes:
        return b"%d bytes\n" % len(request.content.read())

    return app


# Twisted's own pages for errors are made in a way that it calls deprecated
@pytest.mark.filterwarnings("ignore:twisted.web.resource:DeprecationWarning")
@pytest.mark.parametrize("kind", ["resource", "site", "klein"])
def test_the_standard_library_fetches_posts_and_keeps_alive(kind: str) -> None:
    """urllib and http.client, against each thing of the web that serve takes."""
    made: dict[str, Any] = {
        "resource": lambda: Page(),  # type: ignore[no-untyped-call]
        "site": lambda: Site(Page()),  # type: ignore[no-untyped-call]
        "klein": klein_app,
    }
    server = serve(made[kind]())
    with urllib.request.urlopen(server.url, timeout=5) as answer:
        assert (answer.status, answer.read()) == (200, b"a page\n")
    with urllib.request.urlopen(server.url, data=bytes(100_000), timeout=5) as answer:
        assert answer.read() == b"100000 bytes\n"
    client = http.client.HTTPConnection(*at(server), timeout=5)  # type: ignore[arg-type]
    for size in (1, 70_000):
        client.request("POST", "/", bytes(size))
        assert client.getresponse().read() == b"%d bytes\n" % size
    client.close()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(
            urllib.request.Request(server.url, method="PUT", data=b"x"), timeout=5
        )
    assert refused.value.code == (405 if kind == "klein" else 501)
    refused.value.close()
    assert len(server.wire) == 4


def test_asyncio_talks_to_it() -> None:
    """Another event loop, in this thread, against the reactor in its own."""
    server = serve(Shout)

    async def talk() -> bytes:
        reader, writer = await asyncio.open_connection(*at(server))
        writer.write(b"tea\r\n.\r\n")
        heard = await reader.read()
        writer.close()
        await writer.wait_closed()
        return heard

    assert asyncio.run(asyncio.wait_for(talk(), 20)) == b"TEA\r\n"
