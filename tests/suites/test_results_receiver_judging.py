"""What the suite of results-receiver says: each rule on both sides, and nobody accused whom nothing contradicts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from harness.evidence.entries import AnyEntry
from harness.judging.properties import why_not
from harness.subjects.receiver_records import Reception
from harness.wire.results_policy import BLANK, DEFAULT, Policy, State
from suites.results_receiver.results import DONE, HALF, OLD, rising
from suites.results_receiver.rules_states import journey_is_permitted
from suites.results_receiver.scenarios_states import AGAIN, BETTER
from suites.results_receiver.scenarios_troubles import UNKNOWN
from tests.suites.forging_receiver import PASSES, event, look, post, reception, said, stored

DIRECTLY, STATUS = "test_a_postback_is_answered_directly", "test_the_status_is_200"
PAGE = b"<!DOCTYPE html><title>Results</title>"


def posted(status: int, shows: State = DONE, *, probe: bool = True) -> Reception:
    return reception(look("before-form", BLANK), stored("form", status, shows=shows), probe=probe)


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (posted(200), PASSES),
        (posted(299), PASSES),
        (posted(300), "redirected"),
        (posted(399), "redirected"),
        (posted(400), "refused"),
        (posted(400, BLANK), "not-taken"),
        (posted(0), "no-answer"),
        (posted(200, BLANK), "untestable"),
        (posted(204, probe=False), f"{PASSES}, by-status-only"),
        (posted(500, probe=False), "not-taken"),
    ],
)
def test_a_postback_is_answered_by_2xx_and_by_nothing_else(record: Reception, verdict: str) -> None:
    assert said(DIRECTLY, posted=record) == verdict


def test_what_one_way_takes_is_not_held_against_the_other() -> None:
    both = reception(stored("form", 415, shows=BLANK), stored("httpbasic"), ways=("form", "httpbasic"))
    assert said(DIRECTLY, posted=both) == PASSES
    assert said("test_forms_are_taken", posted=both) == "form-refused"
    assert said("test_xml_bodies_are_taken", posted=both) == PASSES
    neither = reception(
        stored("form", 503, shows=BLANK), stored("httpbasic", 503, shows=BLANK), ways=("form", "httpbasic")
    )
    assert said("test_forms_are_taken", posted=neither) == "untestable"


def test_a_way_that_the_owner_does_not_declare_is_not_asked_for() -> None:
    assert said("test_xml_bodies_are_taken", posted=posted(200)) == "inapplicable"


@pytest.mark.parametrize(
    ("status", "verdict"), [(200, PASSES), (201, "not-200"), (204, "not-200"), (403, "untestable")]
)
def test_the_status_is_that_of_the_vendor(status: int, verdict: str) -> None:
    assert said(STATUS, posted=posted(status)) == verdict


def test_a_probe_that_cannot_be_read_accuses_nobody() -> None:
    blind = reception(look("before-form", body=PAGE), post("form"), look("form", body=PAGE))
    assert said(DIRECTLY, posted=blind) == "untestable"
    assert said("test_forms_are_taken", posted=blind) == "untestable"


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        ("https://lms.example.com/p", PASSES),
        ("http://lms.example.com:80/p", PASSES),
        ("https://8.8.8.8/p", PASSES),
        ("https://lms.example.com:8443/p", "odd-port"),
        ("http://192.168.1.4/p", "private-host"),
        ("http://[fd00::1]/p", "private-host"),
        ("http://lms/p", "private-host"),
        ("http://lms.internal/p", "private-host"),
        ("http://127.0.0.1:8080/p", f"{PASSES}, on-this-machine"),
        ("http://localhost/p", f"{PASSES}, on-this-machine"),
    ],
)
def test_an_address_is_public_by_its_name(url: str, verdict: str) -> None:
    assert said("test_the_address_is_public", posted=reception(stored("form"), public_url=url)) == verdict


@pytest.mark.parametrize(
    ("first", "again", "verdict"),
    [
        (200, None, PASSES),
        (403, DONE, "refused-without-session"),
        (403, BLANK, "untestable"),
        (200, DONE, "not-stored-without-session"),
    ],
)
def test_a_session_is_missed_only_where_it_helps(first: int, again: State | None, verdict: str) -> None:
    shows = DONE if again is None else BLANK
    entries = [*stored("form", first, shows=shows), *(stored("form-cookie", shows=again) if again else [])]
    assert said("test_no_session_is_needed", posted=reception(entries)) == verdict


def suspicious(status: int, after: State, *, credentials: bool = True, probe: bool = True) -> Reception:
    entries: list[AnyEntry] = [look("form-before", BLANK)]
    for number, name in enumerate(("stranger", "wrong-password", "missing")):
        taken = after if name == "missing" else BLANK
        entries += [*post(f"form-{name}", status, rising(number)), look(f"form-{name}", taken)]
    return reception(entries, stored("form-right"), credentials=credentials, probe=probe)


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (suspicious(401, BLANK), PASSES),
        (suspicious(403, BLANK), PASSES),
        (suspicious(403, rising(2)), "missing-credentials-taken"),
        (suspicious(200, BLANK), "not-4xx"),
        (suspicious(302, BLANK), "not-4xx"),
        (suspicious(500, BLANK), "not-4xx"),
        (suspicious(403, BLANK, probe=False), f"{PASSES}, by-status-only"),
        (suspicious(403, BLANK, credentials=False), "inapplicable"),
    ],
)
def test_strangers_are_refused_and_without_effect(record: Reception, verdict: str) -> None:
    assert said("test_credentials_are_demanded", suspicious=record) == verdict


def repeated(status: int = 200, then: int | None = 1, now: int | None = 1, shows: State = DONE) -> Reception:
    again = [entry for step in AGAIN for entry in post(step, status)]
    other = [*post("other", 200, BETTER), look("other", BETTER, 2), *post("other-again", 200, BETTER)]
    return reception(
        post("first"), look("first", DONE, then), again, look(AGAIN[-1], shows, now), other,
        look("other-again", BETTER, 2),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (repeated(), PASSES),
        (repeated(204), PASSES),
        (repeated(409), "repetition-refused"),
        (repeated(now=4), "applied-twice"),
        (repeated(then=None, now=None), PASSES),
        (repeated(shows=BETTER), "state-changed"),
    ],
)
def test_a_repetition_is_taken_and_has_no_effect(record: Reception, verdict: str) -> None:
    assert said("test_a_repetition_changes_nothing", repeated=record) == verdict


def late(*states: State, end: State, policy: Policy = DEFAULT, last: int = 200) -> Reception:
    statuses = [200] * (len(states) - 1) + [last]
    entries = [e for n, state in enumerate(states) for e in [*post(f"{n}", statuses[n], state), look(f"{n}", state)]]
    return reception(entries, look("end", end), policy=policy)


HIGH, LOW = State("complete", "unknown", Decimal(80), 300), State("complete", "unknown", Decimal(60), 120)
LATEST = Policy(score="latest", totaltime="latest")


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (late(DONE, HALF, end=DONE), PASSES),
        (late(DONE, HALF, end=HALF), "completion-undone"),
        (late(HALF, DONE, end=HALF), "newer-ignored"),
        (late(HIGH, LOW, end=HIGH), PASSES),
        (late(HIGH, LOW, end=LOW), "score-lowered"),
        (late(HIGH, LOW, end=LOW, policy=LATEST), PASSES),
        (late(HIGH, LOW, end=HIGH, policy=LATEST), PASSES),
        (late(HIGH, LOW, end=State("complete", "unknown", Decimal(80), 120)), "time-shortened"),
        (late(HIGH, LOW, end=State("complete", "unknown", Decimal(80), 120), policy=LATEST), "mixed-states"),
        (late(OLD, DONE, end=State("complete", "failed", Decimal(85), 324)), "pass-refused"),
        (late(DONE, OLD, end=State("complete", "failed", Decimal(85), 324)), "pass-undone"),
        (late(DONE, OLD, end=DONE, last=409), PASSES),
        (late(HALF, DONE, end=HALF, last=503), PASSES),
    ],
)
def test_a_state_is_judged_by_the_declared_policy(record: Reception, verdict: str) -> None:
    assert said("test_older_results_do_not_undo_newer_ones", late=record) == verdict


def strangers(*statuses: int, after: State | None = None, other: State | None = HALF) -> Reception:
    unknown = [e for step, status in zip(UNKNOWN, statuses, strict=True) for e in post(step, status)]
    swapped = [] if other is None else [*post("other-case"), look("other-case", other)]
    return reception(
        stored("known", state=HALF), look("before", None), unknown, look(UNKNOWN[-1], after),
        look("other-case-before", None), swapped,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (strangers(200, 200, 200), PASSES),
        (strangers(204, 204, 204), PASSES),
        (strangers(404, 404, 404), f"{PASSES}, sent-again"),
        (strangers(422, 422, 422), f"{PASSES}, sent-again"),
        (strangers(404, 410, 404), "status-not-fixed"),
        (strangers(302, 302, 302), "status-not-fixed"),
        (strangers(500, 500, 500), "server-error"),
        (strangers(200, 200, 200, after=DONE), "record-made"),
    ],
)
def test_an_unknown_registration_is_noted_or_refused_by_one_status(record: Reception, verdict: str) -> None:
    assert said("test_an_unknown_registration_is_refused_for_good_or_noted", strangers=record) == verdict


@pytest.mark.parametrize(("other", "verdict"), [(HALF, PASSES), (DONE, "other-record-changed"), (None, "untestable")])
def test_an_id_in_another_case_is_another_id(other: State | None, verdict: str) -> None:
    assert said("test_ids_are_compared_exactly", strangers=strangers(404, 404, 404, other=other)) == verdict


def recovered(status: int = 200, shows: State = DONE, early: int = 404) -> Reception:
    down = [e for step in ("down-1", "down-2") for e in [*post(step, 503), look(step, BLANK)]]
    return reception(
        stored("whole"), down, stored("up", status, shows=shows), post("early", early), stored("enrolled"),
        stored("twin"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (recovered(), PASSES),
        (recovered(503, BLANK), "retry-refused"),
        (recovered(200, BLANK), "retry-not-stored"),
        (reception(stored("whole"), stored("twin", 403, shows=BLANK)), "untestable"),
        (reception(stored("whole"), post("early", 200), stored("enrolled", shows=BLANK), stored("twin")), PASSES),
    ],
)
def test_what_failed_first_is_stored_then(record: Reception, verdict: str) -> None:
    assert said("test_what_failed_is_stored_when_it_comes_again", recovered=record) == verdict


def refreshed(shows: State, status: str = "succeeded") -> Reception:
    told = event("stimulus", step="refresh", stimulus="refresh", status=status)
    return reception(look("before", BLANK), told, look("refresh", shows))


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (refreshed(DONE), PASSES),
        (refreshed(BLANK), "not-refreshed"),
        (refreshed(HALF), "refresh-differs"),
        (refreshed(BLANK, "failed"), "untestable"),
    ],
)
def test_a_refresh_brings_what_a_postback_would_have(record: Reception, verdict: str) -> None:
    assert said("test_a_refresh_makes_up_for_lost_postbacks", refreshed=record) == verdict


def travelled(end: State, *, certain: bool = True) -> Reception:
    arrived = event("arrived", state={"complete": "complete", "success": "passed", "score": "85", "totaltime": 324},
                    certain=certain)  # fmt: skip
    return reception(look("", BLANK), post("", state=None), arrived, look("", end))


@pytest.mark.parametrize(
    ("record", "reason"),
    [(travelled(DONE), ""), (travelled(BLANK), "not-allowed"), (travelled(BLANK, certain=False), "")],
)
def test_a_history_is_judged_by_what_certainly_arrived(record: Reception, reason: str) -> None:
    found = why_not(journey_is_permitted, record)
    assert (found.reason if found else "") == reason


def test_what_fails_only_now_and_then_does_not_fail_for_want_of_a_session() -> None:
    wavering = reception(stored("form", 503, shows=BLANK), stored("form-again"), stored("form-cookie"))
    assert said("test_no_session_is_needed", posted=wavering) == PASSES


def in_formats(activity: State, status: int = 200) -> Reception:
    sent = [("blank", rising(0)), ("course", rising(1)), ("activity", rising(2)), ("full", rising(3))]
    shows = {"activity": activity, "full": activity}
    first = [e for name, state in sent for e in _read(name, state, shows.get(name, state), status)]
    more = [("reordered", rising(4)), ("extended", rising(5))]
    return reception(
        look("form-before", BLANK), first, [e for name, s in more for e in stored(f"form-{name}", state=s)]
    )


def _read(name: str, sent: State, shows: State, status: int) -> list[AnyEntry]:
    return stored(f"form-{name}", status if name == "activity" else 200, sent, shows)


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (in_formats(rising(1)), PASSES),
        (in_formats(State("incomplete", "unknown", rising(2).score, rising(1).totaltime)), PASSES),
        (in_formats(State("incomplete", "failed", rising(1).score, rising(1).totaltime)), "wrong-success"),
        (in_formats(State("incomplete", "unknown", Decimal(0), rising(1).totaltime)), "wrong-score"),
        (in_formats(rising(1), 400), "format-refused"),
        (in_formats(rising(1), 500), "server-error"),
    ],
)
def test_another_format_may_be_left_unread_in_part_and_never_misread(record: Reception, verdict: str) -> None:
    assert said("test_every_format_is_read", reading=record) == verdict
