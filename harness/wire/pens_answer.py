"""The answer to a PENS command: four lines, modelled on AICC HACP (CMI010 1.0a §6 note 7, §A.1.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.wire.pens import VERSION

KEYS = ("error", "error-text", "version", "pens-data")
UNDERSTOOD = "{} command received and understood"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to send: code 0-65535, text, version of the sender and extended data."""

    error: int
    error_text: str = ""
    version: str = VERSION
    pens_data: str = ""

    def encode(self) -> bytes:
        """Write the four lines exactly: this order, CR LF after each, values not URL-encoded."""
        values = (str(self.error), self.error_text, self.version, self.pens_data)
        return "".join(f"{key}={value}\r\n" for key, value in zip(KEYS, values, strict=True)).encode()


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it stood in the body: key, value, its line end and where it was (byte offsets)."""

    key: str
    value: str
    end: bytes
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """An answer as read: lines in order, the data that runs to the end of the buffer, what else was there."""

    lines: tuple[Line, ...]
    pens_data: str | None
    stray: tuple[str, ...]

    def value(self, key: str) -> str | None:
        """Return the value of ``key`` (case-insensitive, first one counts), or None when it is absent."""
        if key == "pens-data":
            return self.pens_data
        return next((line.value for line in self.lines if line.key.lower() == key), None)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys in order of appearance, as written."""
        return tuple(line.key for line in self.lines)

    @property
    def error(self) -> int | None:
        """The code, or None when there is none that can be read: then this is no PENS answer."""
        text = (self.value("error") or "").strip()
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None

    @property
    def error_text(self) -> str:
        """The text that goes with the code; empty when absent."""
        return self.value("error-text") or ""


_LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r|\Z)")


def read_answer(body: bytes) -> ReadAnswer:
    """Read an answer leniently: CR LF, LF or CR; keys in any order and case; split at the first ``=`` only.

    Everything after the first ``pens-data=`` is data. Source: CMI010 1.0a §A.1.2 table A-2.
    """
    lines: list[Line] = []
    stray: list[str] = []
    at = 0
    while at < len(body):
        found = _LINE.match(body, at)
        if found is None or found.end() == at:
            break
        key, equals, value = found[1].partition(b"=")
        text = key.decode("utf-8", "replace").strip()
        if text.lower() == "pens-data" and equals:
            data = body[at + len(key) + 1 :].decode("utf-8", "replace")
            lines.append(Line(text, value.decode("utf-8", "replace"), found[2], found.span()))
            return ReadAnswer(tuple(lines), data.removesuffix("\n").removesuffix("\r"), tuple(stray))
        if equals and re.fullmatch(rb"\s*[A-Za-z][A-Za-z-]{0,31}\s*", key):
            lines.append(Line(text, value.decode("utf-8", "replace"), found[2], found.span()))
        elif found[1].strip():
            stray.append(found[1][:200].decode("utf-8", "replace"))
        at = found.end()
    return ReadAnswer(tuple(lines), None, tuple(stray))
