"""Faults of a V1 server in where it sends the browsers back to that upload, and in what scripts may read."""

from __future__ import annotations

from harness.net.listener import Reply
from harness.wire.binding import Pairs, encode_query
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.browsers import Headers
from mocks.engine.v1.call import Call, Done, Failure, Nodes
from mocks.engine.v1.domain import Job
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault


class NoRedirect(Fault, CloudBehaviour):
    """redirecturl is not looked at when an upload is accepted."""

    name = "v1.no-redirect"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-14": "no-redirect"}

    def form_answer(self, call: Call, nodes: Nodes, pairs: Pairs) -> Done:
        return nodes


class TokenInsteadOfTokenid(Fault, CloudBehaviour):
    """The browser is told the token under the name token."""

    name = "v1.redirect-token"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-14": "no-tokenid"}

    def accepted_pairs(self, call: Call, job: Job) -> tuple[tuple[str, str], ...]:
        return (*super().accepted_pairs(call, job)[:2], ("token", job.id))


class OtherCourse(Fault, CloudBehaviour):
    """The browser is told another course id than the call's."""

    name = "v1.redirect-other-course"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-14": "other-courseid"}

    def accepted_pairs(self, call: Call, job: Job) -> tuple[tuple[str, str], ...]:
        return (("courseid", job.course_id.upper()), *super().accepted_pairs(call, job)[1:])


class RefusalStays(Fault, CloudBehaviour):
    """A refusal is told where the form was posted to; the browser is not sent back."""

    name = "v1.refusal-not-sent-back"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-14": "no-redirect"}

    def is_of_the_method(self, failure: Failure) -> bool:
        return False


class RefusalWithCode(Fault, CloudBehaviour):
    """The browser is told the reason of a refusal under the name code."""

    name = "v1.redirect-code"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-14": "no-errcode"}

    def failure_pairs(self, method: str, failure: Failure) -> Pairs:
        return (("success", "false"), ("code", str(failure.code)), ("msg", failure.message))


class TwoQueries(Fault, CloudBehaviour):
    """The outcome is appended behind a second question mark."""

    name = "v1.two-queries"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-15": "query-lost"}

    def location(self, url: str, pairs: Pairs) -> str:
        return f"{url}?{encode_query(pairs)}"


class QueryDropped(Fault, CloudBehaviour):
    """The query that redirecturl has is left out."""

    name = "v1.query-dropped"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-15": "query-lost"}

    def location(self, url: str, pairs: Pairs) -> str:
        return super().location(url.partition("?")[0], pairs)


class NoCors(Fault, CloudBehaviour):
    """Scripts of other pages may read nothing."""

    name = "v1.no-cors"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-16": "no-cors"}

    def cors_headers(self) -> Headers:
        return ()


class OwnOrigin(Fault, CloudBehaviour):
    """Scripts of the service's own pages alone may read answers."""

    name = "v1.own-origin"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-16": "other-origin"}

    def cors_headers(self) -> Headers:
        return (("Access-Control-Allow-Origin", "https://cloud.scorm.example"),)


class FailuresUnread(Fault, CloudBehaviour):
    """Scripts of other pages may read an answer, but no failure."""

    name = "v1.failures-unread"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-16": "no-cors"}

    def failure_readable(self, method: str, reply: Reply) -> Reply:
        return reply
