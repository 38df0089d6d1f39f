"""Faults of a platform in the signed message of a notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from harness.wire.lti import DEPLOYMENT_ID, MESSAGE_TYPE, RESOURCE_LINK, TARGET_LINK_URI, VERSION_CLAIM
from harness.wire.pns import NOTICE
from harness.wire.pns_notices import write_time
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_VALUE, Fault
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Event, Notice

Change = Callable[[dict[str, Any]], dict[str, Any]]


def _claims(name: str, doc: str, kind: str, breaks: Mapping[str, str], change: Change, *also: str) -> type[Fault]:
    """Make a fault that changes the claims of every notice before they are signed."""

    def finished_claims(self: PlatformBehaviour, claims: dict[str, Any], event: Event) -> dict[str, Any]:
        return change(PlatformBehaviour.finished_claims(self, claims, event))

    body: dict[str, Any] = {"__doc__": doc, "name": f"platform.notice-{name}", "kind": kind, "breaks": breaks}
    return type("Claims", (Fault, PlatformBehaviour), body | {"finished_claims": finished_claims, "collateral": also})


def _without(*names: str) -> Change:
    return lambda claims: {name: value for name, value in claims.items() if name not in names}


def _with(**values: Any) -> Change:
    return lambda claims: {**claims, **values}


def _event(**values: Any) -> Change:
    """Change members of the claim ``notice``; None leaves one out."""

    def change(claims: dict[str, Any]) -> dict[str, Any]:
        made = {**claims[NOTICE], **values}
        return {**claims, NOTICE: {name: value for name, value in made.items() if value is not None}}

    return change


FAMILY: tuple[type[Fault], ...] = (
    _claims("no-issuer", "There is no iss.", LEFT_OUT, {"PNS-JWT-05": "wrong-issuer"}, _without("iss")),
    _claims("issuer-with-slash", "A slash follows the issuer.", WRONG_VALUE, {"PNS-JWT-05": "wrong-issuer"},
            lambda claims: {**claims, "iss": claims["iss"] + "/"}),
    _claims("no-audience", "There is no aud.", LEFT_OUT, {"PNS-JWT-06": "wrong-audience"}, _without("aud")),
    _claims("audience-is-deployment", "The aud is the deployment.", WRONG_VALUE, {"PNS-JWT-06": "wrong-audience"},
            lambda claims: {**claims, "aud": claims[DEPLOYMENT_ID]}),
    _claims("several-audiences", "Another audience stands beside ours, without azp.", LEFT_OUT,
            {"PNS-JWT-07": "no-azp"}, lambda claims: {**_without("azp")(claims), "aud": [claims["aud"], "another"]}),
    _claims("foreign-azp", "The azp is another client.", WRONG_VALUE, {"PNS-JWT-07": "foreign-azp"},
            _with(azp="another")),
    _claims("no-exp", "There is no exp.", LEFT_OUT, {"PNS-JWT-08": "exp-form"}, _without("exp")),
    _claims("iat-as-text", "The iat is a string.", WRONG_VALUE, {"PNS-JWT-08": "iat-form"},
            lambda claims: {**claims, "iat": str(claims["iat"])}),
    _claims("expired", "A notice has expired an hour before it is sent.", WRONG_VALUE, {"PNS-JWT-08": "expired"},
            lambda claims: {**claims, "iat": claims["iat"] - 7200, "exp": claims["iat"] - 3600}),
    _claims("iat-ahead", "A notice is signed an hour ahead of time.", WRONG_VALUE, {"PNS-JWT-08": "iat-ahead"},
            lambda claims: {**claims, "iat": claims["iat"] + 3600, "exp": claims["exp"] + 3600}),
    _claims("no-nonce", "There is no nonce.", LEFT_OUT, {"PNS-JWT-09": "no-nonce"}, _without("nonce")),
    _claims("same-nonce", "The nonce is always the same.", WRONG_VALUE, {"PNS-JWT-09": "nonce-repeated"},
            _with(nonce="nonce")),
    _claims("no-version", "There is no version.", LEFT_OUT, {"PNS-JWT-10": "no-version"}, _without(VERSION_CLAIM)),
    _claims("version-of-lti-1.1", "The version is that of LTI 1.1.", WRONG_VALUE, {"PNS-JWT-10": "wrong-version"},
            _with(**{VERSION_CLAIM: "LTI-1p0"})),
    _claims("no-deployment", "There is no deployment_id.", LEFT_OUT, {"PNS-JWT-11": "no-deployment"},
            _without(DEPLOYMENT_ID)),
    _claims("deployment-is-client", "The deployment_id is the client.", WRONG_VALUE,
            {"PNS-JWT-11": "wrong-deployment"}, lambda claims: {**claims, DEPLOYMENT_ID: claims["aud"]}),
    _claims("no-event-id", "The notice has no id.", LEFT_OUT, {"PNS-JWT-12": "no-id"}, _event(id=None)),
    _claims("event-id-number", "The id of a notice is a number.", WRONG_VALUE, {"PNS-JWT-12": "no-id"}, _event(id=7)),
    # What has no type of its own cannot have that of its handler.
    _claims("no-event-type", "The notice has no type.", LEFT_OUT, {"PNS-JWT-12": "no-type", "PNS-JWT-15": "other-type"},
            _event(type=None), "PNS-NOTICE-06"),
    _claims("same-id", "The id is the same for every event.", LEFT_OUT, {"PNS-JWT-13": "id-repeated"},
            _event(id="1f0c7a4e-1b0e-4f0a-9a55-0d2b7c9e1a33")),
    _claims("other-type", "The type is written in another case.", WRONG_VALUE, {"PNS-JWT-15": "other-type"},
            lambda claims: _event(type=claims[NOTICE]["type"].lower())(claims), "PNS-NOTICE-06"),
    _claims("timestamp-without-zone", "The timestamp has no zone.", LEFT_OUT, {"PNS-JWT-14": "timestamp-form"},
            lambda claims: _event(timestamp=claims[NOTICE]["timestamp"].rstrip("Z"))(claims)),
    _claims("launch-claims", "A notice says that it is a launch too.", WRONG_VALUE, {"PNS-JWT-16": "launch-claims"},
            _with(**{MESSAGE_TYPE: RESOURCE_LINK, TARGET_LINK_URI: "https://tool.example/"})),
    _claims("tenant-claim", "A claim of the vendor has a plain name.", WRONG_VALUE, {"PNS-JWT-18": "claim-name"},
            _with(tenant_id="t-1")),
    _claims("prefix-left-out", "The prefix of a claim is left out.", LEFT_OUT, {"PNS-JWT-18": "claim-name"},
            _with(platform={"guid": "p-1"})),
    _claims("long-life", "A notice is good for a day.", WRONG_VALUE, {"PNS-JWT-20": "long-life"},
            lambda claims: {**claims, "exp": claims["iat"] + 86400}),
    # An empty sub is a sub: where none may be there it is wrong as well.
    _claims("empty-sub", "The sub is an empty string.", WRONG_VALUE, {"PNS-JWT-21": "empty-sub"}, _with(sub=""),
            "PNS-TYPE-04", "PNS-TYPE-16"),
    _claims("unknown-user-empty", "Where nobody acts, the sub is left empty instead of out.", LEFT_OUT,
            {"PNS-JWT-21": "empty-sub"}, lambda claims: {"sub": "", **claims}, "PNS-TYPE-04", "PNS-TYPE-16"),
    _claims("array-audience", "The aud is an array of one.", VARIANT, {},
            lambda claims: {**claims, "aud": [claims["aud"]]}),
    _claims("always-azp", "The azp is there though aud has one value.", VARIANT, {},
            lambda claims: {**claims, "azp": claims["aud"]}),
    _claims("vendor-claims", "Claims of the vendor are there, under full URLs.", VARIANT, {},
            _with(**{"https://vendor.example/claim/x": {"a": [1, None]}, "jti": "j-1"})),
    _claims("fraction", "The times are numbers with a fraction.", VARIANT, {},
            lambda claims: {**claims, "iat": claims["iat"] + 0.5, "exp": claims["exp"] + 0.5}),
)  # fmt: skip


class IdOfDeployment(Fault, PlatformBehaviour):
    """The id of a notice is that of its deployment, whatever has happened there."""

    name = "platform.notice-id-of-deployment"
    kind = WRONG_VALUE
    breaks = {"PNS-JWT-13": "id-repeated"}

    def notice_id(self, event: Event, notice: Notice) -> str:
        return notice.deployment_id


class TimeOfSigning(Fault, PlatformBehaviour):
    """The timestamp is when the notice is signed."""

    name = "platform.timestamp-of-signing"
    kind = WRONG_VALUE
    breaks = {"PNS-JWT-14": "time-of-signing"}

    def event_time(self, event: Event, now: datetime) -> str:
        return write_time(now)


class TimeOfYesterday(Fault, PlatformBehaviour):
    """The timestamp is a day behind."""

    name = "platform.timestamp-of-yesterday"
    kind = WRONG_VALUE
    breaks = {"PNS-JWT-14": "wrong-time"}

    def event_time(self, event: Event, now: datetime) -> str:
        return write_time(event.timestamp - timedelta(days=1))
