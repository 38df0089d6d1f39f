"""How a receiver of results is moved by what comes twice, late, in another order, or by another way at once."""

from __future__ import annotations

from decimal import Decimal

from harness.judging.suite import Case, scenario
from harness.subjects.receiver_records import Reception, facts_of, state_of
from harness.subjects.results_receiver import Posting
from harness.wire.results_policy import Delivery, State, allowed
from suites.results_receiver.results import DONE, HALF, OLD

AGAIN = ("again-1", "again-2", "again-3")
BETTER = State("complete", "passed", Decimal(90), 400)


@scenario(packages=0)
async def repeated(receiver: Posting) -> Reception:
    """The same postback four times, then another, and that one twice."""
    regid = await receiver.registration()
    await receiver.post(regid, DONE, step="first")
    await receiver.settled(regid, DONE, step="first")
    for step in AGAIN:
        await receiver.post(regid, DONE, step=step)
    await receiver.unmoved(regid, step=AGAIN[-1])
    await receiver.post(regid, BETTER, step="other")
    await receiver.settled(regid, BETTER, step="other")
    await receiver.post(regid, BETTER, step="other-again")
    await receiver.unmoved(regid, step="other-again")
    return receiver.seen()


def _case(name: str, *states: State) -> Case:
    return Case(name, {"states": [facts_of(state) for state in states]})


FAILED, PASSED = State("complete", "failed", Decimal(40), 100), State("complete", "passed", Decimal(85), 200)
HIGH, LOW = State("complete", "unknown", Decimal(80), 300), State("complete", "unknown", Decimal(60), 120)
ORDERS = (
    _case("incomplete-after-complete", DONE, HALF),
    _case("score-60-after-80", HIGH, LOW),
    _case("pass-after-failure", FAILED, PASSED),
    _case("failure-after-pass", PASSED, FAILED),
    _case("complete-after-incomplete", HALF, DONE),
    _case("interleaved", OLD, DONE, OLD, DONE),
    _case("interleaved-late", DONE, OLD, DONE, OLD),
)


@scenario(cases=ORDERS, packages=0)
async def late(receiver: Posting, case: Case) -> Reception:
    """Postbacks of one registration in the order of the case."""
    regid = await receiver.registration()
    states = [state_of(facts) for facts in case.values["states"]]
    may_end = allowed([Delivery(state) for state in states], receiver.driver.target.policy)
    for number, state in enumerate(states):
        await receiver.post(regid, state, step=f"{number}")
        due = state if number == 0 else may_end
        await receiver.settled(regid, due, step=f"{number}")
    await receiver.unmoved(regid, step="end")
    return receiver.seen()


@scenario(packages=0, needs=("stimulus.reset",))
async def resets(receiver: Posting) -> Reception:
    """A result, a deliberate reset of it, and a new beginning."""
    regid = await receiver.registration()
    await receiver.post(regid, DONE, step="done")
    await receiver.settled(regid, DONE, step="done")
    await receiver.stimulate("reset", regid, step="reset")
    await receiver.look(regid, step="reset")
    return receiver.seen()


@scenario(packages=0, needs=("receiver.probe", "stimulus.refresh", "callback.http"))
async def races(receiver: Posting) -> Reception:
    """A refresh begins, and while its answer is on the way a newer postback comes; then the older answer arrives."""
    regid, sender = await receiver.registration(), receiver.driver.counterpart
    await receiver.knows(regid, OLD)
    sender.hold(regid)
    refresh = await receiver.stimulate("refresh", regid, wait=False)
    receiver.note("asked", asked=await receiver.asked(regid))
    await receiver.post(regid, DONE, step="newer")
    await receiver.settled(regid, DONE, step="newer")
    sender.release(regid)
    await receiver.finished(refresh, "refresh", step="older")
    await receiver.unmoved(regid, step="older")
    return receiver.seen()


@scenario(packages=0, needs=("receiver.probe", "stimulus.refresh", "callback.http"))
async def refreshed(receiver: Posting) -> Reception:
    """A registration of which every postback is lost, and a refresh by its owner."""
    regid = await receiver.registration()
    await receiver.knows(regid, DONE)
    await receiver.look(regid, step="before")
    await receiver.stimulate("refresh", regid, step="refresh")
    await receiver.settled(regid, DONE, step="refresh")
    return receiver.seen()
