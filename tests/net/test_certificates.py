"""Certificates in files: whom they name, who trusts them, and what is never lost or shown."""

from __future__ import annotations

import os
import shutil
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from harness.net.certificates import LONGEST, CertificateRefused, create, name_of
from harness.net.clock import OffsetClock
from harness.net.tls import TlsError, load_server_context, trust_context

NOW = OffsetClock().now()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("certs")
    create(at / "made", ["tool.localhost", "*.lms.test"], NOW, 30)
    return at / "made"


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> dict[str, object]:
    """Let both sides shake hands in memory; return the certificate that the client saw, or raise its error."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname=name)
    other = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (one, other):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return dict(one.getpeercert() or {})


@pytest.mark.parametrize("name", ["tool.localhost", "any.lms.test", "localhost", "127.0.0.1", "::1"])
def test_who_trusts_the_authority_trusts_the_server_by_each_of_its_names(folder: Path, name: str) -> None:
    assert shake_hands(load_server_context(folder), trust_context(folder), name)["subjectAltName"]


@pytest.mark.parametrize("name", ["other.localhost", "lms.test", "a.b.lms.test", "127.0.0.2"])
def test_by_any_other_name_it_is_not_trusted(folder: Path, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"mismatch|not valid for"):
        shake_hands(load_server_context(folder), trust_context(folder), name)


def test_who_was_not_told_of_the_authority_does_not_trust_it(folder: Path, tmp_path: Path) -> None:
    create(tmp_path / "other", ["tool.localhost"], NOW, 30)
    for client in (ssl.create_default_context(), trust_context(tmp_path / "other")):
        with pytest.raises(ssl.SSLCertVerificationError):
            shake_hands(load_server_context(folder), client, "tool.localhost")


def test_a_star_directly_below_localhost_would_match_nothing() -> None:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("*.localhost").configure_cert(server)
    authority.configure_trust(client)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"mismatch|not valid for"):
        shake_hands(server, client, "tool.localhost")


def test_a_certificate_is_good_for_as_many_days_as_were_asked_for(tmp_path: Path) -> None:
    for days in (1, LONGEST):
        made = create(tmp_path / str(days), ["localhost"], NOW, days)
        seen = shake_hands(load_server_context(made.folder), trust_context(made.folder), "localhost")
        begins, ends = (ssl.cert_time_to_seconds(str(seen[key])) for key in ("notBefore", "notAfter"))
        assert ends - begins == days * 86400
        assert datetime.fromtimestamp(ends, UTC) == made.until.replace(microsecond=0)
        assert datetime.fromtimestamp(begins, UTC) < NOW
    for days in (0, -1, LONGEST + 1):
        with pytest.raises(CertificateRefused, match="--days"):
            create(tmp_path / "never", ["localhost"], NOW, days)


def test_one_that_has_ended_is_refused_by_peers(tmp_path: Path) -> None:
    create(tmp_path, ["localhost"], NOW - timedelta(days=3), 2)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        shake_hands(load_server_context(tmp_path), trust_context(tmp_path), "localhost")


def test_the_key_is_readable_by_its_owner_alone_and_stands_in_no_other_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create(tmp_path / "made", ["localhost"], NOW, 1)
    finally:
        os.umask(before)
    files = {file.name: file for file in (tmp_path / "made").iterdir()}
    assert set(files) == {"ca.pem", "server.pem", "server.key", "README"}
    assert files["server.key"].stat().st_mode & 0o777 == 0o600
    assert [name for name, file in files.items() if b"PRIVATE KEY" in file.read_bytes()] == ["server.key"]


def test_nothing_is_replaced_without_force(tmp_path: Path) -> None:
    create(tmp_path, ["localhost"], NOW, 1)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(CertificateRefused, match=r"--dir .*server\.key.*--force"):
        create(tmp_path, ["localhost"], NOW, 1)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    create(tmp_path, ["localhost"], NOW, 1, force=True)
    assert {file.name for file in tmp_path.iterdir() if file.read_bytes() != before[file.name]} == {
        "ca.pem",
        "server.pem",
        "server.key",
    }
    assert shake_hands(load_server_context(tmp_path), trust_context(tmp_path), "localhost")


def test_one_foreign_file_is_enough_to_write_none(tmp_path: Path) -> None:
    (tmp_path / "server.key").write_text("precious")
    with pytest.raises(CertificateRefused, match=r"server\.key exists already"):
        create(tmp_path, ["localhost"], NOW, 1)
    assert [file.name for file in tmp_path.iterdir()] == ["server.key"]


def test_force_replaces_no_readme_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("My project")
    with pytest.raises(CertificateRefused, match="README there is not ours"):
        create(tmp_path, ["localhost"], NOW, 1, force=True)
    assert (tmp_path / "README").read_text() == "My project"
    assert [file.name for file in tmp_path.iterdir()] == ["README"]


def test_force_writes_through_no_link_and_leaves_no_wide_rights(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("precious")
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "server.key").symlink_to(tmp_path / "elsewhere")
    create(tmp_path / "made", ["localhost"], NOW, 1, force=True)
    assert (tmp_path / "elsewhere").read_text() == "precious"
    key = tmp_path / "made" / "server.key"
    assert not key.is_symlink()
    key.chmod(0o644)
    create(tmp_path / "made", ["localhost"], NOW, 1, force=True)
    assert key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Tool.Localhost", "tool.localhost"),
        ("localhost.", "localhost"),
        (" lms.test ", "lms.test"),
        ("[::1]", "::1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("192.0.2.7", "192.0.2.7"),
        ("*.lms.test", "*.lms.test"),
        ("xn--strae-oqa.test", "xn--strae-oqa.test"),
    ],
)
def test_a_host_is_written_as_certificates_have_it(host: str, name: str) -> None:
    assert name_of(host) == name


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("https://tool.localhost:8443/x", "such as 'tool.localhost'"),
        ("localhost:8443", "such as 'localhost'"),
        ("me@lms.test", "such as 'lms.test'"),
        ("10.0.0.0/8", "name or address alone"),
        ("*.localhost", "name each host, such as tool.localhost"),
        ("*", "no host name"),
        ("*.*.test", "no host name"),
        ("", "no host name"),
        ("a..b", "no host name"),
        ("a b", "'a b'"),
        ("a_b.test", "'a_b'"),
        ("-x.test", "'-x'"),
        ("x" * 64 + ".test", "x" * 64),
        (".".join(["abcdefg"] * 40), "its length"),
        ("1.2.3", "a number at its end"),
        ("256.1.1.1", "a number at its end"),
        ("straße.test", "xn--"),
        ("fe80::1%eth0", "'fe80::1'"),
        ("a\x00b", "no host name"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_is_no_host_is_refused_by_the_name_of_its_option(host: str, says: str) -> None:
    with pytest.raises(CertificateRefused) as refused:
        name_of(host)
    assert str(refused.value).startswith("--host ")
    assert says in str(refused.value)


def test_a_label_that_stands_for_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CertificateRefused, match="--host"):
        create(tmp_path / "made", ["xn--0.test"], NOW, 1)
    assert not (tmp_path / "made").exists()


def test_files_that_cannot_be_used_are_named_with_a_remedy(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TlsError, match=r"server\.pem: not there; make it with `invigil certs create"):
        load_server_context(tmp_path)
    with pytest.raises(TlsError, match=r"ca\.pem: not there"):
        trust_context(tmp_path)
    for name in ("ca.pem", "server.pem", "server.key"):
        shutil.copy(folder / name, tmp_path / name)
    (tmp_path / "ca.pem").write_text("nonsense")
    with pytest.raises(TlsError, match=r"ca\.pem: no certificate"):
        trust_context(tmp_path)
    create(tmp_path / "other", ["localhost"], NOW, 1)
    shutil.copy(tmp_path / "other" / "server.key", tmp_path / "server.key")
    with pytest.raises(TlsError, match=r"server\.key: not the key of server\.pem"):
        load_server_context(tmp_path)
    (tmp_path / "server.key").write_text("nonsense")
    with pytest.raises(TlsError, match=r"no PEM"):
        load_server_context(tmp_path)


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(folder: Path, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        load_pem_private_key,
    )

    shutil.copy(folder / "server.pem", tmp_path / "server.pem")
    key = load_pem_private_key((folder / "server.key").read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    (tmp_path / "server.key").write_bytes(locked)
    with pytest.raises(TlsError, match="without a password"):
        load_server_context(tmp_path)
