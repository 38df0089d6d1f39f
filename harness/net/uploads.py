"""Uploads as they come in: a ``multipart/form-data`` body is read in pieces, and its files go straight to disk.

Reading is lenient, as the clients in the field need it: nothing that a body holds is an error. What is odd about
it is named instead (`Intake.oddities`):

- ``no-boundary``, ``boundary-too-long``: the Content-Type names no boundary that can be used; there are no parts
- ``no-parts``: a body in which the boundary never stands
- ``truncated``: the body ends before the closing boundary; the last part is what came of it
- ``malformed-multipart``: what stands behind some place cannot be read; the last part is what came before it
- ``unnamed-part``, ``too-many-parts``, ``part-too-long``, ``file-too-large``: kept as far as the limits allow
- ``not-stored``: the disk did not take a file
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import unquote

from multipart import PushMultipartParser

from harness.net.patience import within

HEAD = 64 * 1024
"""How many bytes of the body as it stood are kept, for the journal."""
PARTS = 1000
TEXT_CAP, TEXTS_CAP = 1 << 20, 16 << 20
"""How many bytes are kept of one text part, and of all of them together."""
FILE_CAP = 16 << 30
BOUNDARY_CAP = 200
_BATCH, _SMALL, _HEAVY = 512 * 1024, 32 * 1024, 64 << 20
_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))', re.IGNORECASE)
# A quoted value may end in a backslash (a folder of Windows), so that a quote before ; or the end is the last one.
_OPTION = re.compile(r';\s*([A-Za-z*]+)\s*=\s*(?:"(.*?)(?:(?<!\\)"|"(?=\s*(?:;|\Z)))|([^;]*))', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form. A file has a ``filename``, as it was sent, and a ``path``; a text has its ``data``.

    ``size`` (bytes) and ``sha256`` are those of the whole content, also where ``data`` is cut at `TEXT_CAP` and
    where ``path`` is None because the file was too large. ``whole`` says that the part came to its end.
    """

    name: str
    filename: str | None
    content_type: str
    size: int
    sha256: str
    path: Path | None = None
    data: bytes = b""
    whole: bool = True

    @property
    def basename(self) -> str:
        """The last segment of the filename: clients send whole paths, with slashes or backslashes."""
        last = re.split(r"[/\\]", self.filename or "")[-1]
        return "" if last in (".", "..") else last

    @property
    def text(self) -> str:
        """The data as text; what is not UTF-8 is replaced."""
        return self.data.decode("utf-8", "replace")


def boundary_of(content_type: str) -> str | None:
    """Return the boundary that a Content-Type names, quoted or not; None when it names none."""
    found = _BOUNDARY.search(content_type)
    if not found:
        return None
    return (re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2].strip()) or None


class _Segment:
    """The head of a part, read leniently; the parser counts in the two public fields of its own."""

    def __init__(self, headers: list[tuple[str, str]]) -> None:
        self.complete = False
        self.bytes_received = 0
        fields = {name: _text(value) for name, value in reversed(headers)}
        self.content_type = fields.get("Content-Type", "")
        options: dict[str, str] = {}
        for key, quoted, plain in _OPTION.findall(fields.get("Content-Disposition", "")):
            options.setdefault(key.lower(), re.sub(r"%22", '"', quoted.replace('\\"', '"')) or plain.strip())
        self.name = options.get("name", "")
        self.filename = options.get("filename")
        charset, mark, encoded = options.get("filename*", "").partition("''")
        if self.filename is None and mark:
            with contextlib.suppress(LookupError):
                self.filename = unquote(encoded, charset or "utf-8", "replace")


class _Parser(PushMultipartParser):  # type: ignore[misc]
    def _create_segment(self, headerlist: list[tuple[str, str]]) -> Any:
        # What a part says about its own length is not needed, and wrong in the field: the boundary decides.
        self._segment_limit = -1
        return _Segment(headerlist)


def _text(value: str) -> str:
    """Return a header that was read as Latin-1 as the UTF-8 that it mostly is."""
    with contextlib.suppress(UnicodeError):
        return value.encode("latin-1").decode()
    return value


class _Open:
    """A part while it comes in."""

    def __init__(self, head: _Segment) -> None:
        self.head = head
        self.size = 0
        self.digest = hashlib.sha256()
        self.data = bytearray()
        self.file: BinaryIO | None = None
        self.path: Path | None = None

    def close(self, whole: bool) -> Part:
        if self.file:
            self.file.close()
        head, digest = self.head, self.digest.hexdigest()
        return Part(
            head.name, head.filename, head.content_type, self.size, digest, self.path, bytes(self.data), whole
        )  # fmt: skip


