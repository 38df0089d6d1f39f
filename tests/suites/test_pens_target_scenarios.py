"""What the scenarios of pens-target send and stage: each case differs from a plain collect where it says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from harness.judging.acting import Records
from harness.judging.run import Options, Run
from harness.net.loop import Loop
from harness.wire.binding import FORM

PLAIN = ("accepted", "protected", "fetching", "unalerted", "old_http", "vocabulary", "faulty", "hostile_bodies")
ENGINE = ("accepted", "uncredentialed")


@dataclass(frozen=True, slots=True)
class Acted:
    """Scenarios that were acted against a mock: their records by scenario and case."""

    run: Run

    def __call__(self, scenario: str, case: str = "") -> Any:
        return Records(self.run.journal.of, self.run.suite.scenarios).get(scenario, case)


def acted(target: str, scenarios: tuple[str, ...], loop: Loop) -> Iterator[Acted]:
    run = Run.prepare(Options("pens-target", target, seed=1, smoke=False, budget="proof"), loop)
    try:
        run.begin()
        run.act([run.suite.scenarios[name] for name in scenarios])
        yield Acted(run)
    finally:
        run.close()


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    with Loop() as loop:
        yield loop


@pytest.fixture(scope="module")
def plain(loop: Loop) -> Iterator[Acted]:
    yield from acted("mock:pens-1.0", PLAIN, loop)


@pytest.fixture(scope="module")
def engine(loop: Loop) -> Iterator[Acted]:
    yield from acted("mock:engine-22", ENGINE, loop)


def test_every_case_was_acted(plain: Acted, engine: Acted) -> None:
    assert plain.run.absent == {}
    assert engine.run.absent == {}


@pytest.mark.parametrize(
    ("case", "status", "whole"),
    [
        ("404", 404, False),
        ("410", 410, False),
        ("500", 500, False),
        ("503", 503, False),
        ("truncated", 200, False),
        ("html", 200, True),
        ("corrupt", 200, True),
        ("wrong-password", 401, False),
    ],
)
def test_a_package_that_cannot_be_had_is_staged_so(plain: Acted, case: str, status: int, whole: bool) -> None:
    record = plain("fetching", case)
    assert {fetch.response.status for fetch in record.fetches} == {status}
    assert record.fetched is whole


def test_a_password_is_sent_where_the_package_is_protected_and_a_wrong_one_once(plain: Acted) -> None:
    right, wrong = plain("protected").sent, plain("fetching", "wrong-password").sent
    assert wrong.get("package-url-user-id") == right.get("package-url-user-id") == "author"
    assert None not in (wrong.get("package-url-password"), right.get("package-url-password"))
    assert wrong.get("package-url-password") != right.get("package-url-password")
    assert plain("fetching", "404").sent.get("package-url-password") is None


@pytest.mark.parametrize(
    ("case", "host"), [("closed-port", ":1/"), ("no-such-host", "//nowhere.invalid/"), ("404", "//127.0.0.1:")]
)
def test_an_address_out_of_reach_is_named_in_the_collect(plain: Acted, case: str, host: str) -> None:
    record = plain("fetching", case)
    assert host in record.sent.get("package-url")
    assert (record.fetches == ()) is (case != "404")


@pytest.mark.parametrize(("case", "alerts"), [("absent", None), ("empty", "")])
def test_alerts_are_left_out_or_empty(plain: Acted, case: str, alerts: str | None) -> None:
    assert plain("unalerted", case).sent.get("alerts") == alerts


@pytest.mark.parametrize(
    ("case", "version", "connection"), [("http-1.0", "HTTP/1.0", None), ("connection-close", "HTTP/1.1", "close")]
)
def test_old_http_is_written_as_such(plain: Acted, case: str, version: str, connection: str | None) -> None:
    request = plain("old_http", case).collect.request
    assert request.start.endswith(version)
    assert request.header("Connection") == connection


def test_an_aicc_collect_stages_an_aicc_package_and_every_other_the_plain_one(plain: Acted) -> None:
    served = {
        case: plain("vocabulary", case).fetches[0].response.sha256 for case in ("aicc-pkg", "scorm-pif", "lms-qti")
    }
    usual = plain("accepted").fetches[0].response.sha256
    assert served["scorm-pif"] == served["lms-qti"] == usual
    assert served["aicc-pkg"] != usual


@pytest.mark.parametrize(
    ("case", "content_type"),
    [("json", "application/json"), ("binary", "application/octet-stream"), ("no-client", FORM)],
)
def test_what_is_no_command_travels_as_its_own_media_type(plain: Acted, case: str, content_type: str) -> None:
    assert plain("faulty", case).collect.request.header("Content-Type") == content_type


@pytest.mark.parametrize(
    ("case", "element", "value", "name"),
    [
        ("no-client", "client", None, "course.zip"),
        ("empty-client", "client", "", "course.zip"),
        ("package-format-foo", "package-format", "foo", "course.zip"),
        ("package-format-war", "package-format", "war", "course.war"),
    ],
)
def test_a_fault_stands_alone(plain: Acted, case: str, element: str, value: str | None, name: str) -> None:
    sent, usual = plain("faulty", case).sent, plain("accepted").sent
    assert sent.get(element) == value
    assert set(usual.names) - set(sent.names) == ({element} if value is None else set())
    assert sent.get("package-url").endswith(f"/{name}")


def test_no_hostile_message_names_a_receipt(plain: Acted) -> None:
    steps = plain("hostile_bodies").steps
    assert steps
    bodies = [record.collect.request.body for record in steps.values()]
    assert any(b"package-url=" in body for body in bodies)
    assert not any(b"receipt=" in body for body in bodies)


def test_credentials_are_absent_wrong_or_weak(engine: Acted) -> None:
    driver: Any = engine.run.driver
    own, weak = driver.target.user, driver.target.weak[0]
    records = {case: engine("uncredentialed", case).sent for case in ("none", "wrong", "weak")}
    users = {case: sent.get("system-user-id") for case, sent in records.items()}
    assert users == {"none": None, "wrong": own, "weak": weak}
    # Passwords are redacted, each value to a word of its own.
    passwords = {sent.get("system-password") for sent in (*records.values(), engine("accepted").sent)}
    assert len(passwords) == 4
    assert records["none"].get("system-password") is None
