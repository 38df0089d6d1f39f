"""What browsers need of the calls that they make themselves: CORS headers, and a redirect behind a posted form."""

from __future__ import annotations

import string
from collections.abc import Mapping
from urllib.parse import quote

from harness.net.listener import Inbound, Reply
from harness.wire.binding import Pairs
from harness.wire.cloud_v1 import BAD_ARGUMENT, BAD_FORMAT, NO_ARGUMENT
from harness.wire.cloud_v1_answer import clean
from harness.wire.cloud_v1_redirects import import_redirect
from mocks.engine.v1.access import Access
from mocks.engine.v1.call import Call, Done, Failure, Nodes

OF_ARGUMENTS = (NO_ARGUMENT, BAD_FORMAT, BAD_ARGUMENT)
Headers = tuple[tuple[str, str], ...]


class Browsers(Access):
    """Form uploads and calls of scripts on other pages; faults override single methods or attributes."""

    cross_origin: tuple[str, ...] = ("rustici.course.importCourseAsync",)
    sending_back: tuple[str, ...] = (
        "rustici.course.importCourseAsync", "rustici.course.importCourse", "rustici.course.updateAssets",
        "rustici.upload.uploadFile",
    )  # fmt: skip
    redirect_status = 302

    # --- CORS ---------------------------------------------------------------------------------------------------

    def refuses_verb(self, inbound: Inbound) -> Reply | None:
        """Answer the question of a browser whether it may call; else judge the verb (headers: assumed)."""
        if inbound.method == "OPTIONS" and self.method_asked(inbound) in self.cross_origin:
            return Reply(204, self.preflight_headers(inbound))
        return super().refuses_verb(inbound)

    def method_asked(self, inbound: Inbound) -> str:
        """Return the method that a request names, of whatever verb it is."""
        return next((value for name, value in self.parameters(inbound) if name == "method"), "")

    def preflight_headers(self, inbound: Inbound) -> Headers:
        """Return what a browser is told before it calls (assumed)."""
        asked = inbound.header("Access-Control-Request-Headers")
        return (
            *self.cors_headers(), ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
            *((("Access-Control-Allow-Headers", asked),) if asked else ()),
        )  # fmt: skip

    def cors_headers(self) -> Headers:
        """Return what lets a script of any page read an answer (that there are headers: text; which: assumed)."""
        return (("Access-Control-Allow-Origin", "*"),)

    def readable(self, method: str, reply: Reply) -> Reply:
        """Let scripts of other pages read the answer of importCourseAsync, and of nothing else (assumed)."""
        if method not in self.cross_origin:
            return reply
        return self.with_headers(reply, self.cors_headers())

    def with_headers(self, reply: Reply, headers: Headers) -> Reply:
        """Return an answer with more headers."""
        return Reply(
            reply.status, (*reply.headers, *headers), reply.body, reply.stream, reply.length, reply.raw, reply.cut,
            reply.drop,
        )  # fmt: skip

    def failed(self, inbound: Inbound, given: Mapping[str, str], failure: Failure) -> Reply:
        """Answer a failure: a form that was signed well is sent back to ``redirecturl`` (text), all else told."""
        method, reply = given.get("method", ""), super().failed(inbound, given, failure)
        if method in self.sending_back and self.is_of_the_method(failure):
            try:
                url = self.redirect_target(given.get("redirecturl", ""))
            except Failure:
                url = ""
            if url:
                reply = self.sent_back(url, self.failure_pairs(method, failure))
        return self.failure_readable(method, reply)

    def failure_readable(self, method: str, reply: Reply) -> Reply:
        """Let scripts of other pages read a failure too (assumed)."""
        return self.readable(method, reply)

    def finished(self, call: Call, reply: Reply) -> Reply:
        """Return what is sent in the end for a call that was carried out."""
        return self.readable(call.method, super().finished(call, reply))

    # --- redirects ----------------------------------------------------------------------------------------------

    def is_of_the_method(self, failure: Failure) -> bool:
        """Whether a failure is one of the method itself, so that the signature was right."""
        return failure.code < 100 or failure.code in OF_ARGUMENTS

    def failure_pairs(self, method: str, failure: Failure) -> Pairs:
        """Return what is told of a failure: the reason with importCourseAsync alone (text; observed: MOODLE)."""
        if method not in self.cross_origin:
            return (("success", "false"),)
        return (("success", "false"), ("errcode", str(failure.code)), ("msg", failure.message))

    def redirect_target(self, text: str) -> str:
        """Return ``redirecturl`` in characters that a header can hold; 205 when it leads to no page (assumed)."""
        url = text.strip()
        if url and not url.lower().startswith(("http://", "https://")):
            raise Failure(BAD_ARGUMENT, "Parameter [redirecturl] is no absolute http or https URL")
        return quote(url.encode("utf-8", "replace"), safe=string.punctuation)

    def form_answer(self, call: Call, nodes: Nodes, pairs: Pairs) -> Done:
        """Answer a success: with a redirect, if the call has a ``redirecturl`` (text: "Course Service" V1)."""
        url = self.redirect_target(call.get("redirecturl"))
        return self.sent_back(url, (("success", "true"), *pairs)) if url else nodes

    def sent_back(self, url: str, pairs: Pairs) -> Reply:
        """Send the browser on, with the outcome behind what the URL has already (status: assumed)."""
        told = tuple((name, clean(value)) for name, value in pairs)
        return Reply(self.redirect_status, (("Location", self.location(url, told)),))

    def location(self, url: str, pairs: Pairs) -> str:
        """Append the outcome to the URL, whose own query stays (observed: MOODLE, WORDPRESS)."""
        return import_redirect(url, pairs)
