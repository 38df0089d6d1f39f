"""Forged records of the subject lti-platform: launches, key sets and handshakes, and what a check says of them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from fixtures.keys import signing_key
from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.judging.judge import FOUND, OK, judge
from harness.judging.suite import Check
from harness.subjects.lti_platform_records import ANSWER, ASKED, BROWSER, INITIATION, KEYS, VERIFIED, Tooled
from harness.wire.binding import FORM, Pairs, encode_query
from harness.wire.lti import ROLE_INSTRUCTOR, launch_claims
from harness.wire.lti_login import Initiation, auth_request_pairs
from harness.wire.pns import CLAIM, CONTEXT_COPY, HELLO_WORLD, pns_claim

NOW, AT = datetime(2030, 1, 1, tzinfo=UTC), "2030-01-01T00:00:00Z"
PASSES, UNTESTABLE = "passes", "untestable"
ISSUER, CLIENT, DEPLOYMENT, OTHER = "https://lms.example.edu", "client-1", "deployment-1", "deployment-2"
TOOL = "https://tool.example.com"
REDIRECT, TARGET = f"{TOOL}/launch", f"{TOOL}/target"
SERVICE = f"{ISSUER}/lti/pns/{DEPLOYMENT}"
CASE: Mapping[str, Any] = {
    "target": {
        "issuer": ISSUER, "client_id": CLIENT, "deployment_id": DEPLOYMENT, "other_deployment": OTHER,
        "token_url": f"{ISSUER}/token",
    },
}  # fmt: skip
CUSTOM = {"plain": "some text", "unknown_variable": "$Invigil.unknown", "context": "course-1"}


def claims_of(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the claims of a right launch with changes; None leaves a claim out."""
    right = launch_claims(
        iss=ISSUER, aud=CLIENT, sub="person-1", nonce="nonce-1", now=NOW, lifetime=600, deployment_id=DEPLOYMENT,
        target_link_uri=TARGET, resource_link={"id": "link-1"}, roles=[ROLE_INSTRUCTOR], context={"id": "course-1"},
        custom=CUSTOM, more={CLAIM: pns_claim(SERVICE, (CONTEXT_COPY, HELLO_WORLD))},
    )  # fmt: skip
    return {name: value for name, value in {**right, **(changes or {})}.items() if value is not None}


@dataclass
class Forged:
    """What is to be forged of one launch. ``claims`` None: an error came; ``arrives`` False: nothing came at all."""

    claims: Mapping[str, Any] | None = field(default_factory=claims_of)
    initiation: Initiation | None = field(
        default_factory=lambda: Initiation(ISSUER, "person-1", TARGET, "hint-1", DEPLOYMENT, CLIENT)
    )
    asks: Mapping[str, str] = field(default_factory=dict)
    answer: Mapping[str, str | None] = field(default_factory=dict)
    error: str = "invalid_request"
    method: str = "POST"
    media: str = FORM
    to: str = "/launch"
    arrives: bool = True
    reason: str = ""
    alg: str = "RS256"
    page: tuple[int, bytes, tuple[tuple[str, str], ...]] | None = None


class Forge:
    """Gathers entries of one record."""

    def __init__(self, case: Mapping[str, Any] = CASE) -> None:
        self.entries: list[AnyEntry] = [Event(0, "forged", "", "", AT, "scenario", dict(case))]

    def event(self, name: str, step: str, **facts: Any) -> None:
        self.entries.append(Event(len(self.entries), "forged", "", step, AT, name, facts))

    def exchange(
        self, channel: str, direction: str, step: str, request: Half, response: Half | None, url: str = ""
    ) -> None:  # fmt: skip
        number, error = len(self.entries), None if response else "timeout"
        self.entries.append(Exchange(number, "forged", "", step, AT, channel, direction, url, request, response, error))

    def launch(self, step: str, forged: Forged) -> None:
        self.event("launching", step, values={})
        asked: Pairs = ()
        if forged.initiation:
            query = encode_query(forged.initiation.pairs())
            self.exchange(INITIATION, "in", step, Half(f"GET /login?{query} HTTP/1.1"), Half("HTTP/1.1 302"))
            asked = auth_request_pairs(forged.initiation, CLIENT, REDIRECT, "nonce-1", "state-1")
            asked = tuple((name, forged.asks.get(name, value)) for name, value in asked)
            self.event(ASKED, step, pairs=[list(pair) for pair in asked])
        if forged.page:
            status, body, headers = forged.page
            half = Half(f"HTTP/1.1 {status} X", headers, body)
            self.exchange(BROWSER, "out", step, Half("GET /auth HTTP/1.1"), half)
        if forged.arrives:
            self._answer(step, forged)

    def _answer(self, step: str, forged: Forged) -> None:
        given: dict[str, str | None] = {"state": forged.asks.get("state", "state-1")}
        if forged.claims is None:
            given = {"error": forged.error, **given}
        else:
            token = signing_key("platform-1").sign(json.dumps(forged.claims).encode(), {"alg": forged.alg})
            given = {"id_token": token, **given}
        given |= forged.answer
        text = encode_query(tuple((name, value) for name, value in given.items() if value is not None))
        if forged.method == "POST":
            request = Half(f"POST {forged.to} HTTP/1.1", (("Content-Type", forged.media),), text.encode())
        else:
            request = Half(f"GET {forged.to}?{text} HTTP/1.1")
        self.exchange(ANSWER, "in", step, request, Half("HTTP/1.1 200"), TOOL + forged.to)
        self.event(VERIFIED, step, launch=True, reason=forged.reason, kid="platform-1", oddities=[])

    def keys(self, document: Any, *, status: int = 200, headers: tuple[tuple[str, str], ...] | None = None) -> None:
        """Add a fetch of the key set; bytes stand for themselves, None for no answer."""
        if document is None:
            self.exchange(KEYS, "out", "keys", Half("GET /keys HTTP/1.1"), None)
            return
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        given = (
            headers if headers is not None else (("Content-Type", "application/json"), ("Cache-Control", "max-age=9"))
        )
        self.exchange(KEYS, "out", "keys", Half("GET /keys HTTP/1.1"), Half(f"HTTP/1.1 {status} X", given, body))

    def record(self) -> Tooled:
        return Tooled.from_entries(self.entries)


def launches(**steps: Forged) -> Tooled:
    """Return the record of launches by step; underscores of a name are hyphens."""
    made = Forge()
    for step, forged in steps.items():
        made.launch(step.replace("_", "-"), forged)
    return made.record()


def key_set(document: Any, **more: Any) -> Tooled:
    """Return the record of one fetch of the key set."""
    made = Forge()
    made.keys(document, **more)
    return made.record()


def check_of(module: ModuleType, name: str) -> Check:
    """Return a check of a module of the suite."""
    function = getattr(module, name)
    return Check(name, function, (), (), tuple(inspect.signature(function).parameters), module.__name__)


def said(module: ModuleType, name: str, *records: Tooled) -> str:
    """Return what a check says of records: a finding's reason, the remarks of one that passes, or how it ended."""
    check = check_of(module, name)
    given: Iterable[Tooled] = records if len(records) > 1 else records * len(check.scenarios)
    outcome = judge(check, dict(zip(check.scenarios, given, strict=True)))
    if outcome.status == FOUND and outcome.finding:
        return outcome.finding.reason
    if outcome.status == OK:
        return ", ".join((PASSES, *dict.fromkeys(remark.reason for remark in outcome.remarks)))
    assert outcome.status == UNTESTABLE, outcome
    return outcome.status
