"""Faults of a platform in what it does when a handler fails, hangs, leads elsewhere or was replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from harness.wire.jose import SigningKey
from harness.wire.pns import NOTICE
from harness.wire.pns_notices import write_time
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_VALUE, Fault
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Deployment, Event, Registration


class RetriesOtherwise(Fault, PlatformBehaviour):
    """What failed is sent again with the time of that."""

    name = "platform.retry-changes-time"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-08": "retry-changes-time"}
    # Brightspace sends nothing again.
    collateral = ("D2L-PNS-11",)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__({**settings, "retries": 2})

    def event_time(self, event: Event, now: Any) -> str:
        return write_time(now)


class RetriesUnsigned(Fault, PlatformBehaviour):
    """What failed is sent again as it was signed the first time."""

    name = "platform.retry-not-signed-again"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-08": "retry-not-signed-again"}
    # Brightspace sends nothing again.
    collateral = ("D2L-PNS-11",)

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__({**settings, "retries": 2})
        self._made: dict[tuple[str, str], str] = {}

    def notice_jwt(self, claims: Mapping[str, Any], key: SigningKey) -> str:
        return self._made.setdefault((claims[NOTICE]["id"], claims["aud"]), super().notice_jwt(claims, key))


class Retries(Fault, PlatformBehaviour):
    """What failed is sent again, signed anew (observed: Blackboard)."""

    name = "platform.retries"
    kind = VARIANT

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__({**settings, "retries": 5})


class _AfterFailure(Fault, PlatformBehaviour):
    """Keeps in mind that a handler has answered with an error."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.has_failed = False

    def is_delivered(self, status: int, error: str | None) -> bool:
        self.has_failed |= status >= 500
        return super().is_delivered(status, error)


class StopsAtFailure(_AfterFailure):
    """A handler that fails ends the sending of notices, to whomever."""

    name = "platform.stops-at-failure"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-09": "not-served"}

    def is_told(self, registration: Registration, deployment: Deployment, event: Event) -> bool:
        return not self.has_failed and super().is_told(registration, deployment, event)


class WaitsAfterFailure(_AfterFailure):
    """A handler that fails puts off the notices of everybody for a day."""

    name = "platform.waits-after-failure"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-09": "not-served"}

    def first_delay(self) -> timedelta:
        return timedelta(days=1) if self.has_failed else super().first_delay()


class Follows(Fault, PlatformBehaviour):
    """A redirect is followed, wherever it leads."""

    name = "platform.follows-redirects"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-10": "followed"}

    def follows(self, status: int, hops: int) -> bool:
        return status in (301, 302, 303, 307, 308) and hops < 5


class NoPatience(Fault, PlatformBehaviour):
    """A handler that does not answer is waited for without end."""

    name = "platform.waits-for-ever"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-11": "still-waiting"}
    hangs = True

    def delivery_patience(self) -> float:
        return 86400.0


class OldHandler(Fault, PlatformBehaviour):
    """Notices go to the handler that was there first, though it was replaced."""

    name = "platform.keeps-old-handler"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-12": "to-old-handler"}

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._first: list[str] = []

    def delivery_url(self, url: str) -> str:
        self._first.append(url)
        return self._first[0]


class BothHandlers(Fault, PlatformBehaviour):
    """Notices go to the new handler and to the one that it replaced."""

    name = "platform.tells-old-handler-too"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-12": "to-old-handler"}

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._known: dict[str, None] = {}

    def delivery_urls(self, url: str) -> Sequence[str]:
        self._known[url] = None
        return list(self._known)


class AnyCertificate(Fault, PlatformBehaviour):
    """Certificates of handlers are not verified."""

    name = "platform.any-certificate"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-13": "not-verified"}

    def verifies(self, error: str | None) -> bool:
        return False


class CertificateAfterFailure(Fault, PlatformBehaviour):
    """A handler whose certificate is not good is tried again without verifying it."""

    name = "platform.falls-back-unverified"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-13": "not-verified"}

    def verifies(self, error: str | None) -> bool:
        return error is None
