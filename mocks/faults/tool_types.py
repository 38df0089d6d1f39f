"""Faults of an LTI tool in what notices are about, how they are answered, and what is taken for one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from harness.net.listener import Inbound, Reply
from harness.wire.jose import Jws
from harness.wire.lti import MESSAGE_TYPE
from harness.wire.lti import Launch as Message
from harness.wire.pns import CONTEXT_COPY, NOTICE
from harness.wire.pns_notices import Notice
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.domain import Context, Launch, Platform
from mocks.tool.pages import TEXT
from mocks.tool.receiving import IGNORED, Result

FELL = "fell-over"


def fell(results: Sequence[Result], status: int) -> int:
    """Return 500 when an element made the tool fall over."""
    return 500 if any(one.reason == FELL for one in results) else status


# --- answers --------------------------------------------------------------------------------------------------------


class AnswersElsewhere(Fault, ToolBehaviour):
    """Answers a right notice by a redirect to a page for people."""

    name = "tool.answers-by-redirect"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-14": "not-taken"}
    collateral = ("PNS-NOTICE-18",)  # an unknown type is answered in the same way

    def answered(self, results: Sequence[Result]) -> Reply:
        reply = super().answered(results)
        return Reply(302, (("Location", "/"),)) if reply.status == 200 else reply


class AnswersTooLate(Fault, ToolBehaviour):
    """Does its work before it answers, and that takes longer than a platform waits."""

    name = "tool.answers-too-late"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-14": "too-slow"}
    hangs = True

    def delay(self, patience: float) -> float:
        return 3 * patience


class NeedsSession(Fault, ToolBehaviour):
    """Takes notices from browsers only that have begun a session."""

    name = "tool.needs-session"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-16": "needs-session"}

    def intercept(self, inbound: Inbound) -> Reply | None:
        return super().intercept(inbound) if inbound.header("Cookie") else Reply(403, TEXT, b"no session\n")


class AsksForCredentials(Fault, ToolBehaviour):
    """Asks whoever brings a notice for user and password."""

    name = "tool.asks-for-credentials"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-16": "asks-for-credentials"}

    def intercept(self, inbound: Inbound) -> Reply | None:
        if inbound.header("Authorization"):
            return super().intercept(inbound)
        return Reply(401, (*TEXT, ("WWW-Authenticate", 'Basic realm="notices"')), b"who are you\n")


# --- internal errors ------------------------------------------------------------------------------------------------


class FallsOverBodies(Fault, ToolBehaviour):
    """Answers 500 to a body that it cannot read."""

    name = "tool.falls-over-bodies"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-17": "crash-of-empty-array"}

    def refused_shape(self, reason: str, detail: str = "") -> Reply:
        return Reply(500, TEXT, b"internal error\n")


class FallsOverLargeBodies(Fault, ToolBehaviour):
    """Answers 500 to a body that is too large."""

    name = "tool.falls-over-large-bodies"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-17": "crash-of-huge-body"}

    def refused_shape(self, reason: str, detail: str = "") -> Reply:
        reply = super().refused_shape(reason, detail)
        return Reply(500, TEXT, b"internal error\n") if reply.status == 413 else reply


class FallsOverCrit(Fault, ToolBehaviour):
    """Answers 500 to a notice whose header demands an extension."""

    name = "tool.falls-over-crit"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-17": "crash-of-crit-unknown"}

    def algorithm(self, jws: Jws) -> str:
        return FELL if "crit" in jws.header else super().algorithm(jws)

    def status(self, results: Sequence[Result]) -> int:
        return fell(results, super().status(results))


class FallsOverSeveralAudiences(Fault, ToolBehaviour):
    """Answers 500 to a notice with two audiences."""

    name = "tool.falls-over-audiences"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-17": "crash-of-aud-us-last"}

    def audience(self, claims: Mapping[str, Any], platform: Platform) -> str:
        value = claims.get("aud")
        return FELL if isinstance(value, list) and len(value) > 1 else super().audience(claims, platform)

    def status(self, results: Sequence[Result]) -> int:
        return fell(results, super().status(results))


class FallsOverTimes(Fault, ToolBehaviour):
    """Answers 500 to a notice whose exp is a text."""

    name = "tool.falls-over-times"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-17": "crash-of-exp-as-text"}

    def times(self, claims: Mapping[str, Any], now: datetime) -> str:
        return FELL if isinstance(claims.get("exp"), str) else super().times(claims, now)

    def status(self, results: Sequence[Result]) -> int:
        return fell(results, super().status(results))


class FallsOverMissingNonce(Fault, ToolBehaviour):
    """Answers 500 to a notice without nonce."""

    name = "tool.falls-over-no-nonce"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-17": "crash-of-no-nonce"}

    def nonce(self, notice: Notice, is_seen: Callable[[str], bool]) -> str:
        return FELL if "nonce" not in notice.claims else super().nonce(notice, is_seen)

    def status(self, results: Sequence[Result]) -> int:
        return fell(results, super().status(results))


class FallsOverRepeatedNonce(Fault, ToolBehaviour):
    """Answers 500 to a nonce that its table holds already."""

    name = "tool.falls-over-repeated-nonce"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-17": "crash-of-same-nonce-other-event"}

    def nonce(self, notice: Notice, is_seen: Callable[[str], bool]) -> str:
        problem = super().nonce(notice, is_seen)
        return FELL if problem == "replayed-nonce" else problem

    def status(self, results: Sequence[Result]) -> int:
        return fell(results, super().status(results))


class FallsOverUnwanted(Fault, ToolBehaviour):
    """Answers 500 to a notice for which it has no handler (any more)."""

    name = "tool.falls-over-unwanted"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-17": "crash-of-removed-handler", "PNS-NOTICE-18": "unknown-type-refused"}

    def status(self, results: Sequence[Result]) -> int:
        return 500 if any(one.outcome == IGNORED for one in results) else super().status(results)


class FallsOverTypes(Fault, ToolBehaviour):
    """Answers 500 to a notice whose issuer, audience or version is no text."""

    name = "tool.falls-over-types"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-17": "changed-crash"}

    def algorithm(self, jws: Jws) -> str:
        claims = jws.claims()
        odd = any(not isinstance(claims.get(name), str) for name in ("iss", "nonce"))
        return FELL if odd else super().algorithm(jws)

    def status(self, results: Sequence[Result]) -> int:
        return fell(results, super().status(results))


# --- types ----------------------------------------------------------------------------------------------------------


class RefusesUnknownTypes(Fault, ToolBehaviour):
    """Answers 400 to a notice of a type that it does not know."""

    name = "tool.refuses-unknown-types"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-18": "unknown-type-refused"}

    def status(self, results: Sequence[Result]) -> int:
        return 400 if {one.outcome for one in results} == {IGNORED} else super().status(results)


class TakesAllForCopies(Fault, ToolBehaviour):
    """Takes a notice of whatever type for one of a copied course."""

    name = "tool.takes-all-for-copies"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-18": "effect-of-unknown-type"}

    def type_known(self, notice: Notice, types: Collection[str]) -> bool:
        return notice.type is not None

    def touched(self, context: Context, notice: Notice, now: datetime) -> Context:
        return super().touched(context, replace(notice, type=CONTEXT_COPY), now)


class TakesLaunches(Fault, ToolBehaviour):
    """Takes the id_token of a launch for a notice of its context."""

    name = "tool.takes-launches-for-notices"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-11": "effect-of-launch-as-notice"}

    def notice_claim(self, notice: Notice) -> str:
        return "" if MESSAGE_TYPE in notice.claims and NOTICE not in notice.claims else super().notice_claim(notice)

    def type_known(self, notice: Notice, types: Collection[str]) -> bool:
        return super().type_known(notice, types) or (MESSAGE_TYPE in notice.claims and NOTICE not in notice.claims)


class LetsNoticesIn(Fault, ToolBehaviour):
    """Lets whoever brings a notice in, as if it were the id_token of a launch."""

    name = "tool.lets-notices-in"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-11": "notice-as-launch-let-in"}

    def launch_claims(self, message: Message) -> str:
        return "" if NOTICE in message.claims else super().launch_claims(message)


# --- copies ---------------------------------------------------------------------------------------------------------


class CopiesIntoKnownOnly(Fault, ToolBehaviour):
    """Handles a copy only into a course from which somebody has been launched."""

    name = "tool.copies-into-known-only"
    kind = WRONG_VALUE
    breaks = {"PNS-TYPE-06": "no-effect-of-never-launched"}

    def launched(self, launch: Launch, context: Context | None) -> Reply:
        vars(self).setdefault("visited", set()).add(launch.context)
        return super().launched(launch, context)

    def about_problem(self, notice: Notice) -> str:
        visited = vars(self).setdefault("visited", set())
        return super().about_problem(notice) if notice.context_id in visited else "unknown-context"


class CopiesFromKnownOnly(Fault, ToolBehaviour):
    """Handles a copy only from a course from which somebody has been launched."""

    name = "tool.copies-from-known-only"
    kind = WRONG_VALUE
    breaks = {"PNS-TYPE-07": "no-effect-of-unknown-origin"}
    # What several origins are, it does not know either; and none of a history was ever visited.
    collateral = ("PNS-TYPE-09", "PNS-NOTICE-20")

    def launched(self, launch: Launch, context: Context | None) -> Reply:
        vars(self).setdefault("visited", set()).add(launch.context)
        return super().launched(launch, context)

    def about_problem(self, notice: Notice) -> str:
        known = set(notice.origins or ()) <= vars(self).setdefault("visited", set())
        return super().about_problem(notice) if known else "unknown-origin"


class WantsTitles(Fault, ToolBehaviour):
    """Refuses a copy into a course without a title."""

    name = "tool.wants-titles"
    kind = WRONG_VALUE
    breaks = {"PNS-TYPE-08": "no-effect-of-nameless"}

    def about_problem(self, notice: Notice) -> str:
        return super().about_problem(notice) if self.title(notice) else "no-title"


class FirstOriginOnly(Fault, ToolBehaviour):
    """Keeps the first of several origins."""

    name = "tool.first-origin-only"
    kind = WRONG_VALUE
    breaks = {"PNS-TYPE-09": "origins-lost-of-several-origins"}

    def origins(self, notice: Notice) -> tuple[str, ...] | None:
        found = super().origins(notice)
        return found[:1] if found else found


class FallsOverNoOrigins(Fault, ToolBehaviour):
    """Answers 500 to a copy that does not say whence."""

    name = "tool.falls-over-no-origins"
    kind = LEFT_OUT
    breaks = {"PNS-TYPE-09": "crash-of-no-origins"}
    collateral = ("PNS-NOTICE-17",)  # a change that takes the origins away makes it fall, too

    def about_problem(self, notice: Notice) -> str:
        return super().about_problem(notice) if notice.origins else FELL

    def status(self, results: Sequence[Result]) -> int:
        return fell(results, super().status(results))
