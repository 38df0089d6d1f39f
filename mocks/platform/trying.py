"""The triggers of a served platform that are no acts of its people: each tells what came of it, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from harness.net.patience import within
from harness.wire.pns import CONTEXT_COPY, CONTRIBUTION, HELLO_WORLD, SUBMISSION
from harness.wire.pns_notices import write_time
from mocks.control.controlled import FAILED, TriggerOutcome
from mocks.platform import enrolling, happening, trials
from mocks.platform.acts import ActError
from mocks.platform.domain import COURSES, DEPLOYMENTS, HANDLERS, REGISTRATIONS, Course, Deployment, Registration
from mocks.platform.people import person_of
from mocks.platform.telling import outcome

if TYPE_CHECKING:
    from mocks.platform.controlled import PlatformControlled
    from mocks.platform.platform import Platform

Json = Mapping[str, Any]
SETTLING: Final = 15.0
"""For how long, in seconds, a trigger waits for the deliveries that it has caused."""

NOTICES: Final[Mapping[str, str]] = {
    "hello-world": HELLO_WORLD, "context-copy": CONTEXT_COPY, "submission": SUBMISSION, "contribution": CONTRIBUTION,
}  # fmt: skip
"""Notice types as people call them."""

_TEXT: Final[Json] = {"type": "string", "minLength": 1}
_TEXTS: Final[Json] = {"type": ["array", "string"], "items": {"type": "string"}, "minItems": 1}
TOOL: Final[Json] = {
    **dict.fromkeys(("login_url", "target_link_uri", "jwks_url", "client_id", "name", "domain", "icon"), _TEXT),
    **dict.fromkeys(("redirect_urls", "scopes", "secondary_domains"), _TEXTS),
    **{name: {"type": "object"} for name in ("jwks", "custom")},
    **{name: {"type": "boolean"} for name in ("enabled", "pns")},
}
"""The members of a registration, as a file has them too."""

_TRUTHS, _LISTS = ("enabled", "pns", "org_unit_information"), ("notice_types", "shared", "scopes")


def text_of(value: Any) -> str:
    """Return a value as acts take it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _list_of(value: Any) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else list(value)


async def course_copy(controlled: PlatformControlled, values: Json) -> TriggerOutcome:
    """Copy a course (by id or label; ``from none``: from an unknown one) into a new one or into an existing one."""
    platform, count = controlled.platform, int(values.get("count", 1))
    origin = await _origin(platform, str(values.get("from", "")))
    after = controlled.events.last
    way = str(values.get("way") or ("bulk" if count > 1 else "manual"))
    if count > 1:
        if values.get("to") or not origin:
            raise ActError(f"count: {count} copies make new courses of a known one; leave to out, and name from")
        made = [one.course for one in await happening.copy_many(platform, origin, count, way=way)]
    else:
        names = ("to", "title", "label", "description")
        done = await happening.copy_course(
            platform, origin, **{name: str(values.get(name, "")) for name in names}, way=way
        )
        made = [done.course]
    facts: dict[str, Any] = {"origin": origin, "destination": made[0].id, "label": made[0].label}
    facts |= {"title": made[0].title}
    facts |= {"destinations": [one.id for one in made]} if count > 1 else {}
    what = f"{await _label(platform, origin)} copied to {made[0].label}" + (f" and {count - 1} more" * (count > 1))
    return await _told(controlled, after, CONTEXT_COPY, what, facts)


async def _origin(platform: Platform, name: str) -> str:
    if name == "none":
        return ""
    async with platform.store.transaction() as tx:
        return (happening.course_by(tx, name, "from") if name else happening.first_course(tx)).id


async def _label(platform: Platform, course: str) -> str:
    async with platform.store.transaction() as tx:
        found: Course | None = tx.get(COURSES, course)
    return found.label if found else "an unknown course"


