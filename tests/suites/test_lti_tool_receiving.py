"""What is said of tools that receive notices: no false accusation, and every wrong effect named."""

from __future__ import annotations

import pytest

from fixtures.notice_oracle import scene, tell
from harness.wire.pns_vectors import VECTORS
from suites.lti_tool.notices import (
    APART,
    BODIES,
    DOUBLED,
    FORGERIES,
    HOSTILE,
    MALFORMED,
    MISDIRECTED,
    OWN,
    UNTIMELY,
    vector,
)
from tests.suites.forging_notices import (
    NOTHING,
    PASSES,
    UNTOLD,
    between,
    delivery,
    element,
    event,
    fetch,
    hosted,
    look,
    notice,
    said,
)

TABLES = (FORGERIES, MISDIRECTED, UNTIMELY, MALFORMED, DOUBLED, BODIES, HOSTILE)
SIGNATURE, EXPIRED = "test_a_bad_signature_has_no_effect", "test_an_expired_notice_has_no_effect"
REPLAY, ALONE = "test_a_replay_has_no_second_effect", "test_every_notice_of_a_batch_is_judged_alone"


def forged(**values: object) -> object:
    return between(notice("vector", "refuse", "PNS-RECV-01", **values))  # type: ignore[arg-type]


def test_every_vector_is_sent_and_sent_once() -> None:
    sent = [id for table in TABLES for id in table] + list(APART)
    assert sorted(sent) == sorted({*VECTORS, *OWN})


@pytest.mark.parametrize("id", [id for table in TABLES for id in table])
def test_every_vector_stands_for_the_rows_that_the_oracle_names(id: str) -> None:
    rows = next(table[id] for table in TABLES if id in table)
    named = {one.row for post in tell(vector(id), scene()).posts for one in post if one.row}
    # Neither a body of rubbish nor the second flaw of a mixture has an effect of its own to be judged by.
    assert named - {"PNS-NOTICE-17", "PNS-NOTICE-15", "PNS-RECV-06"} <= set(rows) or id == "A47"


@pytest.mark.parametrize("status", [200, 202, 204, 302, 400, 401, 403, 404])
def test_a_forgery_without_effect_may_be_answered_in_any_way(status: int) -> None:
    assert said(SIGNATURE, forgeries=forged(applied=NOTHING, status=status)) == PASSES


def test_a_course_that_is_known_without_a_copy_shows_no_effect() -> None:
    shown = look("vector", "c-vector", body=b'{"context": "c-vector", "origins": null, "applied": 0}')
    sent = delivery("vector", element("c-vector", "refuse", "PNS-RECV-01"))
    assert said(SIGNATURE, forgeries=between([*sent, *shown])) == PASSES


@pytest.mark.parametrize("applied", [1, UNTOLD])
def test_a_forgery_with_effect_is_named(applied: int) -> None:
    record = between(notice("vector", "refuse", "PNS-RECV-01", applied=applied), vector="tampered-payload")
    assert said(SIGNATURE, forgeries=record) == "effect-of-tampered-payload"


@pytest.mark.parametrize("missing", ["before", "after"])
def test_who_takes_no_right_notice_has_refused_no_forgery(missing: str) -> None:
    one = notice("vector", "refuse", "PNS-RECV-01", applied=NOTHING)
    assert said(SIGNATURE, forgeries=between(one, **{missing: NOTHING})) == "untestable"  # type: ignore[arg-type]


def test_a_probe_that_shows_every_course_proves_nothing() -> None:
    record = between(notice("vector", "refuse", "PNS-RECV-01"), untold=1)
    assert said(SIGNATURE, forgeries=record) == "untestable"


def test_a_probe_that_cannot_be_read_accuses_nobody() -> None:
    shown = look("vector", "c", body=b"<html>")
    record = between([*delivery("vector", element("c", "refuse", "PNS-RECV-01")), *shown])
    assert said(SIGNATURE, forgeries=record) == "untestable"


@pytest.mark.parametrize(("status", "verdict"), [(401, f"{PASSES}, by-status-only no probe is configured"),
                                                 (200, "untestable")])  # fmt: skip
def test_without_a_probe_only_a_refusal_says_something(status: int, verdict: str) -> None:
    record = between(notice("vector", "refuse", "PNS-RECV-01", status=status), probe=False)
    assert said(SIGNATURE, forgeries=record) == verdict


def test_a_right_notice_that_is_lost_is_named() -> None:
    name = "test_an_audience_in_an_array_is_taken"
    for applied, verdict in ((1, PASSES), (NOTHING, "no-effect-of-aud-array")):
        record = between(notice("vector", "accept", "PNS-RECV-15", applied=applied), vector="aud-array")
        assert said(name, misdirected=record) == verdict


