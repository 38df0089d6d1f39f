"""Notices: what an event tells a deployment, how it is signed, and how it is sent.

Sources: D2L "Platform Notification Service with LTI 1.3"; Canvas API documentation, Platform Notification Service;
1EdTech Security Framework 1.0, 5.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from harness.wire.jose import SigningKey
from harness.wire.json_text import write_json
from harness.wire.lti import COURSE_OFFERING, ROLE_LEARNER, ROLES, C
from harness.wire.pns import CONTEXT_COPY, CONTRIBUTION, HELLO_WORLD, SUBMISSION
from harness.wire.pns_assets import Asset
from harness.wire.pns_notices import (
    context_copy_claims,
    contribution_claims,
    hello_world_claims,
    notice_frame,
    submission_claims,
    write_body,
    write_time,
)
from mocks.platform.domain import Course, Deployment, Event, Notice, Registration

JSON = "application/json"
EULA_SCOPE = "https://purl.imsglobal.org/spec/lti/scope/eula/user"
AGS_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
AGS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


class NoticeBehaviour:
    """How a notice is made of an event, and how it goes out."""

    settings: Mapping[str, Any]

    # --- what an event tells ------------------------------------------------------------------------------------

    def shows_course_names(self, deployment: Deployment) -> bool:
        """Whether names of courses are told; see `SwitchBehaviour`."""
        return True

    def told(
        self, event: Event, course: Course | None, registration: Registration, deployment: Deployment, base: str
    ) -> dict[str, Any]:
        """Return the claims of an event beyond those that every notice has."""
        makers = {
            CONTEXT_COPY: self.copy_claims, HELLO_WORLD: self.hello_claims, SUBMISSION: self.submission_claims,
            CONTRIBUTION: self.contribution_claims,
        }  # fmt: skip
        maker = makers.get(event.type)
        return maker(event, course, registration, deployment, base) if maker else {}

    def copy_claims(
        self, event: Event, course: Course | None, registration: Registration, deployment: Deployment, base: str
    ) -> dict[str, Any]:
        """Tell of a course copy: the destination, and where it came from; no user (Canvas source, citing the text)."""
        assert course is not None
        return context_copy_claims(self.destination(course, deployment), self.origins(event))

    def destination(self, course: Course, deployment: Deployment) -> dict[str, Any]:
        """Return the context of the destination, by the id that a launch there carries."""
        return {"id": course.id, **self.course_names(course, deployment), "type": [COURSE_OFFERING]}

    def course_names(self, course: Course, deployment: Deployment) -> dict[str, str]:
        """Return label and title when they may be told."""
        return {"label": course.label, "title": course.title} if self.shows_course_names(deployment) else {}

    def origins(self, event: Event) -> list[str] | None:
        """Return the ids of the courses it came from; None leaves the claim out (setting ``origin-when-unknown``)."""
        origins = [str(one) for one in event.values.get("origins", ())]
        return None if not origins and self.settings["origin-when-unknown"] == "omit" else origins

    def hello_claims(
        self, event: Event, course: Course | None, registration: Registration, deployment: Deployment, base: str
    ) -> dict[str, Any]:
        """Tell nothing of anybody (setting ``hello-extras``: Canvas adds its account and a greeting)."""
        if self.settings["hello-extras"] != "canvas":
            return hello_world_claims()
        account = {"id": f"account-{deployment.client_id}", "title": "Account", "type": ["Account"]}
        return hello_world_claims(account, {"title": "Hello World!", "message": "This is a test notice."})

    def submission_claims(
        self, event: Event, course: Course | None, registration: Registration, deployment: Deployment, base: str
    ) -> dict[str, Any]:
        """Tell of a submission: activity, submission, learner, files (Canvas API documentation, Document Processor)."""
        return submission_claims(
            **self.handed_in(event, course, registration, deployment, base), submission=event.values["submission"],
            more=self.more_of_submission(event, deployment, base),
        )  # fmt: skip

    def handed_in(
        self, event: Event, course: Course | None, registration: Registration, deployment: Deployment, base: str
    ) -> dict[str, Any]:
        """Return what was handed in, by whom and where (settings ``ap-claims``, ``assetreport``)."""
        values = event.values
        standard = self.settings["ap-claims"] == "lti"
        return {
            "activity": str(values["activity"]), "for_user": str(values["user"]),
            "assets": [self.asset(one, base) for one in values["assets"]],
            "report_url": f"{base}/lti/ap/{deployment.id}/reports" if self.settings["assetreport"] else None,
            "custom": dict(registration.custom) if standard else None,
            "context": self.destination(course, deployment) if course else None,
            "ap_claims": "lti" if standard else "blackboard", "checksum": self.settings["checksum-member"],
            "asset_timestamp": bool(self.settings["asset-timestamp"]),
        }  # fmt: skip

    def asset(self, asset: Mapping[str, Any], base: str) -> Asset:
        """Return one file, which is downloaded from us."""
        return Asset(
            asset["asset_id"], f"{base}/lti/ap/assets/{asset['asset_id']}", int(asset["size"]), asset["content_type"],
            asset["timestamp"], asset["sha256_checksum"], asset["checksum"], filename=asset["filename"],
        )  # fmt: skip

    def more_of_submission(self, event: Event, deployment: Deployment, base: str) -> dict[str, Any]:
        """Return who has acted, and what the profile adds (setting ``ap-extras``)."""
        extras = self.settings["ap-extras"]
        found: dict[str, Any] = {"sub": event.values["acting"]} if event.values.get("acting") else {}
        found |= {ROLES: [ROLE_LEARNER]} if "roles" in extras else {}
        service = {"url": f"{base}/lti/eula/{deployment.id}", "scope": [EULA_SCOPE]}
        found |= {C + "eulaservice": service} if "eulaservice" in extras else {}
        endpoint = {"scope": [AGS_SCOPE], "lineitems": f"{base}/lti/ags/{deployment.id}/lineitems"}
        return found | ({AGS_CLAIM: endpoint} if "ags" in extras else {})

    def contribution_claims(
        self, event: Event, course: Course | None, registration: Registration, deployment: Deployment, base: str
    ) -> dict[str, Any]:
        """Tell of a contribution to a discussion (observed: Canvas)."""
        entry = event.values["contribution"]
        return contribution_claims(
            **self.handed_in(event, course, registration, deployment, base), contribution=entry["id"],
            created=entry["created"], updated=entry["updated"], status=entry["status"], parent=entry.get("parent"),
            more=self.more_of_submission(event, deployment, base),
        )  # fmt: skip

    # --- the signed message -------------------------------------------------------------------------------------

    def notice_claims(
        self, event: Event, notice: Notice, registration: Registration, deployment: Deployment, issuer: str,
        nonce: str, now: datetime,
    ) -> dict[str, Any]:  # fmt: skip
        """Return all claims of a notice: id and time are the event's, the others those of this sending."""
        frame = notice_frame(
            iss=self.notice_issuer(issuer), aud=self.audience(registration), azp=self.authorized_party(registration),
            deployment_id=self.notice_deployment(deployment), id=self.notice_id(event, notice),
            timestamp=self.event_time(event, now), type=event.type, now=now, lifetime=self.notice_lifetime(),
            nonce=self.nonce(nonce), nbf=bool(self.settings["nbf"]),
        )  # fmt: skip
        return self.finished_claims({**frame, **notice.claims}, event)

    def notice_issuer(self, issuer: str) -> str:
        """Return ``iss``: the string of launches."""
        return issuer

    def audience(self, registration: Registration) -> str | list[str]:
        """Return ``aud``: the client id."""
        return registration.client_id

    def authorized_party(self, registration: Registration) -> str | None:
        """Return ``azp`` (setting ``azp``)."""
        return registration.client_id if self.settings["azp"] == "always" else None

    def notice_deployment(self, deployment: Deployment) -> str:
        """Return the deployment of the handler (LTI Core 1.3, 3.1.3)."""
        return deployment.id

    def notice_id(self, event: Event, notice: Notice) -> str:
        """Return the id of the event; it stays when a notice is sent again."""
        return event.id

    def event_time(self, event: Event, now: datetime) -> str:
        """Return when the event happened, not when it is told."""
        return write_time(event.timestamp, fraction=bool(self.settings["timestamp-fraction"]))

    def notice_lifetime(self) -> int:
        """Return for how many seconds the message is good."""
        return int(self.settings["lifetime"])

    def nonce(self, fresh: str) -> str:
        """Return a nonce that was never used."""
        return fresh

    def finished_claims(self, claims: dict[str, Any], event: Event) -> dict[str, Any]:
        """Return the claims as they are signed."""
        return claims

    def jose_header(self, key: SigningKey) -> dict[str, Any]:
        """Return the header of a signed message (setting ``typ``)."""
        header: dict[str, Any] = {"alg": key.alg, "kid": key.kid}
        return header | ({"typ": self.settings["typ"]} if self.settings["typ"] else {"typ": None})

    def notice_jwt(self, claims: Mapping[str, Any], key: SigningKey) -> str:
        """Return the signed notice."""
        return self.signed(claims, key)

    def signed(self, claims: Mapping[str, Any], key: SigningKey) -> str:
        """Sign claims: a compact JWS (RFC 7515, 3.1)."""
        return key.sign(write_json(claims), self.jose_header(key))

    # --- sending ------------------------------------------------------------------------------------------------

    def batches(self, count: int, limit: int | None) -> list[int]:
        """Return how many notices go into each message: never more than the handler takes."""
        if not limit:
            return [count] if count else []
        full, rest = divmod(count, limit)
        return [limit] * full + ([rest] if rest else [])

    def destinations(self, notice_type: str, handlers: Mapping[str, Any]) -> list[Any]:
        """Return the handlers to which a notice of a type goes: its own alone."""
        return [handlers[notice_type]] if notice_type in handlers else []

    def body(self, jwts: Sequence[str]) -> bytes:
        """Return the body of a message: an object with the array ``notices``."""
        return write_body(jwts)

    def delivery_headers(self) -> tuple[tuple[str, str], ...]:
        """Return the headers of a message."""
        return (("Content-Type", JSON),)

    def delivery_url(self, url: str) -> str:
        """Return where a message goes: to the registered address exactly."""
        return url

    def delivery_urls(self, url: str) -> Sequence[str]:
        """Return where a message goes: to one address alone."""
        return (self.delivery_url(url),)

    def verifies(self, error: str | None) -> bool:
        """Whether a handler's certificate is verified (Security Framework 1.0, 3): always.

        ``error`` is how a try ended that has verified it, None at first; ``tls`` when the certificate is not good.
        """
        return True

    def is_delivered(self, status: int, error: str | None) -> bool:
        """Whether a message has arrived: 2xx; a redirect is not followed and counts as failure."""
        return error is None and 200 <= status <= 299

    def follows(self, status: int, hops: int) -> bool:
        """Whether a redirect is followed (setting ``follow-redirects``)."""
        return status in (301, 302, 303, 307, 308) and hops < int(self.settings["follow-redirects"])

    def again_after(self, attempt: int) -> timedelta | None:
        """Return after how long a failed message is sent again; None gives up (setting ``retries``)."""
        if attempt >= int(self.settings["retries"]):
            return None
        return timedelta(seconds=float(self.settings["retry-gap"]) * 2**attempt)

    def delivery_patience(self) -> float:
        """Return for how many seconds of real time a handler is waited for."""
        return float(self.settings["delivery-timeout"])

    def first_delay(self) -> timedelta:
        """Return how long after an event its notices leave: at once."""
        return timedelta(0)
