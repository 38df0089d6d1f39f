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
_BUFFER = 256 * 1024
_NOTHING = Half("")
_EMPTY = hashlib.sha256().hexdigest()


def stamp_of(instant: datetime) -> str:
    """Write an instant as the journal does."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


class JournalError(Exception):
    """A journal that cannot be read; the message names the file, the line and what was expected."""


class Journal:
    """Takes entries, redacts them, numbers them, keeps them and writes them through to a file.

    ``now`` gives protocol time. Entries are kept in memory too: records are built from the very same redacted
    entries that a later reading of the file gives.

    A mock that is served for days bounds what it keeps: of more than ``keep`` entries the oldest leave memory, while
    the file holds them all. ``buffered`` writes to the file when enough has gathered, on `flush` and on `close`,
    instead of entry by entry. With ``recording`` off nothing is redacted, kept or written: every half is empty.
    """

    def __init__(
        self, now: Callable[[], datetime], redactor: Redactor | None = None, path: Path | None = None, *,
        keep: int | None = None, buffered: bool = False, recording: bool = True,
    ) -> None:  # fmt: skip
        self.redactor = redactor or Redactor()
        self.feeders: list[Callable[[], None]] = []
        self._entries: list[AnyEntry] = []
        self._index: dict[tuple[str, str], list[AnyEntry]] = {}
        self._withheld: dict[tuple[str, str, str], list[AnyEntry]] = {}
        self._dropped: set[tuple[str, str, str]] = set()
        self.now = now
        self._numbers = itertools.count(1)
        self._most = keep
        self._buffered = buffered
        self._recording = recording
        self._written = 0
        self._file: TextIO | None = path.open("w", _BUFFER if buffered else -1, encoding="utf-8") if path else None

    @property
    def entries(self) -> list[AnyEntry]:
        """All entries in memory, in the order in which they ended.

        Whoever gathers entries before keeping them is a feeder, and is asked to hand them over first.
        """
        for feed in self.feeders:
            feed()
        return self._entries

    def header(self, facts: Mapping[str, Any]) -> None:
        """Write the first line: the format and what the run is about."""
        self._write({"kind": "header", "format": FORMAT, **facts})

    def number(self) -> int:
        """Take the next number; an exchange takes one when it begins and one when it ends."""
        return next(self._numbers)

    def stamp(self) -> str:
        """Return protocol time as the journal writes it."""
        return stamp_of(self.now())

    def half(
        self, start: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b"", *, size: int | None = None,
        sha256: str | None = None, keep: int = BODY_CAP,
    ) -> Half:  # fmt: skip
        """Redact one half of an exchange; ``size`` and ``sha256`` are given when the body was streamed."""
        if not self._recording:
            return _NOTHING
        line, clean, kept = self.redactor.message(start, tuple(headers), body[:keep])
        total = len(body) if size is None else size
        if sha256 is None:
            sha256 = hashlib.sha256(body).hexdigest() if body else _EMPTY
        return Half(line, clean, kept, total, sha256, total > keep)

    def exchange(
        self, where: tuple[str, str, str], channel: str, direction: str, url: str, request: Half, response: Half | None,
        *, seq: int, at: str, error: str | None = None, facts: Mapping[str, Any] | None = None, is_clean: bool = False,
        ended: int = 0,
    ) -> Exchange:  # fmt: skip
        """Keep an exchange that has just ended; ``where`` is scenario, case and step.

        ``is_clean`` says that ``url`` was put together from what is redacted already; ``ended`` is the number that
        it took when it ended, if that was earlier.
        """
        address = url if is_clean else self.redactor.text(url) if self._recording else ""
        ended = ended or self.number()
        entry = Exchange(seq, *where, at, channel, direction, address, request, response, error, ended, facts or {})
        return self._keep(entry)

    def mail(self, where: tuple[str, str, str], sender: str, recipients: tuple[str, ...], message: str) -> Mail:
        """Keep a mail that has arrived."""
        text = self.redactor.mail(message) if self._recording else ""
        return self._keep(Mail(self.number(), *where, self.stamp(), sender, recipients, text))

    def event(self, where: tuple[str, str, str], name: str, facts: Mapping[str, Any] | None = None) -> Event:
        """Keep an event; its facts are redacted as text is."""
        known = self.redactor.facts(facts or {}) if self._recording else {}
        return self._keep(Event(self.number(), *where, self.stamp(), name, known))

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
        for feed in self.feeders:
            feed()
        return sorted(self._index.get((scenario, case), ()), key=lambda entry: entry.seq)

    def flush(self) -> None:
        """Write what a buffered journal, and whoever feeds it, has gathered."""
        for feed in self.feeders:
            feed()
        if self._file:
            self._file.flush()

    def close(self, *, complete: bool = True) -> None:
        """Write the footer and close the file; later entries are kept in memory only."""
        for feed in self.feeders:
            feed()
        self._write({"kind": "footer", "entries": self._written, "complete": complete})
        if self._file:
            self._file.close()
            self._file = None

    def _keep(self, entry: _E) -> _E:
        if not self._recording:
            return entry
        for feed in self.feeders:  # what was gathered has ended earlier
            feed()
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
        self._entries.append(entry)
        self._written += 1
        if self._file:
            self._write(to_json(entry))
        if self._most is not None and len(self._entries) > self._most:
            self._forget(self._entries.pop(0))

    def _forget(self, entry: AnyEntry) -> None:
        own = self._index.get((entry.scenario, entry.case), [])
        own[:1] = [] if own[:1] == [entry] else own[:1]
        if not own:
            self._index.pop((entry.scenario, entry.case), None)

    def _write(self, data: Json) -> None:
        if self._file:
            self._file.write(json.dumps(data, ensure_ascii=False) + "\n")
            if not self._buffered:
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
