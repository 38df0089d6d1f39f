"""Who may read and set handlers: by which token, of which deployment (RFC 6750, 3; observed: Canvas source)."""

from __future__ import annotations

import re

from harness.judging.expect import control, expect
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Handled, Tooled
from suites.lti_platform.rules_handlers import (
    answered,
    asked_address,
    challenged,
    challenges,
    chosen,
    is_in_force,
    put_taken,
    read_list,
    refused_by,
    shown,
)

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def is_bearer(text: str) -> bool:
    """Whether one of the challenges, parted by commas, is of the scheme Bearer; a quoted word is none."""
    bare = _QUOTED.sub("", text)
    return any(part.split()[:1] and part.split()[0].lower() == "bearer" for part in bare.split(","))


def _let_in(record: Tooled) -> str:
    """Demand that our own token reads and sets, and return the address of our handler."""
    address = asked_address(put_taken(record, "set"))
    control(shown(record, "list") == address, "the handler is shown to the token that set it")
    return address


def _unchanged(record: Tooled, step: str, address: str) -> None:
    got, at = shown(record, step), read_list(record, step).at
    expect(got == address, "changed", expected=address, got=got, at=at)


@checks("PNS-HANDLER-27")
def test_without_token_nobody_is_let_in(tokens_at_handlers: Tooled) -> None:
    """A request without a token is answered by 401 and a challenge of the scheme Bearer."""
    address = _let_in(tokens_at_handlers)
    for step in ("bare-get", "bare-put"):
        found = answered(tokens_at_handlers, step)
        refused_by(found, 401)
        given = ", ".join(challenges(found))
        expect(is_bearer(given), "no-challenge", expected="WWW-Authenticate: Bearer", got=given, at=found.at)
    _unchanged(tokens_at_handlers, "after-bare", address)


@checks("PNS-HANDLER-28")
def test_an_unknown_token_lets_nobody_in(tokens_at_handlers: Tooled) -> None:
    """A token that the platform did not issue, or not so, is answered by 401 and the error invalid_token."""
    address = _let_in(tokens_at_handlers)
    # What a token for another service has set meanwhile is the matter of another check.
    narrow = "after-narrow" if tokens_at_handlers.handled("after-narrow") else "after-unknown"
    for step, before in (("unknown", address), ("changed", shown(tokens_at_handlers, narrow))):
        for call in ("get", "put"):
            _invalid(answered(tokens_at_handlers, f"{step}-{call}"))
        _unchanged(tokens_at_handlers, f"after-{step}", before)


@checks("PNS-HANDLER-28")
def test_an_expired_token_lets_nobody_in(late_token: Tooled) -> None:
    """A token that is past its life is answered by 401 and the error invalid_token."""
    read_list(late_token, "fresh")
    read_list(late_token, "renewed")
    _invalid(answered(late_token, "late"))


def _invalid(called: Handled) -> None:
    refused_by(called, 401)
    is_named = challenged(called, "invalid_token")
    expect(is_named, "no-error-code", expected='WWW-Authenticate: Bearer error="invalid_token"', at=called.at)


@checks("PNS-HANDLER-29")
def test_a_token_for_other_services_lets_nobody_in(tokens_at_handlers: Tooled) -> None:
    """A token without the scope of the service is answered by 403 and the error insufficient_scope."""
    address = _let_in(tokens_at_handlers)
    control(tokens_at_handlers.handled("narrow-get"), "the platform grants a token for another service alone")
    for step in ("narrow-get", "narrow-put"):
        found = answered(tokens_at_handlers, step)
        refused_by(found, 403)
        is_named = challenged(found, "insufficient_scope")
        expect(is_named, "no-error-code", expected='Bearer error="insufficient_scope"', at=found.at)
    _unchanged(tokens_at_handlers, "after-narrow", address)


@checks("PNS-HANDLER-30")
def test_one_client_has_nothing_to_say_of_another(crossing_clients: Tooled) -> None:
    """A client that reads or sets handlers of another client's deployment is refused by 403 or 404."""
    control(is_in_force(crossing_clients, "set", "ours"), "each client reads and sets its own handlers")
    theirs = read_list(crossing_clients, "theirs").handler(chosen(crossing_clients)) or ""
    for step in ("their-get", "our-get"):
        found = answered(crossing_clients, step)
        expect(not found.taken, "read", expected="a refusal by 403 or 404", got=found.got, at=found.at)
        expect(found.status in (403, 404), "other-status", expected="403 or 404", got=found.got, at=found.at)
    for step in ("their-put", "our-put"):
        found = answered(crossing_clients, step)
        expect(not found.taken, "set", expected="a refusal", got=found.got, at=found.at)
    _unchanged(crossing_clients, "after-ours", asked_address(answered(crossing_clients, "set")))
    _unchanged(crossing_clients, "after-theirs", theirs)


@checks("PNS-HANDLER-31")
def test_a_deployment_that_is_not_is_not_found(unknown_deployment: Tooled) -> None:
    """The handlers of a deployment that does not exist are answered by 404."""
    read_list(unknown_deployment, "ours")
    refused_by(answered(unknown_deployment, "unknown-get"), 404)
    found = answered(unknown_deployment, "unknown-put")
    expect(not found.taken, "accepted", expected="a refusal", got=found.got, at=found.at)


@checks("PNS-HANDLER-32")
def test_deployments_have_handlers_of_their_own(handlers_apart: Tooled) -> None:
    """What is set or removed in one deployment leaves the handlers of another as they were."""
    ours, other = (asked_address(put_taken(handlers_apart, step)) for step in ("set-ours", "set-other"))
    control(shown(handlers_apart, "set-ours-ours") == ours, "the handler of our deployment is shown")
    for step, wanted in (("set-ours-other", ""), ("set-other-ours", ours), ("remove-other-ours", ours)):
        got, at = shown(handlers_apart, step), read_list(handlers_apart, step).at
        expect(got == wanted, "not-apart", expected=wanted or "no handler", got=got, at=at)
    control(shown(handlers_apart, "set-other-other") == other, "the handler of the other deployment is shown")
