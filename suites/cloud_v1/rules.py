"""Rules that many checks of this suite share: answered, succeeded, refused with a code."""

from __future__ import annotations

from collections.abc import Collection

from harness.judging.expect import control, expect
from harness.subjects.cloud_v1_records import Called


def answered(called: Called) -> None:
    """Expect an answer of the API at all: XML with ``rsp``."""
    expect(called.response is not None, "no-response", expected="an HTTP response", got=called.got, at=called.at)
    expect(called.rsp.stat in ("ok", "fail"), "no-rsp", expected="an rsp answer", got=called.got, at=called.at)


def succeeded(called: Called) -> None:
    """Expect that a call succeeded."""
    answered(called)
    expect(called.is_ok, "refused", expected='stat="ok"', got=called.got, at=called.at)


def refused(called: Called, *codes: int) -> None:
    """Expect that a call failed, with one of the codes when some are given."""
    answered(called)
    wanted = f"fail {' or '.join(map(str, codes))}".strip()
    expect(called.failed, "accepted", expected=wanted, got=called.got, at=called.at)
    with_code(called, codes)


def with_code(called: Called, codes: Collection[int]) -> None:
    """Expect one of the codes."""
    if codes:
        wanted = f"code {' or '.join(map(str, codes))}"
        expect(called.code in codes, "wrong-code", expected=wanted, got=called.got, at=called.at)


def control_ok(called: Called, what: str) -> None:
    """Demand as positive control that a sound call succeeds: a server that refuses all proves nothing."""
    control(called.is_ok, what)


def control_refused(called: Called, what: str) -> None:
    """Demand as positive control that a broken call is refused: a server that lets all in proves nothing."""
    control(called.failed, what)
