"""How a platform is moved to send notices: by which stimulus which type comes, and to which handler."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.judging.expect import control
from harness.net.patience import within
from harness.subjects.driver import NotOffered
from harness.subjects.lti_platform_records import Told, Tooled
from harness.subjects.lti_platform_target import OTHER, OURS
from harness.subjects.lti_platform_tooling import Tooling
from harness.wire.pns import CONTEXT_COPY, CONTRIBUTION, HELLO_WORLD, SUBMISSION


@dataclass(frozen=True, slots=True)
class Kind:
    """A notice type that can be provoked: the name of its handler, the stimulus, and the type."""

    name: str
    stimulus: str
    type: str


COPIED = Kind("copied", "copy", CONTEXT_COPY)
GREETED = Kind("greeted", "hello", HELLO_WORLD)
SUBMITTED = Kind("submitted", "submit", SUBMISSION)
CONTRIBUTED = Kind("contributed", "contribute", CONTRIBUTION)

KINDS: Final = (COPIED, GREETED, SUBMITTED, CONTRIBUTED)
EASIEST: Final = (GREETED, COPIED, SUBMITTED, CONTRIBUTED)
"""Those first that move a real platform least."""

SHARED: Final = (COPIED, SUBMITTED, CONTRIBUTED)
"""Those of which one event concerns every deployment."""

PROVOKED = "provoked"
SECOND = 1.0
"""By so much an answer's ``Date`` and a timestamp without fraction tell less than the time, in seconds."""


async def chosen(tool: Tooling, kinds: Sequence[Kind] = EASIEST) -> Kind:
    """Return the first type that is offered and can be provoked; `NotOffered` when there is none."""
    types = (await tool.offered())["types"]
    for kind in kinds:
        if kind.type in types and can_provoke(tool, kind):
            tool.note("chosen", type=kind.type)
            return kind
    raise NotOffered("not configured: " + " or ".join(f"stimulus.{kind.stimulus}" for kind in kinds))


def can_provoke(tool: Tooling, kind: Kind) -> bool:
    """Whether somebody is there to provoke a type."""
    return kind.stimulus in tool.driver.stimuli


async def subscribe(
    tool: Tooling, kind: Kind, address: str, *, step: str, deployment: str = "", client: str = OURS,
    size: int | None = None,
) -> bool:  # fmt: skip
    """Set the handler of a type in a deployment; return whether it was taken."""
    url = await tool.service(deployment, client=client)
    done = await tool.put(kind.type, address, step=step, size=size, url=url, access=await tool.access(client))
    tool.note("handler", step, address=address, type=kind.type, deployment=deployment, client=client)
    return done.taken


async def provoke(
    tool: Tooling, kind: Kind, *, step: str, to: Sequence[str] = (), **values: str
) -> Mapping[str, Any] | None:  # fmt: skip
    """Let somebody do what a platform tells of, and wait until each of these handlers was told of one more.

    Return what was told of it, None when it could not be done.
    """
    before = {name: tool.hooks[name].notices for name in to}
    named = {name: values[name] for name in ("title", "label") if values.get(name)}
    tool.note(PROVOKED, step, now=tool.now_seconds(), **named)
    try:
        done = await tool.stimulate(kind.stimulus, step=step, **values)
    except NotOffered:
        return None
    for name, count in before.items():
        await tool.arrived(name, count + 1)
    return done


async def provoke_both(tool: Tooling, kind: Kind, first: str, second: str, *, step: str) -> None:
    """Let something happen of which two deployments are told; a greeting is sent to each by itself."""
    if kind is not GREETED:
        await provoke(tool, kind, step=step, to=(first, second))
        return
    await provoke(tool, kind, step=step, to=(first,))
    await provoke(tool, kind, step=f"{step}-other", to=(second,), deployment=tool.target.other_deployment)


async def provoke_each(tool: Tooling, kind: Kind, *, step: str) -> None:
    """Let something happen of which two deployments are told, and do not wait for what comes of it."""
    await provoke(tool, kind, step=step)
    if kind is GREETED:
        await provoke(tool, kind, step=f"{step}-other", deployment=tool.target.other_deployment)


async def told_soon(tool: Tooling, name: str, notices: int) -> None:
    """Wait until a handler has been told of so many, whatever else is still under way."""
    await within(tool.driver.patience.callback, tool.hooks[name].told(notices))


async def unsubscribe_other(tool: Tooling, kind: Kind, *, step: str) -> None:
    """Remove the handler of the other client's deployment, which is not cleaned up by itself."""
    url = await tool.service(client=OTHER)
    await tool.put(kind.type, "", step=step, url=url, access=await tool.access(OTHER))


# --- what a check asks of a record --------------------------------------------------------------------------------


def came_to(record: Tooled, step: str) -> tuple[Told, ...]:
    """Return the notices that came to a handler; nothing can be said when there are none."""
    found = record.told_to(step)
    control(found, f"a notice comes to the handler {step!r}")
    return found


def since(record: Tooled, step: str, name: str) -> tuple[Told, ...]:
    """Return the notices that came to a handler from the moment on at which something was provoked in a step."""
    begun = min((event.seq for event in record.happened if event.step == step), default=-1)
    return tuple(told for told in record.told_to(name) if told.exchange.seq > begun)


def lately(record: Tooled, step: str, told: Iterable[Told]) -> tuple[Told, ...]:
    """Return those notices whose event is not older than what was provoked in a step.

    What had happened before may still be under way, of other courses too; that it comes late accuses nobody.
    """
    event = next((one for one in record.happened if one.name == PROVOKED and one.step == step), None)
    begun = float(event.facts.get("now", 0)) - SECOND if event else 0.0
    return tuple(one for one in told if one.notice.timestamp is None or one.notice.timestamp.timestamp() >= begun)


def registered(record: Tooled, step: str) -> Mapping[str, Any]:
    """Return what was set in a step: address, type, deployment, client."""
    event = record.event("handler", step)
    return event.facts if event else {}


def target_of(record: Tooled) -> Mapping[str, Any]:
    """Return the platform as it was configured."""
    found: Mapping[str, Any] = record.case["target"]
    return found
