"""Stimuli: how a subject is moved that has no address of its own. Each returns an outcome that becomes evidence."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.net.patience import within
from harness.subjects.counterpart import Outcome

NULL_KINDS = ("returns", "fails", "hangs", "empty-request", "html-request")


class Stimulated(Protocol):
    """A stimulus under way: `outcome` waits for what the subject tells its user, `release` lets it end."""

    async def outcome(self, patience: float) -> Outcome:
        """Wait until the subject has told its user, or until ``patience`` (seconds) is over."""

    async def release(self) -> None:
        """Let the subject stop serving and end."""


class Stimulus(Protocol):
    """A way to move a subject."""

    async def start(self, values: Mapping[str, str]) -> Stimulated:
        """Begin, with the addresses and values that the subject needs (INVIGIL_*)."""


@dataclass(slots=True)
class CommandStimulus:
    """Runs a command without a shell; values are environment variables.

    The command tells its outcome by a line ``outcome: ...`` or by ending: exit status 0 means that its user was
    told of a success. With INVIGIL_HOLD_UNTIL_EOF it is asked to go on serving until its standard input closes.
    """

    command: Sequence[str]

    async def start(self, values: Mapping[str, str]) -> Stimulated:
        """Start the process."""
        environment = {**os.environ, **values, "INVIGIL_HOLD_UNTIL_EOF": "1", "PYTHONUNBUFFERED": "1"}
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command, env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
        except OSError as error:
            return Done(Outcome("command", "failed", f"cannot start {self.command[0]}: {error.strerror}", 127))
        return _Command(process)


@dataclass(slots=True)
class _Command:
    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)

    async def outcome(self, patience: float) -> Outcome:
        told = await within(patience, self._told())
        if told is None:
            return Outcome("command", "timeout", "".join(self.lines))
        if told == "ended":
            told = "succeeded" if self.process.returncode == 0 else "failed"
        return Outcome("command", told, "".join(self.lines), self.process.returncode)

    async def _told(self) -> str:
        assert self.process.stdout is not None
        while True:
            try:
                line = await self.process.stdout.readline()
            except ValueError:  # longer than the reader's limit: no line that tells an outcome
                self.lines.append("...\n")
                continue
            if not line:
                break
            text = line.decode("utf-8", "replace")
            self.lines.append(text)
            if text.startswith("outcome:"):
                return "succeeded" if text.split(":", 1)[1].strip().startswith("published") else "failed"
        await self.process.wait()
        return "ended"

    async def release(self) -> None:
        if self.process.returncode is not None:
            return
        if self.process.stdin:
            self.process.stdin.close()
        if await within(3.0, self.process.communicate()) is None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@dataclass(slots=True)
class Done:
    """A stimulus that has come back at once."""

    result: Outcome

    async def outcome(self, patience: float) -> Outcome:
        """Return the outcome."""
        return self.result

    async def release(self) -> None:
        """Nothing is under way."""


@dataclass(slots=True)
class MockStimulus:
    """Moves a mock in process: ``publish`` returns what the mock shows its user."""

    name: str
    publish: Callable[[str, Mapping[str, str]], Awaitable[Outcome]]

    async def start(self, values: Mapping[str, str]) -> Stimulated:
        """Begin to publish."""
        return _Task(asyncio.ensure_future(self.publish(self.name, values)))


@dataclass(slots=True)
class _Task:
    task: asyncio.Future[Outcome]

    async def outcome(self, patience: float) -> Outcome:
        result = await within(patience, asyncio.shield(self.task))
        return result or Outcome("mock", "timeout")

    async def release(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@dataclass(slots=True)
class NullStimulus:
    """Publishes nothing: what a suite must never reward. ``send`` makes a request to the target (method, body)."""

    name: str
    send: Callable[[str, bytes, str], Awaitable[None]]

    async def start(self, values: Mapping[str, str]) -> Stimulated:
        """Do the nothing that the name says."""
        url = values["INVIGIL_TARGET_URL"]
        if self.name == "empty-request":
            await self.send(url, b"", "application/x-www-form-urlencoded")
        elif self.name == "html-request":
            await self.send(url, b"<html><title>Hello</title></html>", "text/html")
        elif self.name == "hangs":
            return _Task(asyncio.get_running_loop().create_future())
        return Done(
            Outcome("command", "failed" if self.name == "fails" else "succeeded", "", 1 if self.name == "fails" else 0)
        )
