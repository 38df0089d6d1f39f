"""Safe opening of a ZIP archive: its directory is judged before a byte of its content is read."""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

__all__ = ["Archive", "Limits", "PackageRefused", "RefusalReason", "opened"]

RefusalReason = Literal[
    "not-an-archive", "truncated", "too-many-entries", "too-large", "ratio", "path-traversal", "link",
    "duplicate-entry", "encrypted", "no-manifest", "manifest-doctype", "manifest-invalid",
]  # fmt: skip

_TINY: Final = 1024 * 1024
# An entry (16 of them: an archive) this small may pack as well as it likes: a blank bitmap is no bomb.
_CHUNK: Final = 64 * 1024
_DRIVE: Final = re.compile(r"[A-Za-z]:")


class PackageRefused(ValueError):
    """A package that is not read: `reason` is the code, `detail` the sentence for a person."""

    def __init__(self, reason: RefusalReason, detail: str) -> None:
        """Keep the reason code and the sentence."""
        super().__init__(f"{reason}: {detail}")
        self.reason: RefusalReason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may ask for: a count, bytes unpacked (in all, per byte packed), characters, bytes."""

    entries: int = 20_000
    total: int = 20 * 1024**3
    ratio: int = 200
    entry_path: int = 1024
    manifest: int = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive whose directory is in order: files by normalised path, and what was odd about it."""

    files: Mapping[str, zipfile.ZipInfo]
    entries: int
    total: int
    oddities: tuple[str, ...]
    _zip: zipfile.ZipFile
    _limits: Limits

    def read(self, name: str) -> bytes:
        """Read one file, at most `Limits.manifest` bytes of it, counting what really comes out.

        Raises PackageRefused: `too-large`, `ratio`, `manifest-invalid` (a compression other than stored or
        deflated), `truncated` (the body is damaged).
        """
        info = self.files[name]
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # bzip2 and LZMA of the standard library unpack without bound in one step.
            raise PackageRefused(
                "manifest-invalid",
                f"{name} is packed by method {info.compress_type}, stored (0) or deflated (8) is expected",
            )
        out = bytearray()
        try:
            with self._zip.open(info) as body:
                while chunk := body.read(_CHUNK):
                    out += chunk
                    if len(out) > self._limits.manifest:
                        raise PackageRefused("too-large", f"{name} has more than {self._limits.manifest} bytes")
                    if len(out) > max(_TINY, info.compress_size * self._limits.ratio):
                        raise PackageRefused(
                            "ratio", f"{name} unpacks to more than {self._limits.ratio} times its size"
                        )
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            struct.error,
        ) as error:
            raise PackageRefused("truncated", f"{name} cannot be unpacked: {error}") from error
        return bytes(out)


@contextmanager
def opened(source: str | os.PathLike[str] | BinaryIO, limits: Limits) -> Iterator[Archive]:
    """Open an archive by path or seekable file, judge its directory, and close what was opened here.

    Nothing is unpacked and memory does not grow with the archive. Raises PackageRefused; errors of the
    disk (OSError) pass through. Source: PKWARE APPNOTE 6.3, 4.3 and 4.4.
    """
    with ExitStack() as stack:
        file = stack.enter_context(open(source, "rb")) if isinstance(source, str | os.PathLike) else source
        try:
            archive = stack.enter_context(zipfile.ZipFile(_Gauge(file, limits)))
        except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError) as error:
            if isinstance(error, PackageRefused):
                raise
            file.seek(0)
            if file.read(2) == b"PK":
                raise PackageRefused(
                    "truncated", f"the directory of the archive is missing or damaged: {error}"
                ) from error
            raise PackageRefused("not-an-archive", "the content is no ZIP archive, one was expected") from error
        yield _judged(archive, limits)


