"""Progress for people: one updated line on a terminal, a plain line for every tenth when it is piped."""

from __future__ import annotations

import os
import sys
from typing import TextIO


class Progress:
    """Says how far something is. ``quiet`` says nothing; no control character is written to a pipe.

    ``words`` are what is being done, and what has been.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        quiet: bool = False,
        words: tuple[str, str] = ("acting", "acted"),
    ) -> None:
        self._words = words
        self._stream = stream or sys.stdout
        self._quiet = quiet
        self._live = self._stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._tenths = 0
        self._width = 0

    def __call__(self, done: int, total: int, name: str) -> None:
        """Say that ``done`` of ``total`` is done, ``name`` last."""
        if self._quiet or not total:
            return
        if self._live:
            line = f"{self._words[0]} {done}/{total} {name}"[:78]
            self._stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
            if done == total:
                self.clear()
        elif done * 10 // total > self._tenths or done == total:
            self._tenths = done * 10 // total
            self._stream.write(f"{self._words[1]} {done} of {total}\n")
        self._stream.flush()

    def clear(self) -> None:
        """Empty the line that was updated last."""
        if self._live and self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0


def coloured(text: str, colour: str, stream: TextIO | None = None) -> str:
    """Return text in colour (green, red, yellow) on a terminal, unless NO_COLOR is set."""
    out = stream or sys.stdout
    if not out.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb":
        return text
    code = {"green": "32", "red": "31", "yellow": "33"}[colour]
    return f"\x1b[{code}m{text}\x1b[0m"
