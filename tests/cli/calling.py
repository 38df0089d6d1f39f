"""Calling the command in a process of its own, as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "harness.cli"]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("INVIGIL_", "PYTEST"))}


def invigil(*words: str, folder: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``invigil`` to its end, without a terminal."""
    return subprocess.run(
        [*COMMAND, *words],
        cwd=folder or ROOT,
        env={**CLEAN, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
    )


@contextmanager
def serving(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``invigil serve`` while the block lasts; it is ended by its own id."""
    process = subprocess.Popen(
        [*COMMAND, "serve", *words],
        cwd=ROOT,
        env=CLEAN,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=20)