@pytest.mark.parametrize(("applied", "verdict"), [(1, PASSES), (2, "again-replay"), (UNTOLD, "untestable")])
def test_a_repetition_is_judged_by_the_count_of_effects(applied: int, verdict: str) -> None:
    first, second = element("c"), element("c", "refuse", "PNS-RECV-07")
    sent = [*delivery("vector", first), *delivery("vector", second), *look("vector", "c", applied)]
    assert said(REPLAY, doubled=between(sent, vector="replay")) == verdict


def test_of_a_mixture_the_right_ones_count_for_the_batch_and_the_wrong_ones_for_their_signature() -> None:
    good, bad = element("good", "accept", "PNS-NOTICE-15"), element("bad", "refuse", "PNS-RECV-01")
    for lost, gained, batch, signature in (
        (1, NOTHING, f"{PASSES}, batch mixed-batch: 1 of 2 had an effect", PASSES),
        (NOTHING, NOTHING, "no-effect-of-mixed-batch", PASSES),
        (1, 1, f"{PASSES}, batch mixed-batch: 2 of 2 had an effect", "effect-of-mixed-batch"),
    ):
        sent = [*delivery("vector", good, bad), *look("vector", "good", lost), *look("vector", "bad", gained)]
        record = between(sent, vector="mixed-batch")
        assert said(ALONE, bodies=record) == batch
        assert said("test_a_forgery_among_right_notices_has_no_effect", bodies=record) == signature


@pytest.mark.parametrize(("status", "verdict"), [(200, PASSES), (400, PASSES), (0, PASSES), (500, "crash-of-not-json")])
def test_rubbish_is_answered_by_anything_but_an_internal_error(status: int, verdict: str) -> None:
    rubbish = {**element("", "refuse", "PNS-NOTICE-17"), "context": None}
    record = between(delivery("vector", rubbish, status=status), vector="not-json")
    assert said("test_odd_bodies_are_survived", bodies=record) == verdict


def test_what_is_left_to_the_tool_has_one_effect_at_most() -> None:
    for applied, verdict in ((NOTHING, PASSES), (1, PASSES), (2, "again-no-nonce")):
        record = between(notice("vector", "either", applied=applied), vector="no-nonce")
        assert said("test_odd_claims_are_survived", malformed=record) == verdict


def test_a_fetch_of_what_the_header_points_to_is_named() -> None:
    one = notice("vector", "refuse", "PNS-RECV-12", applied=NOTHING)
    check = "test_keys_of_the_header_are_not_used"
    assert said(check, forgeries=between(one)) == PASSES
    assert said(check, forgeries=between(one, fetch("lure", "vector"), vector="jku-header")) == "fetched-jku-header"


def test_an_unknown_type_is_to_be_acknowledged() -> None:
    check = "test_an_unknown_type_is_acknowledged_and_ignored"
    for status, applied, verdict in (
        (204, NOTHING, PASSES), (400, NOTHING, "unknown-type-refused"), (200, 1, "effect-of-x"),
    ):  # fmt: skip
        one = notice("vector", "refuse", "PNS-NOTICE-18", status=status, applied=applied)
        assert said(check, malformed=between(one)) == verdict


def test_an_unknown_deployment_may_be_taken_into_use_but_no_other_may_change() -> None:
    check = "test_an_unknown_deployment_has_no_effect_on_others"
    one = notice("vector", "either", "PNS-RECV-10")
    apart = [*look("elsewhere", "c-vector", NOTHING), *look("elsewhere", "c-vector", NOTHING, deployment="d2")]
    mixed = [*look("elsewhere", "c-vector", NOTHING), *look("elsewhere", "c-vector", 1, deployment="d2")]
    assert said(check, misdirected=between(one, apart)) == PASSES
    assert said(check, misdirected=between(one, mixed)) == "effect-elsewhere-of-x"
    template = "https://tool.example/probe?context={context}"
    assert said(check, misdirected=between(one, mixed, template=template)) == "untestable"


@pytest.mark.parametrize(("status", "verdict"), [(200, PASSES), (202, PASSES), (204, PASSES), (302, "not-taken"),
                                                 (400, "not-taken"), (0, "too-slow")])  # fmt: skip
def test_a_right_notice_is_to_be_answered_by_2xx_in_time(status: int, verdict: str) -> None:
    record = hosted(look("never", "nowhere", NOTHING), notice("sound", status=status))
    assert said("test_a_right_notice_is_taken", notified=record) == verdict


