"""JSON texts whose objects keep every member."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.json_members import Members, NotRead, TooDeep, dump, load, members, plain, repeated, risk

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES.filter(lambda value: "Infinity" not in json.dumps(value)))
def test_what_is_written_is_read_back_with_every_member(value: object) -> None:
    tree = members(value)
    assert load(dump(tree)) == tree
    assert plain(tree) == plain(tree, "first") == value


def test_a_name_that_occurs_twice_is_kept_and_read_both_ways() -> None:
    tree = load(b'{"a":1,"b":{"c":1,"c":2},"a":3}')
    assert dump(tree) == b'{"a":1,"b":{"c":1,"c":2},"a":3}'
    assert plain(tree) == {"a": 3, "b": {"c": 2}}
    assert plain(tree, "first") == {"a": 1, "b": {"c": 1}}
    assert repeated(tree) == ("a", "c")
    assert tree.get("a") == 3
    assert "b" in tree
    assert Members().get("a") is None


@pytest.mark.parametrize("text", [b"", b"notice", b"{", b'{"a":}', b"\x00\x01"])
def test_what_is_no_json_to_anybody_says_so(text: bytes) -> None:
    with pytest.raises(NotRead) as caught:
        load(text)
    assert not caught.value.lenient


@pytest.mark.parametrize(
    "text", [b'{"a":NaN}', b"\xef\xbb\xbf{}", b'{"a":"\n"}', b"{}\x00", b'{"a":' + b"9" * 5000 + b"}"]
)
def test_what_some_parsers_read_is_told_apart(text: bytes) -> None:
    with pytest.raises(NotRead) as caught:
        load(text)
    assert caught.value.lenient


def test_a_text_that_is_nested_too_deep_is_not_read_but_brackets_in_texts_do_not_nest() -> None:
    with pytest.raises(TooDeep):
        load(b"[" * 100_000 + b"]" * 100_000)
    assert load(json.dumps({"a": "[" * 500 + '\\"{'}).encode()) == Members((("a", "[" * 500 + '\\"{'),))


@pytest.mark.parametrize(
    "value",
    [
        "a\0",
        "\ud800",
        2**53,
        -1e300,
        {"": 1},
        {"__proto__": {}},
        {"a": ["\0"]},
        {"\0": 1},
        [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]],
    ],
)
def test_what_not_every_parser_or_store_takes_is_named(value: object) -> None:
    assert risk(members(value))


@pytest.mark.parametrize("value", ["漢 é <b>", 2**53 - 1, 0.5, {"a": [None, True, {"b": ""}]}, []])
def test_what_every_parser_takes_is_no_risk(value: object) -> None:
    assert not risk(members(value))
