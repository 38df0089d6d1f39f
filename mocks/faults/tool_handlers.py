"""Faults of an LTI tool in how it sets and removes its handlers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from harness.net.client import Received
from harness.net.listener import Reply
from harness.wire.binding import encode_query
from harness.wire.json_text import read_json
from harness.wire.pns import WRONG_SCOPE
from harness.wire.pns_handlers import Catalogue, Handler, read_handler_answer
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.environment import Trouble
from mocks.tool.pages import refusal


class NoMediaType(Fault, ToolBehaviour):
    """Does not say that it puts JSON."""

    name = "tool.no-media-type"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-36": "media-type"}

    def put_headers(self) -> tuple[tuple[str, str], ...]:
        return (("Accept", "application/json"),)


class PutsForms(Fault, ToolBehaviour):
    """Puts a form and calls it JSON."""

    name = "tool.puts-forms"
    kind = WRONG_VALUE
    breaks = {"PNS-HANDLER-36": "not-json"}

    def put_body(self, handler: Handler) -> bytes:
        return encode_query((("notice_type", handler.notice_type), ("handler", handler.url))).encode()


class OldScope(Fault, ToolBehaviour):
    """Asks for a scope that a library once had in its tests."""

    name = "tool.old-scope"
    kind = WRONG_VALUE
    breaks = {"PNS-HANDLER-36": "wrong-scope"}

    def service_scopes(self, scopes: Sequence[str]) -> tuple[str, ...]:
        return (WRONG_SCOPE,)


class TokenScheme(Fault, ToolBehaviour):
    """Shows its token by another scheme."""

    name = "tool.token-scheme"
    kind = WRONG_VALUE
    breaks = {"PNS-HANDLER-36": "no-bearer"}

    def authorization(self, token: str) -> str:
        return f"Token {token}"


class NeverRestores(Fault, ToolBehaviour):
    """Sets its handlers when its owner says so, and at no launch."""

    name = "tool.never-restores"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-36": "not-restored-by-launch"}

    def subscribes_at_launch(self) -> bool:
        return False


class PlainHandlers(Fault, ToolBehaviour):
    """Registers handlers without TLS."""

    name = "tool.plain-handlers"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-37": "scheme"}
    collateral = ("LTI-JWKS-06/T",)
    # A handler without TLS is an endpoint without TLS.

    def put_body(self, handler: Handler) -> bytes:
        return super().put_body(replace(handler, url=handler.url.replace("https:", "http:", 1)))


class HandlersElsewhere(Fault, ToolBehaviour):
    """Registers handlers at a host that only looks like its own."""

    name = "tool.handlers-elsewhere"
    kind = WRONG_VALUE
    breaks = {"PNS-HANDLER-37": "domain"}

    def put_body(self, handler: Handler) -> bytes:
        return super().put_body(replace(handler, url=handler.url.replace("localhost", "localhost.notices.example", 1)))


class ObjectsAnswered(Fault, ToolBehaviour):
    """Takes a PUT that is answered with the whole list for a failure, and stops there."""

    name = "tool.objects-answered"
    kind = WRONG_VALUE
    breaks = {"PNS-HANDLER-38": "spoiled-by-catalogue"}

    def put_problem(self, received: Received) -> str:
        if read_handler_answer(received.body).shape != "object":
            raise Trouble("an answer that is no handler")
        return super().put_problem(received)


class KnownAnswersOnly(Fault, ToolBehaviour):
    """Reads no list that has members which it does not know."""

    name = "tool.known-answers-only"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-38": "spoiled-by-further-members"}

    def read_list(self, body: bytes) -> Catalogue:
        return _strict(self, super().read_list(body), not set(read_json(body).object or ()) - {
            "client_id", "deployment_id", "notice_handlers"
        })  # fmt: skip

    def differs(self, found: Handler | None, ours: Handler) -> bool:
        return not vars(self).get("unread") and super().differs(found, ours)


class ClientIsText(Fault, ToolBehaviour):
    """Reads no list whose client id is a number."""

    name = "tool.client-is-text"
    kind = WRONG_VALUE
    breaks = {"PNS-HANDLER-38": "spoiled-by-number"}

    def read_list(self, body: bytes) -> Catalogue:
        found = super().read_list(body)
        return _strict(self, found, "client-id-number" not in found.problems)

    def differs(self, found: Handler | None, ours: Handler) -> bool:
        return not vars(self).get("unread") and super().differs(found, ours)


def _strict(behaviour: ToolBehaviour, found: Catalogue, readable: bool) -> Catalogue:
    """Remember whether a list could be read; of one that could not nothing is known, and nothing done."""
    vars(behaviour)["unread"] = not readable
    return found if readable else Catalogue()


class FailsWithService(Fault, ToolBehaviour):
    """Lets the user wait for the service of handlers, and shows him what went wrong there."""

    name = "tool.fails-with-service"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-39": "launch-fails-400"}

    def subscribes_before_answering(self) -> bool:
        return True

    def troubled(self, problem: str) -> Reply | None:
        return refusal(502, "Something went wrong", problem)


class FailsWithServer(Fault, ToolBehaviour):
    """Shows the user an error of its own when the platform's service has one."""

    name = "tool.fails-with-server"
    kind = WRONG_VALUE
    breaks = {"PNS-HANDLER-39": "launch-fails-500"}

    def subscribes_before_answering(self) -> bool:
        return True

    def troubled(self, problem: str) -> Reply | None:
        return refusal(500, "Something went wrong", problem) if "status 5" in problem else None


class RemovesByNull(Fault, ToolBehaviour):
    """Takes a handler back by null."""

    name = "tool.removes-by-null"
    kind = WRONG_VALUE
    breaks = {"PNS-HANDLER-40": "no-empty-handler"}

    def put_body(self, handler: Handler) -> bytes:
        if handler.url:
            return super().put_body(handler)
        return json.dumps({"notice_type": handler.notice_type, "handler": None}).encode()
