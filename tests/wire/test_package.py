"""What the package reader says of archives, and what it refuses to read."""

from __future__ import annotations

import io
import os
import struct
import warnings
import zipfile
from pathlib import Path

import pytest

from harness.wire.package import Inspection, Limits, PackageRefused, RefusalReason, inspect

ITEM = '<item identifier="I" identifierref="R"><title>Item title</title></item>'
RESOURCE = '<resource identifier="R" href="a.html"/>'


def zipped(files: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return sink


def manifest(
    organizations: str = f'<organization identifier="O"><title>T</title>{ITEM}</organization>',
    resources: str = RESOURCE,
    version: str = "<metadata><schemaversion>1.2</schemaversion></metadata>",
    default: str = "O",
    attributes: str = "",
) -> str:
    return (
        f'<manifest identifier="M" {attributes}>{version}<organizations default="{default}">{organizations}'
        f"</organizations><resources>{resources}</resources></manifest>"
    )


def scorm(text: str) -> Inspection:
    return inspect(zipped({"imsmanifest.xml": text, "a.html": "x"}))


def refused(source: io.BytesIO, limits: Limits | None = None) -> RefusalReason:
    with pytest.raises(PackageRefused) as caught:
        inspect(source, limits or Limits())
    assert caught.value.detail
    assert str(caught.value) == f"{caught.value.reason}: {caught.value.detail}"
    return caught.value.reason


def test_a_package_is_read_from_a_path_and_from_an_open_file_that_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "course.zip"
    path.write_bytes(zipped({"imsmanifest.xml": manifest(), "a.html": "x"}).getvalue())
    expected = Inspection("scorm-1.2", "1.2", "T", "M", "a.html", 2, len(manifest()) + 1)
    with path.open("rb") as file:
        file.seek(7)
        assert inspect(file) == expected
        assert not file.closed
    assert inspect(path) == inspect(str(path)) == expected


def test_nothing_is_written_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scorm(manifest())
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_does_not_exist_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        inspect(tmp_path / "none.zip")


# Titles, launch and version of SCORM


def test_the_title_is_that_of_the_default_organization() -> None:
    two = (
        '<organization identifier="A"><title>First</title></organization>'
        '<organization identifier="B"><title> The\n  second </title></organization>'
    )
    assert scorm(manifest(two, default="B")).title == "The second"
    assert scorm(manifest(two, default="C")).title == "First"


def test_without_an_organization_title_the_first_item_names_the_course() -> None:
    assert scorm(manifest(f'<organization identifier="O">{ITEM}</organization>')).title == "Item title"


def test_without_any_title_the_identifier_names_the_course() -> None:
    found = scorm(manifest('<organization identifier="O"/>'))
    assert (found.title, found.launch) == ("M", "")


def test_the_launch_follows_xml_base_and_the_default_organization() -> None:
    resources = '<resource identifier="R" xml:base="sub/" href="a.html?x=1"/>'
    found = inspect(zipped({"imsmanifest.xml": manifest(resources=resources), "sub/a.html": "x"}))
    assert (found.launch, found.oddities) == ("sub/a.html?x=1", ())


def test_a_launch_on_another_host_needs_no_file() -> None:
    found = scorm(manifest(resources='<resource identifier="R" href="https://a.example/x"/>'))
    assert (found.launch, found.oddities) == ("https://a.example/x", ())


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("1.2", "scorm-1.2"),
        ("CAM 1.3", "scorm-2004"),
        ("2004 3rd Edition", "scorm-2004"),
        ("2004 4th Edition", "scorm-2004"),
    ],
)
def test_the_schema_version_tells_the_kind(written: str, kind: str) -> None:
    found = scorm(manifest(version=f"<metadata><schemaversion>{written}</schemaversion></metadata>"))
    assert (found.kind, found.version) == (kind, written)


@pytest.mark.parametrize(
    ("space", "kind", "version"),
    [
        ("http://www.adlnet.org/xsd/adlcp_rootv1p2", "scorm-1.2", "1.2"),
        ("http://www.adlnet.org/xsd/adlcp_v1p3", "scorm-2004", "2004"),
    ],
)
def test_without_a_schema_version_the_namespace_tells_the_kind(space: str, kind: str, version: str) -> None:
    found = scorm(manifest(version="", attributes=f'xmlns:adlcp="{space}"'))
    assert (found.kind, found.version) == (kind, version)
    local = f'<resource xmlns:x="{space}" x:scormtype="sco" identifier="R" href="a.html"/>'
    assert scorm(manifest(version="", resources=local)).kind == kind


def test_a_namespace_that_contradicts_the_schema_version_is_listed() -> None:
    found = scorm(manifest(attributes='xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"'))
    assert (found.kind, found.oddities) == ("scorm-1.2", ("version-disagrees",))


@pytest.mark.parametrize("text", [manifest(version=""), "<manifests/>", "<manifest", ""])
def test_a_manifest_that_is_no_scorm_manifest_is_invalid(text: str) -> None:
    assert refused(zipped({"imsmanifest.xml": text})) == "manifest-invalid"


