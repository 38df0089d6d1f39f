"""Faults of an LTI tool in what comes more than once, together, or in another order than it happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from harness.net.listener import Inbound
from harness.wire.jose import Jws, KeySet
from harness.wire.pns_notices import Delivery, Notice
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.domain import Context, key


class RemembersNothing(Fault, ToolBehaviour):
    """Processes whatever comes, as often as it comes."""

    name = "tool.remembers-nothing"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-07": "again-replay", "PNS-NOTICE-19": "again-same-id-new-nonce"}
    collateral = ("PNS-NOTICE-17",)  # a change that comes back to the same event has its effect again

    def nonce(self, notice: Notice, is_seen: Callable[[str], bool]) -> str:
        return "" if notice.nonce is not None else "no-nonce"

    def is_duplicate(self, notice: Notice, is_seen: Callable[[str], bool]) -> bool:
        return False


class TellsEventsByNonce(Fault, ToolBehaviour):
    """Tells events apart by the nonce, which is new in every token."""

    name = "tool.events-by-nonce"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-19": "again-same-id-new-nonce"}

    def identity(self, notice: Notice) -> str:
        return key(notice.iss or "", notice.deployment_id or "", notice.nonce or "")


class TellsEventsByTime(Fault, ToolBehaviour):
    """Tells the events of a course apart by when they were signed, which is new with every sending."""

    name = "tool.events-by-iat"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-19": "again-redelivered"}
    collateral = ("PNS-NOTICE-20",)  # two events of a course that are signed in the same second are one to it

    def identity(self, notice: Notice) -> str:
        return key(notice.iss or "", notice.deployment_id or "", notice.context_id or "", str(notice.iat))


class RemembersTheLast(Fault, ToolBehaviour):
    """Compares an event with the one before it, and with no earlier one."""

    name = "tool.remembers-the-last-event"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-19": "again-in-history"}

    def is_duplicate(self, notice: Notice, is_seen: Callable[[str], bool]) -> bool:
        last, vars(self)["last"] = vars(self).get("last"), self.identity(notice)
        return bool(last == self.identity(notice))


class TakesTheFirst(Fault, ToolBehaviour):
    """Takes the first notice of a delivery and leaves the others."""

    name = "tool.takes-the-first"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-15": "no-effect-of-two"}

    def body(self, inbound: Inbound) -> Delivery:
        found = super().body(inbound)
        return replace(found, jwts=found.jwts[:1])


class OneSpoilsAll(Fault, ToolBehaviour):
    """Stops at the first notice that is not signed as it should be, and so loses the right ones behind it."""

    name = "tool.one-spoils-all"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-15": "no-effect-of-mixed-batch"}

    def body(self, inbound: Inbound) -> Delivery:
        vars(self)["spoilt"] = False
        return super().body(inbound)

    def signature(self, jws: Jws, keys: KeySet) -> str:
        problem = "spoilt" if vars(self)["spoilt"] else super().signature(jws, keys)
        vars(self)["spoilt"] = bool(problem)
        return problem


class UnreadSpoilsAll(Fault, ToolBehaviour):
    """Takes nothing of a delivery of several in which a notice is of another algorithm, issuer or audience."""

    name = "tool.takes-batches-of-three"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-15": "changed-no-effect"}

    def body(self, inbound: Inbound) -> Delivery:
        found = super().body(inbound)
        # What stands on an even place is lost: it jumps over one after each that it has read.
        return replace(found, jwts=found.jwts[::2])


class KeepsTheLatest(Fault, ToolBehaviour):
    """Leaves out a copy that happened before the last one that it knows."""

    name = "tool.keeps-the-latest"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-20": "event-lost"}

    def copied(self, context: Context, notice: Notice, now: datetime) -> Context:
        late = any(event.at > (notice.timestamp or now) for event in context.copies)
        return context if late else super().copied(context, notice, now)


class OneCopyForEachTime(Fault, ToolBehaviour):
    """Keeps the first copy of a course and no other."""

    name = "tool.keeps-the-first"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-20": "event-lost-in-history"}

    def copied(self, context: Context, notice: Notice, now: datetime) -> Context:
        return context if context.copies else super().copied(context, notice, now)
