"""Foreign programs verify a TLS server of the bench against its throwaway authority."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest
from twisted.internet.protocol import Protocol
from twisted.web.resource import Resource

from labkit.bench import Server, serve
from labkit.bench._credentials import authority_file

pytestmark = pytest.mark.interop


class Shout(Protocol):
    """Answers in capitals, and closes after a full stop."""

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data.upper())
        if data.rstrip().endswith(b"."):
            self.transport.loseConnection()


class Page(Resource):
    """One page for every address."""

    isLeaf = True

    def render_GET(self, request: object) -> bytes:
        return b"over TLS\n"


def program(name: str) -> str:
    """The path of a program; skips the test when it is missing."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture
def shout() -> Iterator[Server]:
    """A TLS server that shouts."""
    server = serve(Shout, tls=True)
    yield server
    server.stop()


@pytest.fixture
def page() -> Iterator[Server]:
    """A web server over TLS."""
    server = serve(Page(), tls=True)  # type: ignore[no-untyped-call]
    yield server
    server.stop()


@pytest.mark.needs("openssl")
def test_openssl_verifies_and_talks(shout: Server) -> None:
    """s_client trusts the authority, checks the name, and gets the answer."""
    command = [program("openssl"), "s_client", "-connect", f"127.0.0.1:{shout.port}", "-quiet"]
    command += ["-CAfile", authority_file(), "-verify_return_error"]
    command += ["-verify_hostname", "localhost"]
    done = subprocess.run(command, input=b"tea.\n", capture_output=True, timeout=20)
    assert (done.returncode, done.stdout) == (0, b"TEA.\n")


@pytest.mark.needs("openssl")
def test_openssl_refuses_without_the_authority(shout: Server) -> None:
    """The same command without -CAfile fails on the certificate."""
    command = [program("openssl"), "s_client", "-connect", f"127.0.0.1:{shout.port}", "-quiet"]
    done = subprocess.run(
        [*command, "-verify_return_error"], input=b"tea.\n", capture_output=True, timeout=20
    )
    assert done.returncode != 0
    assert b"verify" in done.stderr


@pytest.mark.needs("curl")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_curl_verifies_and_fetches(page: Server, host: str) -> None:
    """curl --cacert accepts the certificate for both spellings of this machine."""
    command = [program("curl"), "-4", "-sS", "--noproxy", "*", "--cacert", authority_file()]
    done = subprocess.run(
        [*command, f"https://{host}:{page.port}/"], capture_output=True, timeout=20
    )
    assert (done.returncode, done.stdout) == (0, b"over TLS\n")


@pytest.mark.needs("curl")
def test_curl_refuses_without_the_authority(page: Server) -> None:
    """Exit status 60: the peer's certificate cannot be verified."""
    command = [program("curl"), "-4", "-sS", "--noproxy", "*"]
    done = subprocess.run(
        [*command, f"https://localhost:{page.port}/"], capture_output=True, timeout=20
    )
    assert done.returncode == 60


@pytest.mark.needs("curl")
def test_a_protocol_that_names_no_alpn_talks_to_clients_that_offer_some(shout: Server) -> None:
    """curl offers http/1.1; a plain protocol answers all the same."""
    command = [program("curl"), "-4", "-sS", "--noproxy", "*", "--cacert", authority_file()]
    command += ["--http0.9", "-d", "end.", f"https://localhost:{shout.port}/"]
    done = subprocess.run(command, capture_output=True, timeout=20)
    assert (done.returncode, done.stdout[:6]) == (0, b"POST /")
    assert done.stdout.endswith(b"END.")
