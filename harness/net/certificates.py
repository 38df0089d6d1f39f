"""A small authority and a server certificate as files, for https on one machine or in one closed network."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import trustme

from harness.net.tls import AUTHORITY, CERTIFICATE, KEY

README = "README"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Names that are in every certificate, since whoever serves on this machine is called by one of them."""

LONGEST = 825
"""Days; macOS and iOS refuse server certificates that are good for longer (Apple support, HT210176)."""

SKEW = timedelta(hours=1)
"""By so much a certificate is good before it is made, for peers whose clock is behind."""

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
"""One part of a host name (RFC 1123, 2.1)."""

_FIRST_LINE = "Certificates for tests, made by `invigil certs create`."


class CertificateRefused(Exception):
    """A certificate that cannot be made or filed; the message names the option that is at fault."""


@dataclass(frozen=True, slots=True)
class Filed:
    """What was written: the folder, the names in the certificate, and the instant at which it ends (UTC)."""

    folder: Path
    names: tuple[str, ...]
    until: datetime


def name_of(text: str) -> str:
    """Return a host as it stands in a certificate: an address, or a name in lower case.

    ``*.example.test`` is a name too. ``*.localhost`` is not: OpenSSL, and with it most peers, matches no ``*`` directly
    below a last label. Raises `CertificateRefused`.
    """
    host = text.strip().removesuffix(".").lower()
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(bare)
        if "%" in bare:
            alone = bare.partition("%")[0]
            raise CertificateRefused(f"--host {text!r}: no zone stands in a certificate; name {alone!r}")
        return str(address)
    if any(char in host for char in "/:@?#"):
        raise CertificateRefused(f"--host {text!r}: expected a name or address alone, such as {_inner(host)!r}")
    star, plain = ("*.", host[2:]) if host.startswith("*.") else ("", host)
    if star and "." not in plain:
        raise CertificateRefused(
            f"--host {text!r}: most peers match no * directly below {plain!r}; name each host, such as tool.{plain}"
        )
    labels = plain.split(".")
    wrong = [label for label in labels if not _LABEL.fullmatch(label)]
    if wrong or len(plain) > 253 or labels[-1].isdigit():
        what = repr(wrong[0]) if wrong else "its length" if len(plain) > 253 else "a number at its end"
        remedy = "" if plain.isascii() else "; give a name in other letters in its ASCII form, xn--..."
        raise CertificateRefused(f"--host {text!r}: no host name, because of {what}{remedy}")
    return star + plain


def _inner(text: str) -> str:
    """Return the host that somebody probably means by a URL or an authority."""
    found = text.partition("://")[2] or text
    found = found.partition("/")[0].rpartition("@")[2].partition(":")[0].strip()
    return found or "tool.localhost"


def create(folder: Path, hosts: Sequence[str], now: datetime, days: int, force: bool = False) -> Filed:
    """Make authority and certificate and file them as ``ca.pem``, ``server.pem``, ``server.key`` and ``README``.

    ``now`` is aware; the certificate is good for exactly ``days``, 1 to `LONGEST`, from an hour before. The
    authority's key is not kept: nobody can issue another certificate that its friends would trust. Nothing is
    replaced without ``force``, and with it no README but our own. Raises `CertificateRefused`.
    """
    if not 1 <= days <= LONGEST:
        raise CertificateRefused(f"--days {days}: expected 1 to {LONGEST}")
    names = tuple(dict.fromkeys((*map(name_of, hosts), *LOOPBACK)))
    _verify(folder, force)
    tag = secrets.token_hex(4)
    authority = trustme.CA(
        organization_name="invigil", organization_unit_name=f"test authority {tag}", key_type=trustme.KeyType.ECDSA
    )
    start = now - SKEW
    until = start + timedelta(days=days)
    try:
        issued = authority.issue_cert(
            *names, organization_name="invigil", organization_unit_name=f"test server {tag}",
            not_before=start, not_after=until, key_type=trustme.KeyType.ECDSA,
        )  # fmt: skip
    except UnicodeError as error:  # an xn-- label that stands for nothing
        raise CertificateRefused(f"--host: {error}") from None
    filed = Filed(folder, names, until)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The key comes first: a folder whose key cannot be written holds no certificate that looks usable.
        _write(folder / KEY, issued.private_key_pem.bytes(), 0o600, force)
        _write(folder / AUTHORITY, authority.cert_pem.bytes(), 0o644, force)
        _write(folder / CERTIFICATE, b"".join(blob.bytes() for blob in issued.cert_chain_pems), 0o644, force)
        _write(folder / README, readme(filed).encode(), 0o644, force)
    except OSError as error:
        what = error.filename or folder
        raise CertificateRefused(f"--dir {folder}: {what}: {error.strerror}; choose another folder") from None
    return filed


def _verify(folder: Path, force: bool) -> None:
    """Refuse a folder in which something would be lost."""
    try:
        there = [name for name in (AUTHORITY, CERTIFICATE, KEY, README) if os.path.lexists(folder / name)]
        if there and not force:
            raise CertificateRefused(
                f"--dir {folder}: {', '.join(there)} exist{'s' * (len(there) == 1)} already; "
                "give --force to replace, or choose another folder"
            )
        if README in there and not (folder / README).read_bytes().startswith(_FIRST_LINE.encode()):
            raise CertificateRefused(f"--dir {folder}: {README} there is not ours; choose another folder")
    except OSError as error:
        raise CertificateRefused(f"--dir {folder}: {error.strerror}; choose another folder") from None


def _write(file: Path, content: bytes, mode: int, force: bool) -> None:
    """Write a new file with its rights from the first moment on; nothing that is there is followed or written to."""
    if force:
        file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as opened:
        opened.write(content)


def readme(filed: Filed) -> str:
    """Return what stands beside the certificates: what they are, and how peers come to trust them."""
    away = [name for name in filed.names if name not in LOOPBACK and not _is_address(name)]
    hosts = f"""
Names that nothing resolves go into /etc/hosts (Windows: System32\\drivers\\etc\\hosts) of whoever calls them:
  127.0.0.1  {" ".join(name for name in away if not name.startswith("*")) or "NAME"}
"""
    return f"""{_FIRST_LINE}

{AUTHORITY}      the authority; its key was not kept, so it vouches for this one certificate alone
{CERTIFICATE}  the certificate of {", ".join(filed.names)}; good until {filed.until:%Y-%m-%d}
{KEY}  its key, not encrypted; keep it to yourself and out of version control

How to trust it, best for one process alone:
  curl       curl --cacert {AUTHORITY} https://...
  Python     SSL_CERT_FILE={AUTHORITY} (ssl, httpx, aiohttp) or REQUESTS_CA_BUNDLE={AUTHORITY} (requests)
  Node.js    NODE_EXTRA_CA_CERTS={AUTHORITY}
  Java       keytool -importcert -noprompt -alias invigil -file {AUTHORITY} -keystore test.p12 -storepass changeit
             then -Djavax.net.ssl.trustStore=test.p12 -Djavax.net.ssl.trustStorePassword=changeit
  PHP        openssl.cafile={AUTHORITY} and curl.cainfo={AUTHORITY} in php.ini
  Ruby, Go   SSL_CERT_FILE={AUTHORITY}
  Browsers   import {AUTHORITY} as an authority for websites, and remove it after the tests
{hosts if away else ""}"""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
