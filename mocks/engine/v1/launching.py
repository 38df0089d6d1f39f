"""Launching: the signed link that a learner's browser opens, and the page behind it ("LMS Integration" V1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.net.listener import Reply
from mocks.engine.v1.call import Call
from mocks.engine.v1.domain import Instance, Launch, Registration


class Launching:
    """What a launch does; faults override single methods."""

    settings: Any

    def launch(self, call: Call) -> Reply:
        """Begin a launch and send the browser to the player (302: text)."""
        registration: Registration = self.found(call, call.need("regid"))  # type: ignore[attr-defined]
        launch = self.new_launch(call, registration)
        call.put("launches", launch.id, launch)
        instances = registration.instances or (Instance(0, 0, call.now),)
        call.put("registrations", registration.id, replace(
            registration, launches=(*registration.launches, launch.id), last_access=call.now, instances=instances,
            first_access=registration.first_access or call.now,
        ))  # fmt: skip
        return Reply(302, (("Location", self.player_url(call, launch)),))

    def new_launch(self, call: Call, registration: Registration) -> Launch:
        """Make the record of a launch."""
        tracked = registration.tracking and call.get("disableTracking").lower() != "true"
        return Launch(
            call.new_id("launch"), registration.id, call.now, call.get("redirecturl"), tracked,
            css=call.get("cssurl"), culture=call.get("culture"),
        )  # fmt: skip

    def player_url(self, call: Call, launch: Launch) -> str:
        """Return where the content player is: an absolute address of ours."""
        return f"{call.base}/launch/{launch.id}?app={call.app.id}"
