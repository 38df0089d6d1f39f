"""Gives the tests of other projects a running mock platform, without importing anything of invigil."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from subprocess import Popen

DEFAULT_PATIENCE = 20.0


class MockDidNotStart(RuntimeError):
    """A mock gave no usable first line; the message carries what it wrote to its standard error."""


@dataclass(frozen=True, slots=True)
class Served:
    """One mock, running in a process of its own until the test session ends.

    `url` is its base address; `info` is all that it said of itself: for `engine` among others
    `info["pens"]` with `url`, `tenant` and `credential` ("id:secret").
    """

    mock: str
    url: str
    info: Mapping[str, Any]
    pid: int


Serve = Callable[..., Served]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare how long a mock may take to start."""
    parser.addini("invigil_patience", "Seconds that a mock of invigil may take to start", default="")


@pytest.fixture(scope="session")
def invigil_serve(pytestconfig: pytest.Config) -> Iterator[Serve]:
    """Start mocks by name: `invigil_serve("engine", "--fault", NAME)` returns a `Served`.

    The arguments are those of `invigil serve`. Raises `MockDidNotStart` with the mock's own words.
    """
    patience = float(pytestconfig.getini("invigil_patience") or DEFAULT_PATIENCE)
    stops: list[Callable[[], None]] = []

    def serve(mock: str, *args: str) -> Served:
        # -P keeps the project's own folders named `mocks` or `fixtures` from shadowing ours.
        command = [sys.executable, "-P", "-m", "harness.cli", "serve", mock, "--port", "0", "--json", *args]
        served, stop = start(mock, command, patience)
        stops.append(stop)
        return served

    yield serve
    for stop in reversed(stops):
        stop()


@pytest.fixture(scope="session")
def invigil_engine(invigil_serve: Serve) -> Served:
    """The mock engine, a PENS target among other things, for the whole session."""
    return invigil_serve("engine")


def start(mock: str, command: Sequence[str], patience: float) -> tuple[Served, Callable[[], None]]:
    """Run `command`, read its one JSON line within `patience` seconds, return the mock and how to stop it.

    Raises `MockDidNotStart` when the process ends, keeps silent or says anything but a JSON object with a
    `url`; the process is then gone.
    """
    # Imported here, since this module is loaded by every pytest run of an environment that holds invigil.
    import os
    import subprocess
    import tempfile

    # A PYTHONPATH is meant for the project's own code and would shadow ours as the current folder would.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # A file, as a pipe that nobody reads would block the mock once it is full.
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the mock
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=environment
    )

    def stop() -> None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        errors.close()

    try:
        line = _first_line(process, patience)
        info = _described(line)
    except MockDidNotStart as failure:
        process.kill()
        process.wait()
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace").strip() or "(nothing)"
        errors.close()
        raise MockDidNotStart(f"mock {mock!r} did not start: {failure}; its standard error: {said}") from None
    except BaseException:
        stop()
        raise
    return Served(mock, info["url"], MappingProxyType(info), process.pid), stop


def _first_line(process: Popen[bytes], patience: float) -> bytes:
    """Wait for the first line of standard output, and go on draining what follows."""
    import queue
    import threading

    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def drain(output: IO[bytes]) -> None:
        with output:
            lines.put(output.readline())
            for _ in output:
                pass

    output = process.stdout
    if output is None:
        raise MockDidNotStart("its standard output is not a pipe")
    threading.Thread(target=drain, args=(output,), name="invigil-drain", daemon=True).start()
    try:
        line = lines.get(timeout=patience)
    except queue.Empty:
        raise MockDidNotStart(f"it said nothing for {patience:g} s") from None
    if not line:
        raise MockDidNotStart("it ended without a word on standard output")
    return line


def _described(line: bytes) -> dict[str, Any]:
    """Read the one line in which a mock describes itself."""
    try:
        info = json.loads(line)
    except ValueError:
        raise MockDidNotStart(f"expected one line of JSON, got {line[:200]!r}") from None
    if not isinstance(info, dict) or not isinstance(info.get("url"), str):
        raise MockDidNotStart(f"expected a JSON object with a 'url', got {line[:200]!r}")
    return info