def test_the_manifest_in_its_proper_case_counts_when_there_are_two() -> None:
    other = manifest('<organization identifier="O"><title>Other</title></organization>')
    found = inspect(zipped({"IMSMANIFEST.XML": other, "imsmanifest.xml": manifest(), "a.html": ""}))
    assert (found.title, found.oddities) == ("T", ())


def test_manifests_in_two_folders_name_no_course() -> None:
    assert refused(zipped({"a/imsmanifest.xml": manifest(), "b/imsmanifest.xml": manifest()})) == "no-manifest"


def test_a_manifest_among_the_finder_files_is_none() -> None:
    assert refused(zipped({"__MACOSX/imsmanifest.xml": manifest()})) == "no-manifest"


# AICC

AU = '"system_id","FILE_NAME"\r\n"A1","unit.html"\r\n'


def course(
    text: str = "[Course]\r\nCourse_ID=C\r\nCourse_Title=T\r\nVersion=3.5\r\n",
) -> dict[str, bytes | str]:
    return {"C.CRS": text, "c.Au": AU, "c.des": "", "c.CST": "", "unit.html": ""}


def test_an_aicc_course_is_read_whatever_the_case_of_its_names() -> None:
    found = inspect(zipped(course()))
    assert (found.kind, found.version, found.title) == ("aicc", "3.5", "T")
    assert (found.identifier, found.launch, found.oddities) == ("C", "unit.html", ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_an_aicc_title_is_read_in_each_encoding_and_with_each_line_end(encoding: str, end: str) -> None:
    text = end.join(["; by hand", "[ COURSE ]", 'course_title = "Müller = gut"', ""])
    assert inspect(zipped({**course(), "C.CRS": text.encode(encoding)})).title == "Müller = gut"


def test_an_aicc_course_without_title_goes_by_its_id() -> None:
    assert inspect(zipped(course("[Course]\nCourse_ID=C\n"))).title == "C"


def test_an_aicc_course_of_another_section_has_no_name() -> None:
    assert refused(zipped(course("[Other]\nCourse_ID=C\n"))) == "manifest-invalid"


@pytest.mark.parametrize("table", ["", "x,y\r\n1,2\r\n", '"' + "a" * 200_000])
def test_an_aicc_unit_table_without_file_names_is_invalid(table: str) -> None:
    assert refused(zipped({**course(), "c.Au": table})) == "manifest-invalid"


def test_an_aicc_course_without_unit_table_is_invalid() -> None:
    assert refused(zipped({name: data for name, data in course().items() if name != "c.Au"})) == "manifest-invalid"


def test_aicc_leftovers_are_listed() -> None:
    files = {"x/d.crs": "[Course]\nCourse_ID=D\n", **{f"x/{name}": data for name, data in course().items()}}
    del files["x/c.CST"]
    found = inspect(zipped(files))
    assert found.oddities == ("aicc-incomplete", "several-courses", "sub-folder")
    assert (found.title, found.launch) == ("T", "x/unit.html")


# Limits and lies of the archive


def whole(**more: bytes | str) -> io.BytesIO:
    return zipped({"imsmanifest.xml": manifest(), "a.html": "x", **more})


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(entries=1), "too-many-entries"),
        (Limits(total=100), "too-large"),
        (Limits(entry_path=14), "too-large"),
        (Limits(manifest=100), "too-large"),
    ],
)
def test_each_limit_holds(limits: Limits, reason: str) -> None:
    assert refused(whole(), limits) == reason


def test_what_lies_exactly_at_the_limits_is_read() -> None:
    size = len(manifest())
    assert inspect(whole(), Limits(entries=2, total=size + 1, entry_path=15, manifest=size)).entries == 2


def test_a_directory_of_very_many_entries_is_refused_before_it_is_taken_apart() -> None:
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    count = 60_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(entry) * count, 0, 0)
    assert refused(io.BytesIO(entry * count + end)) == "too-many-entries"


def test_a_directory_that_claims_to_be_longer_than_any_is_not_loaded() -> None:
    claimed = 64 * 1024 * 1024
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, claimed, 0, 0)
    source = _Watched(b"PK" + bytes(claimed - 2) + end)
    assert refused(source) == "too-many-entries"
    assert source.most <= 20_000 * 512 + 1


class _Watched(io.BytesIO):
    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.most = max(self.most, len(data))
        return data


def test_small_files_may_pack_as_well_as_they_like() -> None:
    assert inspect(whole(**{"blank.bmp": bytes(1024 * 1024)})).oddities == ()


def test_many_small_bombs_are_a_bomb() -> None:
    assert refused(whole(**{f"{n}.bmp": bytes(1024 * 1024) for n in range(17)})) == "ratio"


def test_bodies_that_overlap_are_a_bomb() -> None:
    data = bytearray(whole().getvalue())
    first = data.find(b"PK\1\2")
    second = data.find(b"PK\1\2", first + 4)
    data[second + 42 : second + 46] = struct.pack("<L", 4)
    assert refused(io.BytesIO(bytes(data))) == "ratio"


