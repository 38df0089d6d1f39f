"""TLS material for a run: an authority of its own, certificates for localhost, and contexts that trust it (trustme)."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import trustme

AUTHORITY, CERTIFICATE, KEY = "ca.pem", "server.pem", "server.key"
"""The files of a folder that `invigil certs create` makes, and that ``--tls DIR`` names."""


class TlsError(Exception):
    """TLS files that cannot be used; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class TlsMaterial:
    """One private authority. Making it costs a key, so make one per process and hand it around."""

    authority: trustme.CA

    @staticmethod
    def make() -> TlsMaterial:
        """Make a fresh authority with elliptic keys."""
        return TlsMaterial(trustme.CA(key_type=trustme.KeyType.ECDSA))

    @cached_property
    def server(self) -> ssl.SSLContext:
        """A server context with a certificate for localhost and the loopback addresses."""
        return self.another()

    def another(self) -> ssl.SSLContext:
        """Return a server context of one's own, which may be changed; its certificate is one of this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("localhost", "127.0.0.1", "::1").configure_cert(context)
        return context

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """A client context that trusts this authority besides the system's."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context

    def write(self, folder: Path) -> tuple[Path, Path, Path]:
        """Write the authority, and a certificate for localhost with its key, as PEM files for peers that take files."""
        issued = self.authority.issue_cert("localhost", "127.0.0.1")
        files = (folder / "authority.pem", folder / "cert.pem", folder / "key.pem")
        contents = (self.pem, issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes())
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content)
        return files

    @property
    def pem(self) -> bytes:
        """The authority's certificate, for peers that take a file."""
        return self.authority.cert_pem.bytes()


def load_server_context(folder: Path) -> ssl.SSLContext:
    """Return a server context with the certificate and the key of a folder. Raises `TlsError`."""
    for name in (CERTIFICATE, KEY):
        _demand(folder, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without a password of ours a key that has one would be asked for at the terminal.
        context.load_cert_chain(folder / CERTIFICATE, folder / KEY, password=lambda: b"")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise TlsError(f"{folder / KEY}: not the key of {CERTIFICATE}; make both again") from None
        raise TlsError(
            f"{folder}: {CERTIFICATE} or {KEY} is no PEM that can be used without a password; make both again"
        ) from None
    except (OSError, ValueError) as error:
        raise TlsError(f"{folder}: {CERTIFICATE} or {KEY} cannot be read: {error}") from None
    return context


def trust_context(folder: Path) -> ssl.SSLContext:
    """Return a client context that trusts the authority of a folder besides the system's. Raises `TlsError`."""
    _demand(folder, AUTHORITY)
    return trusting([folder / AUTHORITY])


def trusting(authorities: Iterable[Path]) -> ssl.SSLContext:
    """Return a client context that trusts authorities, PEM files, besides the system's. Raises `TlsError`."""
    context = ssl.create_default_context()
    for authority in authorities:
        try:
            context.load_verify_locations(authority)
        except ssl.SSLError:
            raise TlsError(f"{authority}: no certificate in PEM form; make it again") from None
        except OSError as error:
            raise TlsError(f"{authority}: {error.strerror}; name a file that can be read") from None
    return context


def _demand(folder: Path, name: str) -> None:
    """Raise `TlsError` with the way to a remedy when a file is not there."""
    if not (folder / name).is_file():
        raise TlsError(f"{folder / name}: not there; make it with `invigil certs create --host NAME --dir {folder}`")
