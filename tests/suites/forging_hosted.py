"""Forged records of the subject lti-tool: launches, tokens, calls of our services; and what a check says of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.judging.judge import FOUND, OK, judge
from harness.judging.suite import load_suite
from harness.subjects.lti_tool_records import Hosted
from harness.wire.binding import encode_query
from harness.wire.jose_text import encode
from harness.wire.pns import SCOPE
from harness.wire.pns_handlers import put_body

CHECKS = {check.name: check for check in load_suite("lti-tool").checks}
PASSES = "passes"
TOOL, LMS, CLIENT = "https://tool.example", "https://lms.example", "client-1"
LAUNCH = f"{TOOL}/launch"
JSON = (("Content-Type", "application/json"),)
BEARER = ("Authorization", "Bearer secret-access-token-1")
TARGET: Mapping[str, Any] = {
    "login_url": f"{TOOL}/login", "redirect_urls": [LAUNCH], "client_id": CLIENT, "deployments": ["dep-1", "dep-2"],
    "domain": "tool.example", "welcome": "",
}  # fmt: skip
OURS = {
    "issuer": LMS, "authorization_endpoint": f"{LMS}/auth", "token_endpoint": f"{LMS}/token",
    "audience": f"{LMS}/audience",
}  # fmt: skip
BEGUN = {"iss": LMS, "login_hint": "user-1", "lti_message_hint": "hint-1", "client_id": CLIENT}
ASKED = {
    "scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none",
    "client_id": CLIENT, "redirect_uri": LAUNCH, "login_hint": "user-1", "lti_message_hint": "hint-1",
}  # fmt: skip

Entries = list[AnyEntry]


def _where(step: str) -> tuple[int, str, str, str, str]:
    return (0, "forged", "", step, "2030-01-01T00:00:00Z")


def event(name: str, step: str = "", /, **facts: Any) -> Event:
    """Forge an event."""
    return Event(*_where(step), name, facts)


def exchange(
    step: str, channel: str, direction: str, url: str, status: int, body: bytes = b"", *, method: str = "GET",
    headers: tuple[tuple[str, str], ...] = (), sent: bytes = b"",
) -> Exchange:  # fmt: skip
    """Forge an exchange; a status of 0 is no answer."""
    path = "/" + url.split("/", 3)[-1]
    request = Half(f"{method} {path} HTTP/1.1", headers, sent)
    answer = Half(f"HTTP/1.1 {status} X", (("Content-Type", "text/html"),), body) if status else None
    return Exchange(*_where(step), channel, direction, url, request, answer, None if status else "timeout")


def hosted(*entries: AnyEntry | Entries, values: Mapping[str, Any] | None = None, **target: Any) -> Hosted:
    """Build a record; further words change what is configured of the tool."""
    flat = [entry for item in entries for entry in (item if isinstance(item, list) else [item])]
    case = {"target": {**TARGET, **target}, "ours": OURS, "probe": False, **(values or {})}
    begun = [Event(*_where(""), "scenario", case), *flat]
    numbered = [replace(entry, seq=number) for number, entry in enumerate(begun, 1)]
    return Hosted.from_entries(
        [replace(e, ended=e.seq) if isinstance(e, Exchange) else e for e in numbered]  # what is told comes before
    )


def visit(
    step: str, status: int = 200, title: str = "Launched", *, brought: bool = True, text: str = "",
    end: str = LAUNCH, **asked: str | None,
) -> Entries:  # fmt: skip
    """Forge a launch: the tool's request, changed as ``asked`` says, and the page where it ended."""
    pairs = {**ASKED, "nonce": f"nonce-{step}", "state": f"state-{step}", **asked}
    query = encode_query(tuple((name, value) for name, value in pairs.items() if value is not None))
    page = f"<title>{title}</title><p>{text}</p>".encode()
    found: Entries = [event("launching", step, initiation=[list(pair) for pair in BEGUN.items()], method="GET")]
    if not brought:
        return [*found, exchange(step, "browser", "out", f"{TOOL}/login", status, page)]
    found.append(exchange(step, "auth", "in", f"{LMS}/auth?{query}", 200))
    found.append(event("minted", step, claims={}))
    sent = b"id_token=a.b.c&state=s"
    found.append(exchange(step, "browser", "out", LAUNCH, status, page, method="POST", sent=sent))
    return found if end == LAUNCH else [*found, exchange(step, "browser", "out", end, status, page)]


