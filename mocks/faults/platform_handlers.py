"""Faults of listing, setting, replacing and removing handlers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.net.listener import Inbound, Reply
from harness.wire.json_text import read_json
from harness.wire.pns import CONTEXT_COPY, HELLO_WORLD, NOTICE
from harness.wire.pns_handlers import Handler, Put
from mocks.faults.base import LEFT_OUT, VARIANT, Fault
from mocks.platform.answers import Refused, json_reply
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Deployment, Event
from mocks.platform.domain import StoredHandler as Stored

HIDDEN = 77
"""The batch size by which a fault recognises what it hides."""

Listed = Sequence[Stored]
Document = dict[str, Any]


class ListWithoutDeployment(Fault, PlatformBehaviour):
    """The list does not say for which deployment it is."""

    name = "platform.list-without-deployment"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-01": "no-member"}

    def list_document(self, deployment: Deployment, types: Sequence[str], handlers: Listed) -> Document:
        found = super().list_document(deployment, types, handlers)
        del found["deployment_id"]
        return found


class ListAccepted(Fault, PlatformBehaviour):
    """The list is answered by 202."""

    name = "platform.list-accepted"
    breaks = {"PNS-HANDLER-01": "other-status"}

    def list_reply(self, deployment: Deployment, types: Sequence[str], handlers: Listed) -> Reply:
        return replace(super().list_reply(deployment, types, handlers), status=202)


class BareList(Fault, PlatformBehaviour):
    """The list is the array alone. Nothing can be looked up in it, so no other rule is asked."""

    name = "platform.bare-list"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-01": "no-object"}

    def list_reply(self, deployment: Deployment, types: Sequence[str], handlers: Listed) -> Reply:
        return json_reply(200, self.list_document(deployment, types, handlers)["notice_handlers"])


class ListOfClient(Fault, PlatformBehaviour):
    """The list names the client as its deployment."""

    name = "platform.list-of-client"
    breaks = {"PNS-HANDLER-02": "other-deployment"}

    def list_document(self, deployment: Deployment, types: Sequence[str], handlers: Listed) -> Document:
        found = super().list_document(deployment, types, handlers)
        return {**found, "deployment_id": str(found["client_id"])}


class ListShortDeployment(Fault, PlatformBehaviour):
    """The list leaves out the end of the deployment's id."""

    name = "platform.list-short-deployment"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-02": "other-deployment"}

    def list_document(self, deployment: Deployment, types: Sequence[str], handlers: Listed) -> Document:
        found = super().list_document(deployment, types, handlers)
        return {**found, "deployment_id": deployment.id[:-1]}


class ListOtherClient(Fault, PlatformBehaviour):
    """The list names a client that is not the one of the launch."""

    name = "platform.list-other-client"
    breaks = {"PNS-HANDLER-03": "other-client"}

    def client_id_in_list(self, client_id: str) -> str | int:
        return f"0{client_id}"


class ListNumericClient(Fault, PlatformBehaviour):
    """The list has a number as client_id."""

    name = "platform.list-numeric-client"
    breaks = {"PNS-HANDLER-03": "number"}

    def client_id_in_list(self, client_id: str) -> str | int:
        return 10000000000267


def _elements(document: Document, element: Mapping[str, Any]) -> Document:
    """Return a list in which what has no handler is changed."""
    listed = [one if one["handler"] else {**one, **element} for one in document["notice_handlers"]]
    kept = [{name: value for name, value in one.items() if value is not ...} for one in listed]
    return {**document, "notice_handlers": kept}


class ElementWithoutHandler(Fault, PlatformBehaviour):
    """A type without handler is listed without that member."""

    name = "platform.element-without-handler"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-04": "wrong-element"}

    def list_document(self, deployment: Deployment, types: Sequence[str], handlers: Listed) -> Document:
        return _elements(super().list_document(deployment, types, handlers), {"handler": ...})


class ElementFalse(Fault, PlatformBehaviour):
    """A type without handler is listed with false."""

    name = "platform.element-false"
    breaks = {"PNS-HANDLER-04": "wrong-element"}

    def list_document(self, deployment: Deployment, types: Sequence[str], handlers: Listed) -> Document:
        return _elements(super().list_document(deployment, types, handlers), {"handler": False})


class ListsSubscribed(Fault, PlatformBehaviour):
    """Types without handler are not listed."""

    name = "platform.lists-subscribed"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-05": "not-listed"}

    def listed(self, types: Sequence[str], handlers: Listed) -> list[Handler]:
        return [one for one in super().listed(types, handlers) if one.url]


