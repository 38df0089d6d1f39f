"""The switches of the notification service: at the registration, at the deployment, for each type.

Source: D2L "Platform Notification Service with LTI 1.3" (Enablement, Stopping Notices, Context Copy Notice).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.wire.pns import SCOPE, pns_claim
from mocks.platform.domain import Deployment, Event, Registration


class SwitchBehaviour:
    """Whom a notice is meant for, and what a launch says of it."""

    settings: Mapping[str, Any]

    def has(self, switch: str) -> bool:
        """Whether the profile knows a switch: registration, deployment or type."""
        return switch in self.settings["switches"]

    def is_on(self, registration: Registration, deployment: Deployment) -> bool:
        """Whether both are enabled at all."""
        return registration.enabled and deployment.enabled

    def on_at_registration(self, registration: Registration) -> bool:
        """Whether the service is on at the registration, which has to hold its scope."""
        return SCOPE in registration.scopes and (registration.pns or not self.has("registration"))

    def on_at_deployment(self, deployment: Deployment) -> bool:
        """Whether the service is on at the deployment."""
        return deployment.pns or not self.has("deployment")

    def applies(self, registration: Registration, deployment: Deployment) -> bool:
        """Whether the service is on for a deployment: at the registration and at the deployment."""
        on = self.on_at_registration(registration) and self.on_at_deployment(deployment)
        return on and self.is_on(registration, deployment)

    def types_of(self, registration: Registration, deployment: Deployment) -> tuple[str, ...]:
        """Return the notice types that a tool may subscribe to: those of the platform that are on at the deployment."""
        supported = tuple(self.settings["notice-types"])
        return tuple(name for name in supported if name in deployment.notice_types or not self.has("type"))

    def inside_sharing(self, deployment: Deployment, event: Event) -> bool:
        """Whether an event is inside the sharing rules: where it happened counts, never where a copy came from."""
        return deployment.covers(event.course) if event.course else True

    def is_told(self, registration: Registration, deployment: Deployment, event: Event) -> bool:
        """Whether a deployment is told of an event, if it has a handler."""
        if not self.applies(registration, deployment) or event.type not in self.types_of(registration, deployment):
            return False
        return self.inside_sharing(deployment, event)

    def shows_course_names(self, deployment: Deployment) -> bool:
        """Whether names and descriptions of courses are told (D2L: Org Unit Information)."""
        return deployment.org_unit_information or not self.settings["title-gated"]

    def claim_url(self, url: str) -> str:
        """Return the address of the service as the claim has it: fully resolved (LTI Core 1.3, 6.1)."""
        return url

    def claim(self, registration: Registration, deployment: Deployment, url: str) -> dict[str, Any] | None:
        """Return the service's claim for a launch, or None when it has none there."""
        applies = self.applies(registration, deployment)
        if self.settings["claim-where"] == "scope":
            applies = self.on_at_registration(registration)
        types = self.types_of(registration, deployment)
        return pns_claim(self.claim_url(url), types) if applies and types else None
