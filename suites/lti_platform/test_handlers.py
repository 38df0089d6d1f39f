"""Listing, setting, replacing and removing handlers (Canvas API documentation, Notice Handlers; D2L article on PNS)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Tooled
from suites.lti_platform.provoking import lately
from suites.lti_platform.rules_handlers import (
    answered,
    asked_address,
    chosen,
    is_in_force,
    offer,
    put_taken,
    read_list,
    shown,
)

MEMBERS = ("no-client-id", "no-deployment-id", "no-notice-handlers")
ELEMENTS = ("element-form", "no-notice-type", "no-handler", "handler-form", "notice-handlers-form")


@checks("PNS-HANDLER-01")
def test_the_list_says_for_whom_it_is(handled: Tooled) -> None:
    """A GET with a valid token is answered by 200 and an object of client_id, deployment_id and notice_handlers."""
    found = answered(handled, "at-first")
    expect(found.status == 200, "other-status", expected=200, got=found.got, at=found.at)
    problems = found.catalogue.problems
    expect("not-json" not in problems, "no-json", expected="JSON", got=found.got, at=found.at)
    expect("not-an-object" not in problems, "no-object", expected="an object", got=found.got, at=found.at)
    missing = [problem for problem in problems if problem in MEMBERS]
    expect(not missing, "no-member", expected="its three members", got=", ".join(missing), at=found.at)


@checks("PNS-HANDLER-02")
def test_the_list_names_the_deployment_of_the_launch(handled: Tooled) -> None:
    """The deployment_id of the list is that of the launch."""
    found, wanted = read_list(handled, "at-first"), offer(handled)["deployment_id"]
    control("no-deployment-id" not in found.catalogue.problems, "the list has a deployment_id")
    got = found.catalogue.deployment_id
    expect(got == wanted, "other-deployment", expected=wanted, got=got, at=found.at)


@checks("PNS-HANDLER-03")
def test_the_list_names_the_client_of_the_launch(handled: Tooled) -> None:
    """The client_id of the list is a string, and it is in aud of the launch."""
    found, wanted = read_list(handled, "at-first"), offer(handled)["aud"]
    control("no-client-id" not in found.catalogue.problems, "the list has a client_id")
    got = found.catalogue.client_id
    expect("client-id-number" not in found.catalogue.problems, "number", expected="a string", got=got, at=found.at)
    expect(got in wanted, "other-client", expected=" or ".join(map(str, wanted)), got=got, at=found.at)


@checks("PNS-HANDLER-04")
def test_each_element_has_type_and_handler(handled: Tooled) -> None:
    """Each element of notice_handlers has the strings notice_type and handler."""
    for step in ("at-first", "after-set"):
        found = answered(handled, step)
        control(found.taken and bool(found.catalogue.deployment_id), f"the handlers are listed ({step})")
        wrong = [problem for problem in found.catalogue.problems if problem in ELEMENTS]
        expect(not wrong, "wrong-element", expected="notice_type and handler", got=", ".join(wrong), at=found.at)


@checks("PNS-HANDLER-05")
def test_types_without_handler_are_listed(handled: Tooled) -> None:
    """Each type that the launch offers is listed, the handler of an unsubscribed one being empty."""
    put_taken(handled, "remove", "a handler is removed")
    found = read_list(handled, "after-remove")
    for name in offer(handled)["types"]:
        expect(found.catalogue.of(name) is not None, "not-listed", expected=name, got=found.got, at=found.at)
    got = found.handler(chosen(handled))
    expect(got == "", "still-there", expected="an empty handler", got=got, at=found.at)


@checks("PNS-HANDLER-06")
def test_each_type_is_listed_once(handled: Tooled) -> None:
    """No notice type is listed twice."""
    put_taken(handled, "set")
    for step in ("at-first", "after-set", "after-replace", "after-again"):
        found = read_list(handled, step)
        again = "type-repeated" in found.catalogue.problems
        expect(not again, "repeated", expected="each type once", got=found.got, at=found.at)


@checks("PNS-HANDLER-07")
def test_setting_answers_the_handler(handled: Tooled) -> None:
    """A PUT that sets a handler is answered by 200 and the handler object that was set."""
    read_list(handled, "at-first")
    found = answered(handled, "set")
    expect(found.taken, "refused", expected="the handler to be set", got=found.got, at=found.at)
    expect(found.status == 200, "other-status", expected=200, got=found.got, at=found.at)
    answer, wanted = found.answer, asked_address(found)
    expect(answer.shape == "object", "no-handler-object", expected="the handler", got=found.got, at=found.at)
    told = answer.of(chosen(handled))
    expect(told is not None, "other-type", expected=chosen(handled), got=found.got, at=found.at)
    got = told.url if told else None
    expect(got == wanted, "other-handler", expected=wanted, got=got, at=found.at)


@checks("PNS-HANDLER-08")
def test_the_list_shows_what_was_set(handled: Tooled) -> None:
    """The list that follows a PUT shows the handler, letter for letter."""
    wanted, got = asked_address(put_taken(handled, "set")), shown(handled, "after-set")
    at = read_list(handled, "after-set").at
    expect(got, "not-shown", expected=wanted, got="none", at=at)
    expect(got == wanted, "other-handler", expected=wanted, got=got, at=at)


@checks("PNS-HANDLER-09")
def test_a_second_handler_replaces_the_first(handled: Tooled) -> None:
    """A second PUT for a type takes the place of the first."""
    put_taken(handled, "set")
    control(is_in_force(handled, "set", "after-set"), "the first handler is shown")
    found = answered(handled, "replace")
    expect(found.taken, "refused", expected="the handler to be replaced", got=found.got, at=found.at)
    wanted, got, at = asked_address(found), shown(handled, "after-replace"), read_list(handled, "after-replace").at
    expect(got == wanted, "not-replaced", expected=wanted, got=got, at=at)


@checks("PNS-HANDLER-10")
def test_an_empty_handler_removes(handled: Tooled) -> None:
    """A PUT with an empty handler is answered by 200, and the list shows none any more."""
    control(is_in_force(handled, "set", "after-set"), "a handler is set and shown")
    found = answered(handled, "remove")
    expect(found.taken, "refused", expected="the handler to be removed", got=found.got, at=found.at)
    expect(found.status == 200, "other-status", expected=200, got=found.got, at=found.at)
    got, at = shown(handled, "after-remove"), read_list(handled, "after-remove").at
    expect(not got, "still-listed", expected="no handler", got=got, at=at)


@checks("PNS-HANDLER-10")
def test_nothing_comes_after_removal(stopped: Tooled) -> None:
    """No notice comes to a handler that was removed."""
    put_taken(stopped, "set")
    removed = put_taken(stopped, "remove", "the handler is removed")
    control(stopped.stimulus("after"), "what was told before is done again")
    came = stopped.at_handler("stopped")
    control(any(one.exchange.seq < removed.exchange.seq for one in came), "notices come while there is a handler")
    late = [one for one in came if one.exchange.seq > removed.exchange.seq]
    late = [one for one in late if not one.told or lately(stopped, "after", one.told)]
    expect(not late, "told-after-removal", expected="no delivery", got=len(late), at=late[0].at if late else "")


@checks("PNS-HANDLER-11")
def test_removing_nothing_succeeds(handled: Tooled) -> None:
    """The removal of a handler that is not there is answered like any other."""
    put_taken(handled, "remove", "a handler is removed")
    control(not shown(handled, "after-remove"), "the removed handler is gone")
    found = answered(handled, "remove-again")
    expect(found.taken, "refused", expected="success", got=found.got, at=found.at)


@checks("PNS-HANDLER-21")
def test_the_same_put_again_changes_nothing(handled: Tooled) -> None:
    """The same PUT a second and a third time succeeds, and its handler stays in force."""
    put_taken(handled, "replace")
    control(is_in_force(handled, "replace", "after-replace"), "the handler is shown after the first time")
    for step in ("again", "once-more"):
        found = answered(handled, step)
        expect(found.taken, "refused", expected="success", got=found.got, at=found.at)
        wanted, got, at = asked_address(found), shown(handled, f"after-{step}"), read_list(handled, f"after-{step}").at
        expect(got == wanted, "changed", expected=wanted, got=got, at=at)


@checks("PNS-HANDLER-22")
def test_unknown_members_are_ignored(handled: Tooled) -> None:
    """A PUT with members that nobody knows has the effect of one without them."""
    put_taken(handled, "replace")
    control(is_in_force(handled, "replace", "after-replace"), "the handler is shown without such members")
    found = answered(handled, "more")
    expect(found.taken, "refused", expected="success", got=found.got, at=found.at)
    expect(is_in_force(handled, "more", "after-more"), "changed", expected=asked_address(found), at=found.at)


@checks("PNS-HANDLER-33")
def test_answers_are_labelled_as_json(handled: Tooled) -> None:
    """The answers to GET and PUT say that they are application/json."""
    for step in ("at-first", "set", "after-set", "remove"):
        found = answered(handled, step)
        control(found.taken, f"the call succeeds ({step})")
        if found.response and found.response.body:
            got = found.response.header("Content-Type") or ""
            is_json = got.partition(";")[0].strip().lower() == "application/json"
            expect(is_json, "other-media-type", expected="application/json", got=got, at=found.at)
    read_list(handled, "at-first")


@checks("PNS-HANDLER-34")
def test_unknown_query_parameters_are_ignored(handled: Tooled) -> None:
    """A GET with query parameters that nobody knows is answered like one without."""
    before, found = read_list(handled, "after-remove-again"), answered(handled, "with-query")
    expect(found.taken, "refused", expected="the list", got=found.got, at=found.at)
    # In what order handlers are listed says nothing.
    same = set(found.catalogue.handlers) == set(before.catalogue.handlers)
    expect(same, "other-list", expected=before.got, got=found.got, at=found.at)


@checks("PNS-HANDLER-35")
def test_a_greeting_is_a_hello_world_notice(greeted: Tooled) -> None:
    """What comes right after a handler of hello-world notices is set is such a notice, if anything comes."""
    put_taken(greeted, "set")
    others = [told for told in greeted.told_to("greeted") if told.notice.type != "LtiHelloWorldNotice"]
    got = ", ".join(sorted({str(told.notice.type) for told in others}))
    remark("other-notice", unless=not others, got=got, at=others[0].at if others else "")
