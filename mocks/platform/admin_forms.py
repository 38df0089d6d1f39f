"""Registrations and deployments as the registration and deployment API writes and reads them.

Names of members that D2L's documents tell: ``OpenIDConnectLoginUrl``, ``KeysetUrl``, ``RedirectUrls``, ``ClientId``,
``SendUserFirstName``, ``SendUserEmail``, ``SendD2LUserId``, ``EnabledExtensions`` with its numbers, and the five of
the platform that begin with ``Brightspace``. No public document tells the others; they are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from harness.wire.pns import SCOPE
from harness.wire.pns_assets import ASSET_SCOPE, REPORT_SCOPE
from mocks.platform.admitting import AdmittingError, registration_of
from mocks.platform.domain import COURSES, Course, Deployment, Registration
from mocks.platform.registering import NRPS_SCOPE

if TYPE_CHECKING:
    from mocks.platform.platform import Platform
    from mocks.state.store import Transaction

EXTENSIONS: Final[Mapping[str, int]] = {
    "AssignmentAndGradeServices": 1, "DeepLinking": 2, "NamesAndRoleProvisioningServices": 3,
    "ActivityItemProfile": 4, "SubmissionReview": 5, "PlatformNotificationService": 6, "AssetProcessor": 7,
}  # fmt: skip
"""The extensions by name (D2L "LTI Advantage" (Valence), EXTENSION_T)."""

PNS: Final = EXTENSIONS["PlatformNotificationService"]
SCOPES_OF: Final[Mapping[int, tuple[str, ...]]] = {
    EXTENSIONS["NamesAndRoleProvisioningServices"]: (NRPS_SCOPE,), PNS: (SCOPE,),
    EXTENSIONS["AssetProcessor"]: (ASSET_SCOPE, REPORT_SCOPE),
}  # fmt: skip
"""The scopes that an extension brings; those that bring none are not served here and never shown as enabled."""

ORGANIZATION: Final = "organization"
"""The org unit above all courses: what is shared to it is shared to all. The name is ours."""

_REGISTRATION: Final[Mapping[str, str]] = {
    "Name": "name", "OpenIDConnectLoginUrl": "login_url", "KeysetUrl": "jwks_url", "RedirectUrls": "redirect_urls",
    "TargetLinkUri": "target_link_uri", "Domain": "domain", "IsEnabled": "enabled", "CustomParameters": "custom",
}  # fmt: skip
_DEPLOYMENT: Final[Mapping[str, str]] = {
    "Name": "name", "IsEnabled": "enabled", "SendOrgUnitInformation": "org_unit_information",
    "CustomParameters": "custom",
}  # fmt: skip
_PERSONAL: Final = ("SendUserFirstName", "SendUserEmail")
_TYPES: Final = "EnabledNoticeTypes"
_EXTENSIONS: Final = "EnabledExtensions"

Json = dict[str, Any]


# --- registrations ----------------------------------------------------------------------------------------------------


def registration_json(platform: Platform, registration: Registration) -> Json:
    """Return a registration as it is answered, with what the tool has to know of the platform."""
    shown: Json = {name: getattr(registration, field) for name, field in _REGISTRATION.items()}
    enabled = [one for one, scopes in SCOPES_OF.items() if one != PNS and set(scopes) <= set(registration.scopes)]
    return {
        "ClientId": registration.client_id,
        **shown,
        "RedirectUrls": list(registration.redirect_urls),
        "CustomParameters": dict(registration.custom),
        _EXTENSIONS: sorted([*enabled, *([PNS] if registration.pns and SCOPE in registration.scopes else [])]),
        "BrightspaceIssuer": platform.issuer,
        "BrightspaceKeysetUrl": platform.keys_url,
        "BrightspaceOAuth2AccessTokenUrl": platform.token_url,
        "BrightspaceOIDCAuthenticationEndpoint": platform.auth_url,
        "BrightspaceOAuth2Audience": platform.audiences()[0],
    }


def registration_from(given: Mapping[str, Any], client_id: str, old: Registration | None = None) -> Registration:
    """Read a registration; what is not given stays as it was, or is as usual. `AdmittingError` names the member."""
    _known(given, (*_REGISTRATION, _EXTENSIONS))
    values: Json = {field: given[name] for name, field in _REGISTRATION.items() if name in given}
    if _EXTENSIONS in given:
        enabled = _extensions(given[_EXTENSIONS])
        values["scopes"] = [scope for one in sorted(enabled) for scope in SCOPES_OF.get(one, ())]
        values["pns"] = PNS in enabled
    elif old is None:
        values |= {"scopes": [], "pns": False}
    if old is not None:
        kept = {"secondary_domains": old.secondary_domains, "icon": old.icon, "scopes": old.scopes, "pns": old.pns}
        # A key set that was pasted stands until the address of one is given.
        pasted = {} if "jwks_url" in values or old.jwks is None else {"jwks": old.jwks}
        values = {**{field: getattr(old, field) for field in _REGISTRATION.values()}, **kept, **pasted, **values}
    try:
        return registration_of(values, client_id)
    except AdmittingError as problem:
        field, mark, rest = str(problem).partition(":" if ":" in str(problem) else " ")
        name = next((name for name, own in _REGISTRATION.items() if own == field), field)
        raise AdmittingError(f"{name}{mark}{rest}") from None


# --- deployments ------------------------------------------------------------------------------------------------------


def deployment_json(deployment: Deployment) -> Json:
    """Return a deployment as it is answered."""
    shown: Json = {name: getattr(deployment, field) for name, field in _DEPLOYMENT.items()}
    return {
        "DeploymentId": deployment.id,
        "ClientId": deployment.client_id,
        **shown,
        "CustomParameters": dict(deployment.custom),
        "IsAvailable": is_available(deployment),
        _EXTENSIONS: [PNS] if deployment.pns else [],
        _TYPES: list(deployment.notice_types),
        **dict.fromkeys(_PERSONAL, deployment.personal),
        "SendD2LUserId": False,
    }


def is_available(deployment: Deployment) -> bool:
    """Whether it is shared to any org unit."""
    return deployment.shared is None or bool(deployment.shared)


def deployment_from(settings: Mapping[str, Any], given: Mapping[str, Any], old: Deployment) -> Deployment:
    """Read a deployment; what is not given stays as it was. `AdmittingError` names the member.

    First name and e-mail address are told together or not at all; D2L's own user id is never told.
    """
    _known(given, (*_DEPLOYMENT, *_PERSONAL, "SendD2LUserId", "ClientId", _EXTENSIONS, _TYPES))
    if given.get("ClientId", old.client_id) != old.client_id:
        raise AdmittingError("ClientId: the registration of a deployment never changes")
    changes: Json = {field: given[name] for name, field in _DEPLOYMENT.items() if name in given}
    for name in ("IsEnabled", "SendOrgUnitInformation", *_PERSONAL, "SendD2LUserId"):
        _check(name, given, lambda value: isinstance(value, bool), "true or false")
    _check("Name", given, lambda value: isinstance(value, str), "some text")
    _check("CustomParameters", given, is_texts_by_name, "an object of texts")
    personal = [given[name] for name in _PERSONAL if name in given]
    if personal:
        changes["personal"] = any(personal)
    if _EXTENSIONS in given:
        changes["pns"] = PNS in _extensions(given[_EXTENSIONS])
    if _TYPES in given:
        changes["notice_types"] = _types(settings, given[_TYPES])
    return replace(old, **changes)


def _types(settings: Mapping[str, Any], given: Any) -> tuple[str, ...]:
    supported: Sequence[str] = settings["notice-types"]
    if not isinstance(given, list) or not all(isinstance(one, str) and one in supported for one in given):
        raise AdmittingError(f"{_TYPES}: expected an array of {', '.join(supported)}, got {given!r:.200}")
    return tuple(dict.fromkeys(given))


def _extensions(given: Any) -> set[int]:
    """Read extensions: numbers, or their names."""
    if not isinstance(given, list):
        raise AdmittingError(f"{_EXTENSIONS}: expected an array of numbers, got {given!r:.80}")
    found = set()
    for one in given:
        number = EXTENSIONS.get(one) if isinstance(one, str) else one
        if not isinstance(number, int) or isinstance(number, bool) or number not in EXTENSIONS.values():
            raise AdmittingError(f"{_EXTENSIONS}: expected numbers from 1 to 7, got {one!r:.80}")
        found.add(number)
    return found


def _known(given: Mapping[str, Any], names: Sequence[str]) -> None:
    for name in given:
        if name not in names:
            raise AdmittingError(f"{name[:80]}: there is no such member; expected one of {', '.join(names)}")


def _check(name: str, given: Mapping[str, Any], fits: Callable[[Any], bool], expected: str) -> None:
    if name in given and not fits(given[name]):
        raise AdmittingError(f"{name}: expected {expected}, got {given[name]!r:.80}")


def is_texts_by_name(value: Any) -> bool:
    """Whether a value is an object whose members are all texts."""
    return isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values())


# --- sharing ----------------------------------------------------------------------------------------------------------


def sharing_json(tx: Transaction, deployment: Deployment) -> list[Json]:
    """Return the org units to which a deployment is shared."""
    if deployment.shared is None:
        return [unit_json(ORGANIZATION, "All courses")]
    return [unit_json(one, course.title if course else "") for one, course in _courses(tx, deployment.shared)]


def unit_json(unit: str, name: str) -> Json:
    """Return one org unit of a sharing rule; its id names the rule."""
    return {"SharingOrgUnitId": unit, "OrgUnitId": unit, "Name": name}


def _courses(tx: Transaction, ids: Sequence[str]) -> list[tuple[str, Course | None]]:
    return [(one, tx.get(COURSES, one)) for one in ids]


def shared_with(deployment: Deployment, unit: str) -> Deployment:
    """Share a deployment to one org unit more; to the organization is to all courses."""
    if unit == ORGANIZATION:
        return replace(deployment, shared=None)
    return replace(deployment, shared=tuple(dict.fromkeys((*(deployment.shared or ()), unit))))


def unshared_from(deployment: Deployment, unit: str) -> Deployment | None:
    """Take a sharing rule away; None when there is none for that org unit."""
    if unit == ORGANIZATION:
        return replace(deployment, shared=()) if deployment.shared is None else None
    if deployment.shared is None or unit not in deployment.shared:
        return None
    return replace(deployment, shared=tuple(one for one in deployment.shared if one != unit))