async def notice(controlled: PlatformControlled, values: Json) -> TriggerOutcome:
    """Let that happen which a notice tells of: hello-world, context-copy, submission or contribution."""
    platform, type_ = controlled.platform, str(values["type"])
    count, deployment = int(values.get("count", 1)), str(values.get("deployment", ""))
    course = str(values.get("course", ""))
    if deployment and type_ != "hello-world":
        raise ActError(f"deployment: only hello-world goes to one alone, {type_} to all that share the course")
    if deployment:
        await _existing(platform, deployment)
    if values.get("trial"):
        await _arm(controlled, str(values["trial"]), 1, deployment)
    after, learner = controlled.events.last, person_of(platform, "learner")
    if type_ == "context-copy":
        return await course_copy(controlled, {"from": course, "count": count})
    if type_ == "hello-world":
        await happening.hello(platform, deployment, count=count)
    for _ in range(count if type_ != "hello-world" else 0):
        happens = happening.submit if type_ == "submission" else happening.contribute
        await happens(platform, course, user=learner)
    what = f"{type_}" + (f", {count} times" * (count != 1))
    return await _told(controlled, after, NOTICES[type_], what, {})


async def _existing(platform: Platform, deployment: str) -> Deployment:
    async with platform.store.transaction() as tx:
        found: Deployment | None = tx.get(DEPLOYMENTS, deployment)
        known = ", ".join(list(tx.keys(DEPLOYMENTS))[:8]) or "none"
    if found is None:
        raise ActError(f"deployment: there is no {deployment!r:.80}; there are {known}")
    return found


async def _told(
    controlled: PlatformControlled, after: int, type_: str, what: str, facts: Mapping[str, Any]
) -> TriggerOutcome:
    """Wait for the deliveries, and tell what came of them or why there was none."""
    await within(SETTLING, controlled.platform.outbox.quiesce())
    heard = [one.facts for one in controlled.events.after(after, 1000) if one.name == "notice"]
    sent = [one for one in heard if one.get("type") == type_]
    listed = [{name: one.get(name) for name in ("to", "status", "ms", "count", "error")} for one in sent]
    if not sent:
        why = await nobody(controlled.platform, type_)
        return TriggerOutcome(FAILED if why else "succeeded", f"{what}; {why or 'its notice is not out yet'}", facts)
    lines = "; ".join(f"{_notices(one.get('count'))} to {one.get('to')}: {outcome(one)}" for one in sent[:3])
    more = f" and {len(sent) - 3} more messages" if len(sent) > 3 else ""
    return TriggerOutcome(output=f"{what}; {lines}{more}", facts={**facts, "sent": listed[:100]})


def _notices(count: Any) -> str:
    return "1 notice" if count == 1 else f"{count} notices"


async def nobody(platform: Platform, type_: str) -> str:
    """Return why nobody is told of notices of a type, or nothing when somebody is."""
    async with platform.store.transaction() as tx:
        deployments: Sequence[Deployment] = tx.rows(DEPLOYMENTS)
        reasons = [_silence(platform, tx, one, type_) for one in deployments]
    if not deployments:
        return "nobody is told: no tool is registered; try `invigil trigger handler URL` with your handler's address"
    return "" if not all(reasons) else f"nobody is told: {'; '.join(reasons[:4])}"


def _silence(platform: Platform, tx: Any, deployment: Deployment, type_: str) -> str:
    registration: Registration = tx.get(REGISTRATIONS, deployment.client_id)
    behaviour, name = platform.behaviour(deployment.client_id, "notice"), f"deployment {deployment.id}"
    if not behaviour.is_on(registration, deployment):
        return f"{name} or its registration is not enabled"
    if not behaviour.on_at_registration(registration):
        return f"the notification service is off, or its scope not granted, at client {registration.client_id}"
    if not behaviour.on_at_deployment(deployment):
        return f"the notification service is off at {name}"
    if type_ not in behaviour.types_of(registration, deployment):
        return f"{type_} is off at {name}"
    if tx.get(f"{HANDLERS}/{deployment.id}", type_) is None:
        return f"{name} has no handler for {type_}"
    return f"the course is not shared with {name}" if deployment.shared is not None else ""


async def delivery(controlled: PlatformControlled, values: Json) -> TriggerOutcome:
    """Let the next deliveries, or the next answers of the key set, go as a trial says; ``none`` takes all back."""
    times, trial = int(values.get("times", 1)), str(values["trial"])
    if trial == "none":
        return TriggerOutcome(output=f"{trials.disarm(controlled.platform)} taken back")
    what = await _arm(controlled, trial, times, str(values.get("deployment", "")))
    return TriggerOutcome(output=f"for the next {times}: {what}")


