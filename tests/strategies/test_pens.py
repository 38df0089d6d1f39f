"""Strategies for collects, judged by the rules of the standard that they were made from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings

from harness.strategies.pens import (
    PASSWORD,
    STYLES,
    Flawed,
    Hostile,
    Sound,
    flawed_collects,
    hostile_bodies,
    shuffled_collects,
    sound_collects,
)
from harness.wire.binding import decode_form, decode_message
from harness.wire.pens import SECRET_ELEMENTS
from harness.wire.pens_answer import read_answer
from harness.wire.pens_rules import ACCEPTED, Support, Violation, violations

NOW = datetime(2026, 5, 20, 16, 5, 39, tzinfo=UTC)
PLAIN = {
    "command": "collect",
    "pens-version": "1.0.0",
    "package-type": "scorm-pif",
    "package-type-version": "1.2",
    "package-format": "zip",
    "package-id": "http://author.example:2631e419-1573-4720-b4c6-8701f960dccc",
    "package-url": "http://author.example/course.zip",
    "package-url-expiry": "2099-05-20T16:05:39Z",
    "client": "author",
    "receipt": "http://author.example/receipt",
    "alerts": "http://author.example/alerts",
    "system-user-id": "author",
    "system-password": "a password/with+signs",
}
KINDS = {
    ("command", "missing"),
    ("command", "unknown"),
    ("command", "reserved"),
    ("pens-version", "missing"),
    ("pens-version", "malformed"),
    ("pens-version", "unknown"),
    ("package-type", "missing"),
    ("package-type", "unknown"),
    ("package-type-version", "missing"),
    ("package-format", "missing"),
    ("package-format", "unknown"),
    ("package-id", "missing"),
    ("package-id", "malformed"),
    ("package-url", "missing"),
    ("package-url", "malformed"),
    ("package-url", "scheme"),
    ("package-url-expiry", "missing"),
    ("package-url-expiry", "malformed"),
    ("client", "missing"),
    ("receipt", "missing"),
    ("receipt", "malformed"),
    ("alerts", "malformed"),
}
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)


def broken(example: Flawed) -> dict[str, str]:
    """Return a plain collect with the fault of an example."""
    rest = {name: value for name, value in PLAIN.items() if name != example.element}
    return rest if example.value is None else rest | {example.element: example.value}


@MANY
@given(sound_collects())
def test_a_sound_collect_breaks_no_rule(example: Sound) -> None:
    assert violations(decode_form(example.body(PLAIN)).elements, Support(), NOW) == ()


@MANY
@given(sound_collects())
def test_a_sound_collect_reads_back_to_its_pairs_whatever_its_encoding(example: Sound) -> None:
    read = decode_form(example.body(PLAIN))
    assert read.pairs == example.pairs(PLAIN)
    assert read.oddities == ()


@MANY
@given(sound_collects())
def test_a_sound_collect_keeps_login_and_length_of_vendor_data(example: Sound) -> None:
    elements = dict(example.pairs(PLAIN))
    assert elements["system-password"] == PLAIN["system-password"]
    assert elements.get("package-url-password", PASSWORD) == PASSWORD
    assert len(elements.get("vendor-data", "")) <= 4096
    assert elements["client"].strip() not in ("", "0")


@MANY
@given(sound_collects().filter(lambda example: example.style != "percent"))
def test_passwords_are_never_written_in_an_unusual_encoding(example: Sound) -> None:
    assert b"system-password=a%20password%2Fwith%2Bsigns" in example.body(PLAIN)


@MANY
@given(shuffled_collects())
def test_a_shuffled_collect_holds_what_the_plain_one_holds(example: Sound) -> None:
    assert sorted(example.pairs(PLAIN)) == sorted(PLAIN.items())


@pytest.mark.parametrize(
    ("style", "written"),
    [("percent", "a%20%C3%A9"), ("plus", "a+%C3%A9"), ("small", "a%20%c3%a9"), ("everything", "%61%20%C3%A9")],
)
def test_every_style_writes_text_as_a_form_may_be_written(style: str, written: str) -> None:
    assert STYLES[style]("a é") == written


def test_no_style_is_left_untried() -> None:
    assert set(STYLES) == {"percent", "plus", "small", "everything"}


@MANY
@given(flawed_collects())
def test_a_flawed_collect_breaks_exactly_the_rule_that_it_names(example: Flawed) -> None:
    assert violations(broken(example), Support(), NOW) == (Violation(example.element, example.kind),)


@MANY
@given(flawed_collects())
def test_no_target_may_take_a_flawed_collect_as_valid(example: Flawed) -> None:
    assert example.codes == ACCEPTED[example.element, example.kind]
    assert 0 not in example.codes


def test_every_fault_that_no_target_may_overlook_is_drawn() -> None:
    seen: set[Flawed] = set()

    @settings(max_examples=1000, deadline=None, database=None)
    @given(flawed_collects())
    def look(example: Flawed) -> None:
        seen.add(example)

    look()
    assert {(example.element, example.kind) for example in seen} == KINDS
    sent_empty = {example.element for example in seen if example.value == ""}
    assert sent_empty == {element for element, kind in KINDS if kind == "missing"} - {"client", "package-url-expiry"}


@MANY
@given(hostile_bodies())
def test_a_hostile_message_is_never_a_valid_collect(example: Hostile) -> None:
    without = {name: value for name, value in PLAIN.items() if name != "receipt"}
    message = decode_message("POST", b"", example.content_type, example.body(without))
    assert not message.pairs or violations(message.elements, Support(), NOW)


@MANY
@given(hostile_bodies())
def test_a_hostile_message_sent_back_is_no_answer(example: Hostile) -> None:
    assert read_answer(example.body(PLAIN)).error is None


@MANY
@given(hostile_bodies())
def test_a_hostile_message_tampers_with_no_secret_and_stays_below_a_mebibyte(example: Hostile) -> None:
    assert example.element not in SECRET_ELEMENTS
    assert len(example.body(PLAIN)) < 1 << 20


def test_hostile_messages_are_of_every_announced_kind() -> None:
    kinds: set[str] = set()
    sizes: set[bool] = set()

    @settings(max_examples=500, deadline=None, database=None)
    @given(hostile_bodies())
    def look(example: Hostile) -> None:
        kinds.add(example.kind)
        sizes.add(len(example.body(PLAIN)) > 50_000)

    look()
    assert kinds == {"duplicated", "control", "unencoded", "binary", "charset", "many"}
    assert sizes == {True, False}
