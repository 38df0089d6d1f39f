"""Properties: histories of registrations that nobody has thought of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.judging.properties import examine
from harness.judging.suite import scenario
from harness.strategies.receiving import ANSWER, ASK, POLL, POST, Journey
from harness.strategies.receiving import journeys as drawn
from harness.subjects.receiver_records import Reception, Receptions, facts_of
from harness.subjects.results_receiver import Posting
from harness.wire.results_policy import State
from suites.results_receiver.rules_states import journey_is_permitted, may_end


def described(journey: Journey) -> Mapping[str, Any]:
    """Return a history as facts."""
    results = [facts_of(state) for state in journey.results]
    return {"results": results, "steps": [list(step) for step in journey.steps]}


@scenario(threaded=True, packages=0, needs=("receiver.probe",))
def journeys(receiver: Posting, seed: int) -> Receptions:
    """Histories of one registration: deliveries doubled, reordered and lost, and polls in between."""
    traveller = _Traveller(receiver)
    return examine(receiver, drawn(), traveller.go, journey_is_permitted, seed, describe=described)


class _Traveller:
    """Lets histories happen. Each has a registration of its own, or all share one where none can be made."""

    def __init__(self, receiver: Posting) -> None:
        self._receiver = receiver
        self._polls = {"stimulus.refresh", "callback.http"} <= receiver.driver.offers
        self._enrols = "enrol" in receiver.driver.stimuli
        self._regid = ""

    async def go(self, journey: Journey, step: str) -> Reception:
        """Let one history happen and return its record."""
        receiver, asked = self._receiver, None
        if self._enrols or not self._regid:
            self._regid = await receiver.registration(step)
        regid = self._regid
        await receiver.look(regid, step=step)
        for kind, index in journey.steps:
            state = journey.results[index]
            if kind == POST:
                taken = await receiver.post(regid, state, step=step, carried=False)
                self._arrived(step, state, taken is not None and 200 <= taken.status <= 299)
            elif self._polls and kind == POLL and asked is None:
                await self._poll(regid, state, step)
            elif self._polls and kind == ASK:
                asked = await self._ask(regid, state)
            elif kind == ANSWER and asked is not None:
                await self._answer(regid, asked, state, step)
                asked = None
        await receiver.settled(regid, may_end(receiver.seen(step)) or State(), step=step)
        return receiver.seen(step)

    def _arrived(self, step: str, state: State, certain: bool) -> None:
        self._receiver.note("arrived", step, state=facts_of(state), certain=certain)

    async def _poll(self, regid: str, state: State, step: str) -> None:
        await self._receiver.knows(regid, state)
        outcome = await self._receiver.stimulate("refresh", regid, step=step)
        self._arrived(step, state, outcome.status == "succeeded")

    async def _ask(self, regid: str, state: State) -> Any:
        """Begin a refresh whose answer is held back; None when the receiver asks for none."""
        receiver = self._receiver
        await receiver.knows(regid, state)
        receiver.driver.counterpart.hold(regid)
        refresh = await receiver.stimulate("refresh", regid, wait=False)
        if await receiver.asked(regid):
            return refresh
        receiver.driver.counterpart.release(regid)
        await refresh.release()
        return None

    async def _answer(self, regid: str, refresh: Any, state: State, step: str) -> None:
        """Let the held answer go: it holds what was the result when it was asked."""
        self._receiver.driver.counterpart.release(regid)
        outcome = await self._receiver.finished(refresh, "refresh", step=step)
        self._arrived(step, state, outcome.status == "succeeded")
