"""How a V1 server is moved by the state machine of registrations; each machine is one history."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from harness.judging.properties import Budget, Search, explore
from harness.judging.suite import scenario
from harness.net.patience import pause
from harness.strategies.cloud_registrations import Registering
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_examples import CloudExamples
from harness.subjects.cloud_v1_records import Story
from suites.cloud_v1.calls import bracketed
from suites.cloud_v1.rules_histories import RESULTS, parts_from_the_model

STEPS = 20
BUDGETS: Mapping[str, Budget] = {"proof": Budget(4, 4), "quick": Budget(5, 12), "full": Budget(60, 60)}
LOOKS = 4
Searching = Search[Story, CloudExamples]


class _Clerk:
    """Moves a server for one state machine: all its calls belong to one step."""

    def __init__(self, cloud: Calling, search: Searching) -> None:
        self._cloud = cloud
        self._search = search
        self._step = ""
        self._touched: dict[int, None] = {}
        self.learns = "stimulus.learn" in cloud.driver.offers

    def _begun(self) -> str:
        if not self._step:
            self._step = self._search.on_loop(self._search.begin({"of": "registrations"}))
        return self._step

    def _do(self, work: Coroutine[Any, Any, object]) -> None:
        self._begun()
        self._search.on_loop(work)

    def _call(self, method: str, **named: str) -> None:
        async def call() -> None:
            await self._cloud.call(f"registration.{method}", named, step=self._step)

        self._do(call())

    def _regid(self, number: int) -> str:
        self._touched[number] = None
        return f"{self._own}r{number}"

    @property
    def _own(self) -> str:
        """What all ids of this machine begin with; it holds nothing that a pattern would take for a sign."""
        return f"{self._cloud.own(self._begun())}-"

    def create(self, number: int, learner: int, fname: str) -> None:
        """Create a registration of the shared course."""

        async def call() -> None:
            given = {"fname": fname, "lname": "Byron", "learnerid": f"{self._own}l{learner}"}
            about = {"courseid": await self._cloud.driver.course(), "regid": self._regid(number)}
            await self._cloud.call("registration.createRegistration", about | given, step=self._step)

        self._do(call())

    def exists(self, number: int) -> None:
        """Ask whether a registration is there."""
        self._call("exists", regid=self._regid(number))

    def result(self, number: int) -> None:
        """Ask for a result."""
        self._call("getRegistrationResult", regid=self._regid(number))

    def reset(self, number: int) -> None:
        """Reset a registration."""
        self._call("resetRegistration", regid=self._regid(number))

    def delete(self, number: int) -> None:
        """Delete a registration."""
        self._call("deleteRegistration", regid=self._regid(number))

    def rename(self, learner: int, fname: str) -> None:
        """Change the name of a learner."""
        self._call("updateLearnerInfo", learnerid=f"{self._own}l{learner}", fname=fname, lname="Byron")

    def listed(self, learner: int | None) -> None:
        """List what begins with our prefix, of one learner if told so."""
        more = {} if learner is None else {"learnerid": f"{self._own}l{learner}"}
        self._call("getRegistrationList", filter=f"{self._own}.*", **more)

    def learn(self, number: int, to: str, score: int) -> None:
        """Let a learner learn, if the registration is there, and look until it shows."""
        self._do(self._learn(self._regid(number), to, score))

    async def _learn(self, regid: str, to: str, score: int) -> None:
        cloud, step = self._cloud, self._step
        there = await cloud.call("registration.exists", step=step, regid=regid)
        if there.rsp.text("result") != "true":
            return
        await cloud.learn(regid, step=step, to=to, score=str(score))
        outcome = [event for event in cloud.told(step).happened if event.name == "learnt"][-1]
        cloud.note("learning", step, regid=regid, to=to, succeeded=outcome.facts["status"] == "succeeded")
        # Where time can be moved it does not pass by itself: looking again would show nothing new.
        for number in range(LOOKS):
            told = await cloud.call("registration.getRegistrationResult", step=step, regid=regid)
            if told.rsp.text("registrationreport/complete") == RESULTS[to][0] or cloud.driver.control:
                break
            await pause(min(0.01 * 4**number, cloud.driver.patience.answer / 4))

    def conclude(self) -> None:
        """Look once more at everything, delete it, and see that it is gone."""
        numbers = tuple(self._touched)
        self.listed(None)
        for number in numbers[:3]:
            self.exists(number)
            self.result(number)
        for number in numbers:
            self.delete(number)
        self.listed(None)
        for number in numbers[:3]:
            self.exists(number)
        self._search.conclude({self._step: self._cloud.told(self._step)})


@scenario(threaded=True, packages=0)
def histories(cloud: Calling, seed: int) -> CloudExamples:
    """Histories of registrations: created, created again, looked at, learnt, reset, renamed, listed, deleted."""

    async def ahead() -> None:
        await bracketed(cloud)
        regid = await cloud.registered()
        await cloud.call("registration.exists", step="there", regid=regid)
        await cloud.call("registration.deleteRegistration", step="delete", regid=regid)

    def machines(search: Searching) -> Callable[[], Registering]:
        return lambda: Registering(_Clerk(cloud, search))

    budget = BUDGETS[cloud.driver.budget]
    return explore(cloud, machines, parts_from_the_model, seed, budget=budget, steps=STEPS, ahead=ahead)