class ListsTwice(Fault, PlatformBehaviour):
    """Every type is listed twice."""

    name = "platform.lists-twice"
    breaks = {"PNS-HANDLER-06": "repeated"}

    def listed(self, types: Sequence[str], handlers: Listed) -> list[Handler]:
        return super().listed(types, handlers) * 2


class ListsBesides(Fault, PlatformBehaviour):
    """A type that has a handler is listed without one as well."""

    name = "platform.lists-besides"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-06": "repeated"}

    def listed(self, types: Sequence[str], handlers: Listed) -> list[Handler]:
        found = super().listed(types, handlers)
        return found + [Handler(one.notice_type, "") for one in found if one.url]


class PutSilent(Fault, PlatformBehaviour):
    """A PUT is answered by 200 and nothing."""

    name = "platform.put-silent"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-07": "no-handler-object"}

    def put_reply(self, put: Put, deployment: Deployment, types: Sequence[str], handlers: Listed) -> Reply:
        return Reply(200, (("Content-Type", "application/json"),), b"")


class PutCreated(Fault, PlatformBehaviour):
    """A PUT is answered by 201; so is the removal."""

    name = "platform.put-created"
    breaks = {"PNS-HANDLER-07": "other-status", "PNS-HANDLER-10": "other-status"}

    def put_reply(self, put: Put, deployment: Deployment, types: Sequence[str], handlers: Listed) -> Reply:
        return replace(super().put_reply(put, deployment, types, handlers), status=201)


class PutOtherHandler(Fault, PlatformBehaviour):
    """A PUT is answered with an address that was not set."""

    name = "platform.put-other-handler"
    breaks = {"PNS-HANDLER-07": "other-handler"}

    def put_document(self, put: Put) -> Document:
        return {**super().put_document(put), "handler": put.url.partition("?")[0]}


class PutForgotten(Fault, PlatformBehaviour):
    """A handler is acknowledged, and no list ever shows it."""

    name = "platform.put-forgotten"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-08": "not-shown"}

    def shown(self, stored: Stored) -> Handler:
        return Handler(stored.notice_type, "")


class PutWithoutQuery(Fault, PlatformBehaviour):
    """The query of a handler is lost. In a history it is lost in what takes another's place as well."""

    name = "platform.put-without-query"
    breaks = {"PNS-HANDLER-08": "other-handler"}
    collateral = ("PNS-HANDLER-09", "PNS-HANDLER-20", "PNS-HANDLER-21")

    def replaced(self, put: Put, former: Stored | None) -> Stored | None:
        found = super().replaced(put, former)
        return found and replace(found, url=found.url.partition("?")[0])


class FirstWins(Fault, PlatformBehaviour):
    """A second PUT is acknowledged, and the first stays in force, with its batch size."""

    name = "platform.first-wins"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-09": "not-replaced"}
    collateral = ("PNS-HANDLER-26",)

    def replaced(self, put: Put, former: Stored | None) -> Stored | None:
        return former if former and put.url else super().replaced(put, former)


class NoReplacing(Fault, PlatformBehaviour):
    """A second PUT for a type is refused, be it the same or another."""

    name = "platform.no-replacing"
    breaks = {"PNS-HANDLER-09": "refused"}

    def refuses_repeated(self, put: Put, former: Stored | None) -> None:
        if former and put.url and put.url != former.url:
            raise Refused("conflict", "there is a handler already", 409)


class NoRemoving(Fault, PlatformBehaviour):
    """An empty handler is held to be a bad address."""

    name = "platform.no-removing"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-10": "refused"}

    def removes(self, put: Put) -> bool:
        return False


class RemovesForShow(Fault, PlatformBehaviour):
    """A removal is acknowledged and has no effect. In a history what is set afterwards replaces what is there."""

    name = "platform.removes-for-show"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-10": "still-listed"}
    collateral = ("PNS-HANDLER-05",)

    def replaced(self, put: Put, former: Stored | None) -> Stored | None:
        return former if put.removes else super().replaced(put, former)


class TellsTheRemoved(Fault, PlatformBehaviour):
    """A handler that was removed is not listed any more and still told."""

    name = "platform.tells-the-removed"
    breaks = {"PNS-HANDLER-10": "told-after-removal"}

    def replaced(self, put: Put, former: Stored | None) -> Stored | None:
        hidden = former and replace(former, max_batch_size=HIDDEN)
        return hidden if put.removes else super().replaced(put, former)

    def listed(self, types: Sequence[str], handlers: Listed) -> list[Handler]:
        return super().listed(types, [one for one in handlers if one.max_batch_size != HIDDEN])


