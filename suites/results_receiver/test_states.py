"""What a receiver holds after what came twice, late, or by two ways at once ("Registration Postbacks" V1, retries)."""

from __future__ import annotations

from harness.judging.expect import control, expect, untestable
from harness.judging.suite import checks
from harness.subjects.receiver_records import Reception, Receptions
from harness.wire.results_policy import BLANK, Delivery, allowed
from suites.results_receiver.results import DONE, OLD
from suites.results_receiver.rules import by_status_only, control_works, shows, usable, works
from suites.results_receiver.rules_states import journey_is_permitted, permitted, words
from suites.results_receiver.scenarios_states import AGAIN


def succeeded(record: Reception, step: str) -> None:
    """Demand that the stimulus of a step has done its work."""
    event = record.event("stimulus", step)
    control(event is not None and event.facts["status"] == "succeeded", "the stimulus succeeded")


@checks("CLOUD-RECV-08")
def test_a_repetition_changes_nothing(repeated: Reception) -> None:
    """The same postback again is taken again, and has no effect: no other state, and nothing done twice."""
    control_works(repeated, "first")
    for first, again in (("first", AGAIN), ("other", ("other-again",))):
        for one in (repeated[step] for step in again):
            expect(one.taken, "repetition-refused", expected="2xx", got=one.got, at=one.at)
        then, now = usable(repeated, first), usable(repeated, again[-1])
        if then is None or now is None:
            continue
        same, count = then.probed.state == now.probed.state, (then.probed.applied, now.probed.applied)
        expect(same, "state-changed", expected=then.got, got=now.got, at=now.at)
        expect(None in count or count[0] == count[1], "applied-twice", expected=then.got, got=now.got, at=now.at)
    by_status_only(repeated)


@checks("CLOUD-RECV-09")
def test_older_results_do_not_undo_newer_ones(late: Reception) -> None:
    """Whatever the order of arrival, the state is one that the declared policy allows."""
    control(late.posted and late.posted[0].taken, "the first postback is taken")
    first = usable(late, "0")
    if first is None:
        by_status_only(late)
        return
    control(works(late, "0"), "the first result is stored")
    end = usable(late, "end")
    if end is not None:
        permitted(late, end)


@checks("CLOUD-RECV-09")
def test_a_reset_regresses_if_the_policy_says_so(resets: Reception) -> None:
    """A deliberate reset forgets the result where the declared policy says so, and keeps it where it does not."""
    control_works(resets, "done")
    succeeded(resets, "reset")
    shown = usable(resets, "reset")
    if shown is None:
        by_status_only(resets)
        return
    wanted = BLANK if resets.policy.reset == "regresses" else DONE
    fits = shown.probed.unknown or shows(shown, wanted) if wanted == BLANK else shows(shown, wanted)
    reason = "reset-ignored" if wanted == BLANK else "reset-forgets"
    expect(fits, reason, expected=str(wanted), got=shown.got, at=shown.at)


@checks("CLOUD-RECV-09")
def test_a_late_poll_does_not_undo_a_postback(races: Reception) -> None:
    """An answer of the API that is older than a postback which came meanwhile does not undo it."""
    asked = races.event("asked")
    control(asked is not None and asked.facts["asked"], "the receiver asks the API when it is refreshed")
    control_works(races, "newer")
    succeeded(races, "older")
    shown = usable(races, "older")
    if shown is None or shown.probed.state is None:
        untestable("the probe shows the registration")
    verdict = allowed([Delivery(OLD), Delivery(DONE)], races.policy)
    fits = verdict(shown.probed.state, shown.probed.told)
    expect(fits, "older-poll-won", expected=words(verdict), got=shown.got, at=shown.at)


@checks("CLOUD-RECV-09")
def test_every_history_ends_as_the_policy_allows(journeys: Receptions, late: Reception) -> None:
    """Any interleaving of results, deliveries and polls ends in a state that the declared policy allows."""
    control(works(late, "0"), "a plain postback is stored")
    expect(journeys.steps, "no-example", expected="at least one history", got="none")
    for record in journeys.steps.values():
        journey_is_permitted(record)
