"""The registration and deployment API: what administrators do by program (D2L "LTI Advantage" (Valence), routes).

Under the setting ``admin-path``: ``registration/``, ``registration/{clientId}``, ``deployment/``,
``deployment/{deploymentId}``, ``deployment/{deploymentId}/sharing/`` and ``.../sharing/{sharingOrgUnitId}``. Members
are those of `mocks.platform.admin_forms`; a PUT changes what it names. Whoever calls has the admin token, and calls
this machine by a loopback name.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from harness.net.listener import Inbound, Reply
from harness.wire.binding import decode_form
from harness.wire.json_text import read_json
from mocks.control.guard import Guard
from mocks.control.problems import Refused as Unguarded
from mocks.platform.admin_forms import (
    ORGANIZATION,
    deployment_from,
    deployment_json,
    is_available,
    registration_from,
    registration_json,
    shared_with,
    sharing_json,
    unshared_from,
)
from mocks.platform.admitting import AdmittingError, admit, deploy, refuses_domain, undeploy, withdraw
from mocks.platform.answers import Refused, error_reply, json_reply
from mocks.platform.domain import COURSES, DEPLOYMENTS, REGISTRATIONS, Deployment, Registration

if TYPE_CHECKING:
    from mocks.platform.platform import Platform
    from mocks.state.store import Transaction

Resource = tuple[str, ...]
Doing = Callable[["Platform", "Transaction", Inbound, Resource], Awaitable[Any]]
LARGEST: Final = 1 << 20
GUARD: Final = Guard()
_VERSION = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}|unstable")
_TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False}


def resource_in(settings: Mapping[str, Any], path: str) -> Resource | None:
    """Return the resource that a path names, segment by segment; None for a path outside of this API."""
    before, versioned, after = str(settings["admin-path"]).partition("{version}")
    if not path.startswith(before):
        return None
    rest = path[len(before) :]
    if versioned:
        version, _, rest = rest.partition("/")
        if not _VERSION.fullmatch(version):
            return None
        rest = "/" + rest
    if not rest.startswith(f"{after}/"):
        return None
    segments = rest[len(after) + 1 :].removesuffix("/").split("/")
    return tuple(unquote(segment) for segment in segments)


async def serve_admin(platform: Platform, inbound: Inbound, resource: Resource) -> Reply:
    """Answer an administrator's program: a JSON value, or an error that names the member."""
    try:
        _let_in(platform, inbound)
        verbs = _verbs(resource)
        doing = verbs.get(inbound.method)
        if doing is None:
            allowed = ("Allow", ", ".join(verbs))
            return error_reply(Refused("method_not_allowed", f"expected one of {allowed[1]}", 405), allowed)
        async with platform.store.transaction() as tx:
            return json_reply(200, await doing(platform, tx, inbound, resource))
    except AdmittingError as problem:
        return error_reply(Refused("invalid_request", str(problem)))
    except Refused as refused:
        challenge = (("WWW-Authenticate", "Bearer"),) if refused.status == 401 else ()
        return error_reply(refused, *challenge)


def _let_in(platform: Platform, inbound: Inbound) -> None:
    try:
        GUARD.check(inbound)
    except Unguarded as refused:
        raise Refused(refused.code, str(refused), refused.status) from None
    scheme, _, given = inbound.header("Authorization").partition(" ")
    shown = given.strip().encode("utf-8", "replace") if scheme.lower() == "bearer" else b""
    if not platform.admin_token or not hmac.compare_digest(shown, platform.admin_token.encode()):
        raise Refused("unauthorized", "Authorization: expected Bearer and the admin token told at the start", 401)


def _verbs(resource: Resource) -> Mapping[str, Doing]:
    named = tuple(segment if place % 2 == 0 else "*" for place, segment in enumerate(resource))
    found = VERBS.get(named)
    if found is None or "" in resource:
        raise Refused("not_found", "there is no such resource; expected registration, deployment or its sharing", 404)
    return found


def _body(inbound: Inbound) -> Mapping[str, Any]:
    found = read_json(inbound.body, limit=LARGEST)
    if found.object is None:
        raise Refused("invalid_request", f"the body: expected a JSON object, got {found.problem or 'something else'}")
    return found.object


def _filters(inbound: Inbound, *names: str) -> dict[str, bool]:
    query, wanted = decode_form(inbound.query), {}
    for name in names:
        given = query.get(name)
        if given is None:
            continue
        if given.lower() not in _TRUTHS:
            raise Refused("invalid_request", f"{name}: expected true or false, got {given[:80]!r}")
        wanted[name] = _TRUTHS[given.lower()]
    return wanted


# --- registrations ----------------------------------------------------------------------------------------------------


def _registration(tx: Transaction, client_id: str) -> Registration:
    found: Registration | None = tx.get(REGISTRATIONS, client_id)
    if found is None:
        raise Refused("not_found", f"there is no registration {client_id[:80]!r}", 404)
    return found


