"""How a tool uses the services of a platform: it asks for tokens, sets handlers, and meets claims of all kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from harness.judging.suite import scenario
from harness.subjects.lti_tool_hosting import Hosting
from harness.subjects.lti_tool_records import Hosted
from harness.wire.lti import CONTEXT, COURSE_OFFERING, CUSTOM
from harness.wire.pns import TYPES
from harness.wire.pns_forging import Draft
from suites.lti_tool.subscribing import called, claim, subscribe, twin

NEW_TYPES: Final = ("LtiFutureNotice", "https://types.example/another")
QUERY: Final = "?tenant=7&deploymentId=a%20b"
TAIL: Final = "-._~+/" + "x" * 1500 + "=="
"""What ends an odd token: every kind of character that one may have (RFC 6750, 2.1), and as many as some have."""

ODD_TOKEN: Final[Mapping[str, Any]] = {"token-tail": TAIL}

LIFETIME: Final = 3600
"""Seconds for which a token is good that is to be used again (Security Framework 1.0, 4.1: recommended)."""

HISTORY: Final = ("context_history", "context_id_history")
"""What tools call the custom parameter for ``Context.id.history``, of those that are known."""

STATUSES: Final = (400, 401, 403, 404, 500, 503)
_CATALOGUE: Final[Mapping[str, Any]] = {"settings": {"put-answer": "catalogue"}}
_NUMBER: Final[Mapping[str, Any]] = {"client-number": 10000000000267}

SHAPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "catalogue": _CATALOGUE, "further-members": {"extra": True}, "number": _NUMBER,
    "all-at-once": {"extra": True, **_CATALOGUE, **_NUMBER},
}  # fmt: skip
"""How the service answers: with the list to a PUT, with more members, with the client id as a number (Canvas)."""


@scenario(packages=0)
async def asked_for_tokens(platform: Hosting) -> Hosted:
    """Handlers are set while the first token that is shown is called expired, twice; then with a good one, twice."""
    await subscribe(platform, "first", expired="first")
    await subscribe(platform, "second", expired="first", settings={"token-lifetime": LIFETIME})
    await subscribe(platform, "again")
    await subscribe(platform, "odd", expired="first", **ODD_TOKEN)
    await subscribe(platform, "after", expired="first")
    if platform.target.jwks_url:
        await platform.tool_keys(step="keys")
    return platform.seen()


@scenario(packages=0)
async def missed(platform: Hosting) -> Hosted:
    """A launch from a copied course whose notice nobody has delivered; its message tells the history of the course."""
    origin = platform.target.courses[0] if platform.target.courses else "course-1"
    course = {"id": f"copy-{platform.fresh('context')}", "type": [COURSE_OFFERING]}
    history = dict.fromkeys(HISTORY, origin)

    def copied(draft: Draft) -> Draft:
        return draft.having({CONTEXT: course, CUSTOM: {**(draft.mapping.get(CUSTOM) or {}), **history}})

    await platform.launch(step="launch", mint=copied)
    await platform.unmoved(str(course["id"]), step="launch")
    return platform.seen()


@scenario(packages=0)
async def claimed(platform: Hosting) -> Hosted:
    """Launches whose claim has members and types that nobody knows, or no scope, between right ones."""
    await twin(platform, "before")
    known = platform.seen().event("in-force", "before")
    types = [*(known.facts["types"] if known else ()), *NEW_TYPES]
    future = {"future_member": {"a": [1]}, "notice_types_deprecated": ["LtiOldNotice"]}
    await subscribe(platform, "unknown-members", **claim(**future))
    await subscribe(platform, "unknown-types", **claim(notice_types_supported=[NEW_TYPES[0], *types[::-1]]))
    await subscribe(platform, "no-scope", expired="first", **claim(scope=None))
    await subscribe(platform, "after")
    return platform.seen()


@scenario(packages=0)
async def listed(platform: Hosting) -> Hosted:
    """Launches whose claim lists one type, then another one, then both, then more than were known before."""
    await twin(platform, "before")
    known = platform.seen().event("in-force", "before")
    types = list(known.facts["types"]) if known else []
    await subscribe(platform, "one", **claim(notice_types_supported=types[:1]))
    others = types[1:2] or [name for name in TYPES if name not in types][:1]
    await subscribe(platform, "other", due=len(types) > 1, **claim(notice_types_supported=others))
    await subscribe(platform, "narrow", **claim(notice_types_supported=types[:2]))
    await subscribe(platform, "grown", lost=False, **claim(notice_types_supported=[*types[:2], *NEW_TYPES]))
    await subscribe(platform, "grown-and-lost", **claim(notice_types_supported=[*types[:2], *NEW_TYPES]))
    await subscribe(platform, "after")
    return platform.seen()


@scenario(packages=0)
async def queried(platform: Hosting) -> Hosted:
    """A launch whose claim has an address of the service with a query, between right ones."""
    await twin(platform, "before")
    counterpart = platform.driver.counterpart
    url = counterpart.service(platform.where("query"), platform.deployment, QUERY)
    platform.note("service", "query", url=url)
    await subscribe(platform, "query", service=url)
    await subscribe(platform, "after")
    return platform.seen()


@scenario(packages=0, needs=("tool.two-deployments", "stimulus.subscribe"))
async def served_apart(platform: Hosting) -> Hosted:
    """Two deployments with a service each: both are launched, then the owner lets the first one subscribe again."""
    first, second, *_ = platform.target.deployments
    counterpart = platform.driver.counterpart
    await twin(platform, "before", first)
    for step, name in (("first", first), ("second", second)):
        url = counterpart.service(platform.where(f"to-{step}"), name, f"?of={step}")
        await subscribe(platform, step, name, service=url)
    await counterpart.forget_handlers(first)
    await platform.stimulate("subscribe", step="again", deployment=first)
    await platform.until(bool, first)
    await platform.quiet()
    await subscribe(platform, "after", first)
    await subscribe(platform, "after-second", second)
    return platform.seen()


@scenario(packages=0)
async def answered_oddly(platform: Hosting) -> Hosted:
    """The service answers in every shape that was seen, between right ones."""
    await twin(platform, "before")
    for step, values in SHAPES.items():
        await subscribe(platform, step, **values)
    await subscribe(platform, "after")
    return platform.seen()


@scenario(packages=0)
async def failing_service(platform: Hosting) -> Hosted:
    """Launches while the service answers every error, between right ones."""
    await twin(platform, "before")
    for status in STATUSES:
        await platform.driver.counterpart.forget_handlers(platform.deployment)
        platform.arm(str(status), status=status)
        await platform.launch(step=str(status))
        await called(platform, str(status))
    await subscribe(platform, "after")
    return platform.seen()


@scenario(packages=0, needs=("stimulus.unsubscribe",))
async def unsubscribed(platform: Hosting) -> Hosted:
    """The owner lets a tool that has handlers unsubscribe, and subscribe again."""
    await twin(platform, "before")
    await platform.stimulate("unsubscribe", step="unsubscribe")
    await platform.until(lambda found: not found)
    await platform.quiet()
    left = await platform.driver.counterpart.handlers(platform.deployment)
    platform.note("in-force", "unsubscribe", types=sorted(left))
    if "subscribe" in platform.driver.stimuli:
        await platform.stimulate("subscribe", step="after")
    await subscribe(platform, "after", lost=False)
    return platform.seen()