class Intake:
    """Takes a body piece by piece: `feed`, then `finish` when it ended; `discard` removes what is left of its files.

    Without ``folder`` nothing is read, only counted. ``file_cap`` (bytes) bounds each file. No method raises for
    what the body holds; none may be called while another is at work.
    """

    def __init__(self, content_type: str, folder: Path | None, *, file_cap: int = FILE_CAP) -> None:
        self.size = 0
        self.head = bytearray()
        self.parts: list[Part] = []
        self._digest = hashlib.sha256()
        self._folder = folder
        self._file_cap = file_cap
        self._oddities: dict[str, None] = {}
        self._paths: list[Path] = []
        self._begun = 0
        self._texts = 0
        self._part: _Open | None = None
        self._parser: _Parser | None = self._begin(content_type) if folder else None

    @property
    def oddities(self) -> tuple[str, ...]:
        """What was odd about the body, each named once."""
        return tuple(self._oddities)

    @property
    def sha256(self) -> str:
        """The digest of all that came."""
        return self._digest.hexdigest()

    @property
    def heavy(self) -> bool:
        """Whether to remove the files takes so long that it should be done in a thread."""
        return self.size > _HEAVY

    def _begin(self, content_type: str) -> _Parser | None:
        boundary = boundary_of(content_type)
        if boundary is None or "\n" in boundary:
            self._oddities["no-boundary"] = None
        elif len(boundary) > BOUNDARY_CAP:
            self._oddities["boundary-too-long"] = None
        else:
            raw = boundary.encode("latin-1", "replace")
            return _Parser(raw, max_header_size=HEAD, max_header_count=64, header_charset="latin-1")
        return None

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body; files are written here, so that a large piece belongs in a thread."""
        self.size += len(data)
        self._digest.update(data)
        if len(self.head) < HEAD:
            self.head += data[: HEAD - len(self.head)]
        if self._parser is None or not data:
            return
        try:
            for event in self._parser.parse(data):
                self._take(event)
        except ValueError:
            self._stop("malformed-multipart")

    def finish(self) -> None:
        """The body came to its end."""
        if self._parser is None or not self.size:
            return
        try:
            self._parser.close()
        except ValueError:
            self._stop("truncated" if self._begun else "no-parts")

    def discard(self) -> None:
        """Remove the files that nobody has moved away."""
        if self._part and self._part.file:
            self._part.file.close()
        for path in self._paths:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        self._paths.clear()

    def _stop(self, oddity: str) -> None:
        self._oddities[oddity] = None
        self._parser = None
        self._end(whole=False)

    def _take(self, event: Any) -> None:
        if isinstance(event, _Segment):
            self._open(event)
        elif event is None:
            self._end(whole=True)
        elif self._part is not None:
            self._write(self._part, event)

    def _open(self, head: _Segment) -> None:
        self._begun += 1
        if self._begun > PARTS:
            self._oddities["too-many-parts"] = None
            return
        if not head.name:
            self._oddities["unnamed-part"] = None
        self._part = part = _Open(head)
        if head.filename is None or self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            number, path = tempfile.mkstemp(prefix="upload-", dir=self._folder)
            part.path, part.file = Path(path), os.fdopen(number, "wb")
            self._paths.append(part.path)
        except OSError:
            self._drop(part, "not-stored")

    def _write(self, part: _Open, data: bytes) -> None:
        part.size += len(data)
        part.digest.update(data)
        if part.head.filename is None:
            room = max(min(TEXT_CAP - len(part.data), TEXTS_CAP - self._texts), 0)
            if len(data) > room:
                self._oddities["part-too-long"] = None
            part.data += data[:room]
            self._texts += min(room, len(data))
        elif part.file:
            if part.size > self._file_cap:
                self._drop(part, "file-too-large")
                return
            try:
                part.file.write(data)
            except OSError:
                self._drop(part, "not-stored")

    def _drop(self, part: _Open, oddity: str) -> None:
        self._oddities[oddity] = None
        if part.file:
            with contextlib.suppress(OSError):
                part.file.close()
        if part.path:
            part.path.unlink(missing_ok=True)
        part.file = part.path = None

    def _end(self, *, whole: bool) -> None:
        part, self._part = self._part, None
        if part is None:
            return
        try:
            self.parts.append(part.close(whole))
        except OSError:
            self._drop(part, "not-stored")
            self.parts.append(part.close(False))


class Content(Protocol):
    """A body that comes in, such as aiohttp's."""

    async def readany(self) -> bytes:
        """Return what has come, at least one byte; nothing at the end. Raises when the peer went away."""


async def receive(content: Content, intake: Intake, patience: float) -> bool:
    """Feed an intake until the body ends; False when the peer went away or sent nothing for ``patience`` seconds.

    Large bodies are read and written in a thread, so that the loop stays free.
    """
    pending, threaded = bytearray(), False
    try:
        while chunk := await within(patience, content.readany()):
            pending += chunk
            if len(pending) >= _BATCH:
                await _aside(intake, bytes(pending))
                pending.clear()
                threaded = True
    except Exception:
        # Whatever aiohttp raises for a connection that broke, or for a body that is no valid HTTP.
        return False
    if chunk is None:
        return False
    if threaded or len(pending) > _SMALL:
        await _aside(intake, bytes(pending))
    else:
        intake.feed(bytes(pending))
    intake.finish()
    return True


async def _aside(intake: Intake, data: bytes) -> None:
    work = asyncio.get_running_loop().run_in_executor(None, intake.feed, data)
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        # The thread still writes: what comes next may close and remove its files.
        await asyncio.wait([work])
        raise


async def remove(intake: Intake) -> None:
    """Discard an intake; to remove a large file takes long, so that a thread does it."""
    if intake.heavy:
        await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, intake.discard))
    else:
        intake.discard()
