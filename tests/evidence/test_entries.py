"""An entry is its JSON form and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.entries import AnyEntry, Event, Exchange, Half, Mail, from_json, to_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FACTS = st.dictionaries(TEXT, st.none() | st.booleans() | st.integers() | TEXT, max_size=3)
HALVES = st.builds(
    Half,
    TEXT,
    st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    st.binary(max_size=20),
    st.integers(0),
    TEXT,
    st.booleans(),
)
BASE = (st.integers(0), TEXT, TEXT, TEXT, TEXT)
ENTRIES = st.one_of(
    st.builds(Exchange, *BASE, TEXT, TEXT, TEXT, HALVES, st.none() | HALVES, st.none() | TEXT, st.integers(0), FACTS),
    st.builds(Mail, *BASE, TEXT, st.lists(TEXT, max_size=3).map(tuple), TEXT),
    st.builds(Event, *BASE, TEXT, FACTS),
)


@given(ENTRIES)
def test_every_entry_comes_back_equal_from_its_json_form(entry: AnyEntry) -> None:
    assert from_json(json.loads(json.dumps(to_json(entry)))) == entry


def test_a_body_of_text_is_readable_and_any_other_is_base64() -> None:
    request = Half("GET / HTTP/1.1", (), b"caf\xc3\xa9", 5, "d", False)
    exchange = Exchange(
        7, "s", "c", "p", "t", "collect", "out", "http://h/", request, Half("HTTP/1.1 200", (), b"\xff")
    )
    shape = to_json(exchange)
    assert shape["request"] == {
        "start": "GET / HTTP/1.1", "headers": [], "body": {"text": "café"}, "size": 5, "sha256": "d", "cut": False,
    }  # fmt: skip
    assert shape["response"]["body"] == {"base64": "/w=="}
    assert (shape["kind"], shape["seq"], shape["scenario"], shape["case"], shape["step"], shape["at"]) == (
        "exchange", 7, "s", "c", "p", "t",
    )  # fmt: skip


def test_entries_are_named_by_their_number() -> None:
    assert [Event(n, "", "", "", "", "x").id for n in (7, 12345)] == ["E-0007", "E-12345"]


@pytest.mark.parametrize(
    ("start", "method", "target", "query"),
    [
        ("GET /pens?a=1?b HTTP/1.1", "GET", "/pens?a=1?b", "a=1?b"),
        ("GET /a b c HTTP/1.0", "GET", "/a b c", ""),
        ("GET /a b", "GET", "/a b", ""),
        ("POST", "POST", "", ""),
    ],
)
def test_a_request_line_is_taken_apart_even_when_it_is_wrong(start: str, method: str, target: str, query: str) -> None:
    half = Half(start)
    assert (half.method, half.target, half.query) == (method, target, query)


@pytest.mark.parametrize(
    ("start", "status"),
    [("HTTP/1.1 204 No Content", 204), ("HTTP/1.1 200", 200), ("HTTP/1.1 abc", 0), ("", 0), ("HTTP/1.1", 0)],
)
def test_the_status_stands_in_the_start_line(start: str, status: int) -> None:
    assert Half(start).status == status


def test_headers_are_found_whatever_their_case_and_the_first_counts() -> None:
    half = Half("", (("Content-Type", "a"), ("content-type", "b")))
    assert (half.header("CONTENT-TYPE"), half.header("x")) == ("a", None)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"kind": "rumour"}, "expected exchange, mail or event"),
        ({"kind": "exchange", "request": None}, "an exchange needs a request"),
    ],
)
def test_what_is_no_entry_is_refused_with_its_number(change: dict[str, object], error: str) -> None:
    shape = to_json(Exchange(3, "s", "c", "p", "t", "collect", "out", "u", Half("GET / HTTP/1.1"), None)) | change
    with pytest.raises(ValueError, match=f"entry 3: .*{error}"):
        from_json(shape)
