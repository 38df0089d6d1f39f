"""How a platform is asked for access tokens: as it should be, and with one thing wrong at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from harness.judging.suite import Case, scenario
from harness.subjects.driver import NotOffered
from harness.subjects.lti_keys import own_key
from harness.subjects.lti_platform_records import Tooled
from harness.subjects.lti_platform_target import DISABLED
from harness.subjects.lti_platform_tooling import Tooling
from harness.wire.jose import read
from harness.wire.jose_forge import compact, hs256_with_public_key, unsigned
from harness.wire.lti_token import token_request
from harness.wire.pns import SCOPE

UNKNOWN_SCOPE = "https://purl.imsglobal.org/spec/lti/scope/invigil-none"
OLD_SCOPE = "https://purl.imsglobal.org/spec/lti-pns/scope/notice"
"""A wrong name of the scope that stands in an old test of a library (observed: packback); nobody grants it."""

LONGER_SCOPE = SCOPE + ".invigil"
SOMEBODY = "invigil-somebody-else"
FAR = timedelta(hours=1)
LONGEST_LIFE = 366 * 86400
"""For how long a token may live so that its end is waited for, in seconds."""


@scenario(packages=0)
async def granted(tool: Tooling) -> Tooled:
    """A token is asked for as it should be, with a second scope that nobody has, and for a grant that there is not."""
    await tool.keys(step="keys")
    await tool.token("token")
    await tool.token("two", scopes=(SCOPE, UNKNOWN_SCOPE))
    await tool.token("refused", pairs=_changed(tool, "grant_type", "password"))
    return tool.seen()


# --- one thing wrong --------------------------------------------------------------------------------------------------

Asking = Callable[[Tooling], Mapping[str, Any]]


def _changed(tool: Tooling, name: str, *values: str) -> tuple[tuple[str, str], ...]:
    """Return a right request with other values for one parameter, or without it."""
    pairs = token_request(tool.assertion(), (SCOPE,))
    return (*(pair for pair in pairs if pair[0] != name), *((name, value) for value in values))


def _form(name: str, *values: str) -> Asking:
    return lambda tool: {"pairs": _changed(tool, name, *values)}


def _claims(**claims: Any) -> Asking:
    return lambda tool: {"assertion": tool.assertion(**claims)}


def _audience(tool: Tooling) -> str:
    return tool.target.audience or tool.target.token_url


def _forged(tool: Tooling, how: str) -> str:
    """Return an assertion that a stranger has made, or changed."""
    own, attacker = tool.driver.tool.keys, tool.driver.tool.attacker
    jws = read(tool.assertion())
    if how == "tampered":
        return compact(jws.header, jws.payload + b" ", lambda data: jws.signature)
    if how == "no-signature":
        return compact(jws.header, jws.payload, lambda data: b"")
    if how == "none":
        return unsigned({"typ": "JWT", "kid": own.kid}, jws.payload)
    if how == "hs256":
        return hs256_with_public_key({"typ": "JWT", "kid": own.kid}, jws.payload, own.public_pem())
    if how == "jwk-in-header":
        return attacker.sign(jws.payload, {"jwk": attacker.public()})
    return attacker.sign(jws.payload, {"kid": own.kid} if how == "foreign-key" else {})


def _forging(how: str) -> Asking:
    return lambda tool: {"assertion": _forged(tool, how)}


ASKING: Mapping[str, Asking] = {
    "aud-elsewhere": _claims(aud="https://invigil.example/other"),
    "aud-longer": lambda tool: {"assertion": tool.assertion(aud=_audience(tool) + "/invigil")},
    "aud-list-elsewhere": _claims(aud=["https://invigil.example/other", "https://invigil.example/third"]),
    "no-aud": _claims(aud=None),
    "expired": _claims(shift=-FAR),
    "tampered": _forging("tampered"),
    "foreign-key": _forging("foreign-key"),
    "unknown-kid": _forging("unknown-kid"),
    "jwk-in-header": _forging("jwk-in-header"),
    "alg-none": _forging("none"),
    "no-signature": _forging("no-signature"),
    "hs256": _forging("hs256"),
    "iss-of-another": _claims(iss=SOMEBODY),
    "sub-of-another": _claims(sub=SOMEBODY),
    "no-jti": _claims(jti=None),
    "no-grant-type": _form("grant_type"),
    "other-grant-type": _form("grant_type", "authorization_code"),
    "no-assertion-type": _form("client_assertion_type"),
    "no-assertion": _form("client_assertion"),
    "assertion-in-words": _form("client_assertion", "invigil"),
    "unknown-client": _claims(iss=SOMEBODY, sub=SOMEBODY),
    "unknown-scope": _form("scope", UNKNOWN_SCOPE),
    "old-scope": _form("scope", OLD_SCOPE),
    "longer-scope": _form("scope", LONGER_SCOPE),
    "no-scope": _form("scope"),
    "empty-scope": _form("scope", ""),
    "by-get": lambda tool: {"method": "GET"},
    "as-json": lambda tool: {"media": "application/json"},
}
"""How a request with one thing wrong is made, by name."""

_ROWS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("aud-elsewhere", "aud-longer", "aud-list-elsewhere", "no-aud"), ("LTI-TOKEN-07",)),
    "expired": ("LTI-TOKEN-08",),
    **dict.fromkeys(
        ("tampered", "foreign-key", "unknown-kid", "jwk-in-header", "alg-none", "no-signature", "hs256"),
        ("LTI-TOKEN-09",),
    ),
    "iss-of-another": ("LTI-TOKEN-10",),
    "sub-of-another": ("LTI-TOKEN-10",),
    "no-jti": ("LTI-TOKEN-11",),
    **dict.fromkeys(("unknown-scope", "old-scope", "longer-scope"), ("LTI-TOKEN-13",)),
    "no-scope": ("LTI-TOKEN-14",),
    "empty-scope": ("LTI-TOKEN-14",),
}
_ALSO: Mapping[str, list[int]] = {"by-get": [404, 405], "as-json": [415]}
"""Statuses beside 400 by which HTTP itself lets a request be refused (RFC 9110, 15.5.5, 15.5.6 and 15.5.16)."""


@scenario(
    cases=[
        Case(name, {"also": _ALSO.get(name, [])}, (*_ROWS.get(name, ()), "LTI-TOKEN-12")) for name in ASKING
    ],
    packages=0,
)  # fmt: skip
async def refusing(tool: Tooling, case: Case) -> Tooled:
    """A token is asked for as it should be, and with one thing wrong."""
    await tool.token("twin")
    how: dict[str, Any] = {**ASKING[case.name](tool)}
    await tool.token("broken", **how)
    return tool.seen()


# --- what else an assertion may be ------------------------------------------------------------------------------------


@scenario(packages=0)
async def asserted(tool: Tooling) -> Tooled:
    """Tokens are asked for by assertions of other legitimate forms, and by one that lacks its end."""
    audience = _audience(tool)
    await tool.token("string", aud=audience)
    await tool.token("array", aud=[audience])
    await tool.token("array-of-two", aud=["https://invigil.example/other", audience])
    more: dict[str, Any] = {"https://invigil.example/claim": {"n": [1, None]}, "name": "invigil"}
    await tool.token("more-claims", **more)
    await tool.token("no-exp", exp=None)
    return tool.seen()


@scenario(packages=0)
async def repeated(tool: Tooling) -> Tooled:
    """An assertion is used twice, and its jti in another one before the first has expired."""
    first = tool.assertion(lifetime=300)
    await tool.token("first", assertion=first)
    await tool.token("again", assertion=first)
    jti = read(first).claims().get("jti")
    await tool.token("same-jti", jti=jti, lifetime=240)
    await tool.token("fresh")
    return tool.seen()


@scenario(packages=0)
async def rekeyed(tool: Tooling) -> Tooled:
    """Our tool publishes a second key and asks for a token with it; afterwards all is as it was."""
    published = tool.driver.published
    if published is None:
        raise NotOffered("our own key set is not served")
    await tool.token("old-key")
    tool.note("fetched", "before", count=published.fetched)
    # Under a name of this run's own: the key lives as long as the process, and the platform may know it from before.
    kept, fresh = list(published.keys), own_key("rotated-tool").with_kid(f"rotated-{tool.token_}")
    published.keys = [*kept, fresh]
    try:
        await tool.token("new-key", key=fresh)
        tool.note("fetched", "after", count=published.fetched)
    finally:
        published.keys = kept
    return tool.seen()


@scenario(packages=0, needs=("lti.disabled-client",))
async def disabled(tool: Tooling) -> Tooled:
    """A token is asked for by a client that is enabled, and by one that is not."""
    await tool.token("enabled")
    await tool.token("disabled", client=DISABLED)
    return tool.seen()


@scenario(alone=True, packages=0, needs=("control", "lti.service"))
async def outlived(tool: Tooling) -> Tooled:
    """A token is used at the handlers service, time moves beyond its life, it is used again, and then a new one."""
    issued = await tool.token("token")
    life = issued.answer.expires_in
    if not issued.granted or life is None:
        raise NotOffered(f"no access token with an end to be waited for ({issued.got})")
    if not 0 <= life <= LONGEST_LIFE:
        raise NotOffered(f"the access token lives for {life:g} seconds, which is not waited for")
    await tool.listed(step="in-time", access=tool.value_of("token"))
    await tool.advance(timedelta(seconds=float(life) + 60))
    await tool.listed(step="too-late", access=tool.value_of("token"))
    await tool.token("new")
    await tool.listed(step="with-new", access=tool.value_of("new") or None)
    return tool.seen()
