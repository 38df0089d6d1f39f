"""Faults of a results receiver in what it stores: repetitions, late results, unknown registrations, refreshes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from harness.net.client import Request
from harness.net.listener import Inbound, Reply
from harness.wire.results_policy import BLANK, Policy, State
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.lms.behaviour import TEXT, UNKNOWN, Find, Keys, ReceiverBehaviour, Record, Submission


class ActsOnEvery(Fault, ReceiverBehaviour):
    """Takes every postback for news, so that a duplicate sends a second certificate."""

    name = "lms.acts-on-every"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-08": "applied-twice"}

    def effects(self, old: State, new: State) -> int:
        return 1


class RefusesRepetition(Fault, ReceiverBehaviour):
    """Answers 409 to what it has taken already, and so is sent it again and again.

    What failed at first, or is not known, is a repetition when it comes again.
    """

    name = "lms.refuses-repetition"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-08": "repetition-refused"}
    collateral = ("CLOUD-RECV-10", "CLOUD-RECV-12")

    def intercept(self, inbound: Inbound) -> Reply | None:
        seen: set[bytes] = vars(self).setdefault("seen", set())
        digest = hashlib.sha256(inbound.header("Authorization").encode() + inbound.body).digest()
        if digest in seen:
            return Reply(409, TEXT, b"came already\n")
        seen.add(digest)
        return None


class AddsTime(Fault, ReceiverBehaviour):
    """Adds the time of every postback to what it has, though each one tells the whole."""

    name = "lms.adds-time"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-08": "state-changed"}

    def merge(self, state: State, incoming: State) -> State:
        return replace(super().merge(state, incoming), totaltime=state.totaltime + incoming.totaltime)


class LastWins(Fault, ReceiverBehaviour):
    """Stores what comes as it comes."""

    name = "lms.last-wins"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-09": "completion-undone"}

    def merge(self, state: State, incoming: State) -> State:
        return incoming


class UndoesCompletion(Fault, ReceiverBehaviour):
    """Takes the completion as it comes and keeps the best of all else."""

    name = "lms.undoes-completion"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-09": "completion-undone"}
    policy = Policy(keep_complete=False)


class UndoesPass(Fault, ReceiverBehaviour):
    """Lets a failure that comes late undo a pass."""

    name = "lms.undoes-pass"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-09": "pass-undone"}
    policy = Policy(passed_to_failed=True)


class LowersScore(Fault, ReceiverBehaviour):
    """Lets a score that comes late replace a better one."""

    name = "lms.lowers-score"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-09": "score-lowered"}
    policy = Policy(score="latest")


class ShortensTime(Fault, ReceiverBehaviour):
    """Lets a time that comes late replace a longer one."""

    name = "lms.shortens-time"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-09": "time-shortened"}
    policy = Policy(totaltime="latest")


class FirstWins(Fault, ReceiverBehaviour):
    """Takes the first result of a registration and no other."""

    name = "lms.first-wins"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-09": "newer-ignored"}

    def merge(self, state: State, incoming: State) -> State:
        return super().merge(state, incoming) if state == BLANK else state


class FailedForGood(Fault, ReceiverBehaviour):
    """Does not let a learner pass who has failed once."""

    name = "lms.failed-for-good"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-09": "pass-refused"}
    policy = Policy(failed_to_passed=False)


class IgnoresReset(Fault, ReceiverBehaviour):
    """Holds on to a result that was reset on purpose."""

    name = "lms.ignores-reset"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-09": "reset-ignored"}

    def reset(self, record: Record) -> Record:
        return record


class OlderPollWins(Fault, ReceiverBehaviour):
    """Overwrites what it holds by what it pulled, though a newer postback came while the API answered."""

    name = "lms.older-poll-wins"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-09": "older-poll-won"}

    def apply_pulled(self, record: Record, incoming: State) -> Record:
        return replace(record, state=incoming, applied=record.applied + self.effects(record.state, incoming))


class RemembersTwo(Fault, ReceiverBehaviour):
    """Makes the state of the last two results that came, so that a third makes it forget the first."""

    name = "lms.remembers-two"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-09": "not-allowed"}

    def apply(self, record: Record, incoming: State) -> Record:
        came: list[State] = vars(self).setdefault("came", {}).setdefault(record.regid, [])
        came[:] = [*(state for state in came[-2:] if state != incoming), incoming][-2:]
        merged = BLANK
        for state in came:
            merged = self.merge(merged, state)
        return replace(record, state=merged, applied=record.applied + self.effects(record.state, merged))


class FallsOverUnknown(Fault, ReceiverBehaviour):
    """Answers 500 for a registration that it does not know, 70 times over."""

    name = "lms.falls-over-unknown"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-10": "server-error"}

    def refused(self, reason: str, submission: Submission) -> Reply:
        return Reply(500, TEXT, b"internal error\n") if reason == UNKNOWN else super().refused(reason, submission)


class MakesRecords(Fault, ReceiverBehaviour):
    """Makes a registration of whatever id comes."""

    name = "lms.makes-records"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-10": "record-made"}

    def find(self, regid: str, find: Find, keys: Keys) -> Record | None:
        return find(regid) or Record(regid)


class IgnoresCaseOfIds(Fault, ReceiverBehaviour):
    """Compares ids without regard to case, and so stores a result with another learner."""

    name = "lms.ignores-case-of-ids"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-10": "other-record-changed"}

    def find(self, regid: str, find: Find, keys: Keys) -> Record | None:
        like = next((key for key in keys() if key.casefold() == regid.casefold()), regid)
        return find(regid) or find(like)


class ChangesItsMind(Fault, ReceiverBehaviour):
    """Refuses an unknown registration by 404 and the same one again by 410."""

    name = "lms.changes-its-mind"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-10": "status-not-fixed"}

    def refused(self, reason: str, submission: Submission) -> Reply:
        if reason != UNKNOWN:
            return super().refused(reason, submission)
        vars(self)["odd"] = not vars(self).get("odd", False)
        return Reply(404 if vars(self)["odd"] else 410, TEXT, b"not known\n")


class NeverRefreshes(Fault, ReceiverBehaviour):
    """Has a refresh button that asks nobody."""

    name = "lms.never-refreshes"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-16": "not-refreshed"}

    def pull(self, regid: str, api_url: str, appid: str, secret: str, now: datetime) -> Request | None:
        return None


class RefreshesStatusOnly(Fault, ReceiverBehaviour):
    """Takes completion and success from a refresh, but neither score nor time."""

    name = "lms.refreshes-status-only"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-16": "refresh-differs"}

    def apply_pulled(self, record: Record, incoming: State) -> Record:
        return super().apply_pulled(record, replace(BLANK, complete=incoming.complete, success=incoming.success))
