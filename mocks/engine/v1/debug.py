"""The debug service: ping, authPing, getTime ("Debug Service" V1)."""

from __future__ import annotations

from harness.wire.cloud_v1 import write_ts
from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.call import Call, Nodes


class Debug:
    """What the debug service answers; faults override single methods."""

    def ping(self, call: Call) -> Nodes:
        """Answer that the service is there (text)."""
        return (Node("pong"),)

    def auth_ping(self, call: Call) -> Nodes:
        """Answer that the caller is who they say (text)."""
        return (Node("pong"),)

    def get_time(self, call: Call) -> Nodes:
        """Answer the time in UTC (text)."""
        return (Node("currenttime", {"tz": "UTC"}, text=write_ts(call.now)),)
