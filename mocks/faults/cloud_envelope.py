"""Faults of a V1 server in how it words its answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from harness.net.listener import Reply
from harness.wire.binding import Pairs
from harness.wire.cloud_v1_answer import DECLARATION, Node
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Nodes
from mocks.engine.v1.indenting import indented_fail, indented_ok
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

Change = Callable[[str], str]


def _writing(name: str, kind: str, doc: str, breaks: Mapping[str, str], change: Change, only: str = "") -> type[Fault]:
    """Make a fault that writes answers differently: all, those that say ok, or those that say fail."""

    def write_ok(self: CloudBehaviour, nodes: Sequence[Node]) -> str:
        return change(CloudBehaviour.write_ok(self, nodes))

    def write_failure(self: CloudBehaviour, code: int, message: str) -> str:
        return change(CloudBehaviour.write_failure(self, code, message))

    both: dict[str, Any] = {"write_ok": write_ok, "write_failure": write_failure}
    if only:
        both = {only: both[only]}
    body: dict[str, Any] = {"__doc__": doc, "name": f"v1.{name}", "kind": kind, "breaks": breaks}
    return type("Writing", (Fault, CloudBehaviour), body | both)


def _after(what: str, more: str) -> Change:
    return lambda text: text.replace(what, what + more, 1)


def _replacing(pattern: str, by: str) -> Change:
    return lambda text: re.sub(pattern, by, text)


SIMPLE = {"CLOUD-ENV-11": "not-exact"}
PROLOGUE = {"CLOUD-ENV-02": "prologue"}
FAMILY: tuple[type[Fault], ...] = (
    _writing("no-declaration", LEFT_OUT, "Answers have no XML declaration.", {"CLOUD-ENV-01": "no-declaration"},
             lambda text: text.removeprefix(DECLARATION)),
    _writing("byte-order-mark", WRONG_VALUE, "Answers begin with a byte order mark.",
             {"CLOUD-ENV-01": "no-declaration"}, lambda text: "\ufeff" + text),
    _writing("no-rsp", LEFT_OUT, "Answers that say ok have no rsp, as examples in documents have none.",
             {"CLOUD-ENV-01": "no-rsp"}, lambda text: re.sub("</?rsp[^>]*>", "", text), "write_ok"),
    _writing("stat-in-capitals", WRONG_VALUE, "The stat is written in capitals.", {"CLOUD-ENV-01": "wrong-stat"},
             lambda text: text.replace('"ok"', '"OK"').replace('"fail"', '"FAIL"')),
    _writing("comment", WRONG_VALUE, "A comment stands before rsp.", PROLOGUE, _after(DECLARATION, "<!-- V1 -->\n")),
    _writing("doctype", LEFT_OUT, "A document type stands before rsp.", PROLOGUE,
             _after(DECLARATION, "<!DOCTYPE rsp>\n")),
    _writing("instruction", WRONG_VALUE, "A processing instruction stands before rsp.", PROLOGUE,
             _after(DECLARATION, '<?xml-stylesheet href="v1.css"?>\n')),
    _writing("err-on-a-new-line", WRONG_VALUE, "A line break stands before err.", {"CLOUD-ENV-03": "white-space"},
             lambda text: text.replace("<err", "\n  <err"), "write_failure"),
    _writing("no-code", LEFT_OUT, "A failure has no code.", {"CLOUD-ENV-03": "no-code"},
             _replacing('code="[^"]*" ', ""), "write_failure"),
    _writing("code-in-words", WRONG_VALUE, "The code of a failure is a word.", {"CLOUD-ENV-03": "no-code"},
             _replacing('code="', 'code="E'), "write_failure"),
    _writing("no-msg", LEFT_OUT, "A failure has no msg.", {"CLOUD-ENV-03": "no-msg"},
             _replacing(' msg="[^"]*"', ""), "write_failure"),
    _writing("stack-first", WRONG_VALUE, "A stack trace stands before err.", {"CLOUD-ENV-03": "err-not-first"},
             lambda text: text.replace("<err", "<stacktrace>at one</stacktrace><err"), "write_failure"),
    _writing("list-on-lines", WRONG_VALUE, "What a list holds stands on lines of its own.",
             {"CLOUD-ENV-04": "white-space"}, _replacing("(</(?:course|registration|activity|complete)>)", r"\1\n"),
             "write_ok"),
    _writing("names-in-ascii", WRONG_VALUE, "What is beyond ASCII comes back as question marks.",
             {"CLOUD-ENV-05": "other-name"}, lambda text: text.encode("ascii", "replace").decode(), "write_ok"),
    _writing("no-blank-in-success", WRONG_VALUE, "Empty elements are written without a blank.", SIMPLE,
             _replacing("<(success|pong) />", r"<\1/>"), "write_ok"),
    _writing("no-success", LEFT_OUT, "Where success or pong should stand there is nothing.",
             {"CLOUD-ENV-11": "no-pong"}, _replacing("<(success|pong) />", ""), "write_ok"),
    _writing("result-in-capitals", WRONG_VALUE, "The words true and false are written with a capital.", SIMPLE,
             lambda text: re.sub("<result>[tf]", lambda found: found[0].upper().replace("RESULT", "result"), text),
             "write_ok"),
    _writing("dates-without-milliseconds", LEFT_OUT, "Dates have no milliseconds.", {"CLOUD-ENV-12": "wrong-date"},
             _replacing(r"\.\d{3}\+0000", "+0000"), "write_ok"),
    _writing("dates-with-z", WRONG_VALUE, "The offset of dates is written as Z.", {"CLOUD-ENV-12": "wrong-date"},
             _replacing(r"(\.\d{3})\+0000", r"\1Z"), "write_ok"),
)  # fmt: skip


class Indented(Fault, CloudBehaviour):
    """Answers are indented, for people to read."""

    name = "v1.indented"
    kind = LEFT_OUT
    breaks = {"CLOUD-ENV-03": "white-space", "CLOUD-ENV-04": "white-space"}

    def write_ok(self, nodes: Sequence[Node]) -> str:
        return indented_ok(nodes)

    def write_failure(self, code: int, message: str) -> str:
        return indented_fail(self.code(code), message)


class Latin1(Fault, CloudBehaviour):
    """Answers are in ISO 8859-1, while they say UTF-8; what it does not hold becomes references."""

    name = "v1.answers-latin-1"
    kind = LEFT_OUT
    breaks = {"CLOUD-ENV-05": "not-utf-8"}

    def xml(self, text: str, status: int) -> Reply:
        reply = super().xml(text, status)
        return Reply(reply.status, reply.headers, text.encode("latin-1", "xmlcharrefreplace"))


class EscapedTwice(Fault, CloudBehaviour):
    """Names are escaped twice."""

    name = "v1.escaped-twice"
    kind = WRONG_VALUE
    breaks = {"CLOUD-ENV-05": "other-name"}

    def write_ok(self, nodes: Sequence[Node]) -> str:
        for node in nodes:
            self.escape_names(node)
        return super().write_ok(nodes)

    def escape_names(self, node: Node) -> None:
        if node.name.startswith("learner"):
            node.text = escape(str(node.text))
        for child in node.children:
            self.escape_names(child)


class FailureIs404(Fault, CloudBehaviour):
    """What is not found is answered with HTTP 404."""

    name = "v1.failure-is-404"
    kind = WRONG_VALUE
    breaks = {"CLOUD-ENV-06": "http-status"}

    def failure_status(self, code: int) -> int:
        return 404 if code == 1 else 200


class StatusBySecurity(Fault, CloudBehaviour):
    """A call that is not authenticated is answered with HTTP 403."""

    name = "v1.security-is-403"
    kind = LEFT_OUT
    breaks = {"CLOUD-ENV-06": "http-status"}

    def failure_status(self, code: int) -> int:
        return 403 if 100 <= code <= 108 else 200


class PlainText(Fault, CloudBehaviour):
    """Answers are labelled as plain text."""

    name = "v1.labelled-plain"
    kind = WRONG_VALUE
    breaks = {"CLOUD-ENV-07": "content-type"}
    content_type = "text/plain"


class PongForAll(Fault, CloudBehaviour):
    """A call without a method is taken for a ping."""

    name = "v1.no-method-is-ping"
    kind = LEFT_OUT
    breaks = {"CLOUD-ENV-08": "accepted"}

    def method_of(self, params: Pairs, known: Mapping[str, Any]) -> str:
        if not any(key == "method" for key, _ in params):
            return "rustici.debug.ping"
        return super().method_of(params, known)


class MethodCodes(Fault, CloudBehaviour):
    """An unknown method is answered as an invalid call."""

    name = "v1.unknown-method-is-200"
    kind = WRONG_VALUE
    breaks = {"CLOUD-ENV-08": "wrong-code"}

    def code(self, code: int) -> int:
        return 200 if code == 202 else code


class MissingIsFalse(Fault, CloudBehaviour):
    """Whether a registration exists is answered without its id."""

    name = "v1.missing-is-false"
    kind = LEFT_OUT
    breaks = {"CLOUD-ENV-09": "accepted"}

    def registration_exists(self, call: Call) -> Nodes:
        return super().registration_exists(call) if call.get("regid") else (Node("result", text="false"),)


class IdIsMadeUp(Fault, CloudBehaviour):
    """A registration without an id is given one."""

    name = "v1.regid-is-made-up"
    kind = LEFT_OUT
    breaks = {"CLOUD-ENV-09": "accepted"}

    def create_registration(self, call: Call) -> Nodes:
        if not call.get("regid"):
            return (Node("success"),)
        return super().create_registration(call)


class MissingIsInvalid(Fault, CloudBehaviour):
    """A missing argument is answered as one that is not valid."""

    name = "v1.missing-is-invalid"
    kind = WRONG_VALUE
    breaks = {"CLOUD-ENV-09": "wrong-code"}

    def code(self, code: int) -> int:
        return 205 if code == 203 else code


class AnyFormat(Fault, CloudBehaviour):
    """A results format that there is not is taken for the default."""

    name = "v1.any-format"
    kind = LEFT_OUT
    breaks = {"CLOUD-ENV-10": "accepted"}

    def results_format(self, call: Call) -> str:
        known = call.get("resultsformat") in ("course", "activity", "full")
        return super().results_format(call) if known else self.default_format


class InvalidIsMissing(Fault, CloudBehaviour):
    """An argument that is not valid is answered as one that is missing."""

    name = "v1.invalid-is-missing"
    kind = WRONG_VALUE
    breaks = {"CLOUD-ENV-10": "wrong-code"}

    def code(self, code: int) -> int:
        return 203 if code == 205 else code