async def _arm(controlled: PlatformControlled, trial: str, times: int, deployment: str) -> str:
    """Arm a trial; return what it does."""
    try:
        if trial in trials.KEY_TRIALS:
            return trials.KEY_TRIALS[trials.arm_keys(controlled.platform, trial, times).name]
        if deployment:
            await _existing(controlled.platform, deployment)
        return trials.TRIALS[trials.arm_trial(controlled.platform, trial, times, deployment).name].sentence
    except trials.TrialError as problem:
        raise ActError(str(problem)) from None


async def handler(controlled: PlatformControlled, values: Json) -> TriggerOutcome:
    """Set the handler of notice types as a tool would by PUT; without a registration one is made that has it alone."""
    size = values.get("max_batch_size")
    deployment, types = await enrolling.subscribe(
        controlled.platform, str(values["url"]), _list_of(values.get("types", [])), str(values.get("deployment", "")),
        None if size is None else int(size),
    )  # fmt: skip
    facts = {
        "client_id": deployment.client_id, "deployment_id": deployment.id, "types": list(types),
        "issuer": controlled.platform.issuer, "keys_url": controlled.platform.keys_url,
    }  # fmt: skip
    what = f"{len(types)} notice types go to {values['url']}"
    return TriggerOutcome(output=what, facts={**facts, "next": COPY})


COPY: Final = "invigil trigger course-copy --from BIO-101 --to BIO-101-SPRING --title 'Été 2026'"
"""The command that lets the first notice come."""


async def register_tool(controlled: PlatformControlled, values: Json) -> TriggerOutcome:
    """Register a tool by its members, as `--tool-registration FILE` does; one that is known keeps its client id."""
    lists = {key: _list_of(values[key]) for key in ("redirect_urls", "scopes", "secondary_domains") if key in values}
    registration, deployments = await enrolling.enrol(controlled.platform, {**values, **lists})
    facts = enrolling.facts_of(controlled.platform, registration, deployments)
    return TriggerOutcome(output=f"{registration.name} is client {registration.client_id}", facts=facts)


async def invitation(controlled: PlatformControlled, values: Json) -> TriggerOutcome:
    """Return an address at which one tool may register itself (dynamic registration)."""
    url = await enrolling.invitation(controlled.platform)
    return TriggerOutcome(output=f"good once: {url}", facts={"url": url}, shows_secrets=True)


async def change(controlled: PlatformControlled, values: Json) -> TriggerOutcome:
    """Change switches of a registration (``client_id``) or of a ``deployment``; what is not named stays as it is."""
    platform = controlled.platform
    given = {key: _value(key, value) for key, value in values.items() if key not in ("client_id", "deployment")}
    table, key = (DEPLOYMENTS, "deployment") if values.get("deployment") else (REGISTRATIONS, "client_id")
    if not given:
        raise ActError("there is nothing to change; name a switch, such as pns false")
    if values.get("deployment") and values.get("client_id"):
        raise ActError("client_id: name a deployment or a registration, not both")
    async with platform.store.transaction() as tx:
        found = tx.get(table, str(values.get(key, "")))
        if found is None:
            known = ", ".join(list(tx.keys(table))[:8]) or "none"
            raise ActError(f"{key}: there is no {values.get(key, '')!r:.80}; there are {known}")
        own = [name for name in given if hasattr(found, name)]
        if len(own) != len(given):
            wrong = next(name for name in given if name not in own)
            raise ActError(f"{wrong}: a {'deployment' if key == 'deployment' else 'registration'} has no such switch")
        made = replace(found, **given)
        tx.put(table, str(values[key]), made)
        platform.forget_keys(str(values.get("client_id", "")))
    told = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    platform.tell("registration" if key == "client_id" else "deployment", {key: values[key], **told})
    words = ", ".join(f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in told.items())
    return TriggerOutcome(output=f"{key} {values[key]}: {words}", facts=told)


def _value(name: str, value: Any) -> Any:
    if name in _TRUTHS:
        return text_of(value) == "true"
    if name == "shared" and value == "all":
        return None
    return tuple(_list_of(value)) if name in _LISTS else value


async def restart(controlled: PlatformControlled, values: Json) -> TriggerOutcome:
    """Stop sending in the middle of everything and begin anew with what the store holds."""
    await controlled.platform.outbox.restart()
    return TriggerOutcome(output=f"restarted at {write_time(controlled.now(''))}")
