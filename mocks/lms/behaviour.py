"""How the LMS behaves as a receiver of results: one small method for every thing that may be got wrong."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from secrets import compare_digest
from typing import get_args

from harness.net.client import Request
from harness.net.listener import Inbound, Reply
from harness.wire.binding import FORM, Decoded, decode_form, encode_query, join_query
from harness.wire.cloud_v1 import signed
from harness.wire.cloud_v1_results import ReadReport, read_report
from harness.wire.results_policy import BLANK, DEFAULT, Completion, Policy, State, Success, merge
from harness.wire.results_probe import write_probe
from mocks.state.rows import row

LIMIT = 8 << 20
"""How large a postback may be, in bytes."""

MEDIA, TOO_LARGE, CUT_SHORT, NO_DATA = "media", "too-large", "cut-short", "no-data"
CREDENTIALS, UNREADABLE, UNKNOWN, DOWN = "credentials", "unreadable", "unknown", "down"
RESULT = "rustici.registration.getRegistrationResult"
TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
row(State)

Find = Callable[[str], "Record | None"]
Keys = Callable[[], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Account:
    """The credentials that a postback must carry; an empty user asks for none."""

    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A postback as read: how it was authenticated (empty when it is neither), its data and its credentials."""

    authtype: str = ""
    data: bytes | str | None = None
    user: str | None = None
    password: str | None = None


@row
@dataclass(frozen=True, slots=True)
class Record:
    """What is stored of a registration; ``applied`` counts how often a result changed it."""

    regid: str
    state: State = BLANK
    applied: int = 0


