"""What a receiver does with notices over time: launches between them, other keys, other deployments, other orders."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark, told, untestable
from harness.judging.suite import checks
from harness.subjects.lti_tool_records import Hosted
from suites.lti_tool.notices import BEFORE, ELSEWHERE, VECTOR
from suites.lti_tool.rules import control_effect, had_effect, no_effect
from suites.lti_tool.rules_receiving import (
    SERVER_ERROR,
    by_status_only,
    elements,
    let_in,
    looked_at,
    nothing_shown,
    seen_of,
    tolerated,
)
from suites.lti_tool.scenarios_notice_keys import KNOCKS
from suites.lti_tool.scenarios_receiving_more import AHEAD, PAST


@checks("PNS-NOTICE-14")
def test_a_right_notice_is_taken(notified: Hosted) -> None:
    """A valid delivery is answered by 2xx, before patience is over."""
    sent = notified.delivery("sound") or untestable("a notice was sent")
    if notified.has_probe:
        looked_at(notified, "sound")
    control(sent.exchange.error in (None, "timeout"), f"the handler can be reached ({sent.exchange.error})")
    expect(sent.response is not None, "too-slow", expected="an answer within a few seconds", got=sent.got, at=sent.at)
    expect(sent.taken, "not-taken", expected="2xx", got=sent.got, at=sent.at)


@checks("PNS-NOTICE-16")
def test_a_notice_needs_no_session(bare: Hosted) -> None:
    """A notice without cookies and credentials has the effect that it has with those of a person who was launched."""
    sent = bare.delivery("bare") or untestable("a notice was sent")
    challenge = ((sent.response.header("WWW-Authenticate") if sent.response else "") or "").lower()
    asks = sent.status == 401 and challenge.startswith(("basic", "digest", "negotiate"))
    expect(
        not asks, "asks-for-credentials", expected="no HTTP authentication", got=f"{sent.got}: {challenge}", at=sent.at
    )
    looked_at(bare, "with-session")
    expect(had_effect(bare, "bare"), "needs-session", expected="its effect", got=sent.got, at=sent.at)
    by_status_only(bare)


@checks("PNS-NOTICE-17")
def test_a_removed_handler_is_no_crash(removed: Hosted) -> None:
    """A notice for a handler that was taken back is answered without an internal error."""
    looked_at(removed)
    sent = removed.delivery(VECTOR) or untestable("a notice was sent")
    expect(sent.status < SERVER_ERROR, "crash-of-removed-handler", expected="no 5xx", got=sent.got, at=sent.at)


@checks("PNS-NOTICE-20")
def test_notices_come_in_any_order(reordered: Hosted) -> None:
    """The notice of an earlier event that comes after that of a later one is not lost, and undoes nothing."""
    looked_at(reordered)
    control_effect(reordered, "later")
    _, one = next(elements(reordered, "earlier"), (None, None))
    if one is None or not reordered.has_probe:
        untestable("the probe shows what notices have done")
    seen = seen_of(reordered, one, "earlier")
    if seen is None or seen.probed.origins is None:
        untestable("the probe shows origins")
    later, earlier = (_origins(reordered, step) for step in ("later", "earlier"))
    due = later + earlier if _adds_up(reordered) else later
    lost = [origin for origin in due if origin not in seen.probed.origins]
    reason = "event-lost" if len(due) > len(later) else "overtaken"
    expect(not lost, reason, expected=f"origins {due}, as when they come in order", got=seen.got, at=seen.at)


def _origins(record: Hosted, step: str) -> list[str]:
    return [origin for _, one in elements(record, step) for origin in one["origins"]]


def _adds_up(record: Hosted) -> bool:
    """Whether the tool adds copies up that come in order; another one keeps the last, which must be the latest."""
    _, one = next(elements(record, "second"), (None, None))
    seen = seen_of(record, one, "second") if one else None
    if seen is None or seen.probed.origins is None:
        return True
    shown = set(seen.probed.origins)
    return not (shown >= set(_origins(record, "second")) and not shown & set(_origins(record, "first")))


@checks("PNS-TYPE-06")
def test_a_course_that_nobody_was_in_is_handled(destinations: Hosted) -> None:
    """A copy into a course that was never launched has its effect."""
    looked_at(destinations, "visited")
    sent = destinations.delivery("never-visited") or untestable("a notice was sent")
    effect = had_effect(destinations, "never-visited")
    expect(effect, "no-effect-of-never-launched", expected="its effect", got=sent.got, at=sent.at)
    by_status_only(destinations)


@checks("PNS-RECV-10")
def test_deployments_are_kept_apart(deployments: Hosted) -> None:
    """A notice for one deployment has its effect there, and not on another one instead."""
    looked_at(deployments)
    first = deployments.case["target"]["deployments"][0]
    if not deployments.has_probe or "{deployment}" not in deployments.case["target"]["probe"]:
        untestable("the probe tells deployments apart ([tool] probe with {deployment})")
    seen = [one for one in deployments.shown if one.step == ELSEWHERE and one.deployment == first]
    own, mixed = had_effect(deployments, VECTOR), [one for one in seen if one.mapped]
    control(own or mixed, f"a right notice has its effect ({VECTOR})")
    for one in mixed:
        expect(own, "effect-on-other-deployment", expected=f"nothing in {first}", got=one.got, at=one.at)
        # Two deployments of one customer may be one to a tool: then both show what either was told.
        remark("deployments-share", got=f"{first} shows it as well; {one.got}", at=one.at)
    expect(seen, "not-looked", expected="a look at the other deployment")


@checks("PNS-RECV-11")
def test_a_launch_is_no_notice(crossed: Hosted) -> None:
    """The id_token of a launch that is posted as a notice has no effect."""
    looked_at(crossed)
    no_effect(crossed, "launch-as-notice", "effect-of-launch-as-notice")


@checks("PNS-RECV-11")
def test_a_notice_is_no_launch(crossed: Hosted) -> None:
    """A notice that is posted where launches arrive lets nobody in, and has no effect."""
    looked_at(crossed)
    visit = crossed.visit("notice-in-login") or untestable("the login of a launch")
    entered = let_in(crossed, visit)
    expect(not entered, "notice-as-launch-let-in", expected="a refusal", got=visit.got, at=visit.at)
    for step in ("notice-as-launch", "notice-in-login"):
        nothing_shown(crossed, step, f"effect-of-{step}")
    expect(True, "observed")


@checks("PNS-RECV-13")
def test_a_new_key_is_looked_for(rotated: Hosted) -> None:
    """A notice signed by a key that was published just before has its effect, with the old key beside it or without."""
    looked_at(rotated)
    for step in ("overlap", "hard"):
        tries = [one.step for one in rotated.sent if one.step.startswith(f"{step}-") and one.step[-1].isdigit()]
        control(tries, "a notice was sent")
        taken = any(had_effect(rotated, one) for one in tries)
        sent = rotated.delivery(tries[-1])
        fetches = sum(1 for one in rotated.fetches if one.step in tries)
        got = f"{sent and sent.got}, after {fetches} fetches of the key set"
        expect(taken, f"new-key-refused-{step}", expected="its effect", got=got, at=sent.at if sent else "")
        told("key-set-fetches", got=f"{step}: {fetches}")
    by_status_only(rotated)


@checks("PNS-RECV-13")
def test_a_key_set_that_fails_does_no_harm(keyless: Hosted) -> None:
    """After the key set could not be had, what is signed by a known key has its effect all the same."""
    looked_at(keyless, BEFORE)
    for step in ("failing", "mislabelled"):
        sent = keyless.delivery(f"{step}-known") or untestable("a notice was sent")
        effect = had_effect(keyless, f"{step}-known")
        expect(effect, f"known-key-lost-{step}", expected="its effect", got=sent.got, at=sent.at)
        told("key-set", got=f"{step}: " + ("taken" if had_effect(keyless, step) else "not taken"))
    by_status_only(keyless)


@checks("PNS-RECV-03")
def test_a_flood_of_unknown_keys_has_no_effect(flooded: Hosted) -> None:
    """Fifty notices under keys that nobody publishes have no effect; how often the key set is fetched is told."""
    looked_at(flooded)
    if flooded.has_probe:
        no_effect(flooded, VECTOR, "effect-of-unknown-kid-flood")
    by_status_only(flooded)
    for step in ("knocks", VECTOR):
        count, notices = sum(1 for one in flooded.fetches if one.step == step), len(flooded.deliveries(step))
        got = f"{count} fetches of the key set for {notices} notices under unknown keys"
        told("key-set-fetches", got=got)
        remark("key-set-fetched-each-time", unless=not notices or count < min(notices, KNOCKS), got=got)


@checks("PNS-RECV-17")
def test_what_is_tolerated_of_clocks(skewed: Hosted) -> None:
    """Clocks may be a minute apart; how far they may be apart altogether is told in seconds."""
    looked_at(skewed)
    ahead = tolerated(skewed, "ahead", AHEAD)
    past = tolerated(skewed, "past", PAST)
    for far in (one for one in AHEAD if one <= 60):
        sent = skewed.delivery(f"ahead-{far}") or untestable("a notice was sent")
        effect = had_effect(skewed, f"ahead-{far}")
        expect(effect, f"no-effect-of-iat-{far}s-ahead", expected="its effect", got=sent.got, at=sent.at)
    told("tolerance", got=f"iat up to +{ahead} s, exp up to -{past} s")
    by_status_only(skewed)


@checks("PNS-RECV-18")
def test_each_platform_signs_for_itself(platforms: Hosted) -> None:
    """Of two platforms that the tool knows, each signs its own notices with effect, and those of the other without."""
    looked_at(platforms)
    control(
        had_effect(platforms, "second"), "a right notice of the second platform has its effect ([tool] knows-second)"
    )
    for step in ("signed-by-second", "signed-by-second-under-our-kid", "second-signed-by-us"):
        no_effect(platforms, step, f"effect-of-{step}")
