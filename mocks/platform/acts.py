"""What a person does in the platform: launches, copies, switches. Named as the stimuli of a run are."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.wire.pns_notices import write_time
from mocks.platform import delivering, happening, keys, launching, registering
from mocks.platform.admitting import AdmittingError, refuses_domain, withdraw
from mocks.platform.domain import DEPLOYMENTS, REGISTRATIONS, Deployment
from mocks.platform.happening import HappeningError, course_by
from mocks.platform.launching import LaunchError
from mocks.platform.people import PARTS, person_of

if TYPE_CHECKING:
    from mocks.platform.platform import Platform

Values = Mapping[str, str]
Told = Mapping[str, Any]


MOST = 10_000
"""How many notices, or files, one act may ask for."""


class ActError(Exception):
    """Something that cannot be done; the message names the value."""


async def act(platform: Platform, name: str, values: Values) -> Told:
    """Do what a stimulus is called; return what is to be told of it. Raises `ActError`."""
    doing = ACTS.get(name)
    if doing is None:
        raise ActError(f"there is no act {name!r}; expected one of {', '.join(ACTS)}")
    try:
        return await doing(platform, values)
    except (HappeningError, LaunchError) as problem:
        raise ActError(str(problem)) from None


def output_of(told: Told) -> str:
    """Return what was told as one line, as a command prints it."""
    return json.dumps(dict(told), ensure_ascii=False)


async def launch(platform: Platform, values: Values) -> Told:
    """Begin a launch; ``open`` is the address for a browser, good for once.

    Without a deployment that of ``client_id`` is launched.
    """
    given = dict(values)
    if given.get("client_id") and not given.get("deployment"):
        given["deployment"] = await _deployment_of(platform, given["client_id"])
    if given.get("role"):
        if given["role"] not in PARTS:
            raise ActError(f"role: expected one of {', '.join(PARTS)}, got {given['role']!r}")
        given["person"] = person_of(platform, given["role"])
    if given.get("course") not in (None, "", "none"):
        async with platform.store.transaction() as tx:
            given["course"] = course_by(tx, given["course"], "course").id
    return {"open": await launching.begin(platform, given)}


async def _deployment_of(platform: Platform, client_id: str) -> str:
    async with platform.store.transaction() as tx:
        for deployment in tx.rows(DEPLOYMENTS):
            if deployment.client_id == client_id:
                return str(deployment.id)
    raise ActError(f"client_id: {client_id!r} has no deployment")


async def register(platform: Platform, values: Values) -> Told:
    """Begin a dynamic registration with the tool at ``register_url``; with ``approved`` it is enabled at once."""
    approved = values.get("approved", "") == "true"
    return {"open": await registering.invite(platform, values.get("register_url", ""), approved=approved)}


async def unregister(platform: Platform, values: Values) -> Told:
    """Remove a registration with its deployments."""
    async with platform.store.transaction() as tx:
        found = tx.get(REGISTRATIONS, values.get("client_id", ""))
        if found is None:
            raise ActError(f"client_id: no {values.get('client_id', '')!r}")
        withdraw(tx, found)
    platform.forget_keys(found.client_id)
    platform.tell("unregistered", {"client_id": found.client_id})
    return {"client_id": found.client_id}


def _number(values: Values, name: str, otherwise: int, least: int) -> int:
    """Return a value that is a whole number of at least ``least`` and at most `MOST`."""
    given = values.get(name, "")
    if not given:
        return otherwise
    if not (given.isascii() and given.isdigit() and len(given) < 7 and least <= int(given) <= MOST):
        raise ActError(f"{name}: expected a whole number from {least} to {MOST}, got {given!r:.80}")
    return int(given)


def _copying(way: str) -> Callable[[Platform, Values], Awaitable[Told]]:
    async def copy(platform: Platform, values: Values) -> Told:
        origin = "" if way == "import" else values.get("from", "") or await _first_course(platform)
        count = _number(values, "count", 1, 1)
        if way == "bulk" or count > 1:
            many = await happening.copy_many(platform, origin or await _first_course(platform), count, way=way)
            return {**_told(many[0]), "destinations": [one.course.id for one in many]}
        done = await happening.copy_course(
            platform, origin, to=values.get("to", ""), title=values.get("title", ""), label=values.get("label", ""),
            way=way,
        )  # fmt: skip
        return _told(done)

    copy.__doc__ = f"Copy a course ({way}) from ``from`` into a new one, or into ``to``."
    return copy


def _told(done: happening.Copied) -> dict[str, Any]:
    return {
        "origin": done.origin, "destination": done.course.id, "title": done.course.title, "label": done.course.label,
        "at": write_time(done.event.timestamp, fraction=True), "notice": done.event.id,
    }  # fmt: skip


async def _first_course(platform: Platform) -> str:
    async with platform.store.transaction() as tx:
        return happening.first_course(tx).id


async def submit(platform: Platform, values: Values) -> Told:
    """Let a learner hand in ``files`` files; with ``submission`` its notice is sent again."""
    event = await happening.submit(
        platform, values.get("course", ""), user=person_of(platform, "learner"),
        files=_number(values, "files", 1, 0), submission=values.get("submission", ""),
    )  # fmt: skip
    return {"submission": event.values["submission"], "user": event.values["user"]}


async def contribute(platform: Platform, values: Values) -> Told:
    """Let a learner write to a discussion."""
    user = person_of(platform, "learner")
    files = _number(values, "files", 0, 0)
    event = await happening.contribute(platform, values.get("course", ""), user=user, files=files)
    return {"contribution": event.values["contribution"]["id"], "user": user}


async def hello(platform: Platform, values: Values) -> Told:
    """Send ``count`` test notices."""
    events = await happening.hello(platform, values.get("deployment", ""), count=_number(values, "count", 1, 1))
    return {"notices": [event.id for event in events]}


async def hold_notices(platform: Platform, values: Values) -> Told:
    """Send no notice until they are released; what happens meanwhile is told then."""
    for kind in (happening.DELIVERY, delivering.LATER):
        platform.outbox.pause(kind)
    return {}


async def release_notices(platform: Platform, values: Values) -> Told:
    """Send the notices that were held."""
    for kind in (happening.DELIVERY, delivering.LATER):
        platform.outbox.resume(kind)
    return {}


async def rotate_keys(platform: Platform, values: Values) -> Told:
    """Sign with a new key from now on; ``overlap`` false takes the old ones out of the key set at once."""
    fresh = await keys.rotate(platform, overlap=values.get("overlap", "true") != "false")
    return {"kid": fresh.kid}


def _deployments(**changes: Callable[[Deployment, Values], Any]) -> Callable[[Platform, Values], Awaitable[Told]]:
    async def change(platform: Platform, values: Values) -> Told:
        async with platform.store.transaction() as tx:
            found = tx.get(DEPLOYMENTS, values.get("deployment", "")) or next(iter(tx.rows(DEPLOYMENTS)), None)
            if found is None:
                raise ActError("deployment: there is none yet")
            made = replace(found, **{name: value(found, values) for name, value in changes.items()})
            tx.put(DEPLOYMENTS, made.id, made)
        platform.tell("deployment", {"deployment_id": made.id, "pns": made.pns, "types": list(made.notice_types)})
        return {"deployment": made.id}

    return change


async def _switch_registration(platform: Platform, values: Values, *, on: bool) -> Told:
    async with platform.store.transaction() as tx:
        deployment = tx.get(DEPLOYMENTS, values.get("deployment", "")) or next(iter(tx.rows(DEPLOYMENTS)), None)
        client_id = values.get("client_id") or (deployment.client_id if deployment else "")
        found = tx.get(REGISTRATIONS, client_id)
        if found is None:
            raise ActError(f"client_id: no {client_id!r}")
        tx.put(REGISTRATIONS, client_id, replace(found, pns=on))
    platform.tell("registration", {"client_id": client_id, "pns": on})
    return {"client_id": client_id}


async def disable_registration(platform: Platform, values: Values) -> Told:
    """Switch the notification service off at the registration."""
    return await _switch_registration(platform, values, on=False)


async def enable(platform: Platform, values: Values) -> Told:
    """Switch everything on again: registration, deployment, and all notice types of the deployment."""
    await _switch_registration(platform, values, on=True)
    types = tuple(platform.settings["notice-types"])
    return await _deployments(pns=lambda d, v: True, notice_types=lambda d, v: types)(platform, values)


def _without(deployment: Deployment, values: Values) -> tuple[str, ...]:
    return tuple(name for name in deployment.notice_types if name != values.get("notice_type", ""))


def _with(deployment: Deployment, values: Values) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*deployment.notice_types, values.get("notice_type", ""))))


async def activate(platform: Platform, values: Values) -> Told:
    """Enable a registration, as an administrator does after a dynamic registration."""
    async with platform.store.transaction() as tx:
        found = tx.get(REGISTRATIONS, values.get("client_id", ""))
        if found is None:
            raise ActError(f"client_id: no {values.get('client_id', '')!r}")
        enabled = replace(found, enabled=True)
        try:
            refuses_domain(platform.settings, enabled, tx.rows(REGISTRATIONS))
        except AdmittingError as problem:
            raise ActError(str(problem)) from None
        tx.put(REGISTRATIONS, found.client_id, enabled)
    return {"client_id": found.client_id}


def _shared(deployment: Deployment, values: Values) -> tuple[str, ...]:
    known = deployment.shared or ()
    return tuple(dict.fromkeys((*known, values.get("course", ""))))


def _unshared(deployment: Deployment, values: Values) -> tuple[str, ...]:
    return tuple(course for course in deployment.shared or () if course != values.get("course", ""))


ACTS: Mapping[str, Callable[[Platform, Values], Awaitable[Told]]] = {
    "launch": launch,
    "register": register,
    "activate": activate,
    "unregister": unregister,
    "copy": _copying("manual"),
    "copy-bulk": _copying("bulk"),
    "copy-api": _copying("api"),
    "copy-import": _copying("import"),
    "submit": submit,
    "contribute": contribute,
    "hello": hello,
    "hold-notices": hold_notices,
    "release-notices": release_notices,
    "share": _deployments(shared=_shared),
    "unshare": _deployments(shared=_unshared),
    "share-all": _deployments(shared=lambda d, v: None),
    "show-details": _deployments(org_unit_information=lambda d, v: True),
    "hide-details": _deployments(org_unit_information=lambda d, v: False),
    "rotate-keys": rotate_keys,
    "disable-type": _deployments(notice_types=_without),
    "enable-type": _deployments(notice_types=_with),
    "disable-deployment": _deployments(pns=lambda d, v: False),
    "disable-registration": disable_registration,
    "enable": enable,
}
"""The acts by name."""
