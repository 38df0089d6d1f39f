"""`invigil certs`: from nothing to https in one command."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from harness.cli import main
from harness.net.tls import load_server_context, trust_context
from tests.cli.calling import invigil


def test_what_was_written_and_what_comes_next_is_told(tmp_path: Path) -> None:
    done = invigil("certs", "create", "--host", "tool.localhost", "--host", "lms.test", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    made = tmp_path / "invigil-certs"
    for file in made.iterdir():
        assert file.name in done.stdout
    assert "tool.localhost, lms.test, localhost, 127.0.0.1, ::1" in done.stdout
    assert "  invigil serve platform --tls invigil-certs\n" in done.stdout
    assert "  curl --cacert invigil-certs/ca.pem https://tool.localhost:PORT/\n" in done.stdout
    assert "PRIVATE" not in done.stdout
    load_server_context(made)
    assert "invigil" in str(trust_context(made).get_ca_certs())


def test_the_readme_tells_how_to_trust_it_and_where_its_names_lead(tmp_path: Path) -> None:
    assert main(["certs", "create", "--host", "tool.localhost", "--host", "192.0.2.7", "--dir", str(tmp_path)]) == 0
    text = (tmp_path / "README").read_text()
    for word in (
        "curl --cacert ca.pem",
        "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE",
        "keytool",
        "127.0.0.1  tool.localhost",
    ):
        assert word in text
    assert "127.0.0.1  tool.localhost 192.0.2.7" not in text


def test_names_of_this_machine_need_no_hosts_file(tmp_path: Path) -> None:
    assert main(["certs", "create", "--host", "127.0.0.1", "--dir", str(tmp_path)]) == 0
    assert "/etc/hosts" not in (tmp_path / "README").read_text()


def test_a_folder_with_spaces_is_told_so_that_it_can_be_pasted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "my certs"
    assert main(["certs", "create", "--host", "::1", "--dir", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert shlex.split(lines[-2]) == ["invigil", "serve", "platform", "--tls", str(folder)]
    assert shlex.split(lines[-1]) == ["curl", "--cacert", str(folder / "ca.pem"), "https://[::1]:PORT/"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], "--host"),
        (["--host", "https://x.test/"], "--host 'https://x.test/'"),
        (["--host", "*.localhost"], "tool.localhost"),
        (["--host", "a.test", "--days", "0"], "--days 0"),
        (["--host", "a.test", "--days", "826"], "1 to 825"),
        (["--host", "a.test", "--days", "x"], "--days"),
        (["--host", "a.test", "--dir", "file"], "--dir file"),
        (["--host", "a.test", "--dir", "file/below"], "--dir file/below"),
        (["--host", "a.test", "--forse"], "--forse"),
    ],
    ids=lambda value: ascii(" ".join(value))[:40] if isinstance(value, list) else None,
)
def test_wrong_use_names_the_option_and_writes_nothing(
    words: list[str], names: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert main(["certs", "create", *words]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert names in err
    assert "; " in err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_was_made_before_stays_unless_forced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["certs", "create", "--host", "a.test", "--dir", str(tmp_path)]
    assert main(words) == 0
    key = (tmp_path / "server.key").read_bytes()
    assert main(words) == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "server.key").read_bytes() == key
    assert main([*words, "--force"]) == 0
    assert (tmp_path / "server.key").read_bytes() != key
