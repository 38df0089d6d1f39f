"""Faults of a platform in what notices of each type tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from harness.wire.json_text import as_object
from harness.wire.lti import CONTEXT
from harness.wire.pns import CONTEXT_COPY, CONTRIBUTION, HELLO_WORLD, ORIGIN_CONTEXTS, SUBMISSION
from harness.wire.pns_assets import (
    ACTIVITY,
    ASSET_REPORT,
    ASSET_SERVICE,
    CONTRIBUTION_CLAIM,
    FOR_USER,
    SUBMISSION_CLAIM,
    Asset,
)
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_VALUE, Fault
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Course, Deployment, Event, Registration

Change = Callable[[dict[str, Any]], dict[str, Any]]


def _of(
    type_: str, name: str, doc: str, kind: str, breaks: Mapping[str, str], change: Change, *also: str
) -> type[Fault]:
    """Make a fault that changes the claims of the notices of one type."""

    def finished_claims(self: PlatformBehaviour, claims: dict[str, Any], event: Event) -> dict[str, Any]:
        made = PlatformBehaviour.finished_claims(self, claims, event)
        return change(made) if event.type == type_ else made

    body: dict[str, Any] = {"__doc__": doc, "name": f"platform.{name}", "kind": kind, "breaks": breaks}
    return type("Told", (Fault, PlatformBehaviour), body | {"finished_claims": finished_claims, "collateral": also})


def _without(*names: str) -> Change:
    return lambda claims: {name: value for name, value in claims.items() if name not in names}


def _with(**values: Any) -> Change:
    return lambda claims: {**claims, **values}


def _in(claim: str, **values: Any) -> Change:
    """Change members of a claim; None leaves one out."""

    def change(claims: dict[str, Any]) -> dict[str, Any]:
        made = {**(as_object(claims.get(claim)) or {}), **values}
        return {**claims, claim: {name: value for name, value in made.items() if value is not None}}

    return change


def _assets(change: Change) -> Change:
    def changed(claims: dict[str, Any]) -> dict[str, Any]:
        service = claims[ASSET_SERVICE]
        return {**claims, ASSET_SERVICE: {**service, "assets": [change(one) for one in service["assets"]]}}

    return changed


def _renamed(claims: dict[str, Any]) -> dict[str, Any]:
    prefix, other = "https://purl.imsglobal.org/spec/lti/claim/", "https://purl.imsglobal.org/spec/lti-aip/claim/"
    names = {ACTIVITY, SUBMISSION_CLAIM}
    return {name.replace(prefix, other) if name in names else name: value for name, value in claims.items()}


FAMILY: tuple[type[Fault], ...] = (
    _of(CONTEXT_COPY, "copy-no-context", "A copy does not tell its destination.", LEFT_OUT,
        {"PNS-TYPE-01": "no-context"}, _without(CONTEXT)),
    _of(CONTEXT_COPY, "copy-context-of-origin", "A copy tells its origin as its context.", WRONG_VALUE,
        {"PNS-TYPE-01": "wrong-context"}, lambda claims: _in(CONTEXT, id=claims[ORIGIN_CONTEXTS][0])(claims)),
    _of(CONTEXT_COPY, "copy-no-origins", "A copy does not tell its origin, though it is known.", LEFT_OUT,
        {"PNS-TYPE-02": "no-origins"}, _without(ORIGIN_CONTEXTS)),
    _of(CONTEXT_COPY, "copy-origins-as-text", "The origins of a copy are a string.", WRONG_VALUE,
        {"PNS-TYPE-02": "origins-form"},
        lambda claims: {**claims, ORIGIN_CONTEXTS: "".join(claims[ORIGIN_CONTEXTS])}),
    _of(CONTEXT_COPY, "copy-origin-other-id", "The origin of a copy is not told by the id of launches.", WRONG_VALUE,
        {"PNS-TYPE-02": "wrong-origin"},
        lambda claims: {**claims, ORIGIN_CONTEXTS: [f"urn:course:{one}" for one in claims[ORIGIN_CONTEXTS]]}),
    _of(CONTEXT_COPY, "copy-null-origins", "Origins that nobody knows are null.", WRONG_VALUE,
        {"PNS-TYPE-03": "unknown-origins-form"},
        lambda claims: claims if claims.get(ORIGIN_CONTEXTS) else {**claims, ORIGIN_CONTEXTS: None}),
    _of(CONTEXT_COPY, "copy-omits-unknown", "Origins that nobody knows are left out (observed: Canvas).", VARIANT, {},
        lambda claims: claims if claims.get(ORIGIN_CONTEXTS) else _without(ORIGIN_CONTEXTS)(claims)),
    _of(CONTEXT_COPY, "copy-without-names", "A copy tells ids alone (D2L: Org Unit Information).", VARIANT, {},
        _in(CONTEXT, title=None, label=None, type=None)),
    _of(CONTEXT_COPY, "copy-two-origins", "A copy came from a further course too.", VARIANT, {},
        lambda claims: {**claims, ORIGIN_CONTEXTS: ["another", *claims[ORIGIN_CONTEXTS]]}),
    _of(CONTEXT_COPY, "copy-sub-of-tool", "The sub of a copy is the client.", WRONG_VALUE, {"PNS-TYPE-04": "sub"},
        lambda claims: {**claims, "sub": claims["aud"]}),
    _of(CONTEXT_COPY, "copy-sub-kept", "The user who copied is not left out.", LEFT_OUT, {"PNS-TYPE-04": "sub"},
        _with(sub="user-1")),
    # An id that nobody may give is not that of a launch.
    _of(CONTEXT_COPY, "context-id-long", "The id of a context has 300 characters.", WRONG_VALUE,
        {"PNS-TYPE-05": "context-id-form"}, _in(CONTEXT, id="c" * 300), "PNS-TYPE-01"),
    _of(CONTEXT_COPY, "context-id-not-ascii", "The id of a context is its title as it stands.", LEFT_OUT,
        {"PNS-TYPE-05": "context-id-form"}, _in(CONTEXT, id="Été 2026"), "PNS-TYPE-01"),
    _of(SUBMISSION, "submission-no-user", "A submission does not say whose it is.", LEFT_OUT,
        {"PNS-TYPE-10": "no-user"}, _without(FOR_USER)),
    _of(SUBMISSION, "submission-other-prefix", "Claims of a submission have another prefix (observed: Blackboard).",
        WRONG_VALUE, {"PNS-TYPE-10": "no-activity"}, _renamed),
    _of(SUBMISSION, "submission-no-scope", "The assetservice lists no scope.", LEFT_OUT,
        {"PNS-TYPE-11": "no-asset-scope"}, _in(ASSET_SERVICE, scope=[])),
    _of(SUBMISSION, "submission-old-scope", "The scope of assets has another prefix.", WRONG_VALUE,
        {"PNS-TYPE-11": "no-asset-scope"},
        _in(ASSET_SERVICE, scope=["https://purl.imsglobal.org/spec/lti-ap/scope/asset.readonly"])),
    _of(SUBMISSION, "asset-no-url", "An asset has no url.", LEFT_OUT, {"PNS-TYPE-11": "asset-incomplete"},
        _assets(_without("url"))),
    _of(SUBMISSION, "asset-no-checksum", "An asset has no checksum.", LEFT_OUT, {"PNS-TYPE-12": "asset-untold"},
        _assets(_without("sha256_checksum"))),
    _of(SUBMISSION, "asset-wrong-size", "The size of an asset is not that of its file.", WRONG_VALUE,
        {"PNS-TYPE-12": "asset-differs"}, _assets(lambda asset: {**asset, "size": asset["size"] + 1})),
    _of(SUBMISSION, "submission-no-report", "A submission does not say where reports go.", LEFT_OUT,
        {"PNS-TYPE-13": "no-report"}, _without(ASSET_REPORT)),
    _of(SUBMISSION, "submission-minimal", "A submission tells no course and no acting user.", VARIANT, {},
        _without(CONTEXT, "sub")),
    _of(CONTRIBUTION, "contribution-no-status", "A contribution has no status.", LEFT_OUT,
        {"PNS-TYPE-15": "no-status"}, _in(CONTRIBUTION_CLAIM, status=None)),
    _of(CONTRIBUTION, "contribution-published", "A contribution has a status of the platform's own.", WRONG_VALUE,
        {"PNS-TYPE-15": "other-status"}, _in(CONTRIBUTION_CLAIM, status="published")),
    _of(HELLO_WORLD, "hello-sub", "A greeting is somebody's.", WRONG_VALUE, {"PNS-TYPE-16": "sub"},
        _with(sub="user-1")),
    _of(HELLO_WORLD, "hello-user", "Data of the administrator is not left out of a greeting.", LEFT_OUT,
        {"PNS-TYPE-16": "user-data"}, _with(email="ada.byron@example.com")),
)  # fmt: skip


class OtherAssets(Fault, PlatformBehaviour):
    """When a submission is told of again, its assets have new ids."""

    name = "platform.submission-other-assets"
    kind = WRONG_VALUE
    breaks = {"PNS-TYPE-14": "other-assets"}

    def handed_in(
        self, event: Event, course: Course | None, registration: Registration, deployment: Deployment, base: str
    ) -> dict[str, Any]:
        made = super().handed_in(event, course, registration, deployment, base)
        assets: list[Asset] = made["assets"]
        return {**made, "assets": [replace(one, id=f"{one.id}-{event.id[:8]}") for one in assets]}


class AssetsLeftOut(Fault, PlatformBehaviour):
    """When a submission is told of again, only its first asset is named."""

    name = "platform.submission-fewer-assets"
    kind = LEFT_OUT
    breaks = {"PNS-TYPE-14": "other-assets"}

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._told: set[str] = set()

    def handed_in(
        self, event: Event, course: Course | None, registration: Registration, deployment: Deployment, base: str
    ) -> dict[str, Any]:
        made = super().handed_in(event, course, registration, deployment, base)
        again = f"{event.values['submission']} {deployment.id}" in self._told
        self._told.add(f"{event.values['submission']} {deployment.id}")
        return {**made, "assets": made["assets"][:1]} if again else made
