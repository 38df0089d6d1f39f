"""A probe shows what a receiver holds: read leniently, and never believed beyond what it says."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.results_policy import FIELDS, State
from harness.wire.results_probe import probe_url, read_probe, write_probe

STATES = st.builds(
    State,
    st.sampled_from(["unknown", "incomplete", "complete"]),
    st.sampled_from(["unknown", "failed", "passed"]),
    st.none() | st.decimals(0, 100, places=2),
    st.integers(0, 10**9),
)


@given(st.text(max_size=255), STATES, st.none() | st.integers(0, 100))
def test_what_is_written_is_read_again(regid: str, state: State, applied: int | None) -> None:
    found = read_probe(200, write_probe(regid, state, applied))
    assert (found.state, found.regid, found.applied, found.told, found.refused) == (state, regid, applied, FIELDS, "")
    assert not found.unknown


@given(st.integers(100, 599), st.binary(max_size=200))
def test_no_answer_breaks_the_reader(status: int, body: bytes) -> None:
    found = read_probe(status, body)
    assert found.unknown == (status == 404)
    assert found.state is not None or found.unknown or found.refused


def test_404_says_that_the_registration_is_not_known() -> None:
    assert read_probe(404, b"<html>").unknown


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        ({"score": "85.50"}, State(score=Decimal("85.50"))),
        ({"score": "unknown"}, State()),
        ({"score": 0}, State(score=Decimal(0))),
        ({"complete": "Complete", "success": "PASSED"}, State("complete", "passed")),
        ({"complete": None}, State()),
        ({"totaltime": 324.9, "more": [1]}, State(totaltime=324)),
    ],
)
def test_writing_may_vary(shown: dict[str, Any], state: State) -> None:
    found = read_probe(200, json.dumps(shown).encode())
    assert found.state == state
    assert set(found.told) == set(shown) & set(FIELDS)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "JSON"), (b"<html>", "JSON"), (b"[]", "list"), (b"{}", "none of them"), (b"[" * 100000, "JSON"),
        (b'{"complete": "completed"}', "complete: expected one of unknown, incomplete, complete, got 'completed'"),
        (b'{"score": "A+"}', "score: expected a number or null, got 'A+'"), (b'{"score": NaN}', "score"),
        (b'{"totaltime": null}', "totaltime"), (b'{"totaltime": true}', "totaltime"),
        (b'{"score": 1e999999999}', "score"),
        (b'{"totaltime": ' + b"9" * 5000 + b"}", "JSON"), (b'{"totaltime": 1e9999999}', "totaltime"),
        (b'{"score": {"a": 1}}', "score"),
    ],
    ids=range(14),
)  # fmt: skip
def test_what_cannot_be_used_is_said_in_a_sentence(body: bytes, word: str) -> None:
    found = read_probe(200, body)
    assert word in found.refused
    assert found.state is None
    assert not found.unknown


def test_an_error_of_the_probe_is_no_unknown_registration() -> None:
    assert read_probe(500, b"{}").refused == "expected status 200 or 404, got 500"


def test_an_id_takes_its_place_percent_encoded() -> None:
    assert probe_url("http://h/p/{regid}/state?x=1", "a/b é&{") == "http://h/p/a%2Fb%20%C3%A9%26%7B/state?x=1"
    with pytest.raises(ValueError, match=r"holds \{regid\}"):
        probe_url("http://h/p", "r1")
