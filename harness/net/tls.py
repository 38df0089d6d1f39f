"""TLS material for a run: an authority of its own, certificates for localhost, and contexts that trust it (trustme)."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import trustme


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