class RemovesUnlimited(Fault, PlatformBehaviour):
    """A removal takes effect only while the handler has no batch size."""

    name = "platform.removes-unlimited"
    breaks = {"PNS-HANDLER-10": "still-listed"}

    def replaced(self, put: Put, former: Stored | None) -> Stored | None:
        stays = put.removes and former and former.max_batch_size
        return former if stays else super().replaced(put, former)


class NothingToRemove(Fault, PlatformBehaviour):
    """The removal of what is not there is not found."""

    name = "platform.nothing-to-remove"
    breaks = {"PNS-HANDLER-11": "refused"}

    def refuses_repeated(self, put: Put, former: Stored | None) -> None:
        if put.removes and former is None:
            raise Refused("not_found", "there is no handler", 404)


class NoRepeating(Fault, PlatformBehaviour):
    """The same PUT again is a conflict."""

    name = "platform.no-repeating"
    breaks = {"PNS-HANDLER-21": "refused"}

    def refuses_repeated(self, put: Put, former: Stored | None) -> None:
        if former and former.url == put.url:
            raise Refused("conflict", "this handler is set already", 409)


class Toggles(Fault, PlatformBehaviour):
    """The same PUT again takes the handler away."""

    name = "platform.toggles"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-21": "changed"}

    def replaced(self, put: Put, former: Stored | None) -> Stored | None:
        found = super().replaced(put, former)
        return None if found == former else found


class RepetitionTurns(Fault, PlatformBehaviour):
    """The same PUT again turns the address of the handler into another."""

    name = "platform.repetition-turns"
    breaks = {"PNS-HANDLER-21": "changed"}

    def replaced(self, put: Put, former: Stored | None) -> Stored | None:
        found = super().replaced(put, former)
        return replace(found, url=f"{found.url}#again") if found and found == former else found


class StrictMembers(Fault, PlatformBehaviour):
    """A member that is not known is refused."""

    name = "platform.strict-members"
    breaks = {"PNS-HANDLER-22": "refused"}

    def read_put(self, body: bytes) -> Put:
        unknown = set(read_json(body).object or {}) - {"notice_type", "handler", "max_batch_size"}
        if unknown:
            raise Refused("bad_request", f"unknown: {', '.join(sorted(unknown))}")
        return super().read_put(body)


class LabelledAsHtml(Fault, PlatformBehaviour):
    """The answers say that they are text/html."""

    name = "platform.labelled-as-html"
    breaks = {"PNS-HANDLER-33": "other-media-type"}

    def finished(self, reply: Reply) -> Reply:
        return replace(reply, headers=(("Content-Type", "text/html"), *reply.headers[1:]))


class StrictQuery(Fault, PlatformBehaviour):
    """A query is refused."""

    name = "platform.strict-query"
    breaks = {"PNS-HANDLER-34": "refused"}

    def refuses_query(self, inbound: Inbound, deployment_id: str) -> None:
        if inbound.query:
            raise Refused("bad_request", "no query is expected")


class GreetsByCopy(Fault, PlatformBehaviour):
    """Who subscribes to hello-world notices is told of a course copy at once."""

    name = "platform.greets-by-copy"
    profile = "canvas"
    breaks = {"PNS-HANDLER-35": "other-notice"}

    def finished_claims(self, claims: dict[str, Any], event: Event) -> dict[str, Any]:
        notice = claims.get(NOTICE)
        is_greeting = isinstance(notice, dict) and notice.get("type") == HELLO_WORLD
        return {**claims, NOTICE: {**notice, "type": CONTEXT_COPY}} if is_greeting else claims  # type: ignore[dict-item]


class TalkativeList(Fault, PlatformBehaviour):
    """The list has members that nobody knows, and a null where no batch size is set."""

    name = "platform.talkative-list"
    kind = VARIANT

    def list_document(self, deployment: Deployment, types: Sequence[str], handlers: Listed) -> Document:
        found = super().list_document(deployment, types, handlers)
        elements = [{"max_batch_size": None, **one, "id": 7} for one in found["notice_handlers"]]
        return {**found, "notice_handlers": elements, "name": "handlers"}


class Greets(Fault, PlatformBehaviour):
    """Who subscribes to hello-world notices is greeted at once (observed: Canvas)."""

    name = "platform.greets"
    kind = VARIANT

    def greets(self, put: Put) -> bool:
        return bool(put.url) and put.notice_type == HELLO_WORLD
