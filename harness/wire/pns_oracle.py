"""The oracle: what a right receiver does with a notice, and with a whole POST of them.

`expected` looks at the octets of a token alone, never at how it came about. The rules, step by step, are in
`pns_oracle_token` (header, signature), `pns_oracle_claims` and `pns_oracle_times`; `pns_oracle_body` judges bodies.
"""

from __future__ import annotations

from dataclasses import replace

from harness.wire.json_members import Members, Reading, plain, repeated, risk
from harness.wire.pns_oracle_claims import claim_findings, registration_for
from harness.wire.pns_oracle_model import (
    DOUBT,
    Expectation,
    Finding,
    Knowledge,
    Outcome,
    Registration,
    Target,
    after,
    concluded,
)
from harness.wire.pns_oracle_notice import target_of
from harness.wire.pns_oracle_token import Token, signature_findings, take_apart, unread_findings

__all__ = [
    "Expectation",
    "Finding",
    "Knowledge",
    "Outcome",
    "Registration",
    "Target",
    "after",
    "expected",
]


def expected(text: str, knowledge: Knowledge) -> Expectation:
    """Return what a right receiver of that knowledge does with one notice. Never raises, whatever the text is.

    ``refuse`` and ``accept`` rest on a rule that was read, and name it; everything else is ``either``. A name that
    occurs twice is read both ways (last, first): unless both are refused, a receiver may do either.
    """
    token = take_apart(text)
    if isinstance(token, Finding):
        return concluded((token,), Target())
    if not isinstance(token.header, Members) or not isinstance(token.claims, Members):
        target = target_of(plain(token.claims)) if isinstance(token.claims, Members) else Target()
        return concluded((*unread_findings(token, knowledge), *token.doubts), target)
    twice = (*repeated(token.header), *repeated(token.claims))
    last = _reading(token, knowledge, "last")
    if not twice:
        return last
    first = _reading(token, knowledge, "first")
    if last.outcome == first.outcome == "refuse":
        return replace(last, authentic=last.authentic or first.authentic)
    why = f"{', '.join(name[:60] for name in twice[:3])} is there more than once: refused, or read as the last or first"
    finding = Finding("either", "form", "RFC 7515, 4; RFC 7519, 4", why)
    return replace(concluded((finding,), last.target), findings=(finding, *last.findings))


def _reading(token: Token, knowledge: Knowledge, reading: Reading) -> Expectation:
    """Judge a token as a parser of that kind reads it."""
    header, claims = plain(token.header, reading), plain(token.claims, reading)
    registration = registration_for(claims, knowledge)
    found = [
        *signature_findings(token, header, registration, knowledge),
        *claim_findings(claims, registration, knowledge),
        *token.doubts,
    ]
    for name, tree in (("header", token.header), ("payload", token.claims)):
        said = risk(tree)
        if said:
            found.append(Finding("either", "form", DOUBT, f"the {name} holds {said}, which not every receiver reads"))
    return concluded(found, target_of(claims))
