"""What the oracle of notices is told and what it says: registrations, knowledge, findings, expectations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from harness.wire.jose import KeySet
from harness.wire.pns import CONTEXT_COPY

__all__ = [
    "DOUBT",
    "Expectation",
    "Finding",
    "Knowledge",
    "Outcome",
    "Registration",
    "Target",
    "after",
    "concluded",
    "doubt",
    "refusal",
]

Outcome = Literal["refuse", "accept", "either"]
Level = Literal["", "MUST", "SHOULD"]

SOUND: Final = "1EdTech Security Framework 1.0, 5.1.3; LTI Core 1.3, 3.1.3"
DOUBT: Final = "no source decides"
"""Stands as the rule of an expectation that leaves the receiver both ways."""

_NO_AUTHOR: Final = frozenset(f"PNS-RECV-{number}" for number in ("01", "02", "03", "12", "18"))


@dataclass(frozen=True, slots=True)
class Registration:
    """One client of one platform, as a tool knows it.

    ``keys`` is what the platform publishes now. ``fresh`` names the kids among them that were published after the
    receiver may have fetched the set last; ``withdrawn`` are keys that were published before and are no longer.
    ``types`` are the notice types that the tool has a handler for.
    """

    issuer: str
    client_id: str
    deployments: frozenset[str]
    keys: KeySet
    types: frozenset[str] = frozenset((CONTEXT_COPY,))
    fresh: frozenset[str] = frozenset()
    withdrawn: KeySet = field(default_factory=lambda: KeySet(()))


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that decides beside the message: registrations, the time, and what was received before.

    ``visible`` are the types whose effect a probe shows. ``processed`` holds (issuer, deployment, notice id) and
    ``nonces`` (issuer, nonce) of notices that surely had their effect; the two sets of ``perhaps`` those that a right
    receiver may or may not have taken.
    """

    registrations: tuple[Registration, ...]
    now: datetime
    visible: frozenset[str] = frozenset((CONTEXT_COPY,))
    processed: frozenset[tuple[str, str, str]] = frozenset()
    nonces: frozenset[tuple[str, str]] = frozenset()
    perhaps_processed: frozenset[tuple[str, str, str]] = frozenset()
    perhaps_nonces: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Target:
    """Where a notice has its effect, or would have it: what a probe is asked for. None: the token does not say."""

    issuer: str | None = None
    deployment: str | None = None
    notice_id: str | None = None
    nonce: str | None = None
    type: str | None = None
    context: str | None = None
    origins: tuple[str, ...] | None = None

    @property
    def event(self) -> tuple[str, str, str] | None:
        """What a receiver tells events apart by, None when a part of it is missing."""
        if self.issuer is None or self.deployment is None or self.notice_id is None:
            return None
        return self.issuer, self.deployment, self.notice_id

    @property
    def once(self) -> tuple[str, str] | None:
        """The nonce with the issuer that it counts for."""
        return None if self.issuer is None or self.nonce is None else (self.issuer, self.nonce)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that decides about a notice, by the step of verification at which it shows.

    ``accept`` findings do not ask for a refusal: they name the row by which the peculiar notice is to be taken.
    """

    outcome: Outcome
    step: str
    rule: str
    why: str
    row: str = ""
    level: Level = ""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a right receiver does with one notice.

    ``refuse``: no effect, whatever is answered. ``accept``: its effect shows. ``either``: no crash (status below
    500), and the effect at most once. ``row`` is the requirement that says so, empty when none does; ``level`` is how
    strongly. Whatever is expected, no effect shows on another deployment than the target's. ``authentic``: whether
    the signature is that of the platform which the token names.
    """

    outcome: Outcome
    rule: str
    why: str
    row: str = ""
    level: Level = ""
    target: Target = Target()
    authentic: bool = True
    findings: tuple[Finding, ...] = ()


def refusal(step: str, rule: str, why: str, row: str, level: Level = "MUST") -> Finding:
    """Return that a notice is to have no effect."""
    return Finding("refuse", step, rule, why, row, level)


def doubt(step: str, why: str, rule: str = DOUBT, row: str = "") -> Finding:
    """Return that a receiver may do either."""
    return Finding("either", step, rule, why, row)


def concluded(findings: Iterable[Finding], target: Target = Target()) -> Expectation:
    """Draw the expectation from what was found: a refusal beats a doubt, a doubt beats an acceptance.

    Of several refusals the first that a MUST asks for is named; of several acceptances the weakest, since a receiver
    that does not take the notice breaks no more than that.
    """
    found = tuple(findings)
    authentic = not any(one.outcome == "refuse" and one.row in _NO_AUTHOR for one in found)
    order: tuple[tuple[Outcome, Level | None], ...] = (
        ("refuse", "MUST"), ("refuse", None), ("either", None), ("accept", "SHOULD"), ("accept", None),
    )  # fmt: skip
    for outcome, level in order:
        one = next((one for one in found if one.outcome == outcome and level in (None, one.level)), None)
        if one is not None:
            return Expectation(outcome, one.rule, one.why, one.row, one.level, target, authentic, found)
    why = "the notice is sound in all that the sources name"
    return Expectation("accept", SOUND, why, "", "MUST", target, authentic, found)


def after(knowledge: Knowledge, expectation: Expectation) -> Knowledge:
    """Return what is known once a notice of that expectation was sent."""
    target = expectation.target
    event = frozenset(() if target.event is None else (target.event,))
    once = frozenset(() if target.once is None else (target.once,))
    sure = expectation.level == "MUST"
    if expectation.outcome == "accept" and sure:
        return replace(knowledge, processed=knowledge.processed | event, nonces=knowledge.nonces | once)
    if not expectation.authentic:
        return knowledge
    spent = knowledge.perhaps_nonces | once
    if expectation.outcome == "refuse" and sure:
        return replace(knowledge, perhaps_nonces=spent)
    return replace(knowledge, perhaps_nonces=spent, perhaps_processed=knowledge.perhaps_processed | event)
