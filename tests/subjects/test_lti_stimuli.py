"""A stimulus by HTTP says what is asked for as a form, and its answer tells what was done."""

from __future__ import annotations

import asyncio

from harness.evidence.journal import Journal
from harness.net.client import HttpClient
from harness.net.clock import OffsetClock
from harness.net.listener import Inbound, Listener, Reply
from harness.subjects.counterpart import Outcome
from harness.subjects.lti_platform_tooling import told_by
from harness.subjects.lti_stimuli import FormStimulus
from harness.wire.binding import decode_form


async def moved(reply: Reply | None, path: str, **values: str) -> tuple[Outcome, list[Inbound]]:
    seen: list[Inbound] = []

    async def answer(inbound: Inbound) -> Reply:
        seen.append(inbound)
        return reply or Reply(drop=True)

    listener = Listener(answer)
    await listener.start()
    client = HttpClient(Journal(OffsetClock().now, recording=False), 2.0)
    try:
        stimulus = FormStimulus("copy", f"http://127.0.0.1:{listener.port}{path}", client)
        stimulated = await stimulus.start({f"INVIGIL_{name.upper()}": value for name, value in values.items()})
        return await stimulated.outcome(2.0), seen
    finally:
        await client.close()
        await listener.stop()


def test_values_go_as_a_form_and_the_deployment_into_its_place() -> None:
    body = b'working...\n{"destination": "9052", "open": "https://x.example/"}\n'
    outcome, (seen,) = asyncio.run(moved(Reply(200, (), body), "/copy?d={deployment}", deployment="1:é/", title="Été"))
    assert seen.query == b"d=1%3A%C3%A9%2F"
    assert dict(decode_form(seen.body).pairs) == {"deployment": "1:é/", "title": "Été"}
    assert outcome.status == "succeeded"
    assert told_by(outcome) == {"destination": "9052", "open": "https://x.example/"}


def test_another_answer_than_2xx_means_that_it_was_not_done() -> None:
    outcome, _ = asyncio.run(moved(Reply(409, (), b"no such course"), "/copy"))
    assert (outcome.status, outcome.output) == ("failed", "HTTP 409\nno such course")


def test_no_answer_means_that_it_was_not_done() -> None:
    outcome, _ = asyncio.run(moved(None, "/copy"))
    assert outcome.status == "failed"
    assert outcome.output.startswith("no response (")
