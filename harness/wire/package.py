"""What course a SCORM or AICC package holds: kind, title and launch, read without unpacking."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal
from urllib.parse import unquote, urlsplit

from lxml import etree

from harness.wire.archive import Archive, Limits, PackageRefused, RefusalReason, opened
from harness.wire.xml import XmlRefused, parse

__all__ = ["Inspection", "Limits", "PackageKind", "PackageRefused", "RefusalReason", "inspect"]

PackageKind = Literal["scorm-1.2", "scorm-2004", "aicc"]

_MANIFEST: Final = "imsmanifest.xml"
_XML_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"
_DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a package says of itself.

    `version` is the schema version (SCORM) or the course's CMI001 version (AICC) as written, empty if none;
    `launch` the path of the first thing to launch, inside the archive or a URL, empty if there is none;
    `entries` a count, `total` bytes unpacked as the directory states them; `oddities` codes of what was
    read leniently: backslashes, compression, macosx, wrong-case, sub-folder, launch-missing,
    version-disagrees, several-courses, aicc-incomplete.
    """

    kind: PackageKind
    version: str
    title: str
    identifier: str
    launch: str
    entries: int
    total: int
    oddities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Course:
    kind: PackageKind
    version: str
    title: str
    identifier: str
    href: str
    oddities: tuple[str, ...]


def inspect(source: str | os.PathLike[str] | BinaryIO, limits: Limits = _DEFAULT_LIMITS) -> Inspection:
    """Read what course an archive (path or seekable file) holds; nothing is written, memory stays constant.

    Raises PackageRefused with a reason code; see `RefusalReason`. Bodies other than the manifest's are
    never read, so their checksums are not verified. Source: SCORM 1.2 Content Aggregation Model, 2.3;
    SCORM 2004 4th Edition Content Aggregation Model, 3.4; AICC CMI001 4.0, 6.0.
    """
    with opened(source, limits) as archive:
        names = [name for name in archive.files if not name.startswith("__MACOSX/")]
        if found := _locate(names, lambda leaf: leaf == _MANIFEST):
            course = _scorm(archive.read(found[0]), limits)
        elif found := _locate(names, lambda leaf: leaf.endswith(".crs")):
            course = _aicc(archive, names, found[0])
        else:
            raise PackageRefused(
                "no-manifest",
                "neither an imsmanifest.xml nor an AICC .crs file is at the root or in one folder below it",
            )
        odd = {*archive.oddities, *course.oddities, *_odd_place(found, course.kind)}
        folder = _folder(found[0])
        launch = course.href
        if launch and not _is_absolute(launch):
            launch = f"{folder}/{launch}" if folder else launch
            if unquote(urlsplit(launch).path).replace("\\", "/").removeprefix("./") not in archive.files:
                odd.add("launch-missing")
        return Inspection(
            kind=course.kind,
            version=course.version,
            title=course.title,
            identifier=course.identifier,
            launch=launch,
            entries=archive.entries,
            total=archive.total,
            oddities=tuple(sorted(odd)),
        )


def _locate(names: list[str], wanted: Callable[[str], bool]) -> list[str]:
    """The files so named (in any case) at the root, else in one folder below it; the exact name first."""
    for depth in (0, 1):
        found = [name for name in names if name.count("/") == depth and wanted(_leaf(name).lower())]
        if found:
            found.sort(key=lambda name: (_leaf(name) != _MANIFEST, name))
            return found if len({_folder(name) for name in found}) == 1 else []
    return []


def _odd_place(found: list[str], kind: PackageKind) -> set[str]:
    odd = {"sub-folder"} if _folder(found[0]) else set()
    if kind == "aicc":
        return odd | ({"several-courses"} if len(found) > 1 else set())
    return odd | ({"wrong-case"} if _leaf(found[0]) != _MANIFEST else set())


def _leaf(name: str) -> str:
    return name.rpartition("/")[2]


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _is_absolute(href: str) -> bool:
    try:
        return bool(urlsplit(href).scheme) or href.startswith("//")
    except ValueError:
        return True


def _scorm(data: bytes, limits: Limits) -> _Course:
    try:
        manifest = parse(data, limit=limits.manifest)
    except XmlRefused as refused:
        reasons: dict[str, RefusalReason] = {"doctype": "manifest-doctype", "too-large": "too-large"}
        raise PackageRefused(
            reasons.get(refused.reason, "manifest-invalid"), f"{_MANIFEST}: {refused.detail}"
        ) from refused
    if etree.QName(manifest).localname != "manifest":
        raise PackageRefused(
            "manifest-invalid", f"the root of {_MANIFEST} is {manifest.tag!r}, 'manifest' was expected"
        )
    kind, version, odd = _scorm_version(manifest)
    identifier = manifest.get("identifier", "").strip()
    organizations = manifest.findall("{*}organizations/{*}organization")
    holder = manifest.find("{*}organizations")
    wanted = "" if holder is None else holder.get("default", "")
    # Stable sort: the default organization first, the others as they stand.
    organizations.sort(key=lambda organization: organization.get("identifier") != wanted)
    titles = [_text(organization.find("{*}title")) for organization in organizations]
    titles += [_text(item.find("{*}title")) for organization in organizations for item in organization.iter("{*}item")]
    title = next((title for title in titles if title), identifier)
    return _Course(kind, version, title, identifier, _scorm_launch(manifest, organizations), odd)


