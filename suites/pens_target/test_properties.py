"""Properties: what holds for every collect, tried on many that nobody has thought of."""

from __future__ import annotations

from harness.judging.expect import control, expect
from harness.judging.suite import checks
from harness.subjects.pens_records import Collected, Examples
from suites.pens_target.rules import accepted_by_effect, control_accepted, control_taken, control_understood
from suites.pens_target.rules_properties import alerts_follow, defensible, is_answered, one_receipt

ANSWERED = ("PENS-RESP-01/T",)


def something_was_sent(examples: Examples) -> None:
    """Expect that there is an example to judge."""
    expect(examples.steps, "no-example", expected="at least one example", got="none")


@checks("PENS-CONF-01", needs=ANSWERED)
def test_every_sound_collect_is_accepted(sound_collects: Examples, accepted: Collected) -> None:
    """A valid collect is accepted whatever its order, encoding, length and optional elements."""
    control_taken(accepted)
    something_was_sent(sound_collects)
    for record in sound_collects.steps.values():
        accepted_by_effect(record)


@checks("PENS-MSG-06", needs=ANSWERED)
def test_every_order_is_accepted(shuffled_collects: Examples, accepted: Collected) -> None:
    """A plain collect is accepted in every order of its elements."""
    control_taken(accepted)
    something_was_sent(shuffled_collects)
    for record in shuffled_collects.steps.values():
        accepted_by_effect(record)


@checks("PENS-ERR-01", needs=ANSWERED)
def test_every_fault_has_a_defensible_code(flawed_collects: Examples, accepted: Collected) -> None:
    """A collect with one fault, whichever, is reported by a code that can be defended for it."""
    control_understood(accepted)
    something_was_sent(flawed_collects)
    for record in flawed_collects.steps.values():
        defensible(record)


@checks("PENS-CONF-02", needs=ANSWERED)
def test_hostile_messages_are_answered(hostile_bodies: Examples, accepted: Collected) -> None:
    """Whatever is sent is answered: no silence, no internal error, nothing of the inside shown."""
    control_taken(accepted)
    something_was_sent(hostile_bodies)
    for record in hostile_bodies.steps.values():
        is_answered(record)


@checks("PENS-RCPT-10", needs=ANSWERED)
def test_every_publication_has_one_receipt(publications: Examples, accepted: Collected) -> None:
    """Of publications that overlap, each whose package was fetched gets one receipt, and none gets more."""
    control(any(record.fetched for record in publications.steps.values()), "a package is fetched")
    control(accepted.fetched, "the package of a plain collect is fetched")
    for record in publications.steps.values():
        one_receipt(record)


@checks("PENS-ALERT-01", needs=ANSWERED)
def test_no_publication_is_alerted_before_its_receipt(publications: Examples, accepted: Collected) -> None:
    """Of publications that overlap, none is alerted before its receipt."""
    control_accepted(accepted)
    control(any(record.receipts for record in publications.steps.values()), "a receipt follows a publication")
    for record in publications.steps.values():
        alerts_follow(record)
