"""Mutations of notices: of every kind, repeatable on fresh notices, each with the oracle's word."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.notice_oracle import scene
from harness.strategies.notices import (
    Case,
    Mutation,
    applied,
    batches,
    cases,
    described,
    forged,
    message,
    mutations,
)
from harness.wire.jose import read, verify
from harness.wire.json_members import Members
from harness.wire.pns import CONTEXT_COPY, NOTICE
from harness.wire.pns_forging import Draft, header_of, write
from harness.wire.pns_oracle import expected
from harness.wire.pns_oracle_body import expected_posts

SCENE = scene()
SOUND, RING, KNOWN = SCENE.sound, SCENE.keyring, SCENE.knowledge
WHOLE = write(SOUND, RING)
MANY = settings(max_examples=1_000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
SOME = settings(MANY, max_examples=150)


def one(part: str, *path: str | int, **values) -> Case:
    mutation = Mutation(part, path, **values)  # type: ignore[arg-type]
    text = forged(mutation, SOUND, RING)
    return Case(mutation, text, expected(text, KNOWN))


@MANY
@given(cases(SOUND, RING, KNOWN))
def test_the_oracle_has_a_word_on_every_mutation_and_refuses_only_by_a_rule(case: Case) -> None:
    found = case.expectation
    assert found.outcome in ("refuse", "accept", "either")
    assert found.rule
    assert found.why
    assert found.row or found.outcome != "refuse"
    if found.outcome == "accept":
        assert found.authentic
        assert found.target.type == CONTEXT_COPY
        assert found.target.context


@MANY
@given(cases(SOUND, RING, KNOWN))
def test_what_is_not_signed_again_and_differs_is_always_refused(case: Case) -> None:
    if not case.mutation.resigned:
        assert case.expectation.outcome == ("accept" if case.text == WHOLE else "refuse")


def test_mutations_are_of_every_kind_and_have_every_outcome_signed_again_or_not() -> None:
    seen: Counter[object] = Counter()

    @MANY
    @given(cases(SOUND, RING, KNOWN))
    def collect(case: Case) -> None:
        mutation = case.mutation
        seen.update([(mutation.part, mutation.operation, mutation.resigned), len(mutation.path)])
        seen.update([("resigned", case.expectation.outcome)] if mutation.resigned else [])

    collect()
    operations = ("change", "drop", "retype", "duplicate", "add", "reorder")
    for part in ("header", "claims"):
        for operation in operations:
            assert seen[(part, operation, True)]
            assert seen[(part, operation, False)]
    assert all(seen[("resigned", outcome)] > 20 for outcome in ("refuse", "accept", "either"))
    assert seen[2]  # nested members too
    assert seen[3]


@SOME
@given(mutations(SOUND, RING), st.integers(1, 50))
def test_a_mutation_can_be_repeated_on_a_fresh_notice(mutation: Mutation, number: int) -> None:
    draft = SOUND.another(number)
    assert forged(mutation, draft, RING) == forged(mutation, draft, RING)
    changed = applied(mutation, draft, RING)
    signed_over = read(write(draft, RING)).signature == read(write(changed, RING)).signature
    assert signed_over or mutation.resigned
    assert expected(forged(mutation, draft, RING), KNOWN).outcome in ("refuse", "accept", "either")


@SOME
@given(mutations(SOUND, RING))
def test_a_mutation_is_said_in_facts_that_a_report_can_hold(mutation: Mutation) -> None:
    facts = described(mutation)
    assert json.loads(json.dumps(facts)) == facts
    assert facts["part"] in ("header", "claims")
    assert facts["signed-again"] is mutation.resigned


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        (one("claims", operation="reorder"), "accept"),
        (one("header", operation="reorder"), "accept"),
        (one("claims", operation="reorder", resigned=False), "refuse"),
        (one("header", operation="reorder", resigned=False), "refuse"),
        (one("claims", "iss", operation="drop"), "refuse"),
        (one("claims", "iat", operation="change", how="moved", amount=60), "accept"),
        (one("claims", "exp", operation="change", how="moved", amount=-1_200), "refuse"),
        (one("claims", "aud", operation="retype", how="array-of-it"), "accept"),
        (one("claims", "aud", operation="retype", how="array-of-it-and-another"), "either"),
        (one("claims", "https://vendor.example/claim/x", operation="add", value=[{"a": None}]), "accept"),
        (one("claims", NOTICE, "id", operation="drop"), "refuse"),
        (one("claims", NOTICE, "type", operation="change", how="other"), "refuse"),
        (one("claims", NOTICE, operation="duplicate", how="null"), "either"),
        (one("header", "kid", operation="drop"), "refuse"),
        (one("header", "typ", operation="drop"), "accept"),
        (one("header", "alg", operation="duplicate", how="other", first=True), "either"),
        (one("claims", "nobody", operation="drop"), "accept"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(map(str, described(value.mutation).values())),
)
def test_a_mutation_has_the_outcome_that_its_rule_gives(case: Case, outcome: str) -> None:
    assert case.expectation.outcome == outcome


def test_a_duplicate_stands_before_or_behind_what_was_there() -> None:
    for first in (True, False):
        case = one("header", "kid", operation="duplicate", how="empty", first=first)
        assert header_of(SOUND, RING) == Members((("alg", "RS256"), ("kid", "platform-1"), ("typ", "JWT")))
        head = applied(case.mutation, SOUND, RING).head
        pairs = [("alg", "RS256"), *sorted([("kid", ""), ("kid", "platform-1")], reverse=not first), ("typ", "JWT")]
        assert json.loads(head or b"", object_pairs_hook=list) == pairs


def test_the_signature_of_what_is_signed_again_is_the_platforms() -> None:
    case = one("claims", "iss", operation="change", how="slash-behind")
    assert verify(read(case.text), [RING.key("platform")]).ok


@SOME
@given(batches(SOUND, RING))
def test_the_notices_of_a_batch_are_judged_one_by_one(batch: tuple[Mutation | None, ...]) -> None:
    made = message(batch, SOUND, RING)
    (body,) = expected_posts(made.posts(RING), KNOWN)
    assert len(body.elements) == len(batch)
    drafts: tuple[Draft, ...] = made.drafts
    for mutation, draft, found in zip(batch, drafts, body.elements, strict=True):
        if mutation is None:
            assert found.outcome == "accept"
        else:
            assert found.outcome == expected(write(draft, RING), KNOWN).outcome
    assert (body.whole is None) is bool(batch)
