"""How a tool is launched: rightly, wrongly, by another browser, by parties and deployments of all kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from harness.judging.suite import Case, scenario
from harness.net.handshakes import VERSIONS, shake_hands
from harness.subjects.lti_tool_hosting import Hosting
from harness.subjects.lti_tool_records import Hosted
from harness.wire.binding import join_query
from harness.wire.lti import (
    CONTEXT,
    DEPLOYMENT_ID,
    MESSAGE_TYPE,
    RESOURCE_LINK_CLAIM,
    ROLE_INSTRUCTOR,
    ROLE_LEARNER,
    ROLES,
    TARGET_LINK_URI,
    VERSION_CLAIM,
    C,
)
from harness.wire.pns_forging import Draft

NAMES: Final = ("name", "given_name", "family_name")
TOLD, SIGNED = "invigil-told", "invigil-signed"
HOUR: Final = 3600

Change = Callable[[Draft], Draft]


def garbage(draft: Draft) -> Draft:
    """Return a message that is signed, and whose payload is no JSON."""
    return replace(draft, payload=b"this is no launch")


def _only(draft: Draft, keep: Callable[[str], bool]) -> Draft:
    return replace(draft, claims={name: value for name, value in draft.mapping.items() if keep(name)})


def _without_link_id(draft: Draft) -> Draft:
    link = {name: value for name, value in draft.mapping[RESOURCE_LINK_CLAIM].items() if name != "id"}
    return draft.having({RESOURCE_LINK_CLAIM: {"title": "An exercise", **link}})


def _long_ago(draft: Draft) -> Draft:
    now = int(draft.mapping["iat"])
    return draft.setting(iat=now - 3 * HOUR, exp=now - 2 * HOUR)


BAD: Final[Mapping[str, Change]] = {
    "no-kid": lambda draft: replace(draft, without=("kid",)),
    "wrong-kid": lambda draft: replace(draft, header={"kid": "a-key-of-nobody"}),
    "wrong-version": lambda draft: draft.having({VERSION_CLAIM: "11.3"}),
    "no-version": lambda draft: draft.lacking(VERSION_CLAIM),
    "not-lti": lambda draft: replace(draft, claims={"name": "bad launch"}),
    "missing-claims": lambda draft: _only(draft, lambda name: not name.startswith(C)),
    "bad-times": _long_ago,
    "no-message-type": lambda draft: draft.lacking(MESSAGE_TYPE),
    "no-roles": lambda draft: draft.lacking(ROLES),
    "no-deployment-id": lambda draft: draft.lacking(DEPLOYMENT_ID),
    "no-resource-link-id": _without_link_id,
    "no-sub": lambda draft: draft.lacking("sub"),
}
"""The bad launches that a tool has to refuse (LTI Advantage Conformance Certification Guide 1.3, 6.1.1)."""

GOOD: Final[Mapping[str, Change]] = {
    "several-roles": lambda draft: draft.having({ROLES: [ROLE_INSTRUCTOR, ROLE_LEARNER]}),
    "short-role": lambda draft: draft.having({ROLES: ["Instructor"]}),
    "unknown-role": lambda draft: draft.having({ROLES: ["https://roles.example/unknown"]}),
    "no-role": lambda draft: draft.having({ROLES: []}),
    "email-only": lambda draft: draft.lacking(*NAMES),
    "names-only": lambda draft: draft.lacking("email"),
    "no-personal-data": lambda draft: draft.lacking(*NAMES, "email"),
    "no-context": lambda draft: draft.lacking(CONTEXT),
}
"""The good launches that a tool has to accept (LTI Advantage Conformance Certification Guide 1.3, 6.1.2, 6.1.3)."""

FORGED: Final[Mapping[str, Change]] = {
    "tampered": lambda draft: replace(draft, shown={**draft.mapping, "sub": "somebody-else"}),
    "unsigned": lambda draft: replace(draft, signer="none", named_as="platform"),
    "attacker": lambda draft: replace(draft, signer="attacker", named_as="platform"),
    "wrong-iss": lambda draft: draft.setting(iss="https://unknown-platform.example"),
    "wrong-aud": lambda draft: draft.setting(aud="another-client"),
    "wrong-nonce": lambda draft: draft.setting(nonce="a-nonce-of-nobody"),
}
"""Launches that nobody may trust, though the guide does not list them (Security Framework 1.0, 5.1.3)."""


@scenario(packages=0)
async def welcomed(platform: Hosting) -> Hosted:
    """Launches that begin by GET and by POST, one whose message is garbage, and a right one again."""
    await platform.launch(step="get")
    await platform.launch(step="post", method="POST")
    await platform.launch(step="garbage", mint=garbage)
    await platform.launch(step="again")
    await platform.quiet()
    return platform.seen()


@scenario(cases=[Case(name, {"name": name}) for name in BAD], packages=0)
async def bad_launch(platform: Hosting, case: Case) -> Hosted:
    """A launch that is bad in the way of the case, and a right one after it."""
    await platform.launch(step="bad", mint=BAD[case.name])
    await platform.launch(step="after")
    await platform.quiet()
    return platform.seen()


@scenario(cases=[Case(name, {"name": name}) for name in GOOD], packages=0)
async def good_launch(platform: Hosting, case: Case) -> Hosted:
    """A launch that is good in the way of the case."""
    await platform.launch(step="good", mint=GOOD[case.name])
    await platform.quiet()
    return platform.seen()


@scenario(packages=0)
async def forged_launches(platform: Hosting) -> Hosted:
    """Launches that nobody may trust, and a right one after them."""
    for name, change in FORGED.items():
        await platform.launch(step=name, mint=change)
    await platform.launch(step="after")
    await platform.quiet()
    return platform.seen()


@scenario(packages=0)
async def foreign_state(platform: Hosting) -> Hosted:
    """Somebody else's answer is brought by a browser without cookies, and by one that has launched before."""
    stranger = platform.browser("own")
    await platform.launch(step="own", browser=stranger)
    await platform.launch(step="no-cookie", foreign=True)
    await platform.launch(step="other-cookie", foreign=stranger)
    await platform.launch(step="after")
    await platform.quiet()
    return platform.seen()


