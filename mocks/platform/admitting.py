"""Registering tools and placing them, as an administrator does: by hand, by API or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from harness.wire.lti import is_absolute_url
from harness.wire.lti_registration import host_of
from harness.wire.pns import SCOPE
from mocks.platform.domain import DEPLOYMENTS, REGISTRATIONS, Deployment, Registration
from mocks.platform.ids import deployment_id

if TYPE_CHECKING:
    from mocks.platform.platform import Platform
    from mocks.state.store import Transaction

REQUIRED: Final = ("login_url", "redirect_urls")


class AdmittingError(Exception):
    """A registration or deployment that cannot be made or changed; the message names the field."""


def admit(tx: Transaction, registration: Registration) -> None:
    """Write a registration."""
    tx.put(REGISTRATIONS, registration.client_id, registration)


def deploy(platform: Platform, tx: Transaction, client_id: str, **changes: Any) -> Deployment:
    """Place a tool; its deployment has an id that was never used, and all notice types of the platform."""
    number = tx.count(DEPLOYMENTS) + 1
    form = str(platform.settings["deployment-id-form"])
    while tx.get(DEPLOYMENTS, deployment_id(form, number, platform.seed)) is not None:
        number += 1
    made = Deployment(
        deployment_id(form, number, platform.seed), client_id, f"Deployment {number}",
        notice_types=tuple(platform.settings["notice-types"]),
    )  # fmt: skip
    made = replace(made, **changes)
    tx.put(DEPLOYMENTS, made.id, made)
    return made


def registration_of(values: Mapping[str, Any], client_id: str) -> Registration:
    """Read a registration as people write it in a JSON file; `AdmittingError` names field, expected and got."""
    known = {field.name for field in fields(Registration)}
    for name in values:
        if name not in known:
            raise AdmittingError(f"{name}: there is no such field; expected one of {', '.join(sorted(known))}")
    for name in REQUIRED:
        if not values.get(name):
            raise AdmittingError(f"{name} is missing")
    urls = values["redirect_urls"]
    if not isinstance(urls, list | tuple) or not all(isinstance(url, str) and is_absolute_url(url) for url in urls):
        raise AdmittingError(f"redirect_urls: expected an array of absolute URLs, got {urls!r}")
    for name in ("login_url", "target_link_uri", "jwks_url"):
        url = values.get(name)
        if url and not (isinstance(url, str) and is_absolute_url(url)):
            raise AdmittingError(f"{name}: expected an absolute URL, got {url!r}")
    if not values.get("jwks_url") and not isinstance(values.get("jwks"), Mapping):
        raise AdmittingError("jwks_url is missing; expected the address of the tool's key set, or the set as jwks")
    given = {
        "client_id": client_id, "name": "A tool", "domain": host_of(str(values["login_url"])),
        "target_link_uri": urls[0], "scopes": (SCOPE,), **values,
    }  # fmt: skip
    for name in ("redirect_urls", "scopes", "secondary_domains"):
        given[name] = tuple(given.get(name, ()))
    for name in ("enabled", "pns"):
        if not isinstance(given.get(name, True), bool):
            raise AdmittingError(f"{name}: expected true or false, got {given[name]!r}")
    return Registration(**given)
