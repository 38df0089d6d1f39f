"""What a handler may be: its type, its batch size, and what refusals leave (Canvas API documentation, D2L article)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Tooled
from suites.lti_platform.rules_handlers import (
    answered,
    asked_address,
    chosen,
    is_in_force,
    put_taken,
    read_list,
    refused_by,
    shown,
)
from suites.lti_platform.scenarios_handlers import BAD_PUTS, BAD_SIZES, SIZE


def _set(record: Tooled) -> str:
    """Demand that a handler of ours is in force, and return its address."""
    address = asked_address(put_taken(record, "set"))
    control(is_in_force(record, "set", "after-set"), "the handler is shown")
    return address


@checks("PNS-HANDLER-12")
def test_a_put_without_handler_is_refused(refusing_puts: Tooled) -> None:
    """A PUT whose handler is missing or null is refused by 400, and changes nothing."""
    before = _set(refusing_puts)
    for step in ("no-handler", "null-handler"):
        refused_by(answered(refusing_puts, step), 400)
        got, at = shown(refusing_puts, f"after-{step}"), read_list(refusing_puts, f"after-{step}").at
        expect(got == before, "changed", expected=before, got=got, at=at)


@checks("PNS-HANDLER-13")
def test_a_put_without_type_is_refused(refusing_puts: Tooled) -> None:
    """A PUT without notice_type is refused by 400."""
    _set(refusing_puts)
    refused_by(answered(refusing_puts, "no-type"), 400)


@checks("PNS-HANDLER-14")
def test_an_unknown_type_is_refused(refusing_puts: Tooled) -> None:
    """A type that the platform does not have is refused, when a handler is set and when one is removed."""
    _set(refusing_puts)
    for step in ("unknown-type", "remove-unknown-type"):
        refused_by(answered(refusing_puts, step))


@checks("PNS-HANDLER-16")
def test_a_word_is_no_handler(refusing_puts: Tooled) -> None:
    """A handler that is no URL is refused."""
    _set(refusing_puts)
    refused_by(answered(refusing_puts, "word"))


@checks("PNS-HANDLER-20")
def test_a_refusal_leaves_the_former_handler(refusing_puts: Tooled) -> None:
    """A PUT that is refused leaves the handler in force that was there."""
    former, refused = _set(refusing_puts), 0
    for step in BAD_PUTS:
        found, got = answered(refusing_puts, step), shown(refusing_puts, f"after-{step}")
        if found.refused:
            refused += 1
            at = read_list(refusing_puts, f"after-{step}").at
            expect(got == former, "former-gone", expected=former, got=got, at=at)
        former = got  # what was wrongly accepted is the matter of another rule
    control(refused, "a PUT is refused")


@checks("PNS-HANDLER-23")
def test_a_batch_size_is_taken_and_given_back(sized: Tooled) -> None:
    """A max_batch_size that is an integer is accepted, told in the answer, and listed."""
    put_taken(sized, "unsized", "a handler without batch size is accepted")
    found = answered(sized, "sized")
    expect(found.taken, "refused", expected="the size to be accepted", got=found.got, at=found.at)
    told, listed = found.answer.of(chosen(sized)), read_list(sized, "after-sized")
    size = told.max_batch_size if told else None
    expect(size == SIZE, "not-echoed", expected=SIZE, got=found.got, at=found.at)
    kept = listed.catalogue.of(chosen(sized))
    size = kept.max_batch_size if kept else None
    expect(size == SIZE, "not-kept", expected=SIZE, got=listed.got, at=listed.at)


@checks("PNS-HANDLER-24")
def test_a_batch_size_is_kept_to_or_refused(limited: Tooled) -> None:
    """A batch size of one is refused by a 4xx status, or no delivery holds more than one notice."""
    found = answered(limited, "one")
    if not found.taken:
        remark("other-status", unless=found.refused, got=found.got, at=found.at, warn=True)
        return
    came = limited.at_handler("limited")
    control(sum(len(one.told) for one in came) > 1, "several notices come")
    large = [one for one in came if len(one.told) > 1]
    got = max((len(one.told) for one in large), default=1)
    remark("exceeds-limit", unless=not large, got=got, at=large[0].at if large else "", warn=True)


@checks("PNS-HANDLER-25")
def test_a_batch_size_that_is_none_is_refused(sized: Tooled) -> None:
    """A max_batch_size that is zero, negative or no integer is refused."""
    put_taken(sized, "sized", "a handler with a batch size is accepted")
    for step in BAD_SIZES:
        refused_by(answered(sized, step))


@checks("PNS-HANDLER-26")
def test_a_new_handler_drops_the_old_limit(sized: Tooled) -> None:
    """A handler that is set without max_batch_size has none, whatever its forerunner had."""
    put_taken(sized, "sized", "a handler with a batch size is accepted")
    put_taken(sized, "unsized", "a handler without batch size is accepted")
    before = read_list(sized, "after-sized").catalogue.of(chosen(sized))
    control(before is not None and before.max_batch_size == SIZE, "the list shows a batch size")
    after = read_list(sized, "after-unsized")
    kept = after.catalogue.of(chosen(sized))
    got = kept.max_batch_size if kept else None
    expect(got is None, "limit-left", expected="no max_batch_size", got=got, at=after.at)