class _Gauge:
    """A file whose reads are bounded: zipfile takes the directory in one piece, as long as it says it is."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._cap = max(limits.entries * 512, 256 * 1024)

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size if 0 <= size <= self._cap else self._cap + 1)
        if len(data) > self._cap or (len(data) > _CHUNK and data.count(b"PK\x01\x02") > self._limits.entries):
            raise PackageRefused(
                "too-many-entries",
                f"the directory of the archive is longer than {self._limits.entries} entries need",
            )
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        if whence == 0 and offset < 0:
            raise zipfile.BadZipFile(f"the directory points {-offset} bytes before the archive")
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


def _judged(archive: zipfile.ZipFile, limits: Limits) -> Archive:
    infos = archive.infolist()
    if len(infos) > limits.entries:
        raise PackageRefused(
            "too-many-entries", f"the archive has {len(infos)} entries, at most {limits.entries} are read"
        )
    files: dict[str, zipfile.ZipInfo] = {}
    odd: set[str] = set()
    for info in infos:
        _judge_kind(info)
        name = _safe_path(info.orig_filename, limits)
        if "\\" in info.orig_filename:
            odd.add("backslashes")
        if name.endswith("/") or not name:
            continue
        if name in files:
            raise PackageRefused("duplicate-entry", f"the archive has two entries {name!r}")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            odd.add("compression")
        if name.startswith("__MACOSX/"):
            odd.add("macosx")
        files[name] = info
    total = sum(info.file_size for info in infos)
    _judge_sizes(infos, total, limits)
    _judge_places(infos, archive.start_dir)
    return Archive(files, len(infos), total, tuple(sorted(odd)), archive, limits)


def _judge_kind(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & (0x1 | 0x40 | 0x2000):
        raise PackageRefused("encrypted", f"the entry {info.orig_filename!r} is encrypted")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "a symbolic link" if kind == stat.S_IFLNK else "neither a file nor a folder"
        raise PackageRefused("link", f"the entry {info.orig_filename!r} is {what}")


def _safe_path(raw: str, limits: Limits) -> str:
    if len(raw) > limits.entry_path:
        raise PackageRefused("too-large", f"a path has {len(raw)} characters, at most {limits.entry_path} are read")
    path = raw.replace("\\", "/")
    parts = path.split("/")
    # Windows drops blanks and dots at the end of a name: ".. " is the parent there as well.
    climbs = any(part.startswith("..") and not part.strip(" .") for part in parts)
    if climbs or path.startswith("/") or _DRIVE.match(path) or "\0" in path:
        raise PackageRefused("path-traversal", f"the entry {raw!r} leaves the folder of the package")
    folder = "/" if path.endswith("/") else ""
    return "/".join(part for part in parts if part not in ("", ".")) + folder


def _judge_sizes(infos: list[zipfile.ZipInfo], total: int, limits: Limits) -> None:
    if total > limits.total:
        raise PackageRefused("too-large", f"the archive unpacks to {total} bytes, at most {limits.total} are accepted")
    for info in infos:
        if info.file_size > _TINY and info.file_size > info.compress_size * limits.ratio:
            raise PackageRefused(
                "ratio",
                f"the entry {info.orig_filename!r} unpacks from {info.compress_size} to "
                f"{info.file_size} bytes, more than {limits.ratio} times",
            )
    if total > 16 * _TINY and total > sum(info.compress_size for info in infos) * limits.ratio:
        raise PackageRefused("ratio", f"the archive unpacks to {total} bytes, more than {limits.ratio} times its size")


def _judge_places(infos: list[zipfile.ZipInfo], directory: int) -> None:
    """Bodies lie one behind the other and before the directory: overlap is how a bomb gets past a ratio."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < 0:
            raise PackageRefused("truncated", f"bytes are missing before the body of {info.orig_filename!r}")
        if info.header_offset < end:
            raise PackageRefused("ratio", f"the entry {info.orig_filename!r} lies inside another one")
        end = info.header_offset + 30 + info.compress_size
        if end > directory:
            raise PackageRefused(
                "truncated",
                f"the body of {info.orig_filename!r} ends at byte {end}, behind the bodies' end at {directory}",
            )