def test_a_tool_that_is_down_is_not_accused_of_its_answers() -> None:
    record = hosted(look("never", "nowhere", NOTHING), notice("sound", status=503, applied=NOTHING))
    assert said("test_a_right_notice_is_taken", notified=record) == "untestable"


def test_a_notice_needs_neither_session_nor_credentials() -> None:
    check, untold = "test_a_notice_needs_no_session", look("never", "nowhere", NOTHING)
    right = hosted(untold, notice("with-session"), notice("bare"))
    session = hosted(untold, notice("with-session"), notice("bare", status=403, applied=NOTHING))
    nothing = hosted(untold, notice("with-session", applied=NOTHING), notice("bare", applied=NOTHING))
    basic = delivery("bare", element("c"), status=401, headers=(("WWW-Authenticate", 'Basic realm="x"'),))
    bearer = delivery("bare", element("c"), status=401, headers=(("WWW-Authenticate", "Bearer"),))
    assert [said(check, bare=one) for one in (right, session, nothing)] == [PASSES, "needs-session", "untestable"]
    assert said(check, bare=hosted(untold, basic)) == "asks-for-credentials"
    assert said(check, bare=hosted(untold, bearer)) == "untestable"


def test_two_events_of_a_course_are_both_shown_whatever_their_order() -> None:
    check, one, two = "test_notices_come_in_any_order", element("c", origins=("a",)), element("c", origins=("b",))
    sent = [*delivery("later", one), *look("later", "c", origins=("a",)), *delivery("earlier", two)]
    for shown, verdict in ((("a", "b"), PASSES), (("b", "a"), PASSES), (("a",), "event-lost"), (("b",), "event-lost")):
        assert said(check, reordered=between([*sent, *look("earlier", "c", 2, origins=shown)])) == verdict


def test_how_far_clocks_may_be_apart_is_told_in_seconds() -> None:
    def swept(*, ahead: int, past: int) -> object:
        steps = [("ahead", far, far <= ahead) for far in (1, 30, 60, 120, 180, 300, 600)]
        steps += [("past", far, far <= past) for far in (1, 30, 60, 120, 180, 300, 600)]
        notices = [notice(f"{name}-{far}", "either", applied=1 if fits else NOTHING) for name, far, fits in steps]
        return between(*notices)

    check = "test_what_is_tolerated_of_clocks"
    assert said(check, skewed=swept(ahead=180, past=0)) == f"{PASSES}, tolerance iat up to +180 s, exp up to -0 s"
    assert said(check, skewed=swept(ahead=30, past=0)) == "no-effect-of-iat-60s-ahead"


def test_how_often_the_key_set_is_fetched_is_told_and_once_a_notice_is_warned_of() -> None:
    def flooded(count: int) -> object:
        knocks = [entry for _ in range(20) for entry in delivery("knocks", element("c", "refuse"))]
        return between(*knocks, *(fetch("keys", "knocks") for _ in range(count)))

    check = "test_a_flood_of_unknown_keys_has_no_effect"
    assert "key-set-fetched-each-time" not in said(check, flooded=flooded(5))
    assert "key-set-fetched-each-time" in said(check, flooded=flooded(20))


def test_a_new_key_may_be_found_at_the_second_try() -> None:
    def rotated(*taken: int) -> object:
        tries = [notice(f"overlap-{at}", "accept", applied=one) for at, one in enumerate(taken)]
        return between(*tries, notice("hard-0"), notice("overlap-old"), notice("hard-old", "either"))

    check = "test_a_new_key_is_looked_for"
    assert said(check, rotated=rotated(NOTHING, 1)).startswith(PASSES)
    assert said(check, rotated=rotated(NOTHING, NOTHING)) == "new-key-refused-overlap"


def test_histories_count_each_event_once() -> None:
    def journey(applied: int, origins: tuple[str, ...]) -> object:
        told = event("due", "x1", context="c", deployment="d1", origins=["a", "b"])
        return hosted(delivery("x1", element("c")), told, look("x1", "c", applied, origins=origins))

    class Journeys:
        def __init__(self, record: object) -> None:
            self.steps = {"x1": record}

    notified = hosted(notice("sound"))
    once, lost = "test_every_event_counts_once", "test_no_event_is_lost"
    for record, counted, kept in (
        (journey(2, ("a", "b")), PASSES, PASSES),
        (journey(3, ("a", "b")), "again-in-history", PASSES),
        (journey(1, ("a",)), PASSES, "event-lost-in-history"),
        (journey(UNTOLD, ("b", "a")), "untestable", PASSES),
    ):
        assert said(once, journeys=Journeys(record), notified=notified) == counted
        assert said(lost, journeys=Journeys(record), notified=notified) == kept
