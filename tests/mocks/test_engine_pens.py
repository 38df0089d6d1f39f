"""The mock engine as a PENS target: who may, what is answered, and what then really happens."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from fixtures.broken import BROKEN
from fixtures.packages import aicc, scorm2004
from harness.evidence.entries import Exchange
from harness.net.listener import Reply
from harness.net.staging import Gate, Staged
from harness.wire.pens import CALLBACK_ELEMENTS
from harness.wire.pens_answer import read_answer

Made = Callable[..., Any]
REFUSED = [(name, package) for name, package in BROKEN.items() if package.reason]
ODD = [(name, package) for name, package in BROKEN.items() if not package.reason]


@pytest.mark.parametrize("binding", ["form", "get", "multipart"])
def test_a_collect_is_answered_carried_out_and_told(world: Any, binding: str) -> None:
    reply = world.send(binding=binding)
    assert (reply.status, reply.headers) == (200, (("Content-Type", "text/plain"),))
    assert (
        reply.body
        == b"error=0\r\nerror-text=collect command received and understood\r\nversion=1.0.0\r\npens-data=\r\n"
    )
    world.settle()
    (course,) = world.rows("courses")
    assert re.fullmatch(r"PENS_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", course.id)
    assert (course.title, course.standard, course.tenant) == ("Working at height", "scorm-1.2", "default")
    assert course.size == len(world.staged.content)
    (job,) = world.rows("jobs")
    assert (job.state, job.code, job.course_id) == ("finished", 0, course.id)
    assert world.told == ["receipt", "alert"]
    assert [m.get("error-text") for m in (world.receipt, world.alerts.messages[0])] == [
        "package successfully collected", "package successfully deployed",
    ]  # fmt: skip


def test_a_receipt_carries_the_elements_of_the_collect_and_no_secret(world: Any) -> None:
    world.staged.user, world.staged.password = "tim", "pass-word-1"
    world.collect({"package-url-user-id": "tim", "package-url-password": "pass-word-1", "vendor-data": "x"})
    sent = world.elements() | {"command": "receipt", "error": "0", "error-text": "package successfully collected"}
    assert world.receipt.binding == "form"
    assert world.receipt.names == (*CALLBACK_ELEMENTS, "version", "pens-data")
    assert {name: world.receipt.get(name) for name in CALLBACK_ELEMENTS} == {
        name: sent[name] for name in CALLBACK_ELEMENTS
    }
    assert (world.receipt.get("version"), world.receipt.get("pens-data")) == ("1.0.0", "")
    assert world.rows("courses")[0].vendor_data == "x"


def test_the_answer_does_not_wait_for_the_download(world: Any) -> None:
    world.staged.gate = Gate()
    assert read_answer(world.send().body).error == 0
    world.loop.run(world.staged.gate.reached.wait())
    assert (world.told, world.rows("courses"), world.rows("jobs")[0].state) == ([], [], "running")
    world.staged.gate.open()
    world.settle()
    assert (world.told, len(world.rows("courses"))) == (["receipt", "alert"], 1)


@pytest.mark.parametrize(("content", "standard"), [(scorm2004, "scorm-2004"), (aicc, "aicc")])
def test_the_title_is_that_of_the_manifest_whatever_the_standard(world: Any, content: Any, standard: str) -> None:
    world.staged.content = content(title="Ångström & co")
    assert world.collect() == 0
    assert [(c.title, c.standard) for c in world.rows("courses")] == [("Ångström & co", standard)]


@pytest.mark.parametrize(("name", "package"), REFUSED)
def test_a_broken_package_is_an_internal_package_error(world: Any, name: str, package: Any) -> None:
    world.staged.content = package.build()
    assert world.collect() == 0
    assert world.receipt.get("error") == "1432"
    assert [alert.get("error") for alert in world.alerts.messages] == ["1432"]
    assert (world.rows("courses"), world.rows("jobs")[0].state, world.rows("jobs")[0].code) == ([], "error", 1432)


@pytest.mark.parametrize(("name", "package"), ODD)
def test_an_odd_package_is_taken_all_the_same(world: Any, name: str, package: Any) -> None:
    world.staged.content = package.build()
    assert (world.collect(), world.receipt.get("error"), len(world.rows("courses"))) == (0, "0", 1)


def test_a_package_that_is_too_large_finds_no_room(made: Made) -> None:
    fits, tight = made(max_package="100000"), made(max_package="100")
    assert (fits.collect(), fits.receipt.get("error")) == (0, "0")
    assert (tight.collect(), tight.receipt.get("error")) == (0, "1440")
    assert [alert.get("error") for alert in tight.alerts.messages] == ["1440"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": 404}, "1310"),
        ({"status": 500}, "1310"),
        ({"status": 401}, "1312"),
        ({"status": 403}, "1312"),
        ({"user": "tim", "password": "other"}, "1312"),
        ({"cut": 100}, "1301"),
    ],
)
def test_what_goes_wrong_at_the_staging_server_is_told_with_its_code(
    world: Any, change: dict[str, Any], code: str
) -> None:
    for name, value in change.items():
        setattr(world.staged, name, value)
    assert (world.collect(), world.receipt.get("error"), world.rows("courses")) == (0, code, [])
    assert world.alerts.messages == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/a.zip",
        "http://203.0.113.9/a.zip",
        "http://127.0.0.1.evil.example/a.zip",
        "http://127.0.0.1:99999/a.zip",
    ],
)
def test_a_package_that_cannot_or_may_not_be_reached_is_told(world: Any, url: str) -> None:
    assert (world.collect({"package-url": url}), world.receipt.get("error")) == (0, "1310")


def redirect(world: Any, path: str, location: str) -> None:
    world.host.mount(path, Staged(("world", "", ""), b"", status=302, headers=(("Location", location),)))


@pytest.mark.parametrize(("allowed", "error"), [("2", "0"), ("1", "1310"), ("0", "1310")])
def test_redirects_are_followed_as_often_as_the_setting_allows(made: Made, allowed: str, error: str) -> None:
    world = made(redirects=allowed)
    redirect(world, "files/one.zip", "two.zip")
    redirect(world, "files/two.zip", world.host.url("files/course.zip"))
    assert world.collect({"package-url": world.host.url("files/one.zip")}) == 0
    assert world.receipt.get("error") == error


@pytest.mark.parametrize(("host", "kept"), [("127.0.0.1", True), ("localhost", False)])
def test_credentials_are_not_carried_to_another_origin(world: Any, host: str, kept: bool) -> None:
    redirect(world, "files/one.zip", world.host.url("files/course.zip").replace("127.0.0.1", host))
    login = {"package-url-user-id": "staging", "package-url-password": "staging-password"}
    world.collect({"package-url": world.host.url("files/one.zip"), **login})
    assert world.receipt.get("error") == "0"
    fetches = [entry for entry in world.journal.entries if getattr(entry, "channel", "") == "package"]
    assert [fetch.request.header("Authorization") is not None for fetch in fetches] == [True, kept]


@pytest.mark.parametrize("location", ["http://203.0.113.9/a.zip", "http://[oops/a.zip", "file:///a.zip"])
def test_a_redirect_leads_nowhere_that_may_not_be_contacted(world: Any, location: str) -> None:
    redirect(world, "files/one.zip", location)
    world.collect({"package-url": world.host.url("files/one.zip")})
    assert world.receipt.get("error") == "1310"


def test_package_credentials_are_sent_at_once_and_only_when_given(world: Any) -> None:
    world.collect({"package-url-user-id": "tim", "package-url-password": "a:b c"})
    world.collect({"package-url-password": "alone"})
    fetches = [entry for entry in world.journal.entries if isinstance(entry, Exchange) and entry.channel == "package"]
    sent = [fetch.request.header("Authorization") for fetch in fetches]
    assert sent[0] is not None
    assert sent[0].startswith("Basic ")
    assert sent[1] is None


def test_an_expired_package_is_a_warning_and_collected_all_the_same(world: Any) -> None:
    world.clock.advance(timedelta(days=7))
    assert world.collect() == 0
    world.clock.advance(timedelta(seconds=1))
    assert world.collect() == 1322
    assert [receipt.get("error") for receipt in world.receipts.messages] == ["0", "0"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"command": None}, 2002), ({"command": "receipt"}, 1421), ({"pens-version": "0.8.0"}, 2001),
        ({"package-type": "foo"}, 2003), ({"package-id": "invalid"}, 2007), ({"receipt": "name@domain.com"}, 2011),
        ({"receipt": "gopher://x/"}, 1510), ({"alerts": "testing"}, 1201), ({"alerts": "gopher://x/"}, 1520),
        ({"client": None, "package-type": None}, 2010), ({"package-url": "ftp://h/a.zip"}, 1304),
        ({"package-url-expiry": ""}, 2009), ({"package-url-expiry": "2001-01-01", "client": ""}, 2010),
    ],
)  # fmt: skip
def test_a_wrong_collect_is_refused_with_the_highest_code_and_nothing_follows(
    world: Any, changes: dict[str, str | None], code: int
) -> None:
    assert world.collect(changes) == code
    assert (world.told, world.rows("jobs"), len(world.journal.entries)) == ([], [], 0)


def test_the_first_code_wins_where_that_is_the_setting(made: Made) -> None:
    assert made(error_precedence="first").collect({"client": None, "package-type": None}) == 2003


def test_who_may_collect_is_decided_by_tenant_request_type_scope_and_secret(made: Made) -> None:
    engine = made("engine-22")
    for user, secret, code in (
        ("tool", "tool-password", 0), ("root", "root-password", 0), ("tool", "wrong", 1420),
        ("reader", "reader-password", 1420),
        ("other", "other-password", 1420), ("nobody", "x", 1420), (None, None, 1420),
    ):  # fmt: skip
        assert (
            engine.collect({"system-user-id": user, "system-password": secret}, query="configuration=default") == code
        )
    right = {"system-user-id": "tool", "system-password": "tool-password"}
    assert engine.collect(right, query="configuration=unknown") == 1420
    assert engine.collect(right, query="configuration=other") == 1420
    assert (
        engine.collect({"system-user-id": "other", "system-password": "other-password"}, query="configuration=other")
        == 0
    )
    assert engine.collect(right, binding="get", query="configuration=default") == 0
    assert engine.send(right, query="configuration=closed").status == 403
    assert [course.tenant for course in engine.rows("courses")] == ["default", "default", "other", "default"]
    assert len({course.id for course in engine.rows("courses")}) == 4


def test_no_collect_is_let_in_unless_allowed_requests_hold_it(made: Made) -> None:
    assert made(allowed_requests=["LAUNCH_PAGE", "SUPPORT_PAGES"]).send().status == 403
    assert made(allowed_requests=["LAUNCH_PAGE", "Pens_COLLECT"]).collect() == 0


def test_a_refused_login_is_told_by_status_where_that_is_the_setting(made: Made) -> None:
    reply = made("engine-22", refusal_status="401").send(query="configuration=default")
    assert (reply.status, read_answer(reply.body).error_text) == (401, "Insufficient permission")


def test_basic_is_taken_where_that_is_the_setting(made: Made) -> None:
    basic = "Basic dG9vbDp0b29sLXBhc3N3b3Jk"
    assert made("engine-22", accepts_basic="true").collect(basic=basic) == 0
    assert made("engine-22").collect(basic=basic) == 1420


@pytest.mark.parametrize(("setting", "binding"), [("get", "get"), ("form", "form"), ("multipart", "multipart")])
def test_callbacks_are_bound_as_the_setting_says_and_keep_the_query_of_their_url(
    made: Made, setting: str, binding: str
) -> None:
    world = made(callback_encoding=setting, expiry_format="php", callback_client="LMS")
    world.collect({"receipt": world.host.url("receipt") + "?job=7"})
    assert world.receipt.binding == binding
    assert (world.receipt.get("client"), world.receipt.get("package-url-expiry")) == ("LMS", "2026-01-22T12:00:00+0000")
    (kept,) = [e for e in world.journal.entries if isinstance(e, Exchange) and e.channel == "receipt"]
    assert kept.request.query.startswith("job=7")


def test_a_receipt_that_is_not_acknowledged_matters_only_where_that_is_the_setting(made: Made) -> None:
    for strict, courses in ((True, 0), (False, 1)):
        world = made(require_receipt_ack=strict)
        world.receipts.answering = lambda message: Reply(200)
        world.collect()
        assert len(world.rows("courses")) == len(world.alerts.messages) == courses


def test_an_undeliverable_receipt_is_alerted_with_1500(world: Any) -> None:
    assert world.collect({"receipt": "http://127.0.0.1:1/receipt"}) == 0
    assert [alert.get("error") for alert in world.alerts.messages] == ["1500", "0"]
    assert len(world.rows("courses")) == 1


def test_without_alerts_url_nobody_is_alerted(world: Any) -> None:
    world.collect({"alerts": None})
    world.collect({"alerts": ""})
    assert world.told == ["receipt", "receipt"]


def test_other_methods_and_media_are_refused_in_pens_form_or_by_status(made: Made) -> None:
    assert made(post_only="true").send(binding="get").status != 200


def test_a_streamed_package_is_collected_whole(world: Any) -> None:
    content = world.staged.content

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(content), 100):
            yield content[at : at + 100]

    world.staged.content = pieces
    assert (world.collect(), world.rows("courses")[0].size) == (0, len(content))