def _scorm_version(manifest: etree._Element) -> tuple[PackageKind, str, tuple[str, ...]]:
    """The kind by `schemaversion`, else by namespace; an IMS package that is no SCORM is refused."""
    written = _text(manifest.find("{*}metadata/{*}schemaversion"))
    stated: PackageKind | None = None
    if written.startswith("1.2"):
        stated = "scorm-1.2"
    elif written.startswith(("2004", "CAM 1.3", "ADL SCORM 1.3")):
        stated = "scorm-2004"
    spaces = {str(space) for space in manifest.nsmap.values()}
    for resource in manifest.iterfind("{*}resources/{*}resource"):
        spaces |= {etree.QName(str(name)).namespace or "" for name in resource.attrib}
    used: PackageKind | None = None
    if any("adlcp_v1p3" in space for space in spaces):
        used = "scorm-2004"
    elif any("adlcp_rootv1p2" in space for space in spaces):
        used = "scorm-1.2"
    kind = stated or used
    if kind is None:
        raise PackageRefused(
            "manifest-invalid",
            f"{_MANIFEST} names neither SCORM 1.2 nor 2004: schemaversion is {written!r}, no ADL namespace",
        )
    version = written or ("1.2" if kind == "scorm-1.2" else "2004")
    return kind, version, ("version-disagrees",) if stated and used and stated != used else ()


def _scorm_launch(manifest: etree._Element, organizations: list[etree._Element]) -> str:
    """The address of the first item's resource: `xml:base` of resources and resource, then `href`."""
    holder = manifest.find("{*}resources")
    if holder is None:
        return ""
    resources = {resource.get("identifier"): resource for resource in holder.iterfind("{*}resource")}
    for organization in organizations:
        for item in organization.iter("{*}item"):
            resource = resources.get(item.get("identifierref"))
            href = resource.get("href", "").strip() if resource is not None else ""
            if resource is not None and href:
                if _is_absolute(href):
                    return href
                return "".join(element.get(_XML_BASE, "") for element in (manifest, holder, resource)) + href
    return ""


def _text(element: etree._Element | None) -> str:
    return "" if element is None else " ".join("".join(str(part) for part in element.itertext()).split())


def _aicc(archive: Archive, names: list[str], place: str) -> _Course:
    """The course of which `place` is the descriptor (.crs): title there, launch in the .au file."""
    fields = _ini(_lines(archive.read(place))).get("course", {})
    identifier = fields.get("course_id", "")
    title = fields.get("course_title", "") or identifier
    if not title:
        raise PackageRefused("manifest-invalid", f"{place} has neither Course_Title nor Course_ID in [Course]")
    beside = [name for name in sorted(names) if _folder(name) == _folder(place)]
    units = next((name for name in beside if name.lower().endswith(".au")), None)
    if units is None:
        raise PackageRefused("manifest-invalid", f"there is no .au file beside {place}")
    try:
        rows = [row for row in csv.reader(_lines(archive.read(units))) if row]
    except csv.Error as error:
        raise PackageRefused("manifest-invalid", f"{units} is no comma-separated table: {error}") from error
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    if "file_name" not in header:
        raise PackageRefused("manifest-invalid", f"{units} has no column File_Name")
    column = header.index("file_name")
    href = next((row[column].strip() for row in rows[1:] if len(row) > column and row[column].strip()), "")
    complete = all(any(name.lower().endswith(end) for name in beside) for end in (".des", ".cst"))
    odd = () if complete else ("aicc-incomplete",)
    return _Course("aicc", fields.get("version", ""), title, identifier, href, odd)


def _lines(data: bytes) -> list[str]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    # Not splitlines(): a title may hold U+0085 or U+2028.
    return re.split(r"\r\n|\r|\n", text)


def _ini(lines: list[str]) -> dict[str, dict[str, str]]:
    """Sections and fields with their names in lower case; the first of equal names counts."""
    sections: dict[str, dict[str, str]] = {}
    current = sections.setdefault("", {})
    for line in (line.strip() for line in lines):
        if line.startswith("[") and line.endswith("]"):
            current = sections.setdefault(line[1:-1].strip().lower(), {})
        elif "=" in line and not line.startswith(";"):
            name, _, value = line.partition("=")
            value = value.strip()
            quoted = len(value) > 1 and value[0] == value[-1] == '"'
            current.setdefault(name.strip().lower(), value[1:-1].strip() if quoted else value)
    return sections
