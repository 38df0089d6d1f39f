"""How a receiver of results is moved by what it cannot store: unknown registrations, outages, hostile and huge data."""

from __future__ import annotations

from typing import Any

from harness.judging.suite import scenario
from harness.subjects.receiver_records import Reception
from harness.subjects.results_receiver import Posting
from suites.results_receiver.results import DONE, HALF, course_xml, laughing, rising, with_entity

SUSPENDED = "p1 seen; "
HUGE = 555_556
"""How often that is repeated in the suspend data of a huge postback: five million characters."""
UNKNOWN = ("unknown-1", "unknown-2", "unknown-3")
HOSTILE = ("external", "dtd", "internal", "laughs")


@scenario(packages=0)
async def strangers(receiver: Posting) -> Reception:
    """A sound postback; thrice one of an unknown registration; one whose id differs from the known one in case."""
    regid, unknown = await receiver.registration(), receiver.unknown()
    await receiver.post(regid, HALF, step="known")
    await receiver.settled(regid, HALF, step="known")
    await receiver.look(unknown, step="before")
    for step in UNKNOWN:
        await receiver.post(unknown, DONE, step=step)
    await receiver.unmoved(unknown, step=UNKNOWN[-1])
    other = regid.swapcase()
    shown = await receiver.look(other, step="other-case-before")
    # An id of its owner may be another learner's in the other case: it is tried only when the probe knows it not.
    if shown and shown.probed.unknown and other != regid:
        await receiver.post(other, DONE, step="other-case")
        await receiver.unmoved(regid, step="other-case")
    return receiver.seen()


@scenario(packages=0, alone=True)
async def recovered(receiver: Posting) -> Reception:
    """What failed at first is sent again: after a broken connection, after an outage, after a late enrolment."""
    regid = await receiver.registration("broken")
    await receiver.post(regid, DONE, step="broken", carried=False, cut=200)
    torn = course_xml(regid, DONE)[:-40]
    await receiver.post(regid, DONE, step="torn", carried=False, data=torn)
    await receiver.post(regid, DONE, step="whole")
    await receiver.settled(regid, DONE, step="whole")
    if "outage" in receiver.driver.stimuli:
        regid = await receiver.registration("outage")
        await receiver.stimulate("outage", regid, values={"INVIGIL_TIMES": "2"})
        for step in ("down-1", "down-2", "up"):
            await receiver.post(regid, DONE, step=step)
            await receiver.settled(regid, DONE, step=step)
    if "enrol" in receiver.driver.stimuli:
        regid = f"{receiver.unknown()}-yet"
        await receiver.post(regid, DONE, step="early")
        await receiver.stimulate("enrol", regid)
        await receiver.post(regid, DONE, step="enrolled")
        await receiver.settled(regid, DONE, step="enrolled")
    regid = await receiver.registration("twin")
    await receiver.post(regid, DONE, step="twin")
    await receiver.settled(regid, DONE, step="twin")
    return receiver.seen()


@scenario(packages=0, needs=("ownership", "callback.http"))
async def hostile(receiver: Posting) -> Reception:
    """Postbacks that declare a document type: entities elsewhere and within, one that grows beyond measure."""
    regid = await receiver.registration()
    await receiver.post(regid, rising(0), step="plain")
    await receiver.settled(regid, rising(0), step="plain")
    bait = receiver.driver.counterpart.bait(receiver.where("bait"))
    external, within = f'<!DOCTYPE r [<!ENTITY c SYSTEM "{bait}">]>', '<!DOCTYPE r [<!ENTITY c "complete">]>'
    documents = (
        with_entity(regid, rising(3), external, "c"),
        f'<!DOCTYPE r SYSTEM "{bait}">' + course_xml(regid, rising(4)),
        with_entity(regid, rising(5), within, "c"),
        laughing(regid, rising(6)),
    )
    for number, (step, data) in enumerate(zip(HOSTILE, documents, strict=True)):
        await receiver.post(regid, rising(3 + number), step=step, data=data)
        await receiver.unmoved(regid, step=step)
    await receiver.post(regid, rising(7), step="after")
    await receiver.settled(regid, rising(7), step="after")
    return receiver.seen()


@scenario(packages=0, needs=("ownership",))
async def huge(receiver: Posting) -> Reception:
    """A postback in the format full with little suspend data, then one with five million characters of it."""
    regid = await receiver.registration()
    await receiver.look(regid, step="before")
    way = receiver.driver.target.auth_types[-1]
    options: dict[str, Any] = {"resultsformat": "full", "authtype": way}
    await receiver.post(regid, rising(1), step="small", suspend_data=SUSPENDED, **options)
    await receiver.settled(regid, rising(1), step="small")
    await receiver.post(regid, rising(2), step="huge", suspend_data=SUSPENDED * HUGE, **options)
    await receiver.settled(regid, rising(2), step="huge")
    return receiver.seen()
