"""Properties: what holds of every change, every batch and every history of notices, tried on many."""

from __future__ import annotations

from harness.judging.expect import control
from harness.judging.suite import checks
from harness.subjects.lti_tool_records import Hosted, Hostings
from suites.lti_tool.rules import had_effect
from suites.lti_tool.rules_properties import none_again, none_lost, row_as_expected, something_was_sent, survives


def _told(examples: Hostings, notified: Hosted) -> None:
    control(had_effect(notified, "sound"), "a right notice has its effect")
    something_was_sent(examples)


def _rows(examples: Hostings, notified: Hosted, row: str) -> None:
    _told(examples, notified)
    for record in examples.steps.values():
        row_as_expected(record, row)


@checks("PNS-RECV-01")
def test_no_change_outlives_its_signature(changes: Hostings, notified: Hosted) -> None:
    """Whatever is changed in a notice after it was signed, it has no effect."""
    _rows(changes, notified, "PNS-RECV-01")


@checks("PNS-RECV-03")
def test_no_other_key_is_taken(changes: Hostings, notified: Hosted) -> None:
    """Whatever the kid becomes, a notice under a name that is not published has no effect."""
    _rows(changes, notified, "PNS-RECV-03")


@checks("PNS-RECV-04")
def test_no_other_issuer_is_taken(changes: Hostings, notified: Hosted) -> None:
    """Whatever iss becomes, a notice of an issuer that is not the registered one has no effect."""
    _rows(changes, notified, "PNS-RECV-04")


@checks("PNS-RECV-05")
def test_no_other_audience_is_taken(changes: Hostings, notified: Hosted) -> None:
    """Whatever aud becomes, a notice whose aud does not hold the client id has no effect."""
    _rows(changes, notified, "PNS-RECV-05")


@checks("PNS-RECV-06")
def test_no_expired_notice_is_taken(changes: Hostings, notified: Hosted) -> None:
    """However long ago it is that a notice expired, from ten minutes on it has no effect."""
    _rows(changes, notified, "PNS-RECV-06")


@checks("PNS-RECV-09")
def test_no_incomplete_notice_is_taken(changes: Hostings, notified: Hosted) -> None:
    """Whatever becomes of version, deployment and the notice itself, without them nothing has an effect."""
    _rows(changes, notified, "PNS-RECV-09")


@checks("PNS-RECV-14")
def test_every_unknown_claim_is_ignored(changes: Hostings, notified: Hosted) -> None:
    """Whatever claim is added that nobody knows, a right notice has its effect."""
    _rows(changes, notified, "PNS-RECV-14")


@checks("PNS-NOTICE-17")
def test_every_change_is_survived(changes: Hostings, notified: Hosted) -> None:
    """Whatever is changed in a notice, it is answered without an internal error and has one effect at most."""
    _told(changes, notified)
    for record in changes.steps.values():
        survives(record)


@checks("PNS-NOTICE-15")
def test_every_batch_is_taken_apart(mixtures: Hostings, notified: Hosted) -> None:
    """In whatever company, order and number they come, right notices have their effect."""
    _rows(mixtures, notified, "PNS-NOTICE-15")


@checks("PNS-NOTICE-19")
def test_every_event_counts_once(journeys: Hostings, notified: Hosted) -> None:
    """However often and in however many tokens an event is told of, it has one effect."""
    _told(journeys, notified)
    for record in journeys.steps.values():
        none_again(record)


@checks("PNS-NOTICE-20")
def test_no_event_is_lost(journeys: Hostings, notified: Hosted) -> None:
    """In whatever order events are told of, each has its effect."""
    _told(journeys, notified)
    for record in journeys.steps.values():
        none_lost(record)
