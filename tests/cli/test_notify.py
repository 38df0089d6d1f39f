"""Notices sent once: signed by a key that is served meanwhile, or forged by the names of the vectors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest

from fixtures.keys import signing_key
from harness.cli import main
from harness.wire.jose import JoseError, KeySet, read, verify
from harness.wire.pns_notices import read_body, read_notice

OPENER = build_opener(ProxyHandler({}))


@dataclass
class Vendor:
    """A vendor's handler: keeps bodies and, if it is told where, fetches the key set before it answers."""

    url: str = ""
    status: int = 200
    bodies: list[bytes] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)
    keys_url: str = ""
    keys: KeySet | None = None
    verdicts: list[str] = field(default_factory=list)

    def jwts(self) -> list[str]:
        return [jwt for body in self.bodies for jwt in read_body(body).jwts if jwt]

    def judge(self, body: bytes) -> None:
        """Verify as the tool's author would, with the keys that the sender publishes at this moment."""
        with OPENER.open(self.keys_url) as answer:
            self.keys = KeySet.parse(answer.read())
        for jwt in read_body(body).jwts:
            try:
                self.verdicts.append(verify(read(str(jwt)), self.keys).reason or "good")
            except JoseError:
                self.verdicts.append("unreadable")


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    made = Vendor()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.bodies.append(body)
            made.connections.add(self.client_address[1])
            if made.keys_url:
                made.judge(body)
            self.send_response(made.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/notices"
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def key(tmp_path: Path) -> str:
    path = tmp_path / "key.pem"
    path.write_bytes(signing_key("platform-1").private_pem())
    return str(path)


def sent(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> list[Any]:
    assert main(["notify", "--json", "--linger", "0", "--keys-port", "0", *words]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_signed_notice_arrives_and_verifies_by_the_keys_that_are_served(
    vendor: Vendor, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = sent(capsys, "--handler", vendor.url, "--key", key, "--to", "c-9", "--from", "c-1", "--title", "Été")
    begin, message, end = told
    (jwt,) = vendor.jwts()
    assert verify(read(jwt), [signing_key("platform-1").with_kid(begin["kid"])]).ok
    notice = read_notice(read(jwt).claims())
    assert (notice.problems, notice.type, notice.iss) == ((), "LtiContextCopyNotice", begin["issuer"])
    assert (notice.context_id, notice.origins, (notice.context or {})["title"]) == ("c-9", ("c-1",), "Été")
    assert (message["status"], message["notices"], end["answered"], end["unanswered"]) == (200, 1, 1, 0)


def test_key_issuer_client_and_deployment_are_as_one_wants_them(
    vendor: Vendor, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    who = ("--iss", "https://lms.example", "--client-id", "c", "--deployment", "d")
    sent(capsys, "--handler", vendor.url, "--key", key, *who, "--type", "LtiHelloWorldNotice")
    (jwt,) = vendor.jwts()
    notice = read_notice(read(jwt).claims())
    assert (notice.iss, notice.aud, notice.deployment_id) == ("https://lms.example", ("c",), "d")
    assert notice.type == "LtiHelloWorldNotice"


@pytest.mark.parametrize("profile", ["pns-spec", "brightspace", "canvas", "blackboard"])
@pytest.mark.parametrize("kind", ["hello-world", "context-copy", "submission", "contribution"])
def test_each_type_is_sent_as_each_profile_writes_it(
    vendor: Vendor, key: str, capsys: pytest.CaptureFixture[str], profile: str, kind: str
) -> None:
    sent(capsys, "--handler", vendor.url, "--key", key, "--type", kind, "--profile", profile)
    (jwt,) = vendor.jwts()
    assert [one for one in read_notice(read(jwt).claims()).problems if profile != "blackboard"] == []
    assert ("typ" in read(jwt).header) == (profile != "blackboard")


def test_a_thousand_notices_are_each_of_their_own_and_share_a_connection(
    vendor: Vendor, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = sent(capsys, "--handler", vendor.url, "--key", key, "--count", "1000")
    notices = [read_notice(read(jwt).claims()) for jwt in vendor.jwts()]
    assert len({one.id for one in notices}) == len({one.nonce for one in notices}) == 1000
    assert len({one.context_id for one in notices}) == 1000
    assert len(vendor.connections) == 1
    assert [one["message"] for one in told[1:-1]] == list(range(1, 1001))
    assert told[-1]["statuses"] == {"200": 1000}
    assert told[-1]["per_second"] > 50


def test_batches_and_several_at_once_lose_none(vendor: Vendor, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = sent(capsys, "--handler", vendor.url, "--key", key, "--count", "47", "--batch", "5", "--jobs", "4")
    assert sorted(len(read_body(body).jwts) for body in vendor.bodies) == [2, *[5] * 9]
    assert len({read_notice(read(jwt).claims()).id for jwt in vendor.jwts()}) == 47
    assert told[-1]["notices"] == 47


def test_a_seed_draws_the_same_ids_again_and_none_draws_new_ones(
    vendor: Vendor, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("--seed", "7"), ("--seed", "7"), (), ()):
        sent(capsys, "--handler", vendor.url, "--key", key, *words)
    notices = [read_notice(read(jwt).claims()) for jwt in vendor.jwts()]
    assert (notices[0].id, notices[0].nonce) == (notices[1].id, notices[1].nonce)
    assert len({one.id for one in notices}) == 3


def test_forged_notices_are_what_their_names_say(
    vendor: Vendor, key: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "harness.cli.notifying_vectors.SigningKey.generate",
        lambda alg, kid: signing_key("attacker" if "attacker" in kid else "platform-2").with_kid(kid),
    )
    names = "aud-array,tampered-payload,alg-none,N06,rotated-key,withdrawn-key,no-exp,replay"
    base = ("--handler", vendor.url, "--key", key, "--keys-port")
    from harness.net.reach import free_ports

    (port,) = free_ports(1)
    vendor.keys_url = f"http://127.0.0.1:{port}/jwks"
    told = sent(capsys, *base, str(port), "--tamper", names)
    assert vendor.verdicts == [
        "good", "bad-signature", "alg-none", "unknown-kid", "good", "unknown-kid", "good", "good", "good",
    ]  # fmt: skip
    assert [one["expected"] for one in told[1:-1]][:5] == ["accept", "refuse", "refuse", "refuse", "accept"]
    assert [one["id"] for one in told[1:-1]][-2:] == ["N18", "N18"]
    assert told[-1]["key_fetches"] == 9


def test_every_vector_can_be_sent(
    vendor: Vendor, key: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "harness.cli.notifying_vectors.SigningKey.generate",
        lambda alg, kid: signing_key("attacker" if "attacker" in kid else "platform-2").with_kid(kid),
    )
    told = sent(capsys, "--handler", vendor.url, "--key", key, "--tamper", "all", "--launch-url", vendor.url)
    assert (told[-1]["unanswered"], told[-1]["skipped"]) == (0, 0)
    assert told[-1]["sent"] > 100


def test_whoever_fetches_keys_is_told(vendor: Vendor, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    from harness.net.reach import free_ports

    (port,) = free_ports(1)
    vendor.keys_url = f"http://127.0.0.1:{port}/jwks"
    words = ["notify", "--handler", vendor.url, "--key", key, "--keys-port", str(port), "--follow-keys"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert f"keys url       {vendor.keys_url}" in out
    assert 'fetched: the key set, by "Python-urllib' in out
    assert "1 of 1 messages answered: 1 with 200; 1 notices in" in out
    assert "the key set was fetched 1 times" in out


def test_a_refusal_is_an_answer(vendor: Vendor, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    vendor.status = 401
    told = sent(capsys, "--handler", vendor.url, "--key", key, "--count", "2")
    assert told[-1]["statuses"] == {"401": 2}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--handler", "http://127.0.0.1:1/x"], 3, "no answer (refused)"),
        (["--handler", "https://tool.example/notices"], 2, "another host; give --yes"),
        (["--handler", "notices"], 2, "expected an http(s) URL"),
        (["--handler", "http://["], 2, "expected an http(s) URL"),
        (["--handler", "http://127.0.0.1:1/x", "--launch-url", "https://tool.example/l"], 2, "give --yes"),
        (["--handler", "http://127.0.0.1:1/x", "--type", "helo-world"], 2, "'hello-world'"),
        (["--handler", "http://127.0.0.1:1/x", "--tamper", "alg-none,tampred-payload"], 2, "'tampered-payload'"),
        (["--handler", "http://127.0.0.1:1/x", "--profile", "pens-1.0"], 2, "not one of LTI"),
        (["--handler", "http://127.0.0.1:1/x", "--key", "/nowhere/key.pem"], 2, "--key /nowhere/key.pem"),
        (["--handler", "http://127.0.0.1:1/x", "--key", "pyproject.toml"], 2, "PEM"),
        (["--handler", "http://127.0.0.1:1/x", "--tls", "/nowhere"], 2, "invigil certs create"),
        (["--handler", "http://127.0.0.1:1/x", "--count", "-1"], 2, "--count"),
        (["--handler", "http://127.0.0.1:1/x", "--public-url", "ftp://x"], 2, "--public-url"),
    ],
    ids=lambda value: " ".join(value[2:] or value)[:50] if isinstance(value, list) else None,
)
def test_what_cannot_be_sent_is_one_line_with_a_remedy(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["notify", "--json", "--keys-port", "0", *words]) == code
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_forgery_that_needs_a_copy_is_refused_for_another_type(
    vendor: Vendor, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--handler", vendor.url, "--key", key, "--tamper", "tampered-payload", "--type", "hello-world"]
    code = main(["notify", "--keys-port", "0", "--linger", "0", *words])
    assert code in (0, 2)
    if code == 2:
        assert "--type context-copy" in capsys.readouterr().err
