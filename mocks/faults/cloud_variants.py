"""What a V1 server may do otherwise: nothing here is a defect, and no check may find any."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from html import escape
from typing import Any

from harness.net.client import Request
from harness.net.listener import Inbound, Reply
from harness.wire import cloud_v1 as v1
from harness.wire.binding import Pairs
from harness.wire.cloud_v1_answer import DECLARATION, Node
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.deliveries import owe_postback
from mocks.engine.v1.domain import App, Hook, Job, Launch, Registration, Result
from mocks.engine.v1.properties import html_page
from mocks.faults.base import VARIANT, Fault

PLAIN_CDATA = re.compile(r"<!\[CDATA\[([^\]&<>\r]*)\]\]>")


def _writing(name: str, doc: str, change: Callable[[str], str], *only: str) -> type[Fault]:
    """Make a variant that words answers otherwise: all, or those that ``only`` names."""

    def write_ok(self: CloudBehaviour, nodes: Sequence[Node]) -> str:
        return change(CloudBehaviour.write_ok(self, nodes))

    def write_failure(self: CloudBehaviour, code: int, message: str) -> str:
        return change(CloudBehaviour.write_failure(self, code, message))

    both: dict[str, Any] = {"write_ok": write_ok, "write_failure": write_failure}
    body: dict[str, Any] = {"__doc__": doc, "name": f"v1.{name}", "kind": VARIANT}
    return type("Writing", (Fault, CloudBehaviour), body | {key: both[key] for key in only or both})


FAMILY: tuple[type[Fault], ...] = (
    _writing("declares-otherwise", "The XML declaration has single quotes, the encoding in capitals, no line behind.",
             lambda text: "<?xml version='1.0' encoding='UTF-8'?>" + text.removeprefix(DECLARATION)),
    _writing("no-cdata", "Text in lists and details stands without CDATA sections.",
             lambda text: PLAIN_CDATA.sub(r"\1", text), "write_ok"),
    _writing("two-errors", "A failure has a second err and a stack trace behind the first.",
             lambda text: text.replace(
                 "</rsp>", '<err code="1" msg="a cause" /><stacktrace><tracetext>a line</tracetext></stacktrace></rsp>'
             ), "write_failure"),
    _writing("words-of-its-own", "Messages of failures are worded otherwise.",
             lambda text: re.sub(r'msg="[^"]*"', 'msg="Sorry"', text), "write_failure"),
)  # fmt: skip


class TextXml(Fault, CloudBehaviour):
    """Answers are labelled text/xml without a charset."""

    name = "v1.no-charset"
    kind = VARIANT
    content_type = "text/xml"


class ApplicationXml(Fault, CloudBehaviour):
    """Answers are labelled application/xml."""

    name = "v1.application-xml"
    kind = VARIANT
    content_type = "application/xml; charset=UTF-8"


class SeeOther(Fault, CloudBehaviour):
    """Forms are sent back with 303."""

    name = "v1.see-other"
    kind = VARIANT
    redirect_status = 303


class SignatureFirst(Fault, CloudBehaviour):
    """The signature is checked before the timestamp, and whether the method exists comes last."""

    name = "v1.signature-first"
    kind = VARIANT

    def authenticate(self, params: Pairs, apps: Mapping[str, App], now: datetime) -> App:
        app = self.app_of(params, apps)
        self.check_signature(params, app)
        self.check_time(params, now)
        return app


class TokenCode(Fault, CloudBehaviour):
    """A token of an import that is not known is an invalid argument."""

    name = "v1.unknown-token-is-205"
    kind = VARIANT

    def get_async_import_result(self, call: Call) -> Nodes:
        try:
            return super().get_async_import_result(call)
        except Failure as failure:
            raise Failure(v1.BAD_ARGUMENT if failure.code == 1 else failure.code) from None


class EchoesOrigin(Fault, CloudBehaviour):
    """Scripts are let in by an echo of their origin."""

    name = "v1.echoes-origin"
    kind = VARIANT

    def finished(self, call: Call, reply: Reply) -> Reply:
        return self._echoing(super().finished(call, reply), call.inbound)

    def failed(self, inbound: Inbound, given: Mapping[str, str], failure: Failure) -> Reply:
        return self._echoing(super().failed(inbound, given, failure), inbound)

    def _echoing(self, reply: Reply, inbound: Inbound) -> Reply:
        name = "Access-Control-Allow-Origin"
        origin = inbound.header("Origin") or "*"
        return replace(reply, headers=tuple((k, origin if k == name else value) for k, value in reply.headers))


class PostsWithCharset(Fault, CloudBehaviour):
    """Postbacks name a charset in their content type."""

    name = "v1.posts-with-charset"
    kind = VARIANT

    def hook_request(self, hook: Hook, xml: str) -> Request:
        request = super().hook_request(hook, xml)
        headers = [(k, f"{v}; charset=UTF-8" if k == "Content-Type" else v) for k, v in request.headers]
        return Request(request.method, request.url, tuple(headers), request.body)


class PostsAtReset(Fault, CloudBehaviour):
    """A reset is posted as any change of a result is."""

    name = "v1.posts-at-reset"
    kind = VARIANT

    def reset_registration(self, call: Call) -> Nodes:
        answer = super().reset_registration(call)
        registration: Registration = self.found(call, call.need("regid"))
        owe_postback(call.engine, self, call.tx, call.app.id, registration)
        return answer


class OwnSeconds(Fault, CloudBehaviour):
    """The player counts some seconds more than the learner does."""

    name = "v1.counts-longer"
    kind = VARIANT

    def saved(self, registration: Registration, result: Result, now: datetime) -> Registration:
        return super().saved(registration, replace(result, seconds=result.seconds + 3), now)


class RelativePlayer(Fault, CloudBehaviour):
    """A launch leads to the player by an address without scheme and host."""

    name = "v1.relative-player"
    kind = VARIANT

    def player_url(self, call: Call, launch: Launch) -> str:
        return super().player_url(call, launch).removeprefix(call.base)


class ExitAppends(Fault, CloudBehaviour):
    """Something is appended to redirecturl when the learner leaves."""

    name = "v1.exit-appends"
    kind = VARIANT

    def return_url(self, launch: Launch) -> str:
        url = super().return_url(launch)
        return f"{url}{'&' if '?' in url else '?'}exit=true" if url else ""


class ErrorPage(Fault, CloudBehaviour):
    """What goes wrong with a launch is told by a page: a person reads it in a browser."""

    name = "v1.launch-error-page"
    kind = VARIANT

    def failed(self, inbound: Inbound, given: Mapping[str, str], failure: Failure) -> Reply:
        if given.get("method") != "rustici.registration.launch":
            return super().failed(inbound, given, failure)
        return html_page("This course cannot be launched", f"<p>{escape(failure.message)}</p>", status=403)


class Inline(Fault, CloudBehaviour):
    """Files are named as shown inline, by the name alone."""

    name = "v1.inline-files"
    kind = VARIANT

    def naming(self, name: str) -> tuple[tuple[str, str], ...]:
        simple = "".join(char for char in name if char.isascii() and (char.isalnum() or char in "._-")) or "file"
        return (("Content-Disposition", f"inline; filename={simple}"),)


class BriefJobs(Fault, CloudBehaviour):
    """What is said of imports beyond their status is always the same."""

    name = "v1.brief-jobs"
    kind = VARIANT

    def job_nodes(self, job: Job) -> Nodes:
        return super().job_nodes(replace(job, message="-", progress=0))


class PostsTwice(Fault, CloudBehaviour):
    """Every postback that is taken is posted a second time."""

    name = "v1.posts-twice"
    kind = VARIANT

    async def post(self, engine: Any, hook: Hook, xml: str, regid: str) -> tuple[int, str | None]:
        status, error = await super().post(engine, hook, xml, regid)
        if regid and self.delivered(status, error):
            await super().post(engine, hook, xml, regid)
        return status, error