def refused(step: str, status: int = 401) -> Entries:
    """Forge a launch that is refused."""
    return visit(step, status, "Refused")


def welcomed(*more: AnyEntry | Entries, **target: Any) -> Hosted:
    """Forge the record that tells what an accepted launch looks like."""
    plain = (visit("get"), visit("post"), refused("garbage"), visit("again"))
    return hosted(*(more or plain), **target)


def asked(
    step: str, claims: Mapping[str, Any] | None = None, kid: str | None = "k1", *, scope: str = SCOPE
) -> Exchange:
    """Forge a request for an access token; claims of value None are left out."""
    plain = {
        "iss": CLIENT, "sub": CLIENT, "aud": OURS["audience"], "iat": 1000, "exp": 1060, "jti": f"jti-{step}",
        "https://purl.imsglobal.org/spec/lti/claim/deployment_id": "dep-1",
    }  # fmt: skip
    made = {name: value for name, value in {**plain, **(claims or {})}.items() if value is not None}
    head = {"alg": "RS256", "typ": "JWT", **({} if kid is None else {"kid": kid})}
    jwt = ".".join(encode(json.dumps(part).encode()).decode() for part in (head, made)) + ".c2lnbmF0dXJl"
    sent = encode_query((
        ("grant_type", "client_credentials"), ("client_assertion", jwt), ("scope", scope),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    )).encode()  # fmt: skip
    headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    return exchange(step, "token", "in", f"{LMS}/token", 200, b"{}", method="POST", headers=headers, sent=sent)


def called(step: str, status: int = 200, url: str = f"{LMS}/pns/dep-1") -> Exchange:
    """Forge a call for the list of handlers."""
    return exchange(step, "handlers", "in", url, status, method="GET", headers=(BEARER,))


def put(
    step: str, handler: str = f"{TOOL}/notices", status: int = 200, *, notice_type: str = "LtiContextCopyNotice",
    headers: tuple[tuple[str, str], ...] = (BEARER, *JSON), sent: bytes | None = None, method: str = "PUT",
) -> Exchange:  # fmt: skip
    """Forge a call that sets a handler."""
    body = put_body(notice_type, handler) if sent is None else sent
    return exchange(step, "handlers", "in", f"{LMS}/pns/dep-1", status, method=method, headers=headers, sent=body)


def in_force(step: str, *types: str) -> Event:
    """Forge what is in force at the end of a step."""
    return event("in-force", step, types=list(types))


def keys(*listed: Mapping[str, Any], status: int = 200, body: bytes | None = None) -> Exchange:
    """Forge the fetch of the tool's key set."""
    document = json.dumps({"keys": listed}).encode() if body is None else body
    return exchange("keys", "tool-keys", "out", f"{TOOL}/keys", status, document)


def said(check: str, **records: Any) -> str:
    """Return what a check says: a finding's reason, the remarks of one that passes, or how else it ended."""
    outcome = judge(CHECKS[check], {**({"welcomed": welcomed()} if "welcomed" in CHECKS[check].scenarios else {}),
                                    **records})  # fmt: skip
    if outcome.status == FOUND and outcome.finding:
        return outcome.finding.reason
    if outcome.status == OK:
        return ", ".join((PASSES, *(remark.reason for remark in outcome.remarks)))
    return f"{outcome.status}: {outcome.why.splitlines()[-1]}" if outcome.status == "engine-error" else outcome.status
