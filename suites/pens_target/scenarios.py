"""How a PENS target is moved: the plain collect, and the table of answers whose form is judged."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from fixtures.packages import scorm12
from harness.judging.suite import Case, scenario
from harness.net.patience import within
from harness.net.staging import Gate
from harness.subjects.pens_records import Collected
from harness.subjects.pens_target import Collecting

HTTP = ("callback.http",)
CLOSED_PORT = 1


def package(marker: str) -> bytes:
    """Return the package that is staged by default; its title carries the run's marker."""
    return scorm12(title=f"Conformance course {marker}", identifier=marker)


def closed_address(target: Collecting) -> str:
    """Return a package URL on our own host at a port where nobody listens (tcpmux, long out of use)."""
    parts = urlsplit(target.driver.host.url("course.zip"))
    return f"http://{parts.hostname}:{CLOSED_PORT}/{target.token}/course.zip"


@scenario(needs=HTTP)
async def accepted(target: Collecting) -> Collected:
    """A complete, valid collect by urlencoded POST; its package, receipt and alerts are served."""
    return await target.collect()


@scenario(
    cases=[Case("understood"), Case("refused", {"drop": ["client"]}), Case("unparseable", {"json": True})],
    needs=HTTP,
)
async def answering(target: Collecting, case: Case) -> Collected:
    """Something to answer: a sound collect, one without client, and a body that is no command at all."""
    if case.values.get("json"):
        await target.post(b'{"command": "collect"}', "application/json")
        return target.seen()
    return await target.collect(drop=case.values.get("drop", ()))


@scenario(
    cases=[
        Case("not-found", {"status": 404}, ("PENS-ERR-04",)),
        Case("unreachable", {"closed": True}, ("PENS-ERR-04", "PENS-RESP-09")),
    ],
    needs=HTTP,
    packages=0,
)
async def unfetchable(target: Collecting, case: Case) -> Collected:
    """A sound collect whose package cannot be fetched: HTTP 404, or nobody listens at its address."""
    if case.values.get("closed"):
        return await target.collect({"package-url": closed_address(target)})
    return await target.collect(staged={"status": case.values["status"]})


@scenario(needs=HTTP)
async def held(target: Collecting) -> Collected:
    """A sound collect whose download is held until the answer has come, or half of our patience is over."""
    gate = Gate()
    elements = target.elements(staged={"gate": gate})
    sending = asyncio.ensure_future(target.send(elements))
    await within(target.driver.patience.answer / 2, asyncio.shield(sending))
    target.note("gate-opened", reached=gate.reached.is_set())
    gate.open()
    await sending
    await target.settled()
    return target.seen()
