"""What the suite of cloud-v1 says of postbacks: forged ones that are right in some way, and such as are wrong."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.subjects.cloud_v1_records import CALL, POSTBACK, Story
from harness.wire.binding import FORM, encode_query
from suites.cloud_v1 import test_delivery as delivery
from suites.cloud_v1 import test_postback as postback
from suites.cloud_v1.scenarios_postback import FAILED, NAME, PASSWORD, QUERY, TAKEN
from tests.suites.forging_cloud_v1 import PASSES, UNTESTABLE, fail, ok, said

AT = "2030-01-01T00:00:00Z"
OK = ok("<success />")
COURSE = (
    '<registrationreport format="course" regid="r1" instanceid="0"><complete>{}</complete><success>passed</success>'
    "<totaltime>60</totaltime><score>92</score></registrationreport>"
)
DONE, BEGUN = COURSE.format("complete"), COURSE.format("incomplete")
NESTED = (
    '<registrationreport format="{}" regid="r1" instanceid="0"><activity id="o"><title>Golf</title></activity>'
    "</registrationreport>"
)
Forged = tuple[str, str, tuple[tuple[str, str], ...], bytes]


def form(xml: str = DONE, *more: tuple[str, str], step: str = "", media: str = FORM, query: str = "") -> Forged:
    """Forge a form postback."""
    return step, query, (("Content-Type", media),), encode_query((("data", xml), *more)).encode()


def basic(
    xml: str = DONE, login: str | None = f"{NAME}:{PASSWORD}", media: str = "text/xml", step: str = "",
    scheme: str = "Basic",
) -> Forged:  # fmt: skip
    """Forge a postback with HTTP Basic."""
    token = base64.b64encode((login or "").encode()).decode()
    header = (("Authorization", f"{scheme} {token}"),) if login is not None else ()
    return step, "", (("Content-Type", media), *header), xml.encode()


def record(
    posted: Sequence[Forged] = (), calls: Mapping[str, bytes] | None = None, case: Mapping[str, Any] | None = None,
    notes: Sequence[tuple[str, str, Mapping[str, Any]]] = (), learnt: str = "succeeded", sent: str = "",
) -> Story:  # fmt: skip
    """Build a record: calls by step with their answers, postbacks in order, a learner who has learnt, notes."""
    entries: list[AnyEntry] = [Event(0, "forged", "", "", AT, "scenario", dict(case or {}))]

    def next_to() -> tuple[int, str, str]:
        return len(entries), "forged", ""

    secret = {"create": "urlpass", "tested": "urlpass", "update": "password"}
    for step, body in {"create": OK, **(calls or {})}.items():
        query = encode_query(((secret.get(step, "x"), PASSWORD),))
        request, answer = Half(f"GET /api?{query}{sent} HTTP/1.1"), Half("HTTP/1.1 200 OK", (), body)
        entries.append(Exchange(*next_to(), step, AT, CALL, "out", "http://server.example/api", request, answer))
    for step in ("", "begins", "passes", "first", "again", "second", "up", "down"):
        entries.append(Event(*next_to(), step, AT, "learnt", {"status": learnt}))
    for name, step, facts in notes:
        if name != "released":
            entries.append(Event(*next_to(), step, AT, name, dict(facts)))
    for step, query, headers, body in posted:
        if step == "RELEASED":
            entries.append(Event(*next_to(), "", AT, "released", {}))
            continue
        request = Half(f"POST /x/postback{query} HTTP/1.1", headers, body)
        answer = Half("HTTP/1.1 200 OK")
        entries.append(Exchange(*next_to(), step, AT, POSTBACK, "in", "http://us.example/x", request, answer))
    return Story.from_entries(entries)


RELEASED: Forged = ("RELEASED", "", (), b"")


# --- form and content -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("posted", "verdict"),
    [
        ([form(BEGUN, query=QUERY), form(DONE, query=QUERY)], PASSES),
        ([form(DONE, query=QUERY), form(BEGUN, query=QUERY), form(DONE, query=QUERY)], PASSES),
        ([form(DONE, query=QUERY)], "change-not-posted"),
        ([form(BEGUN, query=QUERY)], "change-not-posted"),
        ([], "change-not-posted"),
        ([form(BEGUN, query=QUERY), form(DONE)], "query-lost"),
        ([form(BEGUN, query=QUERY), form(DONE, query=QUERY + "&more=1")], "query-lost"),
    ],
)
def test_every_change_comes_with_the_query(posted: list[Forged], verdict: str) -> None:
    assert said(postback, "test_every_change_is_posted", record(posted)) == verdict


def test_a_learner_who_has_not_learnt_proves_nothing() -> None:
    assert said(postback, "test_every_change_is_posted", record(learnt="failed")) == UNTESTABLE


LOGIN = (("username", NAME), ("password", PASSWORD))


@pytest.mark.parametrize(
    ("posted", "with_login", "without"),
    [
        (form(DONE, *LOGIN), PASSES, "extra-fields"),
        (form(DONE, *reversed(LOGIN)), PASSES, "extra-fields"),
        (form(DONE, *LOGIN, media=FORM + "; charset=UTF-8"), PASSES, "extra-fields"),
        (form(DONE, *LOGIN, ("note", "more")), PASSES, "extra-fields"),
        (form(), "no-login", PASSES),
        (form(DONE, ("userName", NAME), ("password", PASSWORD)), "no-login", "extra-fields"),
        (form(DONE, LOGIN[0], ("password", "else")), "wrong-login", "extra-fields"),
        (form(DONE, *LOGIN, media="text/plain"), "not-urlencoded", "not-urlencoded"),
        (("", "", (("Content-Type", FORM),), b"xml=1"), "no-data", "no-data"),
        (basic(), "not-urlencoded", "not-urlencoded"),
    ],
)
def test_a_form_has_the_fields_that_are_due(posted: Forged, with_login: str, without: str) -> None:
    assert said(postback, "test_a_form_carries_data_and_login", record([posted])) == with_login
    assert said(postback, "test_a_form_without_login_carries_data_alone", record([posted])) == without


@pytest.mark.parametrize(
    ("posted", "verdict"),
    [
        (basic(), PASSES),
        (basic(media="text/xml; charset=UTF-8"), PASSES),
        (basic(media="Text/XML"), PASSES),
        (basic(scheme="basic"), PASSES),
        (basic(login=None), "no-basic"),
        (basic(scheme="Bearer"), "no-basic"),
        (basic(login="results"), "wrong-login"),
        (basic(media="application/xml"), "wrong-media"),
        (basic("data=1"), "no-report"),
        (form(), "wrong-media"),
    ],
)
def test_basic_authentication_takes_xml_and_header(posted: Forged, verdict: str) -> None:
    name = "test_basic_authentication_takes_the_xml_as_body"
    assert said(postback, name, record([posted])) == verdict


@pytest.mark.parametrize(
    ("xml", "same", "bare"),
    [
        (DONE, PASSES, PASSES),
        (DONE.replace("><", ">\n  <"), PASSES, PASSES),
        (DONE.replace('format="course" regid="r1"', "regid='r1' format='course'"), PASSES, PASSES),
        (
            DONE.replace("<score>92</score>", "").replace("<complete>", "<score>92</score><complete>"),
            PASSES,
            PASSES,
        ),
        (f'<?xml version="1.0"?>{DONE}', PASSES, "not-bare"),
        (f'<rsp stat="ok">{DONE}</rsp>', PASSES, "not-bare"),
        (" " + DONE, PASSES, "not-bare"),
        (DONE.replace("92", "0.92"), "other-result", PASSES),
        (DONE.replace("<score>92</score>", ""), "other-result", PASSES),
        (BEGUN, "other-result", PASSES),
        (DONE.replace("r1", "r2"), "other-result", PASSES),
        (NESTED.format("activity"), UNTESTABLE, PASSES),
        ("nothing", UNTESTABLE, "not-bare"),
    ],
)
def test_what_is_posted_is_what_is_told(xml: str, same: str, bare: str) -> None:
    made = record([form(xml)], {"settled": ok(DONE), "result": ok(DONE)})
    assert said(postback, "test_a_postback_says_what_the_api_says", made) == same
    assert said(postback, "test_data_begins_with_the_report", made) == bare


@pytest.mark.parametrize(
    ("wanted", "xml", "verdict"),
    [
        (None, DONE, PASSES),
        ("course", DONE, PASSES),
        ("activity", NESTED.format("activity"), PASSES),
        ("full", NESTED.format("full"), PASSES),
        ("full", NESTED.format("activity"), "wrong-format"),
        ("activity", DONE, "wrong-format"),
        (None, NESTED.format("course"), "wrong-format"),
        ("full", DONE.replace("course", "full"), "wrong-format"),
    ],
)
def test_the_format_is_the_one_that_is_set(wanted: str | None, xml: str, verdict: str) -> None:
    made = record([form(xml)], case={"resultsformat": wanted} if wanted else {})
    assert said(postback, "test_results_are_posted_in_the_format_that_is_set", made) == verdict


@pytest.mark.parametrize(
    ("posted", "verdict"),
    [
        ([form(BEGUN, step="old"), basic(NESTED.format("full"), step="new")], PASSES),
        ([form(BEGUN, step="old"), form(BEGUN, step="old"), basic(NESTED.format("full"), step="new")], PASSES),
        ([form(BEGUN, step="old"), form(DONE, step="old")], "old-url"),
        ([form(BEGUN, step="old")], "not-posted"),
        ([form(BEGUN, step="old"), basic(DONE, step="new")], "old-format"),
        ([form(BEGUN, step="old"), form(NESTED.format("full"), step="new")], "wrong-media"),
        ([form(BEGUN, step="old"), basic(NESTED.format("full"), "a:b", step="new")], "wrong-login"),
        ([], UNTESTABLE),
    ],
)
def test_changed_settings_hold(posted: list[Forged], verdict: str) -> None:
    made = record(posted, {"update": OK})
    assert said(postback, "test_changed_settings_hold_for_later_postbacks", made) == verdict


R2 = DONE.replace("r1", "r2")


@pytest.mark.parametrize(
    ("posted", "verdict"),
    [
        ([form(BEGUN, step="invitation"), form(step="own"), form(R2, step="invitation")], PASSES),
        ([], "not-copied"),
        ([form(BEGUN, step="invitation"), form(step="own"), form(R2, step="own")], "shared"),
        ([form(BEGUN, step="invitation"), form(step="invitation")], "change-ignored"),
        ([form(BEGUN, step="invitation"), form(step="own")], "not-copied"),
    ],
)
def test_an_invitation_hands_down_a_copy(posted: list[Forged], verdict: str) -> None:
    made = record(posted, {"invitation": ok("i1"), "update": OK})
    assert said(postback, "test_an_invitation_hands_down_a_copy", made) == verdict


@pytest.mark.parametrize(
    ("posted", "verdict"),
    [
        ([form(BEGUN, step="old"), form(step="new")], PASSES),
        ([], "not-posted"),
        ([form(BEGUN, step="old"), form(step="old")], "not-live"),
        ([form(BEGUN, step="old")], "not-live"),
    ],
)
def test_a_dispatch_keeps_its_settings(posted: list[Forged], verdict: str) -> None:
    made = record(posted, {"dispatch": ok("<dispatchId>d</dispatchId>"), "update": OK})
    assert said(postback, "test_a_dispatch_keeps_its_settings", made) == verdict


def test_a_server_without_invitations_and_dispatches_is_not_accused() -> None:
    assert said(postback, "test_an_invitation_hands_down_a_copy", record([], {"invitation": fail(202)})) == UNTESTABLE
    assert said(postback, "test_a_dispatch_keeps_its_settings", record([], {"destination": fail(202)})) == UNTESTABLE


@pytest.mark.parametrize(
    ("posted", "verdict"),
    [
        ([form(BEGUN), form(DONE)], PASSES),
        ([form(BEGUN), form(DONE), form(DONE)], f"{PASSES}, delivered-twice"),
        ([form(DONE), form(BEGUN)], f"{PASSES}, older-after-newer"),
    ],
)
def test_number_and_order_are_only_remarked(posted: list[Forged], verdict: str) -> None:
    assert said(postback, "test_order_and_number_of_deliveries_are_free", record(posted)) == verdict


# --- delivery -------------------------------------------------------------------------------------------------------

ALL = [form(step=str(step)) for step in (*TAKEN, *FAILED)]
AGAIN = [form(step=str(step)) for step in FAILED]
HUNG = [form(step="hung-up")] * 2


@pytest.mark.parametrize(
    ("posted", "delivered", "retried"),
    [
        ([*ALL, *AGAIN, *HUNG], PASSES, PASSES),
        ([*ALL, *AGAIN, *AGAIN, *HUNG], PASSES, PASSES),
        ([*ALL, *AGAIN, *HUNG, *[form(step="302")] * 3], "retried", PASSES),
        ([*ALL, *AGAIN, *HUNG, form(step="302")], PASSES, PASSES),
        ([*ALL, *AGAIN, *HUNG, *[form(step="204")] * 9], "retried", PASSES),
        ([*ALL, *AGAIN[1:], *HUNG], PASSES, "not-retried"),
        ([*ALL, *AGAIN, *HUNG[:1]], PASSES, "not-retried"),
        ([*ALL, *HUNG[:1]], UNTESTABLE, "not-retried"),
        ([], UNTESTABLE, UNTESTABLE),
    ],
)
def test_only_errors_are_tried_again(posted: list[Forged], delivered: str, retried: str) -> None:
    made = record(posted)
    assert said(delivery, "test_what_is_no_error_counts_as_delivered", made) == delivered
    assert said(delivery, "test_a_failed_postback_is_tried_again", made) == retried


@pytest.mark.parametrize(("posted", "verdict"), [([form(step="refused")], PASSES), ([], "not-retried")])
def test_a_receiver_that_comes_up_later_gets_its_postback(posted: list[Forged], verdict: str) -> None:
    made = record([*ALL, *AGAIN, *HUNG, *posted], {"create-refused": OK})
    assert said(delivery, "test_a_failed_postback_is_tried_again", made) == verdict


@pytest.mark.parametrize(
    ("posted", "verdict"),
    [([form(step="here")], PASSES), ([form(step="here"), form(step="elsewhere")], "followed"), ([], UNTESTABLE)],
)
def test_redirects_lead_nowhere(posted: list[Forged], verdict: str) -> None:
    assert said(delivery, "test_a_redirect_is_not_followed", record(posted)) == verdict


def schedule(gaps: Sequence[float], width: float = 0.0, begin: float = 0.0) -> list[list[float]]:
    """Return between which seconds tries came that have these gaps."""
    spans, at = [[begin, begin + width]], begin
    for gap in gaps:
        at += gap
        spans.append([at, at + width])
    return spans


DOUBLED = [min(900.0, 1.0 * 2**n) for n in range(70)]
SHAKEN = [min(900.0, gap * (1.2 if n % 2 else 1.05)) for n, gap in enumerate(DOUBLED)]
FULL_JITTER = [max(1.0, gap * (0.1 + 0.9 * ((n * 37) % 70) / 70)) for n, gap in enumerate(DOUBLED)]
CHECKS = ("test_tries_come_to_an_end", "test_gaps_are_neither_too_short_nor_too_long", "test_gaps_grow",
          "test_gaps_have_jitter")  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "verdicts"),
    [
        (DOUBLED, SHAKEN, [PASSES] * 4),
        (FULL_JITTER, SHAKEN, [PASSES] * 4),
        ([gap / 15 + 1 for gap in DOUBLED], [gap / 15 + 1.2 for gap in SHAKEN], [PASSES] * 4),
        (SHAKEN[:30], DOUBLED[:30], [f"{PASSES}, fewer-tries", PASSES, PASSES, PASSES]),
        (SHAKEN[:9], DOUBLED[:9], [f"{PASSES}, fewer-tries", PASSES, UNTESTABLE, UNTESTABLE]),
        (DOUBLED, DOUBLED, [PASSES, PASSES, PASSES, "no-jitter"]),
        ([*DOUBLED, 900.0], SHAKEN, ["too-many", PASSES, PASSES, PASSES]),
        ([0.4, *DOUBLED[1:]], SHAKEN, [PASSES, "too-soon", PASSES, PASSES]),
        ([*DOUBLED[:69], 1000.0], SHAKEN, [PASSES, "too-late", PASSES, PASSES]),
        ([60.0] * 70, [61.0] * 70, [PASSES, PASSES, "not-growing", PASSES]),
        (list(reversed(DOUBLED)), SHAKEN, [PASSES, PASSES, "not-growing", PASSES]),
        ([], [], [UNTESTABLE] * 4),
    ],
)
def test_schedules_are_judged(ours: list[float], theirs: list[float], verdicts: list[str]) -> None:
    spans = {"error": schedule(ours), "hung-up": schedule(theirs, begin=3.0)}
    posted = [form(step=step) for step, seen in spans.items() for _ in seen]
    made = record(posted, notes=[("tries", step, {"between": seen}) for step, seen in spans.items()])
    assert [said(delivery, name, made) for name in CHECKS] == verdicts


def test_what_was_not_looked_at_closely_accuses_nobody() -> None:
    spans = {"error": schedule([0.9] * 40, 2.0), "hung-up": schedule([890.0] * 40, 30.0)}
    posted = [form(step=step) for step, seen in spans.items() for _ in seen]
    made = record(posted, notes=[("tries", step, {"between": seen}) for step, seen in spans.items()])
    assert said(delivery, "test_gaps_are_neither_too_short_nor_too_long", made) == PASSES


# --- tests of a URL, the queue --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("posted", "answer", "verdict"),
    [
        ([form(query=QUERY)], OK, PASSES),
        ([form()], OK, f"{PASSES}, query-lost"),
        ([], OK, "not-posted"),
        ([form(query=QUERY)] * 2, OK, "several"),
        ([form(query=QUERY)], fail(1), "refused"),
        ([], fail(201), UNTESTABLE),
    ],
)
def test_a_test_postback_is_one(posted: list[Forged], answer: bytes, verdict: str) -> None:
    assert said(delivery, "test_a_test_postback_is_sent_once", record(posted, {"tested": answer})) == verdict


BOTH = [form(step="error"), form(step="hung-up")]


@pytest.mark.parametrize(
    ("error", "hung_up", "taken", "verdict"),
    [
        (fail(1, "HTTP 500"), fail(7, "closed"), OK, PASSES),
        (fail(1, "failed"), fail(1, "failed"), OK, f"{PASSES}, same-reason"),
        (OK, fail(1), OK, "accepted"),
        (fail(1), OK, OK, "accepted"),
        (fail(1, ""), fail(1), OK, "no-reason"),
        (fail(201), fail(201), fail(201), UNTESTABLE),
    ],
)
def test_a_failure_has_a_reason(error: bytes, hung_up: bytes, taken: bytes, verdict: str) -> None:
    made = record(BOTH, {"error": error, "hung-up": hung_up, "taken": taken})
    assert said(delivery, "test_a_test_postback_that_fails_tells_why", made) == verdict


@pytest.mark.parametrize(
    ("posted", "verdict"),
    [
        ([*ALL, *AGAIN, form(step="test")], PASSES),
        ([*ALL, *AGAIN, form(step="test"), form(step="test")], "retried"),
        ([*ALL, form(step="test")], UNTESTABLE),
        ([*ALL, *AGAIN], UNTESTABLE),
    ],
)
def test_a_test_postback_stays_one(posted: list[Forged], verdict: str) -> None:
    assert said(delivery, "test_a_test_postback_is_never_sent_again", record(posted)) == verdict


@pytest.mark.parametrize(
    ("case", "posted", "verdict"),
    [
        ({}, form(), PASSES),
        ({"authtype": "form", "resultsformat": "activity"}, form(NESTED.format("activity"), *LOGIN), PASSES),
        ({"authtype": "httpbasic", "resultsformat": "full"}, basic(NESTED.format("full")), PASSES),
        ({"authtype": "form"}, form(), "no-login"),
        ({"authtype": "httpbasic"}, form(), "wrong-media"),
        ({"resultsformat": "full"}, form(), "wrong-format"),
    ],
)
def test_a_test_postback_is_as_asked(case: Mapping[str, str], posted: Forged, verdict: str) -> None:
    made = record([posted], {"tested": OK}, case)
    assert said(delivery, "test_a_test_postback_is_sent_as_asked", made) == verdict


@pytest.mark.parametrize(
    ("posted", "verdict"),
    [
        ([form(step="down"), form(step="up"), RELEASED], PASSES),
        ([form(step="down"), RELEASED, form(step="up")], "delayed"),
        ([form(step="down"), RELEASED], "delayed"),
        ([RELEASED], UNTESTABLE),
    ],
)
def test_nobody_waits_for_one_who_is_down(posted: list[Forged], verdict: str) -> None:
    assert said(delivery, "test_a_receiver_that_is_down_delays_nobody_else", record(posted)) == verdict


@pytest.mark.parametrize(
    ("count", "status", "posted", "verdict"),
    [
        (1, "succeeded", 2, PASSES),
        (1, "succeeded", 1, "lost"),
        (2, "succeeded", 2, UNTESTABLE),
        (1, "failed", 1, UNTESTABLE),
        (0, "succeeded", 0, UNTESTABLE),
    ],
)
def test_what_is_pending_survives(count: int, status: str, posted: int, verdict: str) -> None:
    notes: list[tuple[str, str, Mapping[str, Any]]] = [
        ("tried", "", {"count": count}),
        ("restarted", "", {"status": status}),
    ]
    made = record([form()] * posted, notes=notes)
    assert said(delivery, "test_pending_postbacks_survive_a_restart", made) == verdict
