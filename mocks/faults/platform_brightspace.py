"""Faults of what Brightspace's switches do (D2L "Platform Notification Service with LTI 1.3")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from harness.wire.pns import CONTEXT_COPY
from harness.wire.pns_handlers import Handler, HandlerRule, Put
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.platform.answers import Refused
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Course, Deployment, Event, Notice, Registration, StoredHandler


class TypeGoesOn(Fault, PlatformBehaviour):
    """A type that is disabled at the deployment is told all the same."""

    name = "platform.type-goes-on"
    kind = LEFT_OUT
    breaks = {"D2L-PNS-01": "notice-while-off", "D2L-PNS-02": "type-goes-on"}

    def is_told(self, registration: Registration, deployment: Deployment, event: Event) -> bool:
        return self.applies(registration, deployment) and self.inside_sharing(deployment, event)


class OneSwitchIsEnough(Fault, PlatformBehaviour):
    """A notice is sent as long as one of the three switches is on."""

    name = "platform.one-switch-is-enough"
    breaks = {
        "D2L-PNS-01": "notice-while-off", "D2L-PNS-02": "type-goes-on", "D2L-PNS-03": "deployment-goes-on",
        "D2L-PNS-04": "registration-goes-on",
    }  # fmt: skip

    def is_told(self, registration: Registration, deployment: Deployment, event: Event) -> bool:
        on = self.on_at_registration(registration) or self.on_at_deployment(deployment)
        on = on or event.type in self.types_of(registration, deployment)
        return on and self.inside_sharing(deployment, event)


class TypeStopsAll(Fault, PlatformBehaviour):
    """One disabled type stops all types of the deployment."""

    name = "platform.type-stops-all"
    breaks = {"D2L-PNS-02": "other-type-stopped"}

    def is_told(self, registration: Registration, deployment: Deployment, event: Event) -> bool:
        whole = set(deployment.notice_types) >= set(self.settings["notice-types"])
        return whole and super().is_told(registration, deployment, event)


class DeploymentGoesOn(Fault, PlatformBehaviour):
    """The switch at the deployment stops nothing."""

    name = "platform.deployment-goes-on"
    kind = LEFT_OUT
    breaks = {"D2L-PNS-01": "notice-while-off", "D2L-PNS-03": "deployment-goes-on"}

    def is_told(self, registration: Registration, deployment: Deployment, event: Event) -> bool:
        on = self.on_at_registration(registration) and event.type in self.types_of(registration, deployment)
        return on and self.inside_sharing(deployment, event)


class DeploymentStopsOthers(Fault, PlatformBehaviour):
    """While one deployment is off, nobody is told."""

    name = "platform.deployment-stops-others"
    breaks = {"D2L-PNS-03": "other-deployment-stopped"}
    off: bool = False

    def is_told(self, registration: Registration, deployment: Deployment, event: Event) -> bool:
        # The deployments are asked in the order in which they were made.
        if deployment.client_id == registration.client_id and deployment.name == "Deployment 1":
            self.off = not deployment.pns
        return not self.off and super().is_told(registration, deployment, event)


class RegistrationGoesOn(Fault, PlatformBehaviour):
    """The switch at the registration stops nothing that is subscribed already."""

    name = "platform.registration-goes-on"
    kind = LEFT_OUT
    breaks = {"D2L-PNS-01": "notice-while-off", "D2L-PNS-04": "registration-goes-on"}

    def is_told(self, registration: Registration, deployment: Deployment, event: Event) -> bool:
        on = self.on_at_deployment(deployment) and event.type in self.types_of(registration, deployment)
        return on and self.inside_sharing(deployment, event)


class OneDeploymentGoesOn(Fault, PlatformBehaviour):
    """The switch at the registration stops its first deployment alone."""

    name = "platform.one-deployment-goes-on"
    breaks = {"D2L-PNS-04": "registration-goes-on"}

    def is_told(self, registration: Registration, deployment: Deployment, event: Event) -> bool:
        if deployment.name == "Deployment 1":
            return super().is_told(registration, deployment, event)
        return self.on_at_deployment(deployment) and event.type in self.types_of(registration, deployment)


class RemovalIgnored(Fault, PlatformBehaviour):
    """Removing a handler is answered, and not done; the list shows it still."""

    name = "platform.removal-ignored"
    kind = LEFT_OUT
    breaks = {"D2L-PNS-05": "told-after-removal"}
    collateral = ("D2L-PNS-01", "PNS-HANDLER-08", "PNS-HANDLER-10", "PNS-HANDLER-11", "PNS-NOTICE-06")

    def replaced(self, put: Put, former: StoredHandler | None) -> StoredHandler | None:
        kept = super().replaced(put, former)
        return former if put.removes and former is not None else kept


class RemovalHidden(Fault, PlatformBehaviour):
    """A handler that was removed is shown no more, and told all the same."""

    name = "platform.removal-hidden"
    breaks = {"D2L-PNS-05": "told-after-removal"}
    collateral = ("D2L-PNS-01", "PNS-HANDLER-10", "PNS-NOTICE-06")

    def replaced(self, put: Put, former: StoredHandler | None) -> StoredHandler | None:
        self.hidden = {*getattr(self, "hidden", ()), put.notice_type} if put.removes else set()
        kept = super().replaced(put, former)
        return former if put.removes and former is not None else kept

    def shown(self, stored: StoredHandler) -> Handler:
        gone = stored.notice_type in getattr(self, "hidden", ())
        return Handler(stored.notice_type, "") if gone else super().shown(stored)


class OriginDecides(Fault, PlatformBehaviour):
    """The sharing rules are held against the origin of a copy."""

    name = "platform.origin-decides"
    breaks = {"D2L-PNS-06": "origin-decides", "D2L-PNS-07": "told-outside"}

    def inside_sharing(self, deployment: Deployment, event: Event) -> bool:
        origins = event.values.get("origins", ())
        return all(deployment.covers(str(origin)) for origin in origins) if origins else True


class BothMustBeShared(Fault, PlatformBehaviour):
    """A copy is told only if destination and origin are both shared."""

    name = "platform.both-must-be-shared"
    kind = LEFT_OUT
    breaks = {"D2L-PNS-06": "origin-decides"}

    def inside_sharing(self, deployment: Deployment, event: Event) -> bool:
        courses = (event.course, *event.values.get("origins", ()))
        return all(deployment.covers(str(course)) for course in courses if course)


class SharingIgnored(Fault, PlatformBehaviour):
    """The sharing rules are not asked."""

    name = "platform.sharing-ignored"
    kind = LEFT_OUT
    breaks = {"D2L-PNS-07": "told-outside"}

    def inside_sharing(self, deployment: Deployment, event: Event) -> bool:
        return True


class IdsGated(Fault, PlatformBehaviour):
    """While names may not be told, the origin is left out as well."""

    name = "platform.ids-gated"
    kind = LEFT_OUT
    breaks = {"D2L-PNS-08": "no-origin"}
    profile = "brightspace"

    def told(
        self, event: Event, course: Course | None, registration: Registration, deployment: Deployment, base: str
    ) -> dict[str, Any]:
        claims = super().told(event, course, registration, deployment, base)
        if not deployment.org_unit_information:
            claims.pop("https://purl.imsglobal.org/spec/lti/claim/origin_contexts", None)
        return claims


class DestinationGated(Fault, PlatformBehaviour):
    """While names may not be told, the destination has no id."""

    name = "platform.destination-gated"
    breaks = {"D2L-PNS-08": "no-destination"}
    profile = "brightspace"

    def destination(self, course: Course, deployment: Deployment) -> dict[str, Any]:
        whole = super().destination(course, deployment)
        return whole if deployment.org_unit_information else {"type": whole.get("type")}


class NamesAlways(Fault, PlatformBehaviour):
    """Names of courses are told whatever the switch for them says."""

    name = "platform.names-always"
    kind = LEFT_OUT
    breaks = {"D2L-PNS-09": "names-while-off"}
    profile = "brightspace"

    def shows_course_names(self, deployment: Deployment) -> bool:
        return True


class NamesNever(Fault, PlatformBehaviour):
    """Names of courses are never told."""

    name = "platform.names-never"
    breaks = {"D2L-PNS-09": "no-names-while-on"}
    profile = "brightspace"

    def shows_course_names(self, deployment: Deployment) -> bool:
        return False


def _untold(way: str) -> type[Fault]:
    """Return the fault that copies made in one way are not told."""

    def notices_copies(self: PlatformBehaviour, asked: str) -> bool:
        return asked != way

    name = {"manual": "copy", "bulk": "copy-bulk", "api": "copy-api"}[way]
    breaks: Mapping[str, str] = {"D2L-PNS-10": f"untold-{name}"}
    doc = {
        "bulk": "Copies in bulk are not told.",
        "api": "Copies by API are taken for something that no tool is told of.",
    }[way]
    kind = LEFT_OUT if way == "bulk" else WRONG_VALUE
    members = {"name": f"platform.untold-{way}", "kind": kind, "breaks": breaks, "__doc__": doc}
    return type(f"Untold{way.title()}", (Fault, PlatformBehaviour), {**members, "notices_copies": notices_copies})


FAMILY = tuple(_untold(way) for way in ("bulk", "api"))


class SendsAgain(Fault, PlatformBehaviour):
    """What failed is sent again, two times."""

    name = "platform.sends-again"
    breaks = {"D2L-PNS-11": "sent-again"}

    def again_after(self, attempt: int) -> timedelta | None:
        return timedelta(seconds=60) if attempt < 2 else None


class SendsAgainAtOnce(Fault, PlatformBehaviour):
    """What failed is sent again at once, one time."""

    name = "platform.sends-again-at-once"
    kind = LEFT_OUT
    breaks = {"D2L-PNS-11": "sent-again"}

    def again_after(self, attempt: int) -> timedelta | None:
        return timedelta(0) if attempt < 1 else None


class IdOfSending(Fault, PlatformBehaviour):
    """The id of an event is not kept: each deployment is told of it under another."""

    name = "platform.id-of-sending"
    kind = LEFT_OUT
    breaks = {"D2L-PNS-12": "id-of-sending"}

    def notice_id(self, event: Event, notice: Notice) -> str:
        return notice.key


class TimeOfSending(Fault, PlatformBehaviour):
    """Each deployment is told of an event at another time."""

    name = "platform.time-differs"
    breaks = {"D2L-PNS-12": "time-of-sending"}
    told_before: int = 0

    def event_time(self, event: Event, now: datetime) -> str:
        self.told_before += 1
        return super().event_time(event, now).replace("Z", f".{self.told_before % 10}Z")


class OtherPath(Fault, PlatformBehaviour):
    """The service is offered under another deployment's name."""

    name = "platform.other-path"
    breaks = {"D2L-PNS-14": "other-deployment"}
    profile = "brightspace"

    def claim_url(self, url: str) -> str:
        return url.rpartition("/")[0] + "/00000000-0000-4000-8000-000000000000"