@scenario(packages=0)
async def unknown_party(platform: Hosting) -> Hosted:
    """Logins by an issuer and for a client that the tool does not know, and a right one after them."""
    await platform.launch(step="issuer", initiation=lambda one: replace(one, iss="https://unknown-platform.example"))
    await platform.launch(step="client", initiation=lambda one: replace(one, client_id="a-client-of-nobody"))
    await platform.launch(step="after")
    await platform.quiet()
    return platform.seen()


@scenario(packages=0, needs=("tool.two-deployments",))
async def deployed_twice(platform: Hosting) -> Hosted:
    """Launches of two deployments of one client, by turns."""
    first, second, *_ = platform.target.deployments
    for step, name in (("first", first), ("second", second), ("first-again", first), ("second-again", second)):
        await platform.launch(step=step, deployment=name)
    await platform.quiet()
    return platform.seen()


def _marked(url: Any, mark: str) -> str:
    return join_query(str(url), f"launch={mark}")


@scenario(packages=0)
async def retargeted(platform: Hosting) -> Hosted:
    """A launch whose initiation names another target than the signed message."""
    await platform.launch(
        step="targets",
        initiation=lambda one: replace(one, target_link_uri=_marked(one.target_link_uri, TOLD)),
        mint=lambda draft: draft.having({TARGET_LINK_URI: _marked(draft.mapping[TARGET_LINK_URI], SIGNED)}),
    )
    await platform.launch(step="after")
    await platform.quiet()
    return platform.seen()


@scenario(packages=0, needs=("tool.jwks",))
async def own_keys(platform: Hosting) -> Hosted:
    """The tool's key set is fetched."""
    await platform.tool_keys(step="keys")
    return platform.seen()


@scenario(packages=0)
async def shaken(platform: Hosting) -> Hosted:
    """Each endpoint of the tool is offered one version of TLS after the other; nothing is sent there."""
    target = platform.target
    addresses = [("login", target.login_url), ("keys", target.jwks_url), ("registration", target.registration_url)]
    addresses += [("launch", url) for url in target.redirect_urls]
    handlers = await platform.driver.counterpart.handlers(platform.deployment)
    addresses += [("handler", url) for url in (target.handler, *(url for url, _ in handlers.values()))]
    done: set[str] = set()
    for name, url in addresses:
        place = "/".join(url.split("/", 3)[:3])
        if url and place not in done:
            done.add(place)
            tries = [await shake_hands(url, version, platform.driver.patience.answer) for version in VERSIONS]
            platform.note("handshakes", name, url=place, tries=[asdict(one) for one in tries])
    return platform.seen()
