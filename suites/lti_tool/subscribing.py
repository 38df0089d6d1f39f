"""How a tool is brought to look after its handlers: by a launch, or by the stimulus that its owner has configured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from harness.net.patience import pause, within
from harness.subjects.counterpart import Invitation
from harness.subjects.driver import NotOffered
from harness.subjects.lti_tool_hosting import Hosting
from harness.subjects.lti_tool_target import STIMULUS
from harness.wire.lti_login import Initiation
from harness.wire.pns_forging import Draft

LOOKS: Final = 8
"""How often at most a tool other than our mock is looked at, until it has asked for something."""

PAUSE: Final = 0.5


async def subscribe(
    platform: Hosting, step: str, deployment: str = "", *, lost: bool = True, due: bool = True, **values: Any
) -> bool:
    """Launch while our platform behaves as ``values`` say; return whether a handler is in force afterwards.

    With ``lost`` the platform has lost all handlers before, so that each of them is set anew. Nothing is waited for
    that is not ``due``. The owner's stimulus is given where launches alone have never been enough in this scenario.
    What is in force is kept as the event ``in-force``.
    """
    name, counterpart = deployment or platform.deployment, platform.driver.counterpart
    if lost:
        await counterpart.forget_handlers(name)
    platform.arm(step, **values)
    await platform.launch(step=step, deployment=name)
    if not due:
        await called(platform, step)
    elif not await platform.until(bool, name) and "subscribe" in platform.driver.stimuli and not _sets_alone(platform):
        await platform.stimulate("subscribe", step=step, deployment=name)
        await platform.until(bool, name)
    await platform.quiet()
    found = await counterpart.handlers(name)
    platform.note("in-force", step, types=sorted(found), deployment=name)
    platform.arm()
    return bool(found)


def _sets_alone(platform: Hosting) -> bool:
    """Whether the tool has set a handler at a launch of this scenario, without a stimulus."""
    happened = platform.seen().happened
    moved = {event.step for event in happened if event.name == STIMULUS}
    return any(e.name == "in-force" and e.facts["types"] and e.step not in moved for e in happened)


async def twin(platform: Hosting, step: str, deployment: str = "") -> None:
    """Let the tool set its handlers at a platform that does nothing unusual; `NotOffered` when it sets none."""
    if not await subscribe(platform, step, deployment):
        raise NotOffered("the tool sets no handler at a launch; let it by [stimuli] subscribe")


async def called(platform: Hosting, step: str) -> None:
    """Wait until the tool has used our handlers service at a step, or for a while."""
    driver = platform.driver
    for _ in range(1 if driver.mock else LOOKS):
        if driver.mock:
            await within(driver.patience.callback, driver.mock.quiesce())
        if any(one.step == step for one in platform.seen().settings):
            break
        if not driver.mock:
            await pause(min(PAUSE, driver.patience.callback / LOOKS))
    await platform.quiet()


async def join(platform: Hosting, step: str, **values: Any) -> Invitation:
    """Let the tool register itself by an issuer that it does not know, at a platform that behaves as values say."""
    counterpart = platform.driver.counterpart
    platform.arm(step, **values)
    found = await counterpart.invite(platform.where(step), platform.target.registration_url)
    platform.note("invited", step, issuer=found.issuer)
    if "register" in platform.driver.stimuli:
        await platform.stimulate("register", step=step, url=found.url)
    else:
        await platform.browser(step).open(found.url)
    await platform.quiet()
    platform.note("joined", step, client_id=found.client_id, deployment=found.deployment)
    platform.arm()
    return found


async def launch_joined(platform: Hosting, found: Invitation, step: str, **values: Any) -> None:
    """Launch the tool by the registration that it has made itself, if it has, and wait for what it asks for."""
    if not found.deployment:
        return
    platform.arm(step, **values)
    await platform.launch(
        step=step, deployment=found.deployment, initiation=_begun_by(found.issuer), mint=_minted_by(found.issuer)
    )
    await called(platform, step)
    platform.note("in-force", step, types=sorted(await platform.driver.counterpart.handlers(found.deployment)))
    platform.arm()


def _begun_by(issuer: str) -> Callable[[Initiation], Initiation]:
    return lambda begun: replace(begun, iss=issuer)


def _minted_by(issuer: str) -> Callable[[Draft], Draft]:
    return lambda draft: draft.setting(iss=issuer)


def claim(**members: Any) -> Mapping[str, Any]:
    """Return what `Hosting.arm` is told to have members of the claim changed; None leaves one out."""
    return {"claim": members}
