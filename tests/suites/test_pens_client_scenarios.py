"""What the scenarios of an authoring tool send where the tool offers less than all: what they leave out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from harness.evidence.entries import Exchange
from harness.judging.run import Options, Run
from harness.net.loop import Loop
from harness.subjects.pens_client import PensClientDriver


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    """One background loop for all runs."""
    with Loop() as loop:
        yield loop


def acted(loop: Loop, target: str, scenario: str, without: Sequence[str] = ()) -> list[Exchange]:
    """Act one scenario against a mock, ``without`` some of its stimuli; return the exchanges of its record."""
    run = Run.prepare(Options("pens-client", target, seed=1, smoke=False), loop)
    try:
        run.begin()
        assert isinstance(run.driver, PensClientDriver)
        run.driver.stimuli = {name: kind for name, kind in run.driver.stimuli.items() if name not in without}
        run.act([run.suite.scenarios[scenario]])
        assert run.absent == {}
        return [entry for entry in run.journal.of(scenario, "") if isinstance(entry, Exchange)]
    finally:
        run.close()


def channels(entries: Sequence[Exchange], step: str = "") -> list[str]:
    return [
        entry.channel for entry in entries if entry.step == step and entry.channel in ("collect", "alert", "receipt")
    ]


def test_a_month_after_the_receipt_a_sixth_alert_comes(loop: Loop) -> None:
    told = channels(acted(loop, "mock:pens-1.0", "alerted"))
    assert sorted(told) == ["alert"] * 6 + ["collect", "receipt"]


def test_no_alert_is_posted_to_an_address_of_mail(loop: Loop) -> None:
    told = channels(acted(loop, "mock:pens-1.0+author.mail-semicolon", "alerted"))
    assert told == ["collect"]


def test_the_same_content_is_published_again_where_one_url_takes_receipts_and_alerts(loop: Loop) -> None:
    entries = acted(loop, "mock:pens-1.0", "shared")
    assert channels(entries, "second") == ["collect", "alert", "receipt"]


def test_a_tool_that_cannot_publish_again_is_asked_once(loop: Loop) -> None:
    entries = acted(loop, "mock:pens-1.0", "shared", without=["republish"])
    assert {entry.step for entry in entries} == {"first"}