def test_a_size_that_lies_is_no_way_round_the_limits() -> None:
    data = bytearray(whole().getvalue())
    at = data.find(b"PK\1\2")
    data[at + 24 : at + 28] = struct.pack("<L", 10)
    assert refused(io.BytesIO(bytes(data))) == "truncated"


def test_a_damaged_manifest_is_no_manifest() -> None:
    data = zipped({"imsmanifest.xml": manifest()}, zipfile.ZIP_STORED).getvalue()
    assert refused(io.BytesIO(data.replace(b"<title>T<", b"<title>U<"))) == "truncated"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_manifest_packed_without_bound_is_not_unpacked(method: int) -> None:
    assert refused(zipped({"imsmanifest.xml": manifest()}, method)) == "manifest-invalid"


def test_another_compression_of_another_file_is_listed() -> None:
    sink = whole()
    with zipfile.ZipFile(sink, "a") as archive:
        archive.writestr("b.bin", b"b", zipfile.ZIP_BZIP2)
    assert inspect(sink).oddities == ("compression",)


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "a/..",
        "../a",
        "a/../../b",
        "/a",
        "//a/b",
        "\\\\a\\b",
        "c:a",
        "C:/a",
        ".. /a",
        "a/.../b",
        "..\\a",
    ],
)
def test_no_path_leaves_the_folder_of_the_package(name: str) -> None:
    assert refused(whole(**{name: "x"})) == "path-traversal"


@pytest.mark.parametrize("name", ["a..b", "..a", "a/.b", "./b", "a//b", "a..", "日本/語.html"])
def test_dots_within_names_are_no_climbing(name: str) -> None:
    assert inspect(whole(**{name: "x"})).entries == 3


def test_a_name_with_a_nul_is_refused() -> None:
    data = whole(**{"b.html#txt": "x"}).getvalue().replace(b"b.html#txt", b"b.html\0txt")
    assert refused(io.BytesIO(data)) == "path-traversal"


@pytest.mark.parametrize("other", ["./a.html", ".//a.html", ".\\a.html"])
def test_two_spellings_of_one_path_are_duplicates(other: str) -> None:
    assert refused(whole(**{other: "x"})) == "duplicate-entry"


def test_a_folder_entered_twice_is_no_duplicate() -> None:
    sink = whole()
    with zipfile.ZipFile(sink, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("media/", b"")
        archive.writestr("media/", b"")
    assert inspect(sink).entries == 4


@pytest.mark.parametrize("mode", [0o010644, 0o020644, 0o060644, 0o140644])
def test_pipes_and_devices_are_refused_like_links(mode: int) -> None:
    sink = whole()
    info = zipfile.ZipInfo("odd")
    info.external_attr = mode << 16
    with zipfile.ZipFile(sink, "a") as archive:
        archive.writestr(info, b"")
    assert refused(sink) == "link"


@pytest.mark.parametrize("cut", [1, 10, 21, 22, 60, 200])
def test_an_archive_is_truncated_wherever_it_is_cut(cut: int) -> None:
    data = whole().getvalue()
    assert refused(io.BytesIO(data[:-cut])) == "truncated"
    assert refused(io.BytesIO(data[:100] + data[100 + cut :])) == "truncated"


def test_bytes_before_the_archive_are_passed_over() -> None:
    assert inspect(io.BytesIO(b"#!/bin/sh\n" * 10 + whole().getvalue())).title == "T"


@pytest.mark.parametrize("size", [0, 1, 21, 22, 23, 5000])
def test_noise_is_no_archive(size: int) -> None:
    assert refused(io.BytesIO(b"x" * size)) == "not-an-archive"


class _Sparse(io.RawIOBase):
    """A file that begins with 5 GiB of nothing, of which only what was written is held."""

    START = 5 * 1024**3

    def __init__(self) -> None:
        self.held = io.BytesIO()
        self.at = self.START

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = 0, /) -> int:
        base = {0: 0, 1: self.at, 2: self.START + len(self.held.getvalue())}[whence]
        self.at = base + offset
        return self.at

    def read(self, size: int = -1, /) -> bytes:
        assert self.at >= self.START, "the bytes before the archive are of no use to a reader"
        self.held.seek(self.at - self.START)
        data = self.held.read(size)
        self.at += len(data)
        return data

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self.held.seek(self.at - self.START)
        self.at += self.held.write(data)
        return len(data)


def test_an_archive_beyond_4_gib_is_read_by_its_64_bit_offsets() -> None:
    sparse = _Sparse()
    with zipfile.ZipFile(sparse, "w") as archive:
        archive.writestr("imsmanifest.xml", manifest())
        archive.writestr("a.html", "x")
    assert b"PK\x06\x06" in sparse.held.getvalue()
    assert inspect(sparse).title == "T"  # type: ignore[arg-type]


def test_reading_costs_the_same_however_long_the_padding() -> None:
    source = _Counting()
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("imsmanifest.xml", manifest())
        archive.writestr("a.html", "x")
        archive.writestr("media.bin", os.urandom(32 * 1024 * 1024))
    assert inspect(source).title == "T"
    assert source.count < 512 * 1024


class _Counting(io.BytesIO):
    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data
