"""The files of courses: manifest, single files, the whole package, and what replaces some of them (observed)."""

from __future__ import annotations

import asyncio
import os
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from harness.net.listener import Reply
from harness.wire.archive import Limits, PackageRefused, opened
from harness.wire.cloud_v1 import BAD_ARGUMENT
from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.call import Call, Done, Failure, Later, Nodes
from mocks.engine.v1.domain import Course

CHUNK = 256 * 1024
MANIFEST = "imsmanifest.xml"
_SIMPLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._- ")


def disposition(name: str) -> str:
    """Return a Content-Disposition that names a file, whatever its name holds (RFC 6266 §4.1, appendix D)."""
    simple = "".join(char if char in _SIMPLE else "_" for char in name) or "file"
    header = f'attachment; filename="{simple}"'
    return header if simple == name else f"{header}; filename*=UTF-8''{quote(name.encode('utf-8', 'replace'), safe='')}"


class CourseFiles:
    """How files of a course are given out and taken in; faults override single methods."""

    def get_manifest(self, call: Call) -> Done:
        """Give out the manifest itself, without rsp around it (observed: LIB-JAVA, LIB-RUBY); 1 when there is none."""
        path = self.course_package(call)

        async def read() -> Reply:
            names = await asyncio.to_thread(_names, path)
            manifests = [name for name in names if name.lower().rpartition("/")[2] == MANIFEST]
            if not manifests:
                raise Failure(1, "The course has no manifest")
            return self.manifest_reply(_entry(path, min(manifests, key=lambda name: (name.count("/"), name))))

        return Later(read)

    def manifest_reply(self, stream: AsyncIterator[bytes]) -> Reply:
        """Answer with a manifest."""
        return Reply(200, (("Content-Type", "text/xml"),), stream=stream)

    def get_assets(self, call: Call) -> Done:
        """Give out one file, or the package without ``path`` (observed); a path that is unknown fails with 1."""
        path, wanted = self.course_package(call), call.get("path")

        async def read() -> Reply:
            if not wanted:
                size = await asyncio.to_thread(lambda: path.stat().st_size)
                return self.file_reply(_package_name(call.get("courseid")), _chunks(lambda: path.open("rb")), size)
            names = await asyncio.to_thread(_names, path)
            name = wanted.replace("\\", "/").removeprefix("./")
            if name not in names:
                raise Failure(1, f"Could not find file [{wanted}] in course [{call.get('courseid')}]")
            return self.file_reply(name.rpartition("/")[2], _entry(path, name), None)

        return Later(read)

    def file_reply(self, name: str, stream: AsyncIterator[bytes], size: int | None) -> Reply:
        """Answer with a file that a browser saves and never shows: a course is other people's code."""
        headers = (("Content-Type", "application/octet-stream"), *self.naming(name))
        return Reply(200, headers, stream=stream, length=size)

    def naming(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return the header that names a file (observed: LIB-PY needs it)."""
        return (("Content-Disposition", disposition(name)), ("X-Content-Type-Options", "nosniff"))

    def course_package(self, call: Call) -> Path:
        """Return where the package of the course lies that a call names."""
        course: Course = self.found_course(call)  # type: ignore[attr-defined]
        path: Path = call.engine.folder / self.named_version(call, course).package  # type: ignore[attr-defined]
        if not path.is_file():
            raise Failure(1, f"The files of course [{course.id}] are not there")
        return path

    def update_assets(self, call: Call) -> Done:
        """Put the files of an archive into a course, over those of the same path (observed: LIB-RUBY-B, LIB-NTI)."""
        old = self.course_package(call)
        self.redirect_target(call.get("redirecturl"))  # type: ignore[attr-defined]
        more: Path = call.engine.folder / self.package_of(call)  # type: ignore[attr-defined]
        made: Path = call.engine.folder / f"{call.new_id('package')}.zip"

        async def update() -> Nodes | Reply:
            try:
                size = await asyncio.to_thread(_merged, old, more, made)
            except (PackageRefused, OSError, zipfile.BadZipFile, ValueError) as error:
                await asyncio.to_thread(made.unlink, True)
                raise Failure(BAD_ARGUMENT, f"The file cannot be used: {error}") from None
            finally:
                await asyncio.to_thread(more.unlink, True)
            async with call.engine.store.transaction() as tx:
                course: Course | None = tx.get(call.table("courses"), call.get("courseid"))
                versions = tuple(
                    replace(version, package=made.name, size=size, updated=call.now)
                    if version.package == old.name else version
                    for version in (course.versions if course else ())
                )  # fmt: skip
                if course is not None:
                    tx.put(call.table("courses"), course.id, replace(course, versions=versions))
            await asyncio.to_thread(old.unlink, True)
            answer: Any = self.form_answer(call, (Node("success"),), ())  # type: ignore[attr-defined]
            return answer  # type: ignore[no-any-return]

        return Later(update)


def _package_name(courseid: str) -> str:
    return f"{courseid.replace('/', '_')}.zip"


def _names(path: Path) -> set[str]:
    """Return the files of a package that can be given out; none when it cannot be read."""
    try:
        with opened(path, Limits()) as archive:
            usable = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            return {name for name, info in archive.files.items() if info.compress_type in usable}
    except (PackageRefused, OSError):
        return set()


def _entry(path: Path, name: str) -> AsyncIterator[bytes]:
    return _chunks(lambda: _opened_entry(path, name))


def _opened_entry(path: Path, name: str) -> Any:
    with opened(path, Limits()) as archive:
        info = archive.files[name]
    whole = zipfile.ZipFile(path)
    try:
        entry: Any = whole.open(info)
    finally:
        whole.close()  # the entry keeps the file open until it is closed itself
    return entry


async def _chunks(begin: Any) -> AsyncIterator[bytes]:
    """Read a file bit by bit off the loop; one that cannot be read ends the connection."""
    try:
        file: BinaryIO = await asyncio.to_thread(begin)
        with closing(file):
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk
    except (OSError, zipfile.BadZipFile, EOFError, PackageRefused) as error:
        raise ConnectionAbortedError(str(error)) from error


def _merged(old: Path, more: Path, made: Path) -> int:
    """Write an archive of the entries of two, those of ``more`` in place of equal ones; return its size."""
    with opened(old, Limits()) as first, opened(more, Limits()) as second:
        entries = {**{name: (old, info) for name, info in first.files.items()},
                   **{name: (more, info) for name, info in second.files.items()}}  # fmt: skip
    with zipfile.ZipFile(old) as one, zipfile.ZipFile(more) as two, zipfile.ZipFile(made, "w") as out:
        for name, (source, info) in entries.items():
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(f"{name} is packed in an unusual way")
            with (one if source is old else two).open(info) as given, out.open(_plain(name, info), "w") as taken:
                for piece in _pieces(given):
                    taken.write(piece)
    return os.stat(made).st_size


def _plain(name: str, info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    fresh = zipfile.ZipInfo(name, info.date_time)
    fresh.compress_type, fresh.file_size = info.compress_type, info.file_size
    return fresh


def _pieces(file: Any) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece
