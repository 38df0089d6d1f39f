"""What the suite of lti-platform says of what a handler may be, and of histories of handlers."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from harness.strategies.pns_handlers import OwnAddress
from suites.lti_platform import test_handler_addresses as of_addresses
from suites.lti_platform import test_handler_histories as of_histories
from suites.lti_platform import test_handlers_rules as of_rules
from suites.lti_platform.addresses import adapted
from suites.lti_platform.scenarios_handler_addresses import vectors
from suites.lti_platform.scenarios_handlers import BAD_PUTS, BAD_SIZES
from tests.suites.forging_lti_handlers import (
    INAPPLICABLE,
    PASSES,
    UNTESTABLE,
    WHOLE,
    A,
    B,
    C,
    Call,
    delivery,
    examples,
    listed,
    put,
    record,
    refused,
    said,
    wanted,
)

Steps = Mapping[str, Call | None]

REFUSING: dict[str, Call | None] = {"set": put(A), "after-set": listed(A)}
for _step in BAD_PUTS:
    REFUSING |= {_step: refused(), f"after-{_step}": listed(A)}
PUT_TESTS = (
    "test_a_put_without_handler_is_refused", "test_a_put_without_type_is_refused", "test_an_unknown_type_is_refused",
    "test_a_word_is_no_handler", "test_a_refusal_leaves_the_former_handler",
)  # fmt: skip


@pytest.mark.parametrize("name", PUT_TESTS)
def test_a_platform_that_refuses_what_is_wrong_passes(name: str) -> None:
    assert said(of_rules, name, record(REFUSING)) == PASSES


@pytest.mark.parametrize("name", PUT_TESTS)
def test_a_platform_that_refuses_everything_is_not_praised_for_it(name: str) -> None:
    assert said(of_rules, name, record({**REFUSING, "set": refused(), "after-set": listed("")})) == UNTESTABLE


@pytest.mark.parametrize(
    ("name", "steps", "reason"),
    [
        (PUT_TESTS[0], {"null-handler": put("")}, "accepted"),
        (PUT_TESTS[0], {"no-handler": refused(422)}, "other-status"),
        (PUT_TESTS[0], {"after-null-handler": listed("")}, "changed"),
        (PUT_TESTS[1], {"no-type": put(B)}, "accepted"),
        (PUT_TESTS[1], {"no-type": refused(500)}, "other-status"),
        (PUT_TESTS[2], {"remove-unknown-type": put("")}, "accepted"),
        (PUT_TESTS[2], {"unknown-type": refused(404)}, PASSES),
        (PUT_TESTS[3], {"word": put("invalid_url")}, "accepted"),
        (PUT_TESTS[4], {"after-word": listed("")}, "former-gone"),
        (PUT_TESTS[4], {"null-handler": put(""), **{f"after-{step}": listed("") for step in BAD_PUTS[1:]}}, PASSES),
    ],
)
def test_each_wrong_refusal_is_named(name: str, steps: Steps, reason: str) -> None:
    assert said(of_rules, name, record({**REFUSING, **steps})) == reason


SIZED: Steps = {
    "sized": put(A, size=50), "after-sized": listed(A, 50), "unsized": put(A), "after-unsized": listed(A),
    **dict.fromkeys(BAD_SIZES, refused(422)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "steps", "reason"),
    [
        ("test_a_batch_size_is_taken_and_given_back", {}, PASSES),
        ("test_a_batch_size_is_taken_and_given_back", {"sized": put(A, WHOLE, size=50)}, "not-echoed"),
        ("test_a_batch_size_is_taken_and_given_back", {"after-sized": listed(A)}, "not-kept"),
        ("test_a_batch_size_is_taken_and_given_back", {"sized": put(A, size=50, status=400)}, "refused"),
        ("test_a_batch_size_that_is_none_is_refused", {}, PASSES),
        ("test_a_batch_size_that_is_none_is_refused", {"zero": put(A)}, "accepted"),
        ("test_a_batch_size_that_is_none_is_refused", {"word": refused(500)}, "other-status"),
        ("test_a_batch_size_that_is_none_is_refused", {"sized": refused()}, UNTESTABLE),
        ("test_a_new_handler_drops_the_old_limit", {}, PASSES),
        ("test_a_new_handler_drops_the_old_limit", {"after-unsized": listed(A, 50)}, "limit-left"),
        ("test_a_new_handler_drops_the_old_limit", {"after-sized": listed(A)}, UNTESTABLE),
    ],
)
def test_batch_sizes_are_judged(name: str, steps: Steps, reason: str) -> None:
    assert said(of_rules, name, record({**SIZED, **steps})) == reason


def test_a_limit_may_be_refused_and_once_accepted_is_kept_to() -> None:
    name, one = "test_a_batch_size_is_kept_to_or_refused", {"one": put(A, size=1)}
    assert said(of_rules, name, record({"one": refused()})) == PASSES
    assert said(of_rules, name, record({"one": refused(500)})) == f"{PASSES}, other-status"
    assert said(of_rules, name, record(one)) == UNTESTABLE
    singles = [delivery(20 + number, "limited", "a.b.c") for number in range(3)]
    assert said(of_rules, name, record(one, *singles)) == PASSES
    assert said(of_rules, name, record(one, delivery(20, "limited", "a.b.c", "d.e.f"))) == f"{PASSES}, exceeds-limit"


# --- addresses ------------------------------------------------------------------------------------------------------

ADDRESS: Steps = {"set": put(A), "after-set": listed(A), "tried": refused(), "after-tried": listed(A)}


@pytest.mark.parametrize(
    ("expect", "tried", "reason"),
    [
        ("accept", put(B), PASSES),
        ("accept", refused(), "refused"),
        ("refuse", refused(422), PASSES),
        ("refuse", put(B), "accepted"),
        ("refuse", refused(500), "other-status"),
        ("either", put(B), PASSES),
        ("either", refused(), PASSES),
        ("either", refused(500), "fell-over"),
    ],
)
def test_an_address_is_held_against_what_the_rules_say(expect: str, tried: Call, reason: str) -> None:
    name = "test_an_address_is_judged_by_the_rules"
    assert said(of_addresses, name, record({**ADDRESS, "tried": tried}, wanted(expect))) == reason
    assert said(of_addresses, name, record({**ADDRESS, "set": refused(), "tried": tried}, wanted(expect))) == UNTESTABLE
    assert said(of_addresses, "test_any_address_is_judged_by_the_rules", examples([tried], expect=expect)) == reason


def test_a_refused_address_leaves_what_was_there() -> None:
    name = "test_a_refused_address_leaves_the_former"
    assert said(of_addresses, name, record(ADDRESS, wanted("refuse"))) == PASSES
    assert said(of_addresses, name, record({**ADDRESS, "after-tried": listed("")}, wanted("refuse"))) == "former-gone"
    assert said(of_addresses, name, record({**ADDRESS, "tried": put(B)}, wanted("refuse"))) == INAPPLICABLE
    assert said(of_addresses, name, record(ADDRESS)) == INAPPLICABLE


NAME = OwnAddress("localhost", 8443, ("https://127.0.0.1:8443/tool/elsewhere",))


@pytest.mark.parametrize(
    ("vector", "made"),
    [
        ("exact-host", "https://localhost:8443/lti/notices"),
        ("look-alike-prefix", "https://evillocalhost:8443/lti"),
        ("look-alike-suffix", "https://localhost.evil.test/lti"),
        ("userinfo", "https://localhost@evil.test/"),
        ("userinfo-at-own-host", "https://user:invigil-5e1c07@localhost:8443/lti"),
        ("upper-case-host", "https://LOCALHOST:8443/lti"),
        ("explicit-default-port", "https://localhost:443/lti"),
        ("tab-in-host", "https://loc\talhost/lti"),
        ("percent-in-host", "https://localhos%74/lti"),
        ("idna-look-alike", "https://l\u043ecalhost/lti"),
        ("redirect-exact", "https://127.0.0.1:8443/tool/elsewhere"),
        ("redirect-other-path", "https://127.0.0.1:8443/tool/other"),
        ("array", ["https://localhost:8443/lti"]),
        ("number", 7),
        ("null", None),
    ],
)
def test_vectors_are_made_into_addresses_of_ours(vector: str, made: object) -> None:
    assert adapted(vectors()[vector]["handler"], vector, NAME) == made


def test_nothing_looks_like_an_ip_address() -> None:
    own = OwnAddress("127.0.0.1", 8443, ())
    assert adapted(vectors()["look-alike-prefix"]["handler"], "look-alike-prefix", own) is None
    assert adapted(vectors()["redirect-exact"]["handler"], "redirect-exact", own) is None


# --- histories ------------------------------------------------------------------------------------------------------

HISTORIES = {
    "test_in_any_history_a_new_handler_is_shown": [put(A), listed("")],
    "test_in_any_history_a_handler_is_replaced": [put(A), listed(A), put(B), listed(A)],
    "test_in_any_history_a_handler_is_removed": [put(A), listed(A), put(""), listed(A)],
    "test_in_any_history_a_refusal_changes_nothing": [put(A), listed(A), refused(body=put(B)[0] or b""), listed("")],
    "test_in_any_history_a_repetition_changes_nothing": [put(A), listed(A), put(A), listed(B)],
    "test_in_any_history_the_old_limit_is_dropped": [put(A, size=9), listed(A, 9), put(A), listed(A, 9)],
}


@pytest.mark.parametrize("judging", HISTORIES)
@pytest.mark.parametrize("happened", HISTORIES)
def test_a_history_accuses_by_the_one_rule_that_it_breaks(judging: str, happened: str) -> None:
    verdict = said(of_histories, judging, examples(HISTORIES[happened]))
    assert (verdict == PASSES) == (judging != happened)


@pytest.mark.parametrize("judging", HISTORIES)
def test_a_right_history_passes(judging: str) -> None:
    right = [
        put(""), listed(""), put(A, size=9), listed(A, 9), put(B), listed(B), put(B), listed(B),
        refused(body=put(C)[0] or b""), listed(B), put(""), listed(""), put("", status=404), listed(""),
    ]  # fmt: skip
    assert said(of_histories, judging, examples(right)) == PASSES


@pytest.mark.parametrize("judging", HISTORIES)
def test_what_was_never_answered_accuses_nobody(judging: str) -> None:
    for broken in ([put("", status=404), listed(A)], [put(A), (None, 500, b"", {}), listed(B)]):
        assert said(of_histories, judging, examples(broken)) == PASSES
