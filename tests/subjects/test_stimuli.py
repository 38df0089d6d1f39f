"""A stimulus by command: outcome line, exit status, hanging, ending, and a program that is missing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

import pytest

from harness.subjects.counterpart import Outcome
from harness.subjects.stimuli import CommandStimulus, MockStimulus, NullStimulus

PATIENCE = 20.0
SERVES_ON = "import sys; print({line!r}); sys.stdin.read()"


async def moved(script: str, values: Mapping[str, str] | None = None, patience: float = PATIENCE) -> Outcome:
    """Start a script as a command, wait for its outcome, let it go."""
    stimulated = await CommandStimulus([sys.executable, "-c", script]).start(values or {})
    outcome = await stimulated.outcome(patience)
    await stimulated.release()
    return outcome


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("outcome: published", "succeeded"),
        ("outcome:published: http://a.example/1", "succeeded"),
        ("outcome: failed 2008 no file name", "failed"),
        ("outcome: unknown", "failed"),
    ],
)
def test_an_outcome_line_counts_while_the_command_serves_on(line: str, status: str) -> None:
    outcome = asyncio.run(moved(SERVES_ON.format(line=line)))
    assert outcome == Outcome("command", status, line + "\n", None)


def test_an_outcome_line_counts_more_than_the_exit_status() -> None:
    outcome = asyncio.run(moved("print('outcome: failed 1310 unreachable')"))
    assert outcome.status == "failed"
    assert "1310 unreachable" in outcome.output


@pytest.mark.parametrize(("status", "told"), [(0, "succeeded"), (1, "failed"), (7, "failed")])
def test_without_an_outcome_line_the_exit_status_tells(status: int, told: str) -> None:
    outcome = asyncio.run(moved(f"import sys; print('sent'); sys.exit({status})"))
    assert outcome == Outcome("command", told, "sent\n", status)


def test_a_line_that_only_mentions_an_outcome_tells_none() -> None:
    outcome = asyncio.run(moved("print('no outcome: published nothing'); raise SystemExit(1)"))
    assert outcome.status == "failed"
    assert outcome.exit == 1


def test_what_goes_to_standard_error_is_seen_by_the_user_too() -> None:
    outcome = asyncio.run(moved("import sys; print('error 1421 no', file=sys.stderr); sys.exit(1)"))
    assert "error 1421 no" in outcome.output


def test_a_command_that_hangs_is_a_timeout_with_what_it_said_until_then() -> None:
    hangs = "import sys; print('sending', flush=True); sys.stdin.read()"

    async def act() -> tuple[Outcome, int | None]:
        stimulated = await CommandStimulus([sys.executable, "-c", hangs]).start({})
        first = await stimulated.outcome(4.0)
        await stimulated.release()
        return first, stimulated.process.returncode  # type: ignore[attr-defined]

    outcome, status = asyncio.run(act())
    assert outcome == Outcome("command", "timeout", "sending\n", None)
    assert status == 0, "it ends by itself when its standard input closes"


def test_a_command_that_does_not_end_with_its_input_is_ended() -> None:
    stays = "import threading; print('outcome: published', flush=True); threading.Event().wait()"

    async def act() -> int | None:
        stimulated = await CommandStimulus([sys.executable, "-c", stays]).start({})
        await stimulated.outcome(PATIENCE)
        await stimulated.release()
        status: int | None = stimulated.process.returncode  # type: ignore[attr-defined]
        return status

    assert asyncio.run(act()) not in (None, 0)


def test_a_missing_program_is_a_failure_that_names_it() -> None:
    async def act() -> Outcome:
        stimulated = await CommandStimulus(["no-such-program-of-invigil", "--now"]).start({})
        await stimulated.release()
        return await stimulated.outcome(PATIENCE)

    outcome = asyncio.run(act())
    assert (outcome.status, outcome.exit) == ("failed", 127)
    assert "cannot start no-such-program-of-invigil" in outcome.output


def test_values_reach_the_command_as_environment_and_no_shell_reads_its_words() -> None:
    script = (
        "import os, sys; env = os.environ; print(env['INVIGIL_TARGET_URL'], sys.argv[1], env['INVIGIL_HOLD_UNTIL_EOF'])"
    )
    values = {"INVIGIL_TARGET_URL": "http://t.example/?a=1&b=$HOME"}

    async def act() -> Outcome:
        stimulated = await CommandStimulus([sys.executable, "-c", script, "$(id); *"]).start(values)
        outcome = await stimulated.outcome(PATIENCE)
        await stimulated.release()
        return outcome

    assert asyncio.run(act()).output == "http://t.example/?a=1&b=$HOME $(id); * 1\n"


def test_a_line_of_any_length_and_bytes_of_no_charset_break_nothing() -> None:
    script = (
        "import sys; out = sys.stdout.buffer; out.write(b'x' * 300000 + b'\\n'); "
        "out.write(b'\\xff\\xfe\\n'); out.write(b'outcome: published\\n')"
    )
    outcome = asyncio.run(moved(script))
    assert outcome.status == "succeeded"
    assert "\ufffd\ufffd\n" in outcome.output


def test_facts_keep_the_outcome_and_bound_the_output() -> None:
    facts = Outcome("command", "failed", "y" * 30000, 3).facts()
    assert facts == {"kind": "command", "status": "failed", "output": "y" * 20000, "exit": 3}


def test_a_mock_that_never_comes_back_is_a_timeout_and_is_cancelled() -> None:
    async def act() -> tuple[Outcome, bool]:
        begun: list[asyncio.Task[object] | None] = []

        async def publish(name: str, values: Mapping[str, str]) -> Outcome:
            begun.append(asyncio.current_task())
            await asyncio.Event().wait()
            return Outcome("mock", "succeeded", name)

        stimulated = await MockStimulus("publish", publish).start({})
        outcome = await stimulated.outcome(0.05)
        await stimulated.release()
        return outcome, begun[0] is not None and begun[0].cancelled()

    assert asyncio.run(act()) == (Outcome("mock", "timeout"), True)


@pytest.mark.parametrize(
    ("kind", "outcome", "sent"),
    [
        ("returns", Outcome("command", "succeeded", "", 0), []),
        ("fails", Outcome("command", "failed", "", 1), []),
        ("hangs", Outcome("mock", "timeout"), []),
        ("empty-request", Outcome("command", "succeeded", "", 0), [b""]),
        ("html-request", Outcome("command", "succeeded", "", 0), [b"<html><title>Hello</title></html>"]),
    ],
)
def test_a_null_stimulus_publishes_nothing(kind: str, outcome: Outcome, sent: list[bytes]) -> None:
    bodies: list[bytes] = []

    async def send(url: str, body: bytes, content_type: str) -> None:
        bodies.append(body)

    async def act() -> Outcome:
        stimulated = await NullStimulus(kind, send).start({"INVIGIL_TARGET_URL": "http://t.example/"})
        found = await stimulated.outcome(0.05)
        await stimulated.release()
        return found

    assert asyncio.run(act()) == outcome
    assert bodies == sent
