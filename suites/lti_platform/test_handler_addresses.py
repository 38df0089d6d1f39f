"""Which addresses a platform takes as handlers (D2L "Platform Notification Service with LTI 1.3"; observed: Canvas)."""

from __future__ import annotations

from harness.judging.expect import control, expect, inapplicable
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Tooled, Tools
from suites.lti_platform.rules_handler_addresses import is_taken_or_refused, judged_as
from suites.lti_platform.rules_handlers import answered, asked_address, is_in_force, put_taken, read_list, shown


@checks(
    "PNS-HANDLER-07", "PNS-HANDLER-12", "PNS-HANDLER-15", "PNS-HANDLER-16", "PNS-HANDLER-17", "PNS-HANDLER-18",
    "PNS-HANDLER-19",
)  # fmt: skip
def test_an_address_is_judged_by_the_rules(handler_addresses: Tooled) -> None:
    """A handler is accepted if it is an https URL in the tool's domain or a redirect URL, else refused by a 4xx."""
    put_taken(handler_addresses, "set")
    wanted = handler_addresses.event("wanted")
    if wanted is None:
        inapplicable("a domain that is a name")
    judged_as(answered(handler_addresses, "tried"), str(wanted.facts["expect"]))


@checks("PNS-HANDLER-20")
def test_a_refused_address_leaves_the_former(handler_addresses: Tooled) -> None:
    """An address that is refused leaves the handler in force that was there."""
    former = asked_address(put_taken(handler_addresses, "set"))
    control(is_in_force(handler_addresses, "set", "after-set"), "the handler is shown")
    if handler_addresses.event("wanted") is None:
        inapplicable("a domain that is a name")
    if answered(handler_addresses, "tried").taken:
        inapplicable("a refusal of this address")
    got, at = shown(handler_addresses, "after-tried"), read_list(handler_addresses, "after-tried").at
    expect(got == former, "former-gone", expected=former, got=got, at=at)


@checks(
    "PNS-HANDLER-07", "PNS-HANDLER-15", "PNS-HANDLER-16", "PNS-HANDLER-17", "PNS-HANDLER-18", "PNS-HANDLER-19",
)  # fmt: skip
def test_any_address_is_judged_by_the_rules(any_address: Tools) -> None:
    """Whatever address is derived from the rules, it is accepted if it keeps them and refused if it breaks one."""
    put_taken(any_address.before, "set")
    expect(any_address.steps, "no-example", expected="at least one example", got="none")
    for example in any_address.steps.values():
        is_taken_or_refused(example)
