"""A certificate authority that lives as long as the process, and is trusted by nobody else.

Made on first use, kept in memory: the private keys never touch the disk. All
functions may be called from any thread.
"""

from __future__ import annotations

import atexit
import os
import ssl
import tempfile
from contextlib import suppress
from functools import cache
from threading import RLock
from typing import Any

import trustme
from attrs import frozen
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from OpenSSL.SSL import NO_OVERLAPPING_PROTOCOLS
from twisted.internet.interfaces import IProtocolNegotiationFactory
from twisted.internet.ssl import Certificate, CertificateOptions, trustRootFromCertificates

__all__ = [
    "NAMES",
    "authority_file",
    "authority_pem",
    "client_context",
    "server_options",
    "trust_root",
]

NAMES = ("localhost", "127.0.0.1", "::1")  # what the server's certificate is good for
_OWNER = "labkit throwaway"

_lock = RLock()


@frozen
class _Credentials:
    """The authority's certificate, and the server's own with its key, all as PEM."""

    authority: bytes
    server: bytes


@cache
def _make() -> _Credentials:
    authority = trustme.CA(organization_name=_OWNER, organization_unit_name="authority")
    leaf = authority.issue_cert(*NAMES, organization_name=_OWNER, organization_unit_name="server")
    return _Credentials(authority.cert_pem.bytes(), leaf.private_key_and_cert_chain_pem.bytes())


def _credentials() -> _Credentials:
    # two threads that come first at once must not get two authorities
    with _lock:
        return _make()


def authority_pem() -> bytes:
    """The authority's certificate as PEM, for programs that are to trust the bench's servers."""
    return _credentials().authority


def server_options() -> CertificateOptions:
    """What a TLS server of the bench presents: good for localhost, 127.0.0.1 and ::1."""
    pem = _credentials().server
    # cryptography's own objects: pyOpenSSL's wrappers, which Twisted still names, are deprecated
    key: Any = load_pem_private_key(pem, None)
    certificate: Any = load_pem_x509_certificate(pem)
    options = CertificateOptions(privateKey=key, certificate=certificate)
    options.getContext().set_alpn_select_callback(_choose)
    return options


def _choose(connection: Any, offered: list[bytes]) -> Any:
    """The protocol inside TLS (ALPN, RFC 7301): the factory's favourite among those offered.

    Without a common one the talk goes on unnamed. Twisted 26.10 breaks it off
    there, also for factories that name no protocol, and curl always offers some.
    """
    named = IProtocolNegotiationFactory(connection.get_app_data().factory.wrappedFactory, None)
    favourites = named.acceptableProtocols() if named is not None else ()
    return next((f for f in favourites if f in offered), NO_OVERLAPPING_PROTOCOLS)


def client_context() -> ssl.SSLContext:
    """A context for plain-socket clients that trusts the bench's servers and no others."""
    context = ssl.create_default_context(cadata=authority_pem().decode("ascii"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def trust_root() -> Any:
    """The same trust for Twisted's clients: optionsForClientTLS("localhost", trust_root())."""
    certificate = Certificate.loadPEM(authority_pem())
    return trustRootFromCertificates([certificate])


def authority_file() -> str:
    """The path of a file with the authority's certificate, for curl --cacert and openssl -CAfile.

    Readable by the owner alone; removed when the process ends.
    """
    with _lock:
        path = _written()
        if not os.path.exists(path):
            _written.cache_clear()
            path = _written()
        return path


@cache
def _written() -> str:
    handle, path = tempfile.mkstemp(prefix="labkit-authority-", suffix=".pem")
    with os.fdopen(handle, "wb") as file:
        file.write(authority_pem())
    atexit.register(_remove, path, os.getpid())
    return path


def _remove(path: str, owner: int) -> None:
    # a forked child inherits this hook, and must leave the file to its parent
    if os.getpid() == owner:
        with suppress(OSError):
            os.unlink(path)