class PathWithoutDeployment(Fault, PlatformBehaviour):
    """The address of the service names its deployment in the query."""

    name = "platform.path-without-deployment"
    kind = LEFT_OUT
    breaks = {"D2L-PNS-14": "other-path"}
    profile = "brightspace"

    def claim_url(self, url: str) -> str:
        head, _, deployment = url.rpartition("/")
        return f"{head}?deployment={deployment}"


class DisabledTypeListed(Fault, PlatformBehaviour):
    """A launch lists types that are disabled at the deployment."""

    name = "platform.disabled-type-listed"
    breaks = {"D2L-PNS-15": "disabled-type-listed"}

    def claim(self, registration: Registration, deployment: Deployment, url: str) -> dict[str, Any] | None:
        made = super().claim(registration, deployment, url)
        return made and {**made, "notice_types_supported": list(self.settings["notice-types"])}


class TypesNotInConfiguration(Fault, PlatformBehaviour):
    """The configuration lists fewer types than there are."""

    name = "platform.types-not-in-configuration"
    kind = LEFT_OUT
    breaks = {"D2L-PNS-15": "types-not-in-configuration"}

    def types_supported(self) -> list[str]:
        return [name for name in self.settings["notice-types"] if name != CONTEXT_COPY]


class EndpointIsAudience(Fault, PlatformBehaviour):
    """An assertion for the address of the token endpoint is taken as well."""

    name = "platform.endpoint-is-audience"
    breaks = {"D2L-PNS-16": "endpoint-accepted"}
    profile = "brightspace"

    def wrong_audience(self, claims: Mapping[str, Any], audiences: Any) -> str:
        given = claims.get("aud")
        return "" if isinstance(given, str) and given.endswith("/token") else super().wrong_audience(claims, audiences)


