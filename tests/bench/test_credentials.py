"""The throwaway authority: trusted by the bench's clients, for loopback names, in memory."""

from __future__ import annotations

import os
import ssl
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from twisted.internet.ssl import optionsForClientTLS

from labkit.bench import _credentials as credentials


class Pipe:
    """A TLS handshake between stdlib client and OpenSSL server, in memory."""

    def __init__(self, context: ssl.SSLContext, name: str) -> None:
        from OpenSSL import SSL

        self.server = SSL.Connection(credentials.server_options().getContext(), None)
        self.server.set_accept_state()
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)

    def shake(self) -> None:
        """Carry bytes both ways until the client is done."""
        from OpenSSL import SSL

        for _ in range(20):
            try:
                self.client.do_handshake()
            except ssl.SSLWantReadError:
                pass
            else:
                return
            self.server.bio_write(self.outgoing.read())
            with suppress(SSL.WantReadError):
                self.server.do_handshake()
            self.incoming.write(self.server.bio_read(65536))
        raise AssertionError("no handshake in 20 rounds")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_clients_of_the_bench_trust_its_servers(name: str) -> None:
    """The certificate is good for every loopback name, and is verified."""
    pipe = Pipe(credentials.client_context(), name)
    pipe.shake()
    assert pipe.client.getpeercert() != {}


def test_another_name_is_refused() -> None:
    """The certificate is good for loopback alone."""
    with pytest.raises(ssl.SSLCertVerificationError):
        Pipe(credentials.client_context(), "tea.example").shake()


def test_a_client_without_the_authority_refuses() -> None:
    """The machine's own trust store knows nothing of it."""
    with pytest.raises(ssl.SSLCertVerificationError):
        Pipe(ssl.create_default_context(), "localhost").shake()


def test_a_client_of_the_bench_trusts_nobody_else() -> None:
    """Its context holds one authority: the one of the bench."""
    held = credentials.client_context().get_ca_certs(binary_form=True)
    assert held == [ssl.PEM_cert_to_DER_cert(credentials.authority_pem().decode())]


def test_there_is_one_authority_even_for_threads_that_come_at_once() -> None:
    """A hundred askers get the same certificate."""
    credentials._make.cache_clear()
    credentials._written.cache_clear()
    with ThreadPoolExecutor(10) as pool:
        seen = set(pool.map(lambda _: credentials.authority_pem(), range(100)))
    assert len(seen) == 1


def test_twisted_clients_get_the_same_trust() -> None:
    """The trust root is of the kind that optionsForClientTLS takes."""
    assert optionsForClientTLS("localhost", credentials.trust_root()) is not None


def test_the_file_holds_the_certificate_and_no_key() -> None:
    """Readable by the owner alone, and the same file for every caller."""
    path = credentials.authority_file()
    with open(path, "rb") as file:
        content = file.read()
    assert content == credentials.authority_pem()
    assert b"PRIVATE" not in content
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert credentials.authority_file() == path


def test_a_file_that_was_swept_away_is_written_again() -> None:
    """A cleaned temporary directory does no lasting harm."""
    os.unlink(credentials.authority_file())
    assert os.path.exists(credentials.authority_file())


def test_the_file_goes_with_the_process() -> None:
    """Nothing is left behind after a normal end, and a forked child leaves it alone."""
    program = (
        "import os\n"
        "from labkit.bench._credentials import _remove, authority_file\n"
        "path = authority_file()\n"
        "_remove(path, os.getpid() + 1)\n"
        "print(path, os.path.exists(path))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    path, stood = done.stdout.split()
    assert stood == "True"
    assert not os.path.exists(path)
