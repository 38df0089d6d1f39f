"""The journal: every entry of a run, redacted as it is written, one JSON object a line.

It begins with a header and ends with a footer, so that a journal that was cut off shows it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, TypeVar

from harness.evidence.entries import AnyEntry, Event, Exchange, Half, Json, Mail, from_json, to_json
from harness.evidence.redaction import Redactor

_E = TypeVar("_E", Exchange, Mail, Event)
FORMAT = 1
BODY_CAP = 4 * 1024 * 1024


class JournalError(Exception):
    """A journal that cannot be read; the message names the file, the line and what was expected."""


class Journal:
    """Takes entries, redacts them, numbers them, keeps them and writes them through to a file.

    ``now`` gives protocol time. Entries are kept in memory too: records are built from the very same redacted
    entries that a later reading of the file gives.
    """

    def __init__(self, now: Callable[[], datetime], redactor: Redactor | None = None, path: Path | None = None) -> None:
        self.redactor = redactor or Redactor()
        self.entries: list[AnyEntry] = []
        self._index: dict[tuple[str, str], list[AnyEntry]] = {}
        self._withheld: dict[tuple[str, str, str], list[AnyEntry]] = {}
        self._dropped: set[tuple[str, str, str]] = set()
        self._now = now
        self._numbers = itertools.count(1)
        self._file: TextIO | None = path.open("w", encoding="utf-8") if path else None

    def header(self, facts: Mapping[str, Any]) -> None:
        """Write the first line: the format and what the run is about."""
        self._write({"kind": "header", "format": FORMAT, **facts})

    def number(self) -> int:
        """Take the next number; an exchange takes one when it begins and one when it ends."""
        return next(self._numbers)

    def stamp(self) -> str:
        """Return protocol time as the journal writes it."""
        return self._now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def half(
        self, start: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b"", *, size: int | None = None,
        sha256: str | None = None, keep: int = BODY_CAP,
    ) -> Half:  # fmt: skip
        """Redact one half of an exchange; ``size`` and ``sha256`` are given when the body was streamed."""
        names, line, kept = tuple(headers), "", b""
        clean: tuple[tuple[str, str], ...] = ()
        known = -1
        # What one part teaches may stand in another: again, until nothing more is learnt.
        while known != len(self.redactor.replacements):
            known = len(self.redactor.replacements)
            line, clean, kept = self.redactor.text(start), self.redactor.headers(names), self.redactor.data(body[:keep])
        total = len(body) if size is None else size
        digest = hashlib.sha256(body).hexdigest() if sha256 is None else sha256
        return Half(line, clean, kept, total, digest, total > keep)

    def exchange(
        self, where: tuple[str, str, str], channel: str, direction: str, url: str, request: Half, response: Half | None,
        *, seq: int, at: str, error: str | None = None, facts: Mapping[str, Any] | None = None,
    ) -> Exchange:  # fmt: skip
        """Keep an exchange that has just ended; ``where`` is scenario, case and step."""
        address = self.redactor.text(url)
        ended = self.number()
        entry = Exchange(seq, *where, at, channel, direction, address, request, response, error, ended, facts or {})
        return self._keep(entry)

    def mail(self, where: tuple[str, str, str], sender: str, recipients: tuple[str, ...], message: str) -> Mail:
        """Keep a mail that has arrived."""
        return self._keep(Mail(self.number(), *where, self.stamp(), sender, recipients, self.redactor.mail(message)))

    def event(self, where: tuple[str, str, str], name: str, facts: Mapping[str, Any] | None = None) -> Event:
        """Keep an event; its facts are redacted as text is."""
        return self._keep(Event(self.number(), *where, self.stamp(), name, self.redactor.facts(facts or {})))

    def withhold(self, where: tuple[str, str, str]) -> None:
        """Write nothing of a step until `settle` says whether it is worth keeping; `of` shows it meanwhile."""
        self._withheld[where] = []

    def settle(self, where: tuple[str, str, str], *, keep: bool) -> None:
        """Write what was withheld of a step, or forget it and all that may still come of it."""
        held = self._withheld.pop(where, [])
        if keep:
            for entry in held:
                self._commit(entry)
        else:
            self._dropped.add(where)
            own = self._index.get(where[:2], [])
            own[:] = [entry for entry in own if entry.step != where[2]]

    def of(self, scenario: str, case: str) -> list[AnyEntry]:
        """Return the entries of one case of one scenario, in the order in which they began."""
        return sorted(self._index.get((scenario, case), ()), key=lambda entry: entry.seq)

    def close(self, *, complete: bool = True) -> None:
        """Write the footer and close the file; later entries are kept in memory only."""
        self._write({"kind": "footer", "entries": len(self.entries), "complete": complete})
        if self._file:
            self._file.close()
            self._file = None

    def _keep(self, entry: _E) -> _E:
        where = (entry.scenario, entry.case, entry.step)
        if where in self._dropped:
            return entry
        self._index.setdefault(where[:2], []).append(entry)
        if where in self._withheld:
            self._withheld[where].append(entry)
        else:
            self._commit(entry)
        return entry

    def _commit(self, entry: AnyEntry) -> None:
        self.entries.append(entry)
        self._write(to_json(entry))

    def _write(self, data: Json) -> None:
        if self._file:
            self._file.write(json.dumps(data, ensure_ascii=False) + "\n")
            self._file.flush()


class StoredJournal:
    """A journal read back from its file: header, entries, and whether it was complete."""

    def __init__(self, header: Json, entries: list[AnyEntry], complete: bool) -> None:
        self.header = header
        self.entries = entries
        self.complete = complete
        self._index: dict[tuple[str, str], list[AnyEntry]] = {}
        for entry in sorted(entries, key=lambda entry: entry.seq):
            self._index.setdefault((entry.scenario, entry.case), []).append(entry)

    def of(self, scenario: str, case: str) -> list[AnyEntry]:
        """Return the entries of one case of one scenario, in the order in which they began."""
        return self._index.get((scenario, case), [])


def read_journal(path: Path) -> StoredJournal:
    """Read a journal file; one that was cut off is read as far as its lines are whole and counts as incomplete.

    Raises `JournalError` when the file is missing, is not NDJSON or has another format.
    """
    try:
        # Not splitlines(): a body may hold characters that it takes for line ends (U+0085, U+2028).
        *lines, _cut_off = path.read_bytes().decode().split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise JournalError(f"{path}: cannot be read as a journal: {error}") from None
    header: Json = {}
    entries: list[AnyEntry] = []
    complete = False
    for number, line in enumerate(lines, 1):
        try:
            data = json.loads(line)
            if number == 1:
                header = dict(data)
            elif data["kind"] == "footer":
                complete = bool(data["complete"]) and data["entries"] == len(entries)
            else:
                entries.append(from_json(data))
        except (ValueError, KeyError, TypeError) as error:
            raise JournalError(f"{path}:{number}: not a journal entry: {error}") from None
    if header.get("kind") != "header" or header.get("format") != FORMAT:
        raise JournalError(f"{path}:1: expected a header of journal format {FORMAT}, got {header.get('format')!r}")
    return StoredJournal(header, entries, complete)
