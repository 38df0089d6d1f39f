"""How a tool is moved by notices that need a launch, other keys, another deployment or a certain order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from harness.judging.suite import scenario
from harness.subjects.lti_tool_hosting import Hosting
from harness.subjects.lti_tool_records import Hosted
from harness.subjects.lti_tool_target import SECOND
from harness.wire.lti import CONTEXT, DEPLOYMENT_ID
from harness.wire.pns import ORIGIN_CONTEXTS
from harness.wire.pns_forging import Draft
from harness.wire.pns_notices import write_time
from suites.lti_tool.notices import VECTOR, between, elsewhere, right, untold, vector

AHEAD: Final = (1, 30, 60, 120, 180, 300, 600)
"""Seconds by which ``iat`` lies ahead."""
PAST: Final = (1, 30, 60, 120, 180, 300, 600)
"""Seconds for which ``exp`` is past."""


@scenario(packages=0)
async def notified(platform: Hosting) -> Hosted:
    """One notice of a course copy, right in every respect."""
    await untold(platform)
    await platform.send(right(platform), step="sound")
    return platform.seen()


def _launched(platform: Hosting, step: str) -> dict[str, Any]:
    """Return the claims of a launch that was made, as another one of a context that nobody knows."""
    visit = platform.seen().visit(step)
    claims: Mapping[str, Any] = visit.minted.facts["claims"] if visit and visit.minted else {}
    named = claims.get(CONTEXT)
    context = {**(named if isinstance(named, Mapping) else {}), "id": f"crossed-{platform.fresh('context')}"}
    return {**claims, "nonce": platform.fresh("nonce"), CONTEXT: context}


@scenario(packages=0)
async def crossed(platform: Hosting) -> Hosted:
    """The id_token of a launch is posted as a notice, and a notice where launches arrive, with a login and without."""

    async def act() -> None:
        await platform.launch(step="good")
        await platform.launch(step="garbled", mint=lambda draft: replace(draft, text=("turned-signature",)))
        about = platform.about(_launched(platform, "good"))
        await platform.send(vector("N29").make(right(platform), about), step="launch-as-notice", later=True)
        alone, carried = right(platform), right(platform)
        await platform.send(vector("A32").make(alone, about), step="notice-as-launch")
        await platform.look(str(alone.mapping[CONTEXT]["id"]), step="notice-as-launch")
        await platform.launch(step="notice-in-login", mint=lambda draft: _answering(draft, carried))
        await platform.quiet()
        await platform.look(str(carried.mapping[CONTEXT]["id"]), step="notice-in-login")

    return await between(platform, act)


def _answering(launch: Draft, notice: Draft) -> Draft:
    """Return a notice that answers a login: it has the nonce, and a user."""
    return notice.setting(nonce=launch.mapping.get("nonce"), sub=launch.mapping.get("sub"))


@scenario(packages=0, needs=("tool.two-deployments",))
async def deployments(platform: Hosting) -> Hosted:
    """A right notice of the second deployment; who looks at the first one sees nothing of it."""

    async def act() -> None:
        name = platform.target.deployments[1]
        other = right(platform, deployment=name)
        await platform.send(other, step=VECTOR, url=await platform.subscribed(name))
        await elsewhere(platform, other)

    return await between(platform, act)


@scenario(packages=0, needs=("tool.second-platform",))
async def platforms(platform: Hosting) -> Hosted:
    """A right notice of another platform that the tool knows, then each of the two signed by the other one's key."""
    second = {"iss": platform.ours.second["issuer"], DEPLOYMENT_ID: SECOND}

    async def act() -> None:
        await platform.send(replace(right(platform).having(second), signer="other-platform"), step="second")
        await platform.send(replace(right(platform), signer="other-platform"), step="signed-by-second", later=True)
        swapped = replace(right(platform), signer="other-platform", named_as="platform")
        await platform.send(swapped, step="signed-by-second-under-our-kid", later=True)
        await platform.send(right(platform).having(second), step="second-signed-by-us", later=True)

    return await between(platform, act)


@scenario(packages=0)
async def skewed(platform: Hosting) -> Hosted:
    """Notices whose iat lies ahead by more and more, and such whose exp is past by more and more."""

    async def act() -> None:
        for far in AHEAD:
            now = platform.about().seconds
            await platform.send(
                right(platform).setting(iat=now + far, exp=now + far + 600), step=f"ahead-{far}", later=True
            )
        for far in PAST:
            now = platform.about().seconds
            await platform.send(
                right(platform).setting(iat=now - far - 600, exp=now - far), step=f"past-{far}", later=True
            )

    return await between(platform, act)


@scenario(packages=0)
async def bare(platform: Hosting) -> Hosted:
    """A notice with the cookies of a browser that was launched, and one without any."""
    await untold(platform)
    browser = platform.browser()
    await platform.launch(step="launch", browser=browser)
    jar = {name: value for cookies in browser.cookies.values() for name, value in cookies.items()}
    cookie = "; ".join(f"{name}={value}" for name, value in jar.items() if not name.startswith("invigil"))
    headers = (("Cookie", cookie),) if cookie else ()
    await platform.send(right(platform), step="with-session", headers=headers)
    await platform.send(right(platform), step="bare")
    return platform.seen()


@scenario(packages=0)
async def destinations(platform: Hosting) -> Hosted:
    """A copy into a course in which somebody has been, and one into a course where nobody has."""
    await untold(platform)
    launched, never = right(platform), right(platform)
    visited = {CONTEXT: launched.mapping[CONTEXT]}
    await platform.launch(step="visit", mint=lambda draft: draft.having(visited))
    await platform.send(launched, step="visited")
    await platform.send(never, step="never-visited")
    return platform.seen()


@scenario(packages=0)
async def reordered(platform: Hosting) -> Hosted:
    """Two copies into one course, in order; then two into another one, of which the notice of the later comes first."""

    async def act() -> None:
        for first, second in (("first", "second"), ("later", "earlier")):
            pair = two_copies(platform)
            drafts = pair if first == "first" else pair[::-1]
            await platform.send(drafts[0], step=first)
            await platform.send(drafts[1], step=second)
            # The course shows the one effect already: what came of the other one may take its time.
            await platform.until_shown(str(drafts[0].mapping[CONTEXT]["id"]), platform.deployment, 2, step=second)

    return await between(platform, act)


def two_copies(platform: Hosting) -> tuple[Draft, Draft]:
    """Return the notices of an earlier and of a later copy into one course."""
    now, context = platform.driver.clock.now(), right(platform).mapping[CONTEXT]
    earlier, later = (
        right(platform).notice(timestamp=write_time(now - timedelta(seconds=age)))
        .having({CONTEXT: context, ORIGIN_CONTEXTS: [f"{name}-{platform.fresh('origin')}"]})
        for name, age in (("earlier", 300), ("later", 20))
    )  # fmt: skip
    return earlier, later


@scenario(packages=0, alone=True, needs=("stimulus.unsubscribe", "stimulus.subscribe"))
async def removed(platform: Hosting) -> Hosted:
    """A notice for a handler that the tool has taken back, and a right one when it is there again."""

    async def act() -> None:
        address = await platform.subscribed()
        await platform.stimulate("unsubscribe", step="unsubscribe")
        await platform.send(right(platform), step=VECTOR, url=address, setup="remove-handler")
        await platform.stimulate("subscribe", step="subscribe")
        await platform.handler_came(platform.deployment)

    return await between(platform, act)
