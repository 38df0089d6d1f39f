"""JSON of a peer is read within bounds, and what was odd is told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.json_text import DEPTH_LIMIT, as_number, as_text, as_texts, read_json, without_none, write_json

LETTERS = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | LETTERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(LETTERS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_again(value: object) -> None:
    found = read_json(write_json(value))
    assert (found.value, found.oddities, found.problem) == (value, (), "")


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    read_json(data)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "not-json"), (b"{", "not-json"), (b"NaN", "not-json"), (b"[Infinity]", "not-json"),
        (b"\xff\xfe{", "not-utf-8"), (b"9" * 5000, "not-json"), (b"[" * 200_000, "too-deep"),
        (b"[" * (DEPTH_LIMIT + 2) + b"]" * (DEPTH_LIMIT + 2), "too-deep"), (b'"' + b"x" * 100 + b'"', "too-large"),
    ],
    ids=range(9),
)  # fmt: skip
def test_what_cannot_be_read_has_a_code(data: bytes, problem: str) -> None:
    limit = 50 if problem == "too-large" else 16 * 1024 * 1024
    assert read_json(data, limit=limit).problem == problem


def test_a_flat_array_of_many_objects_is_not_deep() -> None:
    assert read_json(json.dumps([{}] * 500)).problem == ""


def test_nesting_up_to_the_bound_is_read() -> None:
    assert read_json(b"[" * DEPTH_LIMIT + b"]" * DEPTH_LIMIT).problem == ""


def test_of_a_repeated_member_the_last_counts_and_the_repetition_is_told() -> None:
    found = read_json(b'{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}')
    assert found.value == {"a": 3, "b": {"c": 2}}
    assert set(found.oddities) == {"duplicate-member:a", "duplicate-member:c"}


@pytest.mark.parametrize(
    ("text", "value", "odd"),
    [
        (r'"\ud83d\ude00"', "\U0001f600", False), (r'"\ud83d"', "\ufffd", True), (r'"\ude00x"', "\ufffdx", True),
        (r'"\\ud83d"', r"\ud83d", False), (r'"\\\ud83d"', "\\\ufffd", True),
    ],
    ids=range(5),
)  # fmt: skip
def test_half_a_surrogate_pair_cannot_be_written_again_and_is_replaced(text: str, value: str, odd: bool) -> None:
    found = read_json(text)
    assert (found.value, "lone-surrogate" in found.oddities) == (value, odd)


def test_a_byte_order_mark_is_put_up_with() -> None:
    assert read_json(b"\xef\xbb\xbf{}").oddities == ("bom",)


def test_types_are_what_json_says_they_are() -> None:
    assert [as_number(value) for value in (1, 1.5, True, "1", None, 10**400, float("inf"))] == [1, 1.5] + [None] * 5
    assert [as_text(value) for value in ("a", "", 1, None)] == ["a", None, None, None]
    assert [as_texts(value) for value in (["a", ""], "ab", ["a", 1], [])] == [("a", ""), None, None, ()]
    assert without_none([("a", None), ("b", 0), ("c", "")]) == {"b": 0, "c": ""}


def test_a_hostile_object_of_many_repeated_members_is_read_in_passing() -> None:
    body = b"{" + b",".join(b'"%d":1,"%d":2' % (n, n) for n in range(50_000)) + b"}"
    found = read_json(body)
    assert len(found.value) == 50_000
    assert len(found.oddities) == 16