async def _registrations(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    wanted = _filters(inbound, "isEnabled")
    found = [one for one in tx.rows(REGISTRATIONS) if wanted.get("isEnabled", one.enabled) == one.enabled]
    return [registration_json(platform, one) for one in found]


async def _register(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    return _admitted(platform, tx, registration_from(_body(inbound), platform.next_client_id(tx)))


async def _one_registration(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    return registration_json(platform, _registration(tx, resource[1]))


async def _change_registration(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    old = _registration(tx, resource[1])
    return _admitted(platform, tx, registration_from(_body(inbound), old.client_id, old))


def _admitted(platform: Platform, tx: Transaction, made: Registration) -> Any:
    if made.enabled:
        refuses_domain(platform.settings, made, tx.rows(REGISTRATIONS))
    admit(tx, made)
    facts = {"client_id": made.client_id, "name": made.name, "enabled": made.enabled, "pns": made.pns}
    tx.on_commit(lambda: platform.forget_keys(made.client_id))
    tx.on_commit(lambda: platform.tell("registered", facts))
    return registration_json(platform, made)


async def _withdraw(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    found = _registration(tx, resource[1])
    withdraw(tx, found)
    tx.on_commit(lambda: platform.forget_keys(found.client_id))
    tx.on_commit(lambda: platform.tell("unregistered", {"client_id": found.client_id}))
    return {}


# --- deployments ------------------------------------------------------------------------------------------------------


def _deployment(tx: Transaction, name: str) -> Deployment:
    found: Deployment | None = tx.get(DEPLOYMENTS, name)
    if found is None:
        raise Refused("not_found", f"there is no deployment {name[:80]!r}", 404)
    return found


async def _deployments(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    wanted, client_id = _filters(inbound, "isEnabled", "isAvailable"), decode_form(inbound.query).get("clientId")
    return [
        deployment_json(one) for one in tx.rows(DEPLOYMENTS)
        if client_id in (None, one.client_id) and wanted.get("isEnabled", one.enabled) == one.enabled
        and wanted.get("isAvailable", is_available(one)) == is_available(one)
    ]  # fmt: skip


async def _deploy(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    given = _body(inbound)
    client_id = given.get("ClientId")
    if not isinstance(client_id, str) or tx.get(REGISTRATIONS, client_id) is None:
        raise AdmittingError(f"ClientId: expected the id of a registration, got {client_id!r:.80}")
    made = deploy(platform, tx, client_id, pns=False, notice_types=())
    return _placed(platform, tx, deployment_from(platform.settings, given, made))


async def _one_deployment(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    return deployment_json(_deployment(tx, resource[1]))


async def _change_deployment(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    return _placed(platform, tx, deployment_from(platform.settings, _body(inbound), _deployment(tx, resource[1])))


def _placed(platform: Platform, tx: Transaction, made: Deployment) -> Any:
    _kept(platform, tx, made)
    return deployment_json(made)


def _kept(platform: Platform, tx: Transaction, made: Deployment) -> None:
    tx.put(DEPLOYMENTS, made.id, made)
    facts = {"deployment_id": made.id, "pns": made.pns, "types": list(made.notice_types)}
    tx.on_commit(lambda: platform.tell("deployment", facts))


async def _undeploy(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    undeploy(tx, _deployment(tx, resource[1]))
    return {}


# --- sharing ----------------------------------------------------------------------------------------------------------


def _unit(tx: Transaction, given: Any) -> str:
    """Return the id of an org unit: a course's, or that of the organization; D2L's ids are numbers."""
    name = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if isinstance(name, str) and (name == ORGANIZATION or tx.get(COURSES, name) is not None):
        return name
    raise AdmittingError(f"OrgUnitId: expected the id of a course, or {ORGANIZATION}, got {given!r:.80}")


async def _sharing(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    return sharing_json(tx, _deployment(tx, resource[1]))


async def _share(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    return _shared(platform, tx, resource, _body(inbound).get("OrgUnitId"))


async def _share_one(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    return _shared(platform, tx, resource, resource[3])


def _shared(platform: Platform, tx: Transaction, resource: Resource, unit: Any) -> Any:
    made = shared_with(_deployment(tx, resource[1]), _unit(tx, unit))
    _kept(platform, tx, made)
    return sharing_json(tx, made)


async def _unshare(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    _kept(platform, tx, replace(_deployment(tx, resource[1]), shared=()))
    return []


async def _unshare_one(platform: Platform, tx: Transaction, inbound: Inbound, resource: Resource) -> Any:
    made = unshared_from(_deployment(tx, resource[1]), resource[3])
    if made is None:
        raise Refused("not_found", f"the deployment is not shared to {resource[3][:80]!r}", 404)
    _kept(platform, tx, made)
    return sharing_json(tx, made)


VERBS: Final[Mapping[Resource, Mapping[str, Doing]]] = {
    ("registration",): {"GET": _registrations, "POST": _register},
    ("registration", "*"): {"GET": _one_registration, "PUT": _change_registration, "DELETE": _withdraw},
    ("deployment",): {"GET": _deployments, "POST": _deploy},
    ("deployment", "*"): {"GET": _one_deployment, "PUT": _change_deployment, "DELETE": _undeploy},
    ("deployment", "*", "sharing"): {"GET": _sharing, "POST": _share, "DELETE": _unshare},
    ("deployment", "*", "sharing", "*"): {"PUT": _share_one, "DELETE": _unshare_one},
}
"""What is done by resource and method; a star stands for an id."""
