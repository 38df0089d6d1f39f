"""How the V1 face lets calls in and words its answers: one small method for every thing that may be got wrong.

The order of the checks is not documented; ours: method, appid, ts present, well-formed and in the window, sig
present and right. Each docstring says where the behaviour comes from: text, observed or assumed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from harness.net.listener import Inbound, Reply
from harness.wire import cloud_v1 as v1
from harness.wire.binding import FORM, Pairs
from harness.wire.cloud_v1_answer import CONTENT_TYPE, Node, fail, ok
from harness.wire.cloud_v1_diagnosis import diagnose, skew
from mocks.engine.v1.call import Call, Failure
from mocks.engine.v1.domain import App
from mocks.engine.v1.indenting import indented_fail, indented_ok

ECHOED = 300
"""How many characters of what a caller has sent are repeated in a message at most."""


class Access:
    """Transport, authentication and envelope of a V1 server; faults override single methods or attributes."""

    content_type = CONTENT_TYPE
    paths: tuple[str, ...] = ("/api", "/EngineWebServices/api")
    window = v1.WINDOW

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    # --- where and how a call comes ------------------------------------------------------------------------------

    def path_of(self, inbound: Inbound) -> str:
        """Return the path with repeated slashes as one (observed: LIB-PHP, LIB-NET configured with a slash)."""
        path = inbound.path
        return re.sub("/{2,}", "/", path) if "//" in path else path

    def is_api(self, inbound: Inbound) -> bool:
        """Whether a request is a call of the API, at one of its two addresses (text, observed)."""
        return self.path_of(inbound) in self.paths

    def refuses_verb(self, inbound: Inbound) -> Reply | None:
        """Refuse a verb; GET and POST are open to every call (text: "Communication Format" V1)."""
        if inbound.method in ("GET", "POST", "HEAD"):
            return None
        return Reply(405, (("Allow", "GET, POST"), ("Content-Type", "text/plain")), b"use GET or POST\n")

    def parameters(self, inbound: Inbound) -> Pairs:
        """Read the parameters of query and form body as one namespace (observed: LIB-JAVA, LIB-NET)."""
        return v1.parameters(inbound.query, inbound.header("Content-Type"), inbound.body)

    # --- who may ------------------------------------------------------------------------------------------------

    def needs_authentication(self, method: str) -> bool:
        """Whether a method asks who calls: all but ping and getTime (text: "Debug Service" V1)."""
        return method not in v1.UNAUTHENTICATED

    def method_of(self, params: Pairs, known: Mapping[str, Any]) -> str:
        """Return the method; missing fails with 200, unknown with 202 (observed: LIB-RUBY-B list)."""
        method = _first(params, "method")
        if not method:
            raise Failure(v1.BAD_CALL)
        if method not in known:
            raise Failure(v1.NO_METHOD, f"Method [{method[:ECHOED]}] not found")
        return method

    def authenticate(self, params: Pairs, apps: Mapping[str, App], now: datetime) -> App:
        """Return the application that has signed; else fail with 101 to 107 (text, and LIB-RUBY-B list)."""
        app = self.app_of(params, apps)
        self.check_time(params, now)
        self.check_signature(params, app)
        return app

    def app_of(self, params: Pairs, apps: Mapping[str, App]) -> App:
        """Return the application named; 101 when none is, 102 when it is not known."""
        appid = _first(params, "appid")
        if not appid:
            raise Failure(v1.NO_APPID)
        if appid not in apps:
            raise Failure(v1.UNKNOWN_APPID, f"Application id [{appid[:ECHOED]}] is not known")
        return apps[appid]

    def check_time(self, params: Pairs, now: datetime) -> None:
        """Demand a timestamp within 15 minutes of the clock, either way (text: "Communication Format" V1)."""
        text = _first(params, "ts")
        if not text:
            raise Failure(v1.NO_TS)
        stamp = self.read_time(text)
        if stamp is None:
            raise Failure(v1.BAD_TS)
        if self.is_stale(stamp, now):
            raise Failure(v1.STALE_TS)

    def read_time(self, text: str) -> datetime | None:
        """Read a timestamp: UTC, 14 digits (text)."""
        return v1.read_ts(text)

    def is_stale(self, stamp: datetime, now: datetime) -> bool:
        """Whether a timestamp is outside of the window, in the past or in the future (text)."""
        return abs(now - stamp) > self.window

    def check_signature(self, params: Pairs, app: App) -> None:
        """Demand a signature that one of the application's keys gives; 103 without, 104 when wrong (text)."""
        sent = _first(params, "sig")
        if not sent:
            raise Failure(v1.NO_SIG)
        if not any(self.same_signature(sent, expected) for expected in self.signatures(params, app)):
            raise Failure(v1.BAD_SIG)

    def same_signature(self, sent: str, expected: str) -> bool:
        """Compare two signatures, hex case left aside (observed: LIB-JAVA upper, most others lower)."""
        return sent.lower() == expected.lower()

    def signatures(self, params: Pairs, app: App) -> list[str]:
        """Return every signature that would be right: one for each key; lenient mode knows a second order."""
        found = [v1.digest(self.canonical(params), secret) for secret in app.secrets]
        if self.settings["signature_order"] == "lenient":
            found += [v1.digest(v1.canonical_by_case(params), secret) for secret in app.secrets]
        return found

    def canonical(self, params: Pairs) -> str:
        """Return the string that is hashed behind the secret (text, LIB-JAVA)."""
        return v1.canonical(params)

    def noticed(self, params: Pairs, app: App) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Return events about a call that was let in: in lenient mode, that names were sorted by case."""
        if self.settings["signature_order"] != "lenient":
            return ()
        sent, hashed = _first(params, "sig").lower(), self.canonical(params)
        if any(sent == v1.digest(hashed, secret) for secret in app.secrets):
            return ()
        said = "names were sorted with regard to case, which the strict order refuses"
        return (("lenient-signature", {"method": _first(params, "method")[:ECHOED], "why": said}),)

    # --- the envelope -------------------------------------------------------------------------------------------

    def failure_status(self, code: int) -> int:
        """Return the HTTP status of a failure: 200 unless set, or clients miss the error (observed: LIB-PHP)."""
        return int(self.settings["failure_status"])

    def write_ok(self, nodes: Sequence[Node]) -> str:
        """Write a success, compact unless set (observed: LIB-JAVA and LIB-PY break on white space)."""
        return indented_ok(nodes) if self.settings["indent"] else ok(*nodes)

    def write_failure(self, code: int, message: str) -> str:
        """Write a failure: ``err`` directly behind ``rsp`` unless set (observed: LIB-JAVA, LIB-PY)."""
        return (indented_fail if self.settings["indent"] else fail)(self.code(code), message)

    def code(self, code: int) -> int:
        """Return the code that is sent for a failure."""
        return code

    def reply(self, nodes: Sequence[Node]) -> Reply:
        """Answer with a success."""
        return self.xml(self.write_ok(nodes), 200)

    def refusal(self, failure: Failure) -> Reply:
        """Answer with a failure."""
        return self.xml(self.write_failure(failure.code, failure.message), self.failure_status(failure.code))

    def failed(self, inbound: Inbound, given: Mapping[str, str], failure: Failure) -> Reply:
        """Answer a call that fails: the envelope, for a browser too (assumed)."""
        return self.refusal(failure)

    def finished(self, call: Call, reply: Reply) -> Reply:
        """Return what is sent in the end for a call that was carried out."""
        return reply

    def explanation(
        self, inbound: Inbound, params: Pairs, apps: Mapping[str, App], failure: Failure, now: datetime
    ) -> Mapping[str, Any]:
        """Return what the log says of a refusal beyond the answer: both hashed strings, or how far the clock is off."""
        about = {"method": _first(params, "method")[:ECHOED]}
        if failure.code == v1.BAD_SIG:
            named = _first(params, "appid")
            keys = {
                app: apps[app].secrets for app in (named, *(other for other in apps if other != named)) if app in apps
            }
            body = (
                inbound.body if inbound.header("Content-Type").partition(";")[0].strip().lower() in (FORM, "") else b""
            )
            return about | diagnose(params, (inbound.query, body), keys, _first(params, "sig")).facts()
        if failure.code == v1.STALE_TS and (stamp := self.read_time(_first(params, "ts"))):
            return about | {"why": skew(stamp, now), "skew-seconds": round((stamp - now).total_seconds())}
        if failure.code == v1.BAD_TS:
            text = _first(params, "ts")[:ECHOED]
            return about | {"why": f"ts has to be 14 digits, UTC as yyyyMMddHHmmss; got {text!r}"}
        return about

    def xml(self, text: str, status: int) -> Reply:
        """Answer with XML in UTF-8."""
        return Reply(status, (("Content-Type", self.content_type),), text.encode("utf-8", "replace"))


def _first(params: Pairs, name: str) -> str:
    return v1.first_values(params).get(name, "")
