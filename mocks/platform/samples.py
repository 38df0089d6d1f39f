"""Notices of a profile's kind without a platform that runs: for whoever sends some to a handler at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from harness.net.client import HttpClient
from harness.net.clock import Clock
from harness.wire.jose import SigningKey
from harness.wire.pns import CONTEXT_COPY, CONTRIBUTION, HELLO_WORLD, SUBMISSION, TYPES
from harness.wire.pns_notices import write_time
from mocks.faults.composing import platform_behaviour
from mocks.platform.domain import Course, Deployment, Event, Notice, Registration
from mocks.platform.happening import asset
from mocks.platform.platform import Platform

USER = "learner-1"


class Samples:
    """Makes the claims of notices of one deployment, each of an event of its own.

    With a ``seed`` the same ids come again in the same order, else none that ever came. ``base`` is the address that
    files are said to be at; nothing is served there.
    """

    def __init__(
        self, settings: Mapping[str, Any], key: SigningKey, clock: Clock, client: HttpClient, *, issuer: str,
        client_id: str, deployment_id: str, base: str, seed: int | None = None,
    ) -> None:  # fmt: skip
        self.behaviour = platform_behaviour({**settings, "issuer": issuer}, ())
        self._key = key
        self._is_seeded = seed is not None
        run = "" if self._is_seeded else str(uuid4())
        self._platform = Platform(
            clock, client, lambda tenant: self.behaviour, self.behaviour.settings, base, lambda number: key,
            seed=seed or 0, run=run,
        )  # fmt: skip
        self._registration = Registration(client_id, "invigil notify", "", "", (), "")
        self._deployment = Deployment(deployment_id, client_id, notice_types=TYPES)

    def claims(
        self, type_: str, number: int, *, origin: str = "course-1", destination: str = "course-2", title: str = ""
    ) -> dict[str, Any]:
        """Return the claims of the ``number``-th notice (from 0) of a type; each copy has a course of its own."""
        platform, course = self._platform, self._course(type_, number, origin, destination, title)
        now = platform.now("")
        values = self._values(type_, origin)
        event = Event(platform.new_id("event"), type_, now, course.id if course else "", values)
        told = self.behaviour.told(event, course, self._registration, self._deployment, platform.base)
        notice = Notice("sample", event.id, self._deployment.id, "sample", told)
        nonce = platform.new_id("nonce") if self._is_seeded else platform.secret("nonce")
        return self.behaviour.notice_claims(
            event, notice, self._registration, self._deployment, platform.issuer, nonce, now
        )

    def jwt(self, claims: Mapping[str, Any]) -> str:
        """Sign claims as the profile does."""
        return self.behaviour.notice_jwt(claims, self._key)

    def _course(self, type_: str, number: int, origin: str, destination: str, title: str) -> Course | None:
        if type_ == HELLO_WORLD:
            return None
        if type_ != CONTEXT_COPY:
            return Course(origin, "BIO-101", "Biology 101")
        name = destination if number == 0 else f"{destination}-{number}"
        return Course(name, f"BIO-101-{number + 1}", title or f"Biology 101, copy {number + 1}", history=(origin,))

    def _values(self, type_: str, origin: str) -> Mapping[str, Any]:
        if type_ == CONTEXT_COPY:
            return {"origins": (origin,) if origin else (), "way": "manual"}
        if type_ not in (SUBMISSION, CONTRIBUTION):
            return {}
        platform = self._platform
        values: dict[str, Any] = {"activity": "activity-1", "user": USER, "acting": USER}
        values |= {"submission": platform.new_id("submission"), "assets": (asset(platform, 0),)}
        if type_ == CONTRIBUTION:
            at = write_time(platform.now(""))
            values["contribution"] = {"id": platform.new_id("contribution"), "created": at, "updated": at}
            values["contribution"]["status"] = "Submitted"
        return values
