"""Faults of a V1 server in delivering postbacks: what counts as delivered, tries again, test postbacks, the queue."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import Any

from harness.net.client import NOWHERE
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Failure
from mocks.engine.v1.domain import Hook, Posting
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

# --- delivered or not -----------------------------------------------------------------------------------------------


class OnlyOkCounts(Fault, CloudBehaviour):
    """Only 200 counts as delivered."""

    name = "v1.only-200-is-delivered"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-08": "retried"}

    def delivered(self, status: int, error: str | None) -> bool:
        return error is None and status == 200


class Follows(Fault, CloudBehaviour):
    """A redirect that a receiver answers is followed."""

    name = "v1.follows-postback-redirects"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-08": "followed"}

    async def post(self, engine: Any, hook: Hook, xml: str, regid: str) -> tuple[int, str | None]:
        received = await engine.client.send(NOWHERE, "postback", self.hook_request(hook, xml))
        away = received.header("Location")
        if away and 300 <= received.status < 400:
            received = await engine.client.send(NOWHERE, "postback", self.hook_request(replace(hook, url=away), xml))
        return received.status, received.error


class NeverAgain(Fault, CloudBehaviour):
    """A postback that failed is not tried again in any time that one waits; so none comes after a restart either."""

    name = "v1.never-tries-again"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-09": "not-retried"}
    collateral = ("CLOUD-POSTBACK-17",)

    def backed_off(self, attempt: int, draw: random.Random) -> float:
        return 8640000.0


class ClientErrorsAreFinal(Fault, CloudBehaviour):
    """A 4xx status counts as the receiver's last word."""

    name = "v1.4xx-is-final"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-09": "not-retried"}

    def delivered(self, status: int, error: str | None) -> bool:
        return error is None and status < 500


class HangingUpIsFine(Fault, CloudBehaviour):
    """A receiver that closes the connection without an answer counts as one that has taken the postback."""

    name = "v1.no-answer-is-delivered"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-09": "not-retried", "CLOUD-POSTBACK-12": "accepted"}

    def delivered(self, status: int, error: str | None) -> bool:
        return error not in (None, "refused") or super().delivered(status, error)


# --- how often and when ---------------------------------------------------------------------------------------------


class NoEnd(Fault, CloudBehaviour):
    """There is no last try."""

    name = "v1.retries-for-ever"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-10": "too-many"}

    def gap(self, attempt: int, draw: random.Random) -> Any:
        return super().gap(min(attempt, 30), draw)


class OneRetryMore(Fault, CloudBehaviour):
    """A postback is tried 71 times again."""

    name = "v1.71-retries"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-10": "too-many"}

    def gap(self, attempt: int, draw: random.Random) -> Any:
        return super().gap(max(0, attempt - 1), draw)


class NoJitter(Fault, CloudBehaviour):
    """The gaps are doubled exactly."""

    name = "v1.no-jitter"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-11": "no-jitter"}

    def backed_off(self, attempt: int, draw: random.Random) -> float:
        return float(min(900.0, 2.0 ** min(attempt, 40)))


class NoBackOff(Fault, CloudBehaviour):
    """Every gap is drawn around one minute."""

    name = "v1.no-back-off"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-11": "not-growing"}

    def backed_off(self, attempt: int, draw: random.Random) -> float:
        return draw.uniform(50, 70)


class TooSoon(Fault, CloudBehaviour):
    """The first gap is a fifth of a second."""

    name = "v1.retries-too-soon"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-11": "too-soon"}

    def backed_off(self, attempt: int, draw: random.Random) -> float:
        return super().backed_off(attempt, draw) if attempt else 0.2


class TooLate(Fault, CloudBehaviour):
    """The gaps grow up to an hour."""

    name = "v1.retries-too-late"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-11": "too-late"}

    def backed_off(self, attempt: int, draw: random.Random) -> float:
        return super().backed_off(attempt, draw) * (1 if attempt < 10 else 4)


# --- test postbacks -------------------------------------------------------------------------------------------------


class TestsNothing(Fault, CloudBehaviour):
    """Nothing is posted by testRegistrationPostUrl; it always succeeds."""

    name = "v1.tests-nothing"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-12": "not-posted"}

    async def post(self, engine: Any, hook: Hook, xml: str, regid: str) -> tuple[int, str | None]:
        return await super().post(engine, hook, xml, regid) if regid else (200, None)


class NoReason(Fault, CloudBehaviour):
    """The failure of a test postback has no message."""

    name = "v1.test-without-reason"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-12": "no-reason"}

    def test_failure(self, status: int, error: str | None) -> Failure:
        return Failure(1, " ")


class TestAlwaysFine(Fault, CloudBehaviour):
    """A test postback that fails is told as a success."""

    name = "v1.test-always-fine"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-12": "accepted"}

    def test_taken(self, status: int, error: str | None) -> bool:
        return True


class TestsTwice(Fault, CloudBehaviour):
    """A test postback is sent twice."""

    name = "v1.tests-twice"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-12": "several"}

    async def post(self, engine: Any, hook: Hook, xml: str, regid: str) -> tuple[int, str | None]:
        if not regid:
            await super().post(engine, hook, xml, regid)
        return await super().post(engine, hook, xml, regid)


class QueuesTests(Fault, CloudBehaviour):
    """A test postback that fails is queued and tried again."""

    name = "v1.queues-tests"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-12": "retried"}

    async def post(self, engine: Any, hook: Hook, xml: str, regid: str) -> tuple[int, str | None]:
        status, error = await super().post(engine, hook, xml, regid)
        if not regid and not self.delivered(status, error):
            app = engine.default_app
            posting = Posting(engine.new_id("posting"), "test", hook, engine.now(app), xml)
            async with engine.store.transaction() as tx:
                tx.put(f"postings/{app}", posting.id, posting)
                engine.outbox.owe(tx, app, "postback", posting.id, self.gap(3, random.Random(1)))
        return status, error


class TestsPlainForms(Fault, CloudBehaviour):
    """Authentication and format that are to be tested are not looked at."""

    name = "v1.tests-plain-forms"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-13": "wrong-media"}

    def tested_hook(self, call: Call) -> Hook:
        return Hook(super().tested_hook(call).url)


class TestsCourseFormat(Fault, CloudBehaviour):
    """A test postback always has the format course."""

    name = "v1.tests-course-format"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-13": "wrong-format"}

    def sample(self, resultsformat: str) -> str:
        return super().sample("course")


# --- the queue ------------------------------------------------------------------------------------------------------


class OneAtATime(Fault, CloudBehaviour):
    """Postbacks leave one after the other: who does not answer holds up all the rest."""

    name = "v1.one-postback-at-a-time"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-16": "delayed"}
    hangs = True

    async def post(self, engine: Any, hook: Hook, xml: str, regid: str) -> tuple[int, str | None]:
        lock: asyncio.Lock = vars(self).setdefault("_lock", asyncio.Lock())
        async with lock:
            return await super().post(engine, hook, xml, regid)


class ForgetsTheQueue(Fault, CloudBehaviour):
    """Pending postbacks are gone after a restart."""

    name = "v1.queue-in-memory"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-17": "lost"}

    def survives_restart(self, posting: Posting) -> bool:
        return False


class DeliversTwice(Fault, CloudBehaviour):
    """Every postback is sent twice; nothing forbids that."""

    name = "v1.delivers-twice"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-18": "delivered-twice"}

    async def post(self, engine: Any, hook: Hook, xml: str, regid: str) -> tuple[int, str | None]:
        if regid:
            await super().post(engine, hook, xml, regid)
        return await super().post(engine, hook, xml, regid)
