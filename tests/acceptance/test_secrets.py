"""Forty canary secrets, put wherever a secret may come from in a run of each side, can be read in nothing it leaves."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from fixtures.packages import scorm12
from harness.evidence.journal import read_journal
from harness.net.listener import Inbound, Listener, Reply
from harness.net.loop import Loop
from harness.net.reach import free_ports
from harness.net.tls import TlsMaterial
from harness.wire.pens_answer import Answer
from tests.acceptance import hostile_target
from tests.acceptance.canaries import canary, dumped, found, kinds, leaks
from tests.acceptance.hostile_target import HostileTarget
from tests.cli.calling import invigil

CONFIGURED = ("system-password", "read-only", "other-tenant", "target-link")
CLIENT = (
    *("package", "own-system", "package-link", "receipt-link", "alerts-link", "basic", "cookie", "api-key", "referer"),
    *("referer-query", "nested", "nested-link", "json", "set-cookie", "location", "acknowledged"),
)
TARGET_SIDE = {name: canary(name) for name in (*CONFIGURED, *sorted(hostile_target.OWN))}
CLIENT_SIDE = {name: canary(f"client-{name}") for name in CLIENT}


@pytest.fixture(scope="module")
def target_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, HostileTarget]:
    """Certify the hostile target; return the report folder, all output, and the target."""
    folder = tmp_path_factory.mktemp("hostile-target")
    http, https, smtp = free_ports(3)
    _, cert, key = TlsMaterial.make().write(folder)
    peer = HostileTarget(("127.0.0.1", smtp))
    with Loop() as loop:
        listener = Listener(peer.answer)
        loop.run(listener.start())
        address = f"127.0.0.1:{listener.port}/pens"
        config = folder / "config.toml"
        config.write_text(
            f"""
            [auth]
            system-user-id = "tool"
            system-password = {json.dumps(TARGET_SIDE["system-password"])}
            [engine]
            closed-url = {json.dumps(f"http://{address}/closed")}
            read-only = {{ id = "reader", secret = {json.dumps(TARGET_SIDE["read-only"])} }}
            other-tenant = {{ id = "other", secret = {json.dumps(TARGET_SIDE["other-tenant"])} }}
            [callback]
            bind = "127.0.0.1"
            http = "http://127.0.0.1:{http}"
            https = "https://localhost:{https}"
            cert = {json.dumps(str(cert))}
            key = {json.dumps(str(key))}
            smtp = "127.0.0.1:{smtp}"
            """,
            "utf-8",
        )
        url = f"http://admin:{quote(TARGET_SIDE['target-link'], safe='')}@{address}"
        words = ["certify", "pens-target", "--target", url, "--config", str(config), "--profile", "engine-22"]
        done = invigil(*words, "--seed", "3", "--patience", "0.4", "--report", str(folder / "report"))
        loop.run(peer.stop())
        loop.run(listener.stop())
    assert done.returncode == 1, done.stderr + done.stdout
    return folder / "report", done.stdout + done.stderr, peer


@pytest.fixture(scope="module")
def client_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Certify the hostile client; return the report folder and all output."""
    folder = tmp_path_factory.mktemp("hostile-client")
    (folder / "course.zip").write_bytes(scorm12())
    script, secrets = Path(__file__).with_name("hostile_client.py"), dumped(CLIENT_SIDE, folder / "secrets.json")
    command = f"command:{sys.executable} {script} {secrets} {folder / 'course.zip'}"
    words = [f"--stimulus={name}={command}" for name in ("publish", "republish", "publish-other")]
    words += ["--profile", "engine-22", "--seed", "3", "--patience", "1.5", "--report", str(folder / "report")]
    done = invigil("certify", "pens-client", "--target", "external", *words)
    assert done.returncode == 1, done.stderr + done.stdout
    return folder / "report", done.stdout + done.stderr


def test_forty_distinct_secrets_are_planted() -> None:
    planted = [*TARGET_SIDE.values(), *CLIENT_SIDE.values()]
    assert len(set(planted)) == len(planted) >= 40
    for mark in ":%é& \"'":
        assert any(mark in secret for secret in planted)


