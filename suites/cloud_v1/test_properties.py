"""Properties: what holds for every id, every form of a call and every history, tried on many nobody has thought of."""

from __future__ import annotations

from harness.judging.expect import control, expect
from harness.judging.suite import checks
from harness.subjects.cloud_v1_examples import CloudExamples
from suites.cloud_v1.rules_access import looked_at
from suites.cloud_v1.rules_histories import AGAIN, DELETED, LISTED, RESET, parts_from_the_model
from suites.cloud_v1.rules_properties import (
    has_no_effect,
    ids_are_apart,
    ids_are_kept,
    is_answered,
    is_let_in,
    is_told_by_its_signature,
    names_are_kept,
)


def something_was_sent(examples: CloudExamples) -> None:
    """Expect that there is an example to judge."""
    expect(examples.steps, "no-example", expected="at least one example", got="none")


def _told(examples: CloudExamples) -> None:
    before = examples.before
    control(before["create"].is_ok and before["detail"].is_ok, "a plain registration is created and told of")
    something_was_sent(examples)


@checks("CLOUD-REG-06")
def test_every_id_comes_back_as_it_was_given(id_pairs: CloudExamples) -> None:
    """An id of any script, up to 255 characters long, comes back unchanged and is not taken for another."""
    _told(id_pairs)
    for story in id_pairs.steps.values():
        ids_are_kept(story)
        ids_are_apart(story)


@checks("CLOUD-ENV-05")
def test_every_name_comes_back_as_it_was_given(id_pairs: CloudExamples) -> None:
    """Names with markup, quotes and any script come back as they were given."""
    _told(id_pairs)
    for story in id_pairs.steps.values():
        names_are_kept(story)


@checks(
    "CLOUD-AUTH-01", "CLOUD-AUTH-02", "CLOUD-AUTH-04", "CLOUD-AUTH-05", "CLOUD-AUTH-06", "CLOUD-AUTH-08",
    "CLOUD-AUTH-09", "CLOUD-EP-08", "CLOUD-EP-10",
)  # fmt: skip
def test_every_form_of_a_sound_call_is_let_in(sound_calls: CloudExamples) -> None:
    """A call that is signed rightly succeeds in every order and encoding, with whatever parameters beside its own."""
    before = sound_calls.before
    looked_at(before)
    control(before["plain"].is_ok and before["form"].is_ok, "the plain call succeeds by query and by form body")
    control(before["extra"].is_ok or sound_calls.case["feature"] == "unknown", "parameters of no use are let in")
    something_was_sent(sound_calls)
    for story in sound_calls.steps.values():
        is_let_in(story)


@checks("CLOUD-AUTH-11")
def test_whatever_changes_after_signing_breaks_the_signature(bent_signatures: CloudExamples) -> None:
    """A call of which one value, name or parameter is changed after it was signed is refused with 104."""
    looked_at(bent_signatures.before)
    something_was_sent(bent_signatures)
    for story in bent_signatures.steps.values():
        is_told_by_its_signature(story)


@checks("CLOUD-ENV-09", "CLOUD-ENV-10", "CLOUD-REG-07")
def test_a_flawed_call_fails_without_effect(flawed_calls: CloudExamples) -> None:
    """A call with one thing wrong fails with a code that can be defended for it, and nothing comes of it."""
    before = flawed_calls.before
    looked_at(before)
    control(before["create"].is_ok and before["there"].rsp.text("result") == "true", "a registration is created")
    control(before["course"].rsp.text("result") == "true", "its course is there")
    something_was_sent(flawed_calls)
    for story in flawed_calls.steps.values():
        has_no_effect(story)


@checks("CLOUD-ENV-06")
def test_hostile_calls_are_answered(hostile_calls: CloudExamples) -> None:
    """Whatever is sent is answered: no silence, no internal error, nothing of the inside, and the service goes on."""
    looked_at(hostile_calls.before)
    something_was_sent(hostile_calls)
    for story in hostile_calls.steps.values():
        is_answered(story)


def _agree(histories: CloudExamples, row: str) -> None:
    before = histories.before
    looked_at(before)
    control(before["create"].is_ok and before["there"].rsp.text("result") == "true", "a registration is created")
    something_was_sent(histories)
    for story in histories.steps.values():
        parts_from_the_model(story, row)


@checks("CLOUD-REG-03")
def test_in_any_history_an_id_is_created_once(histories: CloudExamples) -> None:
    """Whatever went before, an id that is in use is refused with 2, and its registration stays as it is."""
    _agree(histories, AGAIN)


@checks("CLOUD-REG-16")
def test_in_any_history_a_list_holds_what_is_there(histories: CloudExamples) -> None:
    """Whatever went before, a list holds the registrations that its filters let through, all of them, and no other."""
    _agree(histories, LISTED)


@checks("CLOUD-REG-19")
def test_in_any_history_a_reset_clears_the_result_alone(histories: CloudExamples) -> None:
    """Whatever went before, a reset clears the result, and the registration and its learner stay."""
    _agree(histories, RESET)


@checks("CLOUD-REG-20")
def test_in_any_history_what_is_deleted_is_gone(histories: CloudExamples) -> None:
    """Whatever went before, a registration that was deleted is neither found nor listed."""
    control(histories.before["delete"].is_ok, "a registration can be deleted")
    _agree(histories, DELETED)
