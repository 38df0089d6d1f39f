"""Methods of priority C: reads that answer a result without content, and changes that are refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.net.listener import Reply
from harness.wire.cloud_v1 import UNAVAILABLE
from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.call import Call, Failure, Nodes

NO_FILES = b"PK\x05\x06" + bytes(18)


def _empty(name: str, *children: str, **attrs: str) -> Node:
    return Node(name, attrs, *(Node(child) for child in children))


_COUNTS = ("regcount", "totalregistrations", "totalcourses")
NOTHING: Mapping[str, Node] = {
    "rustici.invitation.getInvitationStatus": Node("status", text="unknown"),
    "rustici.invitation.getInvitationList": Node("invitationlist"),
    "rustici.dispatch.getDestinationList": Node("dispatchDestinations", {"page": "1"}),
    "rustici.dispatch.getDestinationInfo": _empty(
        "dispatchDestination", "id", "name", "tags", "notes", "createdBy", "createDate", "updateDate"
    ),
    "rustici.dispatch.getDispatchInfo": _empty(
        "dispatch", "id", "destinationId", "appId", "courseAppId", "courseId", "enabled", "tags", "notes",
        "registrationcount", "createdBy", "createDate", "updateDate",
    ),
    "rustici.dispatch.getDispatchList": Node("dispatches", {"page": "1"}),
    "rustici.reporting.getAccountInfo": Node(
        "account", None, Node("email"), Node("firstname"), Node("lastname"), Node("company"), Node("accounttype"),
        Node("reglimit", text=0), Node("strictlimit", text="false"), Node("createdate"),
        Node("usage", None, Node("monthstart"), *(Node(name, text=0) for name in _COUNTS)),
    ),
    "rustici.reporting.getReportageAuth": Node("auth", text="none"),
    "rustici.reporting.getUsageInfo": Node("usage"),
    "rustici.export.status": Node(
        "export", {"id": ""}, Node("appid"), Node("status", text="unknown"), Node("start_date"), Node("end_date"),
        Node("percent_complete", text=0), Node("server_location"),
    ),
    "rustici.export.list": Node("exports"),
    "rustici.lrsaccount.listActivityProviders": Node("activityProviderList"),
    "rustici.lrsaccount.getAppLrsAuthCallbackUrl": Node("lrsAuthCallbackUrl"),
    "rustici.application.getAppList": Node("applicationlist"),
    "rustici.application.getAppInfo": Node("appInfo", None, _empty(
        "application", "appId", "name", "createDate", "allowDeleteAPI", "allowUpdateAPI", "secretKeys"
    )),
}  # fmt: skip
"""What reads of priority C answer: the shape that clients look for, and nothing in it (shapes: client libraries)."""


class Reporting:
    """Reporting, export, record store, applications, and what else is there in name alone."""

    settings: Any

    def nothing(self, call: Call) -> Nodes:
        """Answer the empty result of a read."""
        return (NOTHING[call.method],)

    def no_files(self, call: Call) -> Reply:
        """Answer an archive without entries."""
        name = call.method.rpartition(".")[2]
        headers = (("Content-Type", "application/zip"), ("Content-Disposition", f'attachment; filename="{name}.zip"'))
        return Reply(200, headers, NO_FILES)

    def unavailable(self, call: Call) -> Nodes:
        """Refuse a change that the mock does not make, with 201."""
        raise Failure(UNAVAILABLE)
