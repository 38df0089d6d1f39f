"""Launching: the signed link that a browser opens, and what the player behind it does ("LMS Integration" V1)."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from harness.net.listener import Reply
from harness.wire.cloud_v1_redirects import launch_redirect
from mocks.engine.v1.call import Call
from mocks.engine.v1.domain import Course, Instance, Launch, Past, Registration, Result

KEPT_RESULTS = 16
"""How many replaced results an instance keeps."""

EXITS = ("close-browser", "exit-button", "timeout", "return-twice")
"""How a learner may leave a course."""


class Launching:
    """What a launch does; faults override single methods."""

    settings: Any
    launch_status = 302

    def launch(self, call: Call) -> Reply:
        """Begin a launch and send the browser to the player (302: text)."""
        registration: Registration = self.found(call, call.need("regid"))  # type: ignore[attr-defined]
        return self.to_player(call, self.begin_launch(call, registration))

    def begin_launch(self, call: Call, registration: Registration) -> Launch:
        """Write a launch, what it changes in the registration, and the tags that it names.

        A registration whose course is gone cannot be launched: 1 (assumed).
        """
        course: Course = self.course_for(call, registration.course_id)  # type: ignore[attr-defined]
        launch = self.new_launch(call, registration)
        call.put("launches", launch.id, launch)
        started = self.with_instance(registration, course, call.now)
        call.put("registrations", registration.id, self.accessed(started, launch, call.now))
        self.add_tags(call, registration)  # type: ignore[attr-defined]
        return launch

    def with_instance(self, registration: Registration, course: Course, now: datetime) -> Registration:
        """Return a registration that has an instance: the first launch decides about the course version (assumed)."""
        if registration.instances:
            return registration
        newest = course.versions[-1].id if course.versions else 0
        version = newest if registration.version is None else registration.version
        return replace(registration, instances=(Instance(0, version, now),))

    def accessed(self, registration: Registration, launch: Launch, now: datetime) -> Registration:
        """Return a registration with a launch in its history and the dates of first and last access."""
        latest = replace(registration.latest, updated=now)
        return replace(
            registration, launches=(*registration.launches, launch.id), last_access=now, updated=now,
            first_access=registration.first_access or now, instances=(*registration.instances[:-1], latest),
        )  # fmt: skip

    def new_launch(self, call: Call, registration: Registration) -> Launch:
        """Make the record of a launch."""
        return Launch(
            call.new_id("launch"), registration.id, call.now, self.redirect_asked(call),
            self.is_tracked(call, registration), css=call.get("cssurl"), culture=call.get("culture"),
        )  # fmt: skip

    def redirect_asked(self, call: Call) -> str:
        """Return where the browser is to go at the end: a URL, or closer, blank or message (observed: LIB-NODE-S)."""
        return launch_redirect(call.get("redirecturl"))

    def is_tracked(self, call: Call, registration: Registration) -> bool:
        """Whether a launch may change the results (observed: LIB-JAVA disableTracking)."""
        return registration.tracking and call.get("disableTracking").lower() != "true"

    def to_player(self, call: Call, launch: Launch) -> Reply:
        """Send the browser to the player."""
        return Reply(self.launch_status, (("Location", self.player_url(call, launch)),))

    def player_url(self, call: Call, launch: Launch) -> str:
        """Return where the content player is: an absolute address of ours."""
        return f"{call.base}/launch/{launch.id}?appid={quote(call.app.id, safe='')}"

    # --- in the player ------------------------------------------------------------------------------------------

    def saves_at_end(self, exit: str) -> bool:
        """Whether the player saves when the learner leaves: always, but for a session that has timed out (text)."""
        return exit != "timeout"

    def saved(self, registration: Registration, result: Result, now: datetime) -> Registration:
        """Return a registration whose newest instance has a new result."""
        latest = registration.latest
        past = (*latest.past, Past(now, latest.result))[-KEPT_RESULTS:]
        instance = replace(latest, result=result, updated=now, past=past)
        completed = registration.completed or (now if result.complete == "complete" else None)
        return replace(
            registration, instances=(*registration.instances[:-1], instance), updated=now, completed=completed,
            last_access=now if registration.first_access else None,
        )  # fmt: skip

    def return_visits(self, launch: Launch, exit: str) -> tuple[str, ...]:
        """Return what the browser opens at the end: ``redirecturl`` on exit, nothing when it was closed (text)."""
        times = {"exit-button": 1, "return-twice": 2}.get(exit, 0)
        return (self.return_url(launch),) * (times if self.return_url(launch) else 0)

    def return_url(self, launch: Launch) -> str:
        """Return ``redirecturl``, unchanged but for what no header can hold; empty when it is no address."""
        if not launch.redirect.lower().startswith(("http://", "https://")):
            return ""
        return quote(launch.redirect.encode("utf-8", "replace"), safe=string.punctuation)
