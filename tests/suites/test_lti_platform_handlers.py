"""What the suite of lti-platform says of handlers: what any source allows passes, and each wrong answer is named."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from harness.wire.pns import CONTEXT_COPY
from suites.lti_platform import test_handlers as of_handlers
from tests.suites.forging_lti_handlers import (
    ELEMENTS,
    PASSES,
    UNTESTABLE,
    WHOLE,
    A,
    B,
    C,
    Call,
    delivery,
    document,
    listed,
    put,
    record,
    refused,
    said,
    stimulus,
    turned_away,
)

Steps = Mapping[str, Call | None]

RIGHT: Steps = {
    "clear": put(""), "at-first": listed(""),
    "set": put(A), "after-set": listed(A),
    "replace": put(B), "after-replace": listed(B),
    "again": put(B), "after-again": listed(B),
    "once-more": put(B), "after-once-more": listed(B),
    "more": put(C), "after-more": listed(C),
    "remove": put(""), "after-remove": listed(""),
    "remove-again": put(""), "after-remove-again": listed(""),
    "with-query": listed(""),
}  # fmt: skip
ODD_LIST = document(
    {**WHOLE, "more": {}, "notice_handlers": [{**one, "max_batch_size": None, "id": 1} for one in ELEMENTS]}
)
OTHERS = {"test_nothing_comes_after_removal", "test_a_greeting_is_a_hello_world_notice"}
HANDLED = sorted(name for name in vars(of_handlers) if name.startswith("test_") and name not in OTHERS)


@pytest.mark.parametrize("name", HANDLED)
def test_a_right_platform_passes(name: str) -> None:
    assert said(of_handlers, name, record(RIGHT)) == PASSES


@pytest.mark.parametrize("name", HANDLED)
@pytest.mark.parametrize("answer", [None, refused(500), refused(403), turned_away(404)])
def test_a_platform_that_answers_nothing_or_refuses_all_is_accused_of_one_thing_alone(
    name: str, answer: Call | None
) -> None:
    verdict = said(of_handlers, name, record(dict.fromkeys(RIGHT, answer)))
    assert verdict == UNTESTABLE or (name, verdict) == ("test_the_list_says_for_whom_it_is", "other-status")


@pytest.mark.parametrize("name", HANDLED)
def test_members_beyond_those_that_are_known_do_not_matter(name: str) -> None:
    assert said(of_handlers, name, record({**RIGHT, "at-first": ODD_LIST})) == PASSES


WRONG: list[tuple[str, Steps, str]] = [
    ("test_the_list_says_for_whom_it_is", {"at-first": document([])}, "no-object"),
    ("test_the_list_says_for_whom_it_is", {"at-first": (None, 200, b"<html>", {})}, "no-json"),
    ("test_the_list_says_for_whom_it_is", {"at-first": listed("", status=204)}, "other-status"),
    ("test_the_list_says_for_whom_it_is", {"at-first": document({"notice_handlers": []})}, "no-member"),
    ("test_the_list_names_the_deployment_of_the_launch", {"at-first": document({**WHOLE, "deployment_id": "dep-2"})},
     "other-deployment"),
    ("test_the_list_names_the_client_of_the_launch", {"at-first": document({**WHOLE, "client_id": 7})}, "number"),
    ("test_the_list_names_the_client_of_the_launch", {"at-first": document({**WHOLE, "client_id": "x"})},
     "other-client"),
    ("test_each_element_has_type_and_handler",
     {"at-first": document({**WHOLE, "notice_handlers": [{"notice_type": CONTEXT_COPY}]})}, "wrong-element"),
    ("test_each_element_has_type_and_handler",
     {"at-first": document({**WHOLE, "notice_handlers": [CONTEXT_COPY]})}, "wrong-element"),
    ("test_types_without_handler_are_listed", {"after-remove": document({**WHOLE, "notice_handlers": ELEMENTS[:1]})},
     "not-listed"),
    ("test_each_type_is_listed_once", {"after-replace": document({**WHOLE, "notice_handlers": ELEMENTS * 2})},
     "repeated"),
    ("test_setting_answers_the_handler", {"set": put(A, status=202)}, "other-status"),
    ("test_setting_answers_the_handler", {"set": put(A, WHOLE)}, "no-handler-object"),
    ("test_setting_answers_the_handler", {"set": put(A, {"notice_type": "x", "handler": A})}, "other-type"),
    ("test_setting_answers_the_handler", {"set": put(A, {"notice_type": CONTEXT_COPY, "handler": B})},
     "other-handler"),
    ("test_setting_answers_the_handler", {"set": put(A, status=400)}, "refused"),
    ("test_the_list_shows_what_was_set", {"after-set": listed("")}, "not-shown"),
    ("test_the_list_shows_what_was_set", {"after-set": listed(f"{A}/")}, "other-handler"),
    ("test_a_second_handler_replaces_the_first", {"after-replace": listed(A)}, "not-replaced"),
    ("test_a_second_handler_replaces_the_first", {"replace": put(B, status=409)}, "refused"),
    ("test_an_empty_handler_removes", {"after-remove": listed(A)}, "still-listed"),
    ("test_an_empty_handler_removes", {"remove": put("", status=204)}, "other-status"),
    ("test_removing_nothing_succeeds", {"remove-again": put("", status=404)}, "refused"),
    ("test_the_same_put_again_changes_nothing", {"after-once-more": listed("")}, "changed"),
    ("test_the_same_put_again_changes_nothing", {"again": put(B, status=409)}, "refused"),
    ("test_unknown_members_are_ignored", {"more": put(C, status=400)}, "refused"),
    ("test_answers_are_labelled_as_json", {"set": (*put(A)[:3], {"Content-Type": "text/html"})}, "other-media-type"),
    ("test_unknown_query_parameters_are_ignored", {"with-query": turned_away(400)}, "refused"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "steps", "reason"), WRONG, ids=[f"{name}-{reason}" for name, _, reason in WRONG])
def test_each_wrong_answer_is_named(name: str, steps: Steps, reason: str) -> None:
    assert said(of_handlers, name, record({**RIGHT, **steps})) == reason


def test_a_handler_that_is_never_shown_says_nothing_of_what_follows() -> None:
    steps = {step: listed("") if step.startswith("after") else call for step, call in RIGHT.items()}
    for name in ("test_a_second_handler_replaces_the_first", "test_an_empty_handler_removes"):
        assert said(of_handlers, name, record(steps)) == UNTESTABLE


STOPPED: Steps = {"set": put(A), "remove": put("")}


def test_a_notice_after_the_removal_is_one_too_many() -> None:
    name = "test_nothing_comes_after_removal"
    before, after = delivery(15, "stopped", "a.b.c"), delivery(35, "stopped", "a.b.c")
    assert said(of_handlers, name, record(STOPPED, stimulus(30, "after"))) == UNTESTABLE
    assert said(of_handlers, name, record(STOPPED, before, stimulus(30, "after"))) == PASSES
    assert said(of_handlers, name, record(STOPPED, before, stimulus(30, "after"), after)) == "told-after-removal"
    elsewhere = delivery(36, "another", "a.b.c")
    assert said(of_handlers, name, record(STOPPED, before, stimulus(30, "after"), elsewhere)) == PASSES
