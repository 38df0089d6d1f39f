"""A probe shows what a tool knows of a copied course: read leniently, and never believed beyond what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.pns_probe import probe_url, read_probe, write_probe

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(TEXT, st.none() | st.lists(TEXT, max_size=3), st.none() | TEXT.filter(bool), st.none() | st.integers(0, 99))
def test_what_is_written_is_read_again(
    context: str, origins: list[str] | None, title: str | None, applied: int | None
) -> None:
    found = read_probe(200, write_probe(context, origins=origins, title=title, applied=applied, deployments=["d"]))
    assert (found.known, found.refused, found.deployments) == (True, "", ("d",))
    assert (found.title, found.applied, found.context) == (title, applied, context or None)
    assert found.origins == (None if origins is None else tuple(origins))


def test_404_says_that_the_course_is_not_known() -> None:
    found = read_probe(404, write_probe("c", known=False))
    assert (found.known, found.refused) == (False, "")


@given(st.integers(100, 599), st.binary(max_size=100))
def test_no_answer_breaks_the_reader(status: int, body: bytes) -> None:
    found = read_probe(status, body)
    assert not (found.known and found.refused)


@pytest.mark.parametrize(
    ("shown", "word"),
    [
        ([], "list"), ({}, "none of them"), ({"origins": "a"}, "origins: expected an array of texts or null, got 'a'"),
        ({"origins": [1]}, "origins"), ({"applied": -1}, "applied: expected a whole number or null, got -1"),
        ({"applied": True}, "applied"), ({"applied": "1"}, "applied"),
        ({"context": "c", "deployments": 1}, "deployments"),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_cannot_be_used_is_said_in_a_sentence(shown: Any, word: str) -> None:
    found = read_probe(200, json.dumps(shown).encode())
    assert word in found.refused
    assert not found.known


def test_an_error_of_the_probe_is_no_unknown_course() -> None:
    assert read_probe(500, b"{}").refused == "expected status 200 or 404, got 500"
    assert "not-json" in read_probe(200, b"<html>").refused


def test_ids_take_their_places_percent_encoded() -> None:
    assert probe_url("http://h/{context}/{deployment}?x={y}", "a/b é", "12:{context}") == (
        "http://h/a%2Fb%20%C3%A9/12%3A%7Bcontext%7D?x={y}"
    )
    assert probe_url("http://h/?c={context}", "{deployment}", "d") == "http://h/?c=%7Bdeployment%7D"
    with pytest.raises(ValueError, match=r"holds \{context\}"):
        probe_url("http://h/{deployment}", "c")