@pytest.mark.parametrize("write", [
    str, quote, lambda s: quote(quote(s, safe=""), safe=""), lambda s: json.dumps(s),
    lambda s: base64.b64encode(f"user:{s}".encode()).decode(),
    lambda s: quote(base64.b64encode(f"ab{s}".encode()).decode()),
])  # fmt: skip
def test_the_search_finds_a_secret_in_every_writing(write) -> None:
    for secret in TARGET_SIDE.values():
        assert found(TARGET_SIDE.values(), f"before {write(secret)} after") == [secret]


def test_a_target_that_repeats_and_spills_secrets_leaves_none_behind(
    target_run: tuple[Path, str, HostileTarget],
) -> None:
    folder, output, peer = target_run
    assert peer.used == hostile_target.OWN
    wanted = {"system-password", "package-password", "basic", "bearer", "userinfo", "cookie", "set-cookie", "x-api-key"}
    assert wanted <= kinds(folder / "journal.ndjson")
    assert leaks(TARGET_SIDE.values(), folder, output) == []


def test_a_client_that_prints_and_spills_secrets_leaves_none_behind(client_run: tuple[Path, str]) -> None:
    folder, output = client_run
    wanted = {"system-password", "package-password", "basic", "userinfo", "cookie", "set-cookie", "x-api-key"}
    assert wanted <= kinds(folder / "journal.ndjson")
    assert leaks(CLIENT_SIDE.values(), folder, output) == []


def test_every_output_of_a_run_is_there_to_be_searched(target_run: tuple[Path, str, HostileTarget]) -> None:
    folder = target_run[0]
    for name in ("report.json", "report.html", "junit.xml", "journal.ndjson", "allure"):
        assert (folder / name).exists()
    assert read_journal(folder / "journal.ndjson").complete


@pytest.mark.parametrize("verb", ["certify", "plan", "publish", "wrong scheme", "wrong port"])
def test_an_address_with_a_login_is_shown_without_its_password(verb: str, tmp_path: Path) -> None:
    secret = canary(f"typed for {verb}")
    url = f"http://admin:{quote(secret, safe='')}@127.0.0.1:1/pens"
    report = ["--report", str(tmp_path / "report")]
    (tmp_path / "course.zip").write_bytes(scorm12())
    words = {
        "certify": ["certify", "pens-target", "--target", url, *report],
        "plan": ["certify", "pens-target", "--target", url.replace("127.0.0.1:1", "lms.example"), "--plan"],
        "publish": ["publish", str(tmp_path / "course.zip"), "--to", url],
        "wrong scheme": ["certify", "pens-target", "--target", url.replace("http:", "ftp:"), *report],
        "wrong port": ["certify", "pens-target", "--target", url.replace(":1/", ":99999/"), *report],
    }[verb]
    done = invigil(*words)
    assert leaks([secret], tmp_path, done.stdout, done.stderr) == []
    assert "admin" in done.stdout + done.stderr or "127.0.0.1" in done.stdout + done.stderr


def test_publish_does_not_print_the_password_that_a_target_repeats(tmp_path: Path) -> None:
    (tmp_path / "course.zip").write_bytes(scorm12())
    secret = canary("system-password")

    async def refuse(inbound: Inbound) -> Reply:
        return Reply(200, hostile_target.TEXT, Answer(1101, f"no access with {secret}").encode())

    with Loop() as loop:
        listener = Listener(refuse)
        loop.run(listener.start())
        words = ["publish", str(tmp_path / "course.zip"), "--to", f"http://127.0.0.1:{listener.port}/pens"]
        done = invigil(*words, "--user", "tool", "--password-env", "SECRET", SECRET=secret)
        loop.run(listener.stop())
    assert done.returncode == 1
    assert "collect answered: 1101 no access with secret-system-password-1" in done.stdout
    assert leaks([secret], tmp_path, done.stdout, done.stderr) == []
