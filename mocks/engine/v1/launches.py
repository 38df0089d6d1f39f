"""The launches of a registration: a history of them, and one with its log ("Registration Service" V1)."""

from __future__ import annotations

from typing import Any

from harness.wire.cloud_v1 import write_date
from harness.wire.cloud_v1_activity import write_number
from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import Launch, Registration


class Launches:
    """What is told of launches; faults override single methods."""

    settings: Any

    def get_launch_history(self, call: Call) -> Nodes:
        """List the launches of a registration, oldest first."""
        registration: Registration = self.found(call, call.need("regid"))  # type: ignore[attr-defined]
        found = (call.row("launches", launch) for launch in self.history(registration))
        listed = [self.launch_node(launch) for launch in found if launch is not None]
        return (Node("launchhistory", {"regid": registration.id}, *listed),)

    def history(self, registration: Registration) -> tuple[str, ...]:
        """Return the ids of the launches that the history lists."""
        return registration.launches

    def get_launch_info(self, call: Call) -> Nodes:
        """Tell of one launch, with its log; 1 when there is none of that id."""
        launchid = call.need("launchid")
        launch: Launch | None = call.row("launches", launchid)
        registration = None if launch is None else call.row("registrations", launch.regid)
        if launch is None or registration is None:
            raise Failure(1, f"Could not find launch [{launchid}] associated with appid [{call.app.id}]")
        return (self.launch_node(launch, self.log_node(call, launch, registration)),)

    def listed_id(self, launch: Launch) -> str:
        """Return the id under which a launch is listed."""
        return launch.id

    def launch_node(self, launch: Launch, *log: Node) -> Node:
        """Write a launch; the time is in hundredths of a second (assumed: the unit is not documented)."""
        result = launch.result
        measure = "0" if result.score is None else write_number(result.score / 100)
        return Node(
            "launch", {"id": self.listed_id(launch)},
            Node("completion", text=result.complete), Node("satisfaction", text=result.success),
            Node("measure_status", text="0" if result.score is None else "1"),
            Node("normalized_measure", text=measure),
            Node("experienced_duration_tracked", text=result.seconds * 100),
            Node("launch_time", text=write_date(launch.at)), Node("exit_time", text=write_date(launch.ended)),
            Node("update_dt", text=write_date(launch.updated or launch.at)), *log,
        )  # fmt: skip

    def log_node(self, call: Call, launch: Launch, registration: Registration) -> Node:
        """Write what is known of a session: when the player was opened and left (names observed: LIB-JAVA)."""
        course = call.row("courses", registration.course_id)
        title = course.title if course else registration.course_id
        moments = [("Launch", launch.at), *([("Exit", launch.ended)] if launch.ended else [])]
        events = [
            Node("RuntimeEvent", {
                "event": name, "id": number, "itemIdentifier": "item-1", "timestamp": write_date(at), "title": title,
                "attemptNo": 1,
            }) for number, (name, at) in enumerate(moments)
        ]  # fmt: skip
        tracked = "true" if launch.tracked else "false"
        return Node(
            "log", None, Node("RuntimeLog", {"browser": "", "trackingEnabled": tracked, "version": ""}, *events)
        )
