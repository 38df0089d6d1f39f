"""Tools that are built otherwise than ours, and rightly; one that is not, beside those that it could be taken for.

None of them may be accused; what they leave untested stands in ``tests/suites/test_lti_tool_strangers.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from harness.net.listener import Inbound, Reply
from harness.wire.pns import HELLO_WORLD
from harness.wire.pns_notices import Delivery, Notice
from mocks.faults.base import VARIANT, WRONG_VALUE, Fault
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.domain import Context, CopyEvent, Launch, Login
from mocks.tool.pages import JSON, page

FEW: Final = 10
ROOM: Final = "/app"
"""Where the application of a tool is that shows nothing on the page of a launch itself."""

Claims = Mapping[str, Any]


class TakesFew(Fault, ToolBehaviour):
    """Asks for at most ten notices at once, the least that a platform is known to grant, and takes no more."""

    name = "tool.takes-ten-at-once"
    kind = VARIANT
    max_batch_size = FEW

    def body(self, inbound: Inbound) -> Delivery:
        found = super().body(inbound)
        return Delivery((), found.oddities, "form") if len(found.jwts) > FEW else found


class OneTenant(Fault, ToolBehaviour):
    """Takes the deployments of a platform for one customer: what one of them is told, all of them show."""

    name = "tool.one-tenant"
    kind = VARIANT

    def touched(self, context: Context, notice: Notice, now: datetime) -> Context:
        found = super().touched(context, notice, now)
        vars(self).setdefault("tenant", {})[found.issuer, found.deployment, found.id] = found
        return found

    def probed(self, context: str, found: Sequence[Context]) -> Reply:
        kept = vars(self).get("tenant", {}).values()
        return super().probed(context, [one for one in kept if one.id == context])


class KeepsOneCopy(Fault, ToolBehaviour):
    """Keeps one copy of each course, the one that happened last, in whatever order it is told."""

    name = "tool.keeps-one-copy"
    kind = VARIANT

    def ordered(self, copies: tuple[CopyEvent, ...]) -> tuple[CopyEvent, ...]:
        return super().ordered(copies)[-1:]


class KeepsLastArrival(Fault, ToolBehaviour):
    """Keeps one copy of each course, the one that it was told of last: an earlier event undoes a later one."""

    name = "tool.keeps-the-last-arrival"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-20": "overtaken"}

    def ordered(self, copies: tuple[CopyEvent, ...]) -> tuple[CopyEvent, ...]:
        return copies[-1:]


class GreetsOnly(Fault, ToolBehaviour):
    """Wants no notices of copies: it has a handler for another type alone."""

    name = "tool.greets-only"
    kind = VARIANT
    knows = (HELLO_WORLD,)


class HandlerWithQuery(Fault, ToolBehaviour):
    """Names its customer in the query of the handler's address."""

    name = "tool.handler-with-query"
    kind = VARIANT

    def put_body(self, handler: Any) -> bytes:
        url = f"{handler.url}?tenant=a%20b&v=2" if handler.url else ""
        return super().put_body(replace(handler, url=url))

    def differs(self, found: Any, ours: Any) -> bool:
        return super().differs(found and replace(found, url=found.url.partition("?")[0]), ours)


class HostCookies(Fault, ToolBehaviour):
    """Binds a login by a cookie of its host alone, in a jar for each site that embeds it."""

    name = "tool.partitioned-cookies"
    kind = VARIANT

    def cookie(self, login: Login, secure: bool) -> str:
        return super().cookie(login, secure) + "; Partitioned; Priority=High"


class Application(Fault, ToolBehaviour):
    """Sends the user on to an application of one page after a launch."""

    name = "tool.goes-on-to-an-application"
    kind = VARIANT

    def launched(self, launch: Launch, context: Context | None) -> Reply:
        return Reply(302, (("Location", f"{ROOM}?course={launch.context or ''}#/launched"),))

    def intercept_all(self, inbound: Inbound) -> Reply | None:
        return page("Application") if inbound.path.startswith(ROOM) else super().intercept_all(inbound)


class ApplicationAlways(Application):
    """Shows its application to everybody; whether the launch was accepted is written by scripts."""

    name = "tool.shows-one-page-to-all"
    kind = VARIANT

    def refused_launch(self, reason: str) -> Reply:
        return Reply(302, (("Location", f"{ROOM}?error={reason}#/refused"),))


class ApplicationForEach(Application):
    """Sends every user on to an address of his own."""

    name = "tool.goes-on-to-an-address-of-each"
    kind = VARIANT

    def launched(self, launch: Launch, context: Context | None) -> Reply:
        count = vars(self)["launches"] = vars(self).get("launches", 0) + 1
        return Reply(302, (("Location", f"{ROOM}/launches/{count}"),))


class AheadOfTime(Fault, ToolBehaviour):
    """Has a clock that is a minute fast."""

    name = "tool.clock-fast"
    kind = VARIANT
    _skew = timedelta(seconds=60)

    def times(self, claims: Claims, now: datetime) -> str:
        return super().times(claims, now + self._skew)

    def launch_times(self, claims: Claims, now: datetime) -> str:
        return super().launch_times(claims, now + self._skew)


class BehindTime(AheadOfTime):
    """Has a clock that is a minute slow."""

    name = "tool.clock-slow"
    kind = VARIANT
    _skew = timedelta(seconds=-60)


class ShowsCopiesOnly(Fault, ToolBehaviour):
    """Its probe knows courses that were copied, and no other."""

    name = "tool.shows-copies-only"
    kind = VARIANT

    def probed(self, context: str, found: Sequence[Context]) -> Reply:
        return super().probed(context, [one for one in found if one.copies])


class AcceptsInWords(Fault, ToolBehaviour):
    """Answers 202 with a ticket as soon as a delivery has come, good or bad."""

    name = "tool.queues-all"
    kind = VARIANT

    def answered(self, results: Sequence[Any]) -> Reply:
        return Reply(202, JSON, b'{"ticket": "7f3a", "state": "queued"}')