class ReceiverBehaviour:
    """The right behaviour; faults override single methods or attributes of it.

    What its owner states of it: ``public_url`` is the address under which it is posted to, ``auth_types`` how;
    ``asks_credentials`` and ``has_probe`` say what there is; ``declared`` is the policy of states. ``policy`` is the
    one that it follows.
    """

    public_url: str = "https://lms.example.com/postback"
    auth_types: tuple[str, ...] = ("form", "httpbasic")
    asks_credentials: bool = True
    has_probe: bool = True
    declared: Policy = DEFAULT
    policy: Policy = DEFAULT
    statuses: Mapping[str, int] = {
        MEDIA: 415, TOO_LARGE: 413, CUT_SHORT: 400, NO_DATA: 400, CREDENTIALS: 403, UNREADABLE: 422, UNKNOWN: 200,
        DOWN: 503,
    }  # fmt: skip

    # --- the request --------------------------------------------------------------------------------------------

    def intercept(self, inbound: Inbound) -> Reply | None:
        """Return an answer that is given without a look at the postback: none; no redirect, no login, no session."""
        return None

    def refuses_shape(self, inbound: Inbound) -> str:
        """Return why a request is not read at all, or nothing: only POST, whole, and of a bearable size."""
        announced = inbound.header("Content-Length")
        if len(inbound.body) > LIMIT or (announced.isdigit() and int(announced) > LIMIT):
            return TOO_LARGE
        return CUT_SHORT if announced.isdigit() and int(announced) > len(inbound.body) else ""

    def read(self, inbound: Inbound) -> Submission:
        """Read a postback by its media type ("Registration Postbacks" V1: form or httpbasic)."""
        media = inbound.header("Content-Type").partition(";")[0].strip().lower()
        if media in (FORM, ""):
            return self.read_form(decode_form(inbound.body))
        return self.read_xml(inbound) if media in ("text/xml", "application/xml") else Submission()

    def read_form(self, form: Decoded) -> Submission:
        """Take data, username and password from a form; unknown fields do not matter."""
        return Submission("form", form.get("data"), form.get("username"), form.get("password"))

    def read_xml(self, inbound: Inbound) -> Submission:
        """Take the body as it is, and the credentials from the Basic header."""
        scheme, _, token = inbound.header("Authorization").partition(" ")
        user = password = None
        if scheme.lower() == "basic":
            try:
                login = base64.b64decode(token.strip(), validate=True).decode()
            except (binascii.Error, ValueError):
                login = ""
            user, _, password = login.partition(":")
        return Submission("httpbasic", inbound.body or None, user, password)

    def authentic(self, submission: Submission, account: Account) -> bool:
        """Tell whether a postback carries the configured credentials, exactly."""
        if not account.user:
            return True
        user, password = (submission.user or "").encode(), (submission.password or "").encode()
        return compare_digest(user, account.user.encode()) & compare_digest(password, account.password.encode())

    # --- the data -----------------------------------------------------------------------------------------------

    def loads(self, data: bytes | str) -> tuple[str, ...]:
        """Return the addresses that are loaded before data are parsed: none, whatever the data declare."""
        return ()

    def parse(self, data: bytes | str) -> ReadReport:
        """Read a report, bare or wrapped, in any format; a document type declaration is refused."""
        return read_report(data)

    def state_of(self, report: ReadReport) -> State:
        """Return what a report says; what it does not say, or not readably, is unknown and never zero."""
        return State(self.completion(report), self.success(report), self.score(report), self.totaltime(report))

    def completion(self, report: ReadReport) -> Completion:
        """Return the completion, in lower case."""
        word = (report.complete or "").lower()
        return next((known for known in get_args(Completion) if known == word), "unknown")

    def success(self, report: ReadReport) -> Success:
        """Return the success, in lower case."""
        word = (report.success or "").lower()
        return next((known for known in get_args(Success) if known == word), "unknown")

    def score(self, report: ReadReport) -> Decimal | None:
        """Return the score, 0-100; the word ``unknown`` is None."""
        return report.points

    def totaltime(self, report: ReadReport) -> int:
        """Return the time in seconds."""
        return report.seconds or 0

    # --- the registration ---------------------------------------------------------------------------------------

    def find(self, regid: str, find: Find, keys: Keys) -> Record | None:
        """Return the record of a registration; ids are opaque and compared exactly ("IDs Are Yours")."""
        return find(regid)

    def is_repetition(self, submission: Submission) -> bool:
        """Tell whether a postback is thrown away as known: never, for what is stored tells by itself."""
        return False

    def apply(self, record: Record, incoming: State) -> Record:
        """Merge a result into a record; only what changes it has effects."""
        merged = self.merge(record.state, incoming)
        return replace(record, state=merged, applied=record.applied + self.effects(record.state, merged))

    def merge(self, state: State, incoming: State) -> State:
        """Follow the declared policy."""
        return merge(state, incoming, self.policy)

    def effects(self, old: State, new: State) -> int:
        """Return how many side effects a result has (certificate mails, say)."""
        return int(old != new)

    def reset(self, record: Record) -> Record:
        """Forget what came: a deliberate reset regresses."""
        return replace(record, state=BLANK)

    # --- the answer ---------------------------------------------------------------------------------------------

    def stored(self, record: Record) -> Reply:
        """Answer that a result is stored (SCORM Cloud support, article 206163066: status 200)."""
        return Reply(200, TEXT, b"stored\n")

    def refused(self, reason: str, submission: Submission) -> Reply:
        """Answer that nothing was stored, by a fixed status, without repeating anything.

        What is not known is not known the next time either: 2xx spares it 70 retries.
        """
        if reason == UNKNOWN and self.statuses[UNKNOWN] < 300:
            return Reply(self.statuses[UNKNOWN], TEXT, b"noted: the registration is not known here\n")
        if reason == CREDENTIALS and submission.authtype == "httpbasic":
            return Reply(401, (*TEXT, ("WWW-Authenticate", 'Basic realm="postbacks"')), b"not stored: credentials\n")
        return Reply(self.statuses[reason], TEXT, f"not stored: {reason}\n".encode())

    def works_later(self) -> bool:
        """Whether a result is stored after the answer has left: no, first it is stored."""
        return False

    def delay(self, patience: float) -> float:
        """Return how many seconds of real time an answer is held back: none."""
        return 0.0

    def line(self, inbound: Inbound, submission: Submission, reply: Reply) -> str:
        """Return what is logged of a postback; no credential, and nothing that may hold one."""
        return f"postback {submission.authtype or '-'} {len(inbound.body)} bytes answered {reply.status}"

    # --- other ways ---------------------------------------------------------------------------------------------

    def pull(self, regid: str, api_url: str, appid: str, secret: str, now: datetime) -> Request | None:
        """Return the call that asks for a result; None asks for nothing."""
        pairs = signed((("method", RESULT), ("regid", regid), ("resultsformat", "course")), appid, secret, now)
        return Request("GET", join_query(api_url, encode_query(pairs)))

    def parse_pulled(self, data: bytes) -> ReadReport:
        """Read the report in an answer of the API by the same parser."""
        return read_report(data)

    def apply_pulled(self, record: Record, incoming: State) -> Record:
        """Merge a pulled result exactly as a posted one: it may be older than what came meanwhile."""
        return self.apply(record, incoming)

    def probed(self, record: Record | None) -> Reply:
        """Show what is stored; 404 for a registration that is not known."""
        if record is None:
            return Reply(404, TEXT, b"not known\n")
        body = write_probe(record.regid, record.state, record.applied)
        return Reply(200, (("Content-Type", "application/json"),), body)
