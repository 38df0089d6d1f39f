"""The example results receivers: the good one stores each result once, the flawed one errs as it states."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest

from harness.net.clock import OffsetClock
from harness.wire import cloud_v1
from harness.wire.binding import decode_form
from harness.wire.cloud_v1_answer import fail, ok
from harness.wire.cloud_v1_results import FORMATS, report_for, write_report
from harness.wire.results_probe import read_probe

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("INVIGIL_", "PYTHON"))}
USER, PASSWORD = "postman", "p:w é ring-twice"
FORM = "application/x-www-form-urlencoded"
NUMBERS = count(1)


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *redirect: object) -> None:
        """Follow nothing: a redirect is told as the status that it is."""


DIRECT = build_opener(_Stay)


class Peer:
    """A receiver of the examples that runs, and what it said on standard error once it has ended."""

    def __init__(self, name: str, *flags: str, **environment: str) -> None:
        command = [sys.executable, str(EXAMPLES / name), "--port", "0", *flags]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT | environment
        )
        assert self.process.stdout is not None
        self.addresses: dict[str, str] = json.loads(self.process.stdout.readline())

    def end(self) -> str:
        self.process.kill()
        return self.process.communicate()[1]

    def at(self, act: str, regid: str) -> tuple[int, bytes]:
        url = self.addresses[act].replace("{regid}", quote(regid, safe=""))
        return send(Request(url, method="GET" if act == "probe" else "POST"))

    def enrolled(self) -> str:
        regid = f"r-{next(NUMBERS)}"
        assert self.at("enrol", regid)[0] == 200
        return regid

    def shown(self, regid: str) -> dict[str, Any]:
        status, body = self.at("probe", regid)
        assert status == 200
        assert not read_probe(status, body).refused
        found: dict[str, Any] = json.loads(body)
        assert found.pop("regid") == regid
        return found

    def post(self, data: str | bytes, how: str = "form", login: tuple[str, str] | None = (USER, PASSWORD)) -> int:
        return self.answer(data, how, login)[0]

    def answer(self, data: str | bytes, how: str, login: tuple[str, str] | None) -> tuple[int, bytes]:
        if how == "form":
            fields: dict[str, str | bytes] = {"data": data}
            fields |= {"username": login[0], "password": login[1]} if login else {}
            return send(
                Request(self.addresses["url"] + "?tenant=7", urlencode(fields).encode(), {"Content-Type": FORM})
            )
        headers = {"Content-Type": "text/xml"}
        if login:
            headers["Authorization"] = "Basic " + base64.b64encode(":".join(login).encode()).decode()
        body = data.encode() if isinstance(data, str) else data
        return send(Request(self.addresses["url"], body, headers))


def send(request: Request) -> tuple[int, bytes]:
    try:
        with DIRECT.open(request, timeout=20) as response:
            assert not response.headers.get_all("Set-Cookie")
            return response.status, response.read()
    except HTTPError as refused:
        return refused.code, refused.read()


@contextmanager
def running(name: str, *flags: str, **environment: str) -> Iterator[Peer]:
    peer = Peer(name, *flags, **environment)
    try:
        yield peer
    finally:
        peer.end()


@pytest.fixture(scope="module")
def good() -> Iterator[Peer]:
    with running("results_receiver_good.py", "--user", USER, "--password", PASSWORD) as peer:
        yield peer


@pytest.fixture(scope="module")
def flawed() -> Iterator[Peer]:
    with running("results_receiver_flawed.py", "--user", USER, "--password", PASSWORD) as peer:
        yield peer


def course(regid: str, complete: str, success: str, totaltime: int, score: object) -> str:
    return (
        f'<registrationreport format="course" regid="{regid}" instanceid="0"><complete>{complete}</complete>'
        f"<success>{success}</success><totaltime>{totaltime}</totaltime><score>{score}</score></registrationreport>"
    )


PASSED = {"complete": "complete", "success": "passed", "score": 85, "totaltime": 324}
NOTHING = {"complete": "unknown", "success": "unknown", "score": None, "totaltime": 0, "applied": 0}


def wrappings() -> Mapping[str, Callable[[str], str]]:
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\r\n'
    return {
        "bare": lambda xml: xml,
        "declared": lambda xml: declaration + xml,
        "wrapped": lambda xml: f'<rsp stat="ok">{xml}</rsp>',
        "wrapped-and-declared": lambda xml: f'{declaration}<rsp stat="ok">\n  {xml}\n</rsp>\n',
        "after-blanks": lambda xml: "\n " + xml,
    }


@pytest.mark.parametrize("how", ["form", "httpbasic"])
@pytest.mark.parametrize("wrapping", wrappings())
def test_a_result_is_taken_in_every_wrapping_and_by_both_authentications(good: Peer, how: str, wrapping: str) -> None:
    regid = good.enrolled()
    assert good.shown(regid) == NOTHING
    assert good.post(wrappings()[wrapping](course(regid, "complete", "passed", 324, 85)), how) == 200
    assert good.shown(regid) == {**PASSED, "applied": 1}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("complete", "success", "score"),
    [("complete", "passed", 85), ("complete", "failed", 40), ("incomplete", "unknown", None)],
)
def test_a_result_is_read_from_every_format(good: Peer, format: str, complete: str, success: str, score: Any) -> None:
    regid = good.enrolled()
    report = report_for(
        regid, "Golf & <more>", ("Etiquette", "Par"), complete=complete, success=success, score=score, totaltime=324,
        suspend_data="0" * 5000,
    )  # fmt: skip
    assert good.post(write_report(report, format).write()) == 200
    expected = {"complete": complete, "success": success, "score": score, "totaltime": 324, "applied": 1}
    assert good.shown(regid) == expected


def test_nothing_goes_backwards_and_a_duplicate_counts_once(good: Peer) -> None:
    regid = good.enrolled()
    steps = [("incomplete", "unknown", 10, "unknown"), ("complete", "failed", 60, 40), ("complete", "passed", 324, 85)]
    late = [("incomplete", "failed", 20, 30), ("unknown", "unknown", 0, "unknown"), steps[-1], steps[0]]
    for step in (*steps, *late):
        assert good.post(course(regid, *step)) == 200
    assert good.shown(regid) == {**PASSED, "applied": 3}


def test_an_unknown_score_is_no_zero_and_a_zero_is_a_score(good: Peer) -> None:
    regid = good.enrolled()
    good.post(course(regid, "incomplete", "unknown", 5, "unknown"))
    assert good.shown(regid)["score"] is None
    good.post(course(regid, "incomplete", "unknown", 5, 0))
    assert good.shown(regid)["score"] == 0


def test_a_reset_forgets_and_later_results_count_again(good: Peer) -> None:
    regid = good.enrolled()
    good.post(course(regid, "complete", "passed", 324, 85))
    assert good.at("reset", regid)[0] == 200
    good.post(course(regid, "incomplete", "unknown", 5, 12.5))
    assert good.shown(regid) == {
        "complete": "incomplete", "success": "unknown", "score": 12.5, "totaltime": 5, "applied": 2,
    }  # fmt: skip


@pytest.mark.parametrize("how", ["form", "httpbasic"])
@pytest.mark.parametrize("login", [None, (USER, "wrong"), ("", ""), (USER.upper(), PASSWORD), (USER, PASSWORD + " ")])
def test_wrong_and_missing_credentials_are_refused_and_store_nothing(good: Peer, how: str, login: Any) -> None:
    regid = good.enrolled()
    status, body = good.answer(course(regid, "complete", "passed", 324, 85), how, login)
    assert status == (403 if how == "form" else 401)
    assert b"wrong" not in body.replace(b"wrong or missing", b"")
    assert good.shown(regid) == NOTHING


def test_an_unknown_registration_is_refused_by_404_and_none_is_made(good: Peer) -> None:
    for _ in range(2):
        assert good.post(course("never-enrolled", "complete", "passed", 324, 85)) == 404
        assert good.at("probe", "never-enrolled")[0] == 404
    regid = good.enrolled()
    assert good.post(course(regid.upper(), "complete", "passed", 324, 85)) == 404
    assert good.shown(regid) == NOTHING


ENTITY = '<!DOCTYPE r [<!ENTITY c "complete">]>'


@pytest.mark.parametrize(
    "data",
    [
        "", "no xml", "<registrationreport", "<other/>", "<registrationreport/>", '<registrationreport regid=""/>',
        '<rsp stat="fail"><err code="1" msg="no"/></rsp>', '{"regid": "r"}', "<rsp><rsp/></rsp>", "\0", "<a>" * 5000,
        ENTITY + '<registrationreport regid="r-1"><complete>&c;</complete></registrationreport>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x"><registrationreport regid="r-1"/>',
        '<?xml version="1.0" encoding="klingon"?><registrationreport regid="r-1"/>',
    ],
    ids=range(14),
)  # fmt: skip
def test_what_is_no_report_is_refused_by_422(good: Peer, data: str) -> None:
    assert good.post(data, "httpbasic") == 422
    declares = data.startswith("<?xml")  # in a form the text is decoded already, so that the name does not matter
    assert good.post(data) == (404 if declares and good.at("probe", "r-1")[0] == 404 else 200 if declares else 422)


def test_large_data_are_taken_and_too_large_ones_refused(good: Peer) -> None:
    regid = good.enrolled()
    for size, status in ((5_000_000, 200), (9_000_000, 413)):
        report = report_for(regid, "Golf", complete="complete", success="passed", suspend_data="x" * size)
        assert good.post(write_report(report, "full").write(), "httpbasic") == status
    assert good.shown(regid)["complete"] == "complete"


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/json"}, b"{}", 415),
        ({"Content-Type": "multipart/form-data; boundary=a"}, b"--a--", 415),
        ({"Content-Type": FORM}, b"username=postman", 403),
        ({"Content-Type": FORM}, urlencode({"username": USER, "password": PASSWORD}).encode(), 400),
        ({"Content-Type": FORM}, b"&".join([b"a=b"] * 2000), 400),
        ({"Content-Type": FORM}, bytes(range(256)) * 9, 403),
        ({"Content-Type": "text/xml", "Authorization": "Basic ???"}, b"<a/>", 401),
        ({"Content-Type": "text/xml", "Authorization": "Bearer x"}, b"<a/>", 401),
    ],
)
def test_what_is_no_postback_is_refused(good: Peer, headers: dict[str, str], body: bytes, status: int) -> None:
    assert send(Request(good.addresses["url"], body, headers))[0] == status


def test_other_methods_and_places_are_refused(good: Peer) -> None:
    url = good.addresses["url"]
    assert send(Request(url))[0] == 405
    assert send(Request(url, method="PUT", data=b"x"))[0] == 405
    assert send(Request(url + "/", b"data=x"))[0] == 404
    assert send(Request(good.addresses["reset"].replace("{regid}", "r")))[0] == 405
    assert send(Request(good.addresses["probe"].replace("{regid}", "r"), b""))[0] == 405


@pytest.mark.parametrize("regid", ["a/b & c+d%20?#e", 'é"\\<ü>\N{SNOWMAN}', " blank ", "x" * 255])
def test_ids_are_opaque(good: Peer, regid: str) -> None:
    assert good.at("enrol", regid)[0] == 200
    report = report_for(regid, "Golf", complete="complete", success="passed")
    assert good.post(write_report(report).write()) == 200
    assert good.shown(regid)["complete"] == "complete"


def test_extra_fields_and_elements_do_not_matter(good: Peer) -> None:
    regid = good.enrolled()
    xml = course(regid, "complete", "passed", 324, 85).replace(
        "<score>", '<learner id="7"><score>1</score></learner><score>'
    )
    fields = {"version": "3", "data": xml, "username": USER, "password": PASSWORD, "userName": "other"}
    assert send(Request(good.addresses["url"], urlencode(fields).encode(), {"Content-Type": FORM}))[0] == 200
    assert good.shown(regid) == {**PASSED, "applied": 1}


def test_settings_come_from_flags_or_the_environment() -> None:
    settings = {"USER": "u", "PASSWORD": "p", "AUTH": "httpbasic"}
    environment = {f"INVIGIL_POSTBACK_{name}": value for name, value in settings.items()}
    with running("results_receiver_good.py", INVIGIL_REGISTRATIONS="r1,r 2", **environment) as peer:
        data = course("r 2", "complete", "passed", 1, 2)
        assert peer.post(data, "form", ("u", "p")) == 403
        assert peer.post(data, "httpbasic", ("u", "p")) == 200
        assert peer.at("probe", "r1")[0] == 200
        assert peer.at("refresh", "r1")[0] == 409
    with running("results_receiver_good.py", "--registrations", "r1") as peer:
        assert peer.post(course("r1", "complete", "passed", 1, 2), login=None) == 200


class Api(BaseHTTPRequestHandler):
    """A V1 server of one application, which checks each signature by the wire's own rules."""

    answers: dict[str, str]
    said: list[str]

    def do_GET(self) -> None:
        pairs = decode_form(urlsplit(self.path).query.encode()).pairs
        params = dict(pairs)
        skew = datetime.strptime(params["ts"], "%Y%m%d%H%M%S").replace(tzinfo=UTC) - OffsetClock().now()
        right = params["sig"].lower() == cloud_v1.signature(pairs, "s3cret & more")
        fresh = abs(skew) < cloud_v1.WINDOW and params["method"] == "rustici.registration.getRegistrationResult"
        self.said.append("right" if right and fresh else "wrong")
        body = self.answers.get(params["regid"], "").encode()
        self.send_response(200 if body else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test output clean."""


def test_a_refresh_pulls_with_a_signature_and_gives_what_lost_postbacks_would_have() -> None:
    report = report_for("r 1&é", "Golf", complete="complete", success="passed", score=85, totaltime=324)
    said: list[str] = []
    answers = {"r 1&é": ok(write_report(report)), "r2": fail(1, "Could not find"), "r3": ok(write_report(report))}
    handler = type("Answering", (Api,), {"said": said, "answers": answers})
    with HTTPServer(("127.0.0.1", 0), handler) as api:
        threading.Thread(target=api.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        flags = ["--api", f"http://127.0.0.1:{api.server_port}/api", "--appid", "app", "--secret", "s3cret & more"]
        with running("results_receiver_good.py", *flags, "--registrations", "r 1&é,r2,r3,r4") as peer:
            assert peer.at("refresh", "r 1&é")[0] == 200
            assert peer.shown("r 1&é") == {**PASSED, "applied": 1}
            assert [peer.at("refresh", regid)[0] for regid in ("r2", "r3", "r4", "r5")] == [502, 502, 502, 404]
            assert peer.shown("r2") == NOTHING
            log = peer.end()
        api.shutdown()
    assert said == ["right"] * 4
    assert "s3cret" not in log
    assert "sig=" not in log


def test_no_secret_is_logged_or_echoed() -> None:
    with running("results_receiver_good.py", "--user", USER, "--password", PASSWORD) as peer:
        regid = peer.enrolled()
        data = course(regid, "complete", "passed", 324, 85)
        said = [
            peer.answer(data, how, login)[1]
            for how in ("form", "httpbasic")
            for login in ((USER, PASSWORD), (USER, "x-no-x"))
        ]
        log = peer.end().encode()
    token = base64.b64encode(f"{USER}:{PASSWORD}".encode())
    for text in (*said, log):
        for secret in (PASSWORD.encode(), b"ring-twice", b"x-no-x", token):
            assert secret not in text


def test_the_flawed_receiver_applies_a_duplicate_twice(flawed: Peer) -> None:
    regid = flawed.enrolled()
    for _ in range(2):
        assert flawed.post(course(regid, "complete", "passed", 324, 85)) == 200
    assert flawed.shown(regid) == {**PASSED, "applied": 2}


def test_the_flawed_receiver_answers_500_for_an_unknown_registration(flawed: Peer) -> None:
    assert flawed.post(course("never-enrolled", "complete", "passed", 324, 85)) == 500
    assert flawed.at("probe", "never-enrolled")[0] == 404


def test_the_flawed_receiver_lets_older_data_undo_a_completion_and_nothing_else(flawed: Peer) -> None:
    regid = flawed.enrolled()
    for step in (("complete", "passed", 324, 85), ("incomplete", "unknown", 10, "unknown")):
        assert flawed.post(course(regid, *step)) == 200
    assert flawed.shown(regid) == {**PASSED, "complete": "incomplete", "applied": 2}
