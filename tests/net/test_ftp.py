"""The FTP staging server, met by the standard library's client and by the mock engine's own retrieval."""

from __future__ import annotations

import asyncio
import ftplib
import io
from collections.abc import Callable
from typing import Any

import pytest

from harness.evidence.entries import Event
from harness.evidence.journal import Journal
from harness.judging.run import Options, Run
from harness.net.clock import ManualClock
from harness.net.ftp import FtpStaging
from harness.net.loop import Loop
from mocks.engine.ftp import retrieve

PACKAGE = bytes(range(256)) * 700
WHERE = ("transferred", "ftp", "")


def staged(meet: Callable[[FtpStaging], Any]) -> tuple[Any, list[Event]]:
    """Let a blocking client meet the server; return what it returned, and the events of its sessions."""
    journal = Journal(ManualClock().now)

    async def run() -> Any:
        staging = FtpStaging(journal, WHERE, "token/course.zip", PACKAGE)
        await staging.start()
        try:
            return await asyncio.to_thread(meet, staging)
        finally:
            await staging.stop()

    result = asyncio.run(run())
    return result, [entry for entry in journal.entries if isinstance(entry, Event)]


def test_a_client_gets_size_and_package_and_the_journal_says_so() -> None:
    def meet(staging: FtpStaging) -> tuple[int | None, bytes]:
        got = io.BytesIO()
        with ftplib.FTP(timeout=5) as client:
            client.connect("127.0.0.1", staging.port)
            client.login("anna", "ftp-password-5b2e")
            client.voidcmd("TYPE I")
            size = client.size("token/course.zip")
            client.retrbinary("RETR /token/course.zip", got.write)
        return size, got.getvalue()

    (size, content), events = staged(meet)
    assert (size, content) == (len(PACKAGE), PACKAGE)
    assert [(event.name, event.scenario, event.facts["whole"]) for event in events] == [("ftp", "transferred", True)]
    assert "RETR" in events[0].facts["verbs"]
    assert "ftp-password-5b2e" not in str(events)


def test_extended_passive_mode_serves_too() -> None:
    def meet(staging: FtpStaging) -> bytes:
        got = io.BytesIO()
        with ftplib.FTP(timeout=5) as client:
            client.connect("127.0.0.1", staging.port)
            client.login()
            client.af = __import__("socket").AF_INET6  # makes ftplib ask by EPSV
            client.retrbinary("RETR token/course.zip", got.write)
        return got.getvalue()

    content, _ = staged(meet)
    assert content == PACKAGE


def test_a_file_that_is_not_staged_is_refused_and_nothing_counts_as_whole() -> None:
    def meet(staging: FtpStaging) -> str:
        with ftplib.FTP(timeout=5) as client:
            client.connect("127.0.0.1", staging.port)
            client.login()
            with pytest.raises(ftplib.error_perm) as refused:
                client.retrbinary("RETR token/other.zip", lambda chunk: None)
        return str(refused.value)

    text, events = staged(meet)
    assert text.startswith("550")
    assert [event.facts["whole"] for event in events] == [False]


@pytest.mark.parametrize(
    ("name", "limit", "expected"),
    [("course.zip", 1 << 20, None), ("course.zip", 1000, "too-large"), ("other.zip", 1 << 20, "absent")],
)
def test_the_engine_says_what_went_wrong_with_a_retrieval(name: str, limit: int, expected: str | None) -> None:
    file = io.BytesIO()
    said, _ = staged(lambda s: retrieve(f"ftp://127.0.0.1:{s.port}/token/{name}", file, limit, 5.0))
    assert said == expected
    assert (file.getvalue() == PACKAGE) is (expected is None)


def test_a_port_at_which_nobody_listens_is_refused() -> None:
    assert retrieve("ftp://127.0.0.1:1/course.zip", io.BytesIO(), 1000, 5.0) == "refused"


@pytest.mark.parametrize("fetches", [True, False])
def test_a_target_passes_with_ftp_and_without(fetches: bool) -> None:
    options = Options(
        "pens-target", "mock", seed=1, only=("PENS-DL-03", "PENS-DL-04"), settings={"pens.fetch_ftp": fetches}
    )
    with Loop() as loop:
        run = Run.prepare(options, loop)
        try:
            run.begin()
            run.act()
            rows = {row.requirement.id: row.verdict for row in run.rows() if row.judgements}
            whole = [e.facts["whole"] for e in run.journal.entries if isinstance(e, Event) and e.name == "ftp"]
        finally:
            run.close()
    assert (rows["PENS-DL-03"], rows["PENS-DL-04"]) == ("pass", "pass")
    assert whole == ([True] if fetches else [])
