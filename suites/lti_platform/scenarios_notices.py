"""How a platform is moved to send notices of every type, many at once, and one event to several."""

from __future__ import annotations

from harness.judging.suite import scenario
from harness.subjects.lti_platform_hooks import NoticeHook
from harness.subjects.lti_platform_records import Tooled
from harness.subjects.lti_platform_target import OTHER
from harness.subjects.lti_platform_tooling import Tooling
from harness.wire.pns_assets import ASSET_SCOPE, ASSET_SERVICE
from suites.lti_platform.provoking import (
    COPIED,
    EASIEST,
    KINDS,
    SHARED,
    SUBMITTED,
    Kind,
    can_provoke,
    chosen,
    provoke,
    subscribe,
    unsubscribe_other,
)

LIMIT, MANY = 10, 25
QUERY = "?tool=invigil&of=a%20b"
OTHERS = 3
"""Notices of other courses that are let pass while our own is waited for."""

FETCHED = 3
"""Files of a submission that are downloaded, at most."""


@scenario(packages=0, needs=("lti.service",))
async def told(tool: Tooling) -> Tooled:
    """Each notice type that can be had is given a handler of its own and provoked; then one handler is removed again.

    A course is copied, and our tool launched from both; files are handed in, and their notice asked for again.
    """
    await chosen(tool)
    await tool.keys(step="keys")
    astray = NoticeHook(tool.where("astray"))
    for name in ("*", "copied/*"):
        tool.driver.host.mount(f"tool/notices/{tool.token_}/{name}", astray)
    types = (await tool.offered())["types"]
    kinds = [kind for kind in KINDS if kind.type in types and can_provoke(tool, kind)]
    for kind in list(kinds):
        address = tool.handler(kind.name, query=QUERY if kind is COPIED else "")
        if not await subscribe(tool, kind, address, step=f"put-{kind.name}"):
            kinds.remove(kind)
            continue
        await _provoke(tool, kind)
        tool.note("came", kind.name, now=tool.now_seconds())
    removed = next((kind for kind in EASIEST if kind in kinds), None)
    if removed:
        await tool.put(removed.type, "", step=f"remove-{removed.name}")
        await provoke(tool, removed, step=f"after-{removed.name}")
        await tool.quiet()
    return tool.seen()


async def _provoke(tool: Tooling, kind: Kind) -> None:
    if kind is COPIED:
        await _copy(tool)
    elif kind is SUBMITTED:
        await _submit(tool)
    else:
        await provoke(tool, kind, step=f"provoke-{kind.name}", to=(kind.name,))


async def _copy(tool: Tooling) -> None:
    """Copy the course that a launch came from, and launch from the copy, if anybody can launch."""
    origin = next(iter(tool.target.courses), "")
    launches = "launch" in tool.driver.stimuli
    if launches:
        found = await tool.launch(step="from-origin", course=origin)
        origin = found.launch.context_id or origin
    name = tool.own("copy")
    values = {"from": origin, "title": name, "label": name}
    done = await provoke(tool, COPIED, step="provoke-copied", to=("copied",), **values)
    await _ours_comes(tool, {name, str((done or {}).get("destination") or name)})
    if launches and done is not None:
        await tool.launch(step="from-copy", course=str(done.get("destination") or name))


async def _ours_comes(tool: Tooling, names: set[str]) -> None:
    """Wait on while what came is of other courses, as long as anything is waited for."""
    if tool.driver.control is not None:
        return
    for number in range(1, OTHERS + 1):
        contexts = [one.notice.context or {} for one in tool.seen().told_to("copied")]
        known = any(names & {str(context.get(key)) for key in ("id", "title", "label")} for context in contexts)
        named = all(context.get("title") or context.get("label") for context in contexts)
        if known or not contexts or not named or tool.hooks["copied"].notices < number:
            return
        await tool.arrived("copied", tool.hooks["copied"].notices + 1)


async def _submit(tool: Tooling) -> None:
    """Hand in two files, download what the notice lists, and let the notice be sent again."""
    done = await provoke(tool, SUBMITTED, step="provoke-submitted", to=("submitted",), files="2")
    came = tool.seen().told_to("submitted")
    service = came[0].token.claims.get(ASSET_SERVICE) if came else None
    assets = service.get("assets") if isinstance(service, dict) else None
    await tool.token("asset-token", scopes=(ASSET_SCOPE,))
    access = tool.value_of("asset-token")
    for number, asset in enumerate(assets[:FETCHED] if isinstance(assets, list) and access else ()):
        url = asset.get("url") if isinstance(asset, dict) else None
        if isinstance(url, str):
            await tool.fetch(url, "asset", step=f"asset-{number}", headers=(("Authorization", f"Bearer {access}"),))
    if done and done.get("submission"):
        again = str(done["submission"])
        await provoke(tool, SUBMITTED, step="provoke-again", to=("submitted",), submission=again)


@scenario(packages=0, needs=("lti.service", "stimulus.copy-bulk"))
async def bulk(tool: Tooling) -> Tooled:
    """A handler that takes ten notices at a time, and twenty-five copies in one go."""
    kind = Kind("bulk", "copy-bulk", COPIED.type)
    await chosen(tool, (kind,))
    await subscribe(tool, kind, tool.handler("bulk"), step="put-bulk", size=LIMIT)
    await provoke(tool, kind, step="provoke-bulk", count=str(MANY))
    await tool.arrived("bulk", MANY)
    await tool.quiet("bulk")
    return tool.seen()


@scenario(packages=0, needs=("lti.service", "lti.other-deployment"))
async def apart(tool: Tooling) -> Tooled:
    """One event of which two deployments of ours are told, and one of another client."""
    kind = await chosen(tool, SHARED)
    await subscribe(tool, kind, tool.handler("first"), step="put-first")
    second = tool.target.other_deployment
    await subscribe(tool, kind, tool.handler("second"), step="put-second", deployment=second)
    has_other = "lti.other-client" in tool.driver.offers
    try:
        if has_other:
            await subscribe(tool, kind, tool.handler("third"), step="put-third", client=OTHER)
        await provoke(tool, kind, step="provoke", to=("first", "second", *(("third",) if has_other else ())))
    finally:
        if has_other:
            await unsubscribe_other(tool, kind, step="remove-third")
    return tool.seen()


@scenario(packages=0, needs=("lti.service", "stimulus.copy-import"))
async def imported(tool: Tooling) -> Tooled:
    """A course that is filled from a file, so that nobody knows where it came from."""
    kind = Kind("imported", "copy-import", COPIED.type)
    await chosen(tool, (kind,))
    await subscribe(tool, kind, tool.handler("imported"), step="put-imported")
    await provoke(tool, kind, step="provoke-imported", to=("imported",))
    return tool.seen()


@scenario(packages=0, needs=("lti.service", "stimulus.rotate-keys"))
async def rotated(tool: Tooling) -> Tooled:
    """A notice, a rotation of the platform's keys with an overlap, and another notice; the key set after each."""
    kind = await chosen(tool)
    await subscribe(tool, kind, tool.handler("signed"), step="put-signed")
    await provoke(tool, kind, step="before", to=("signed",))
    await tool.keys(step="keys-before")
    await tool.stimulate("rotate-keys", step="rotate-keys", overlap="true")
    await tool.keys(step="keys-after")
    await provoke(tool, kind, step="after", to=("signed",))
    await tool.keys(step="keys-later")
    return tool.seen()