class AnyHost(Fault, PlatformBehaviour):
    """Handlers on any host are taken; what the vectors say of hosts turns red with it."""

    name = "platform.article-any-host"
    kind = LEFT_OUT
    breaks = {"D2L-PNS-13": "foreign-accepted"}
    collateral = ("PNS-HANDLER-16", "PNS-HANDLER-17", "PNS-HANDLER-18", "PNS-HANDLER-20")

    def refuses_address(self, put: Put, registration: Registration) -> None:
        if not put.removes and not put.url.startswith("https://"):
            raise Refused("bad_request", "handler: expected https")


class DomainAlone(Fault, PlatformBehaviour):
    """A redirect URL outside the domain is refused."""

    name = "platform.article-without-redirect"
    breaks = {"D2L-PNS-13": "redirect-url-refused"}
    collateral = ("PNS-HANDLER-19",)

    def rule(self, registration: Registration, domain: str) -> HandlerRule:
        return replace(super().rule(registration, domain), or_redirect=False)


class ToldOnce(Fault, PlatformBehaviour):
    """A handler is told of one copy, and of no other until it is set again."""

    name = "platform.told-once"
    breaks = {"D2L-PNS-01": "copy-untold"}

    def destinations(self, notice_type: str, handlers: Mapping[str, Any]) -> list[Any]:
        told: set[str] = self.__dict__.setdefault("told_of", set())
        found = [one for one in super().destinations(notice_type, handlers) if one.url not in told]
        told |= {one.url for one in found}
        return found

    def replaced(self, put: Put, former: StoredHandler | None) -> StoredHandler | None:
        self.__dict__.pop("told_of", None)
        return super().replaced(put, former)
