"""The receiver of results itself: takes postbacks, pulls results, and shows what it holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from harness.net.client import NOWHERE, HttpClient, Request
from harness.net.clock import Clock
from harness.net.listener import Inbound, Reply
from harness.net.patience import within
from harness.wire.results_policy import State
from mocks.lms.behaviour import (
    CREDENTIALS,
    DOWN,
    MEDIA,
    NO_DATA,
    TEXT,
    UNKNOWN,
    UNREADABLE,
    Account,
    ReceiverBehaviour,
    Record,
    Submission,
)
from mocks.state.store import Store, Transaction

TABLE = "results"
LOG_LINES = 1000


class Refresh(Exception):
    """A pull that brought nothing; the message says why, without the call and its signature."""


class ResultsReceiver:
    """One LMS. Its state lives in ``store``; ``behaviour`` is asked for each message, so that faults can change."""

    def __init__(
        self, store: Store, clock: Clock, client: HttpClient, behaviour: Callable[[], ReceiverBehaviour],
        account: Account,
    ) -> None:  # fmt: skip
        self.account = account
        self.log: list[str] = []
        self._store = store
        self._clock = clock
        self._client = client
        self._behaviour = behaviour
        self._down = 0
        self._tasks: set[asyncio.Future[None]] = set()

    def outage(self, times: int) -> None:
        """Answer the next ``times`` postbacks with 503 and store nothing of them."""
        self._down = times

    async def answer(self, inbound: Inbound) -> Reply:
        """Take one postback; it is stored before it is answered."""
        behaviour = self._behaviour()
        if inbound.method != "POST":
            return Reply(405, (*TEXT, ("Allow", "POST")), b"postbacks come by POST\n")
        intercepted = behaviour.intercept(inbound)
        if intercepted is not None:
            return intercepted
        submission = Submission()
        reason = behaviour.refuses_shape(inbound)
        if reason:
            reply = behaviour.refused(reason, submission)
        else:
            submission = behaviour.read(inbound)
            reply = await self._take(behaviour, submission)
        self.log = [*self.log[1 - LOG_LINES :], behaviour.line(inbound, submission, reply)]
        held_back = behaviour.delay(self._client.patience)
        if held_back:
            await within(held_back, asyncio.Event().wait())
        return reply

    async def _take(self, behaviour: ReceiverBehaviour, submission: Submission) -> Reply:
        known = behaviour.is_repetition(submission)
        if self._down:
            self._down -= 1
            return behaviour.refused(DOWN, submission)
        if not submission.authtype:
            return behaviour.refused(MEDIA, submission)
        if not behaviour.authentic(submission, self.account):
            return behaviour.refused(CREDENTIALS, submission)
        if submission.data is None:
            return behaviour.refused(NO_DATA, submission)
        for url in behaviour.loads(submission.data):
            await self._client.send(NOWHERE, "entity", Request("GET", url))
        report = behaviour.parse(submission.data)
        if report.refused or not report.regid:
            return behaviour.refused(UNREADABLE, submission)
        state = behaviour.state_of(report)
        async with self._store.transaction() as tx:
            record = self._find(behaviour, report.regid, tx)
            if record is None:
                return behaviour.refused(UNKNOWN, submission)
            if known:
                return behaviour.stored(record)
            if not behaviour.works_later():
                record = behaviour.apply(record, state)
                tx.put(TABLE, record.regid, record)
        if behaviour.works_later():
            self._work(self._apply(behaviour, record.regid, state))
        return behaviour.stored(record)

    async def _apply(self, behaviour: ReceiverBehaviour, regid: str, state: State) -> None:
        async with self._store.transaction() as tx:
            record = tx.get(TABLE, regid)
            if record is not None:
                tx.put(TABLE, regid, behaviour.apply(record, state))

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Wait until all that was taken is stored."""
        await asyncio.gather(*self._tasks)

    def _find(self, behaviour: ReceiverBehaviour, regid: str, tx: Transaction) -> Record | None:
        return behaviour.find(regid, lambda key: tx.get(TABLE, key), lambda: tx.keys(TABLE))

    async def enrol(self, regid: str) -> None:
        """Make a registration known; one that is known keeps its result."""
        async with self._store.transaction() as tx:
            if tx.get(TABLE, regid) is None:
                tx.put(TABLE, regid, Record(regid))

    async def reset(self, regid: str) -> bool:
        """Forget what came for a registration; False when it is not known."""
        async with self._store.transaction() as tx:
            record = tx.get(TABLE, regid)
            if record is not None:
                tx.put(TABLE, regid, self._behaviour().reset(record))
            return record is not None

    async def refresh(self, regid: str, api_url: str, appid: str, secret: str) -> None:
        """Ask the API for the result of a registration and store it; raises `Refresh` when nothing came.

        Nothing is locked while the API answers: a postback that comes meanwhile is stored first.
        """
        behaviour = self._behaviour()
        request = behaviour.pull(regid, api_url, appid, secret, self._clock.now())
        if request is None:
            return
        received = await self._client.send(NOWHERE, "pull", request)
        if received.error or received.status != 200:
            raise Refresh(f"the API gave no answer to use ({received.error or f'HTTP status {received.status}'})")
        report = behaviour.parse_pulled(received.body)
        if report.refused or report.regid != regid:
            raise Refresh(f"the API gave no result of this registration ({report.refused or 'another one'})")
        async with self._store.transaction() as tx:
            record = tx.get(TABLE, regid)
            if record is None:
                raise Refresh("the registration is not known here")
            tx.put(TABLE, regid, behaviour.apply_pulled(record, behaviour.state_of(report)))

    async def shown(self, regid: str) -> Reply:
        """Answer the probe."""
        async with self._store.transaction() as tx:
            record = tx.get(TABLE, regid)
        return self._behaviour().probed(record)
