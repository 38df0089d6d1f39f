"""Faults of a V1 server in what it tells of courses and does with them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime

from harness.net.listener import Reply
from harness.wire.binding import Pairs
from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Done, Failure, Nodes
from mocks.engine.v1.domain import App, Course, Registration, Version
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault


class NotDeleted(Fault, CloudBehaviour):
    """deleteCourse succeeds and leaves the course where it is."""

    name = "v1.course-not-deleted"
    kind = LEFT_OUT
    breaks = {"CLOUD-COURSE-01": "other-after"}

    def remove_versions(self, call: Call, course: Course, going: tuple[Version, ...]) -> None:
        return


class ExistsByWord(Fault, CloudBehaviour):
    """course.exists answers yes and no."""

    name = "v1.exists-yes"
    kind = WRONG_VALUE
    breaks = {"CLOUD-COURSE-01": "other-before"}

    def course_exists(self, call: Call) -> Nodes:
        (node,) = super().course_exists(call)
        return (Node("result", text="yes" if node.text == "true" else "no"),)


class PartMatches(Fault, CloudBehaviour):
    """A filter need match but a part of an id."""

    name = "v1.part-matches"
    kind = WRONG_VALUE
    breaks = {"CLOUD-COURSE-02": "part-matched"}

    def matching(self, courses: Iterable[Course], pattern: str) -> list[Course]:
        return [course for course in courses if re.search(pattern, course.id)]


class FilterIsText(Fault, CloudBehaviour):
    """A filter is no pattern: it is compared as it stands."""

    name = "v1.filter-is-text"
    kind = LEFT_OUT
    breaks = {"CLOUD-COURSE-02": "no-pattern"}

    def matching(self, courses: Iterable[Course], pattern: str) -> list[Course]:
        return [course for course in courses if pattern in ("", course.id)]


class NothingFails(Fault, CloudBehaviour):
    """When no course matches the list fails."""

    name = "v1.nothing-fails"
    kind = WRONG_VALUE
    breaks = {"CLOUD-COURSE-03": "refused"}

    def matching(self, courses: Iterable[Course], pattern: str) -> list[Course]:
        found = super().matching(courses, pattern)
        if not found:
            raise Failure(1, "No course matches")
        return found


class NoEmptyList(Fault, CloudBehaviour):
    """When no course matches the answer holds no list."""

    name = "v1.no-empty-list"
    kind = LEFT_OUT
    breaks = {"CLOUD-COURSE-03": "no-courselist"}

    def get_course_list(self, call: Call) -> Nodes:
        (node,) = super().get_course_list(call)
        return (node,) if node.children else (Node("success"),)


class AnyTag(Fault, CloudBehaviour):
    """A course is listed when it has one of the tags."""

    name = "v1.any-tag"
    kind = WRONG_VALUE
    breaks = {"CLOUD-COURSE-04": "any-tag"}

    def has_tags(self, course: Course, wanted: Iterable[str]) -> bool:
        wanted = set(wanted)
        return not wanted or bool(wanted & set(course.tags))


class TagsIgnored(Fault, CloudBehaviour):
    """Courses are listed whatever tags they have."""

    name = "v1.tags-ignored"
    kind = LEFT_OUT
    breaks = {"CLOUD-COURSE-04": "any-tag"}

    def has_tags(self, course: Course, wanted: Iterable[str]) -> bool:
        return True


class NoSize(Fault, CloudBehaviour):
    """A listed course lacks its size."""

    name = "v1.course-without-size"
    kind = LEFT_OUT
    breaks = {"CLOUD-COURSE-05": "no-size"}

    def listed_course(self, course: Course, registrations: int) -> Node:
        node = super().listed_course(course, registrations)
        return Node(node.name, {name: value for name, value in node.attrs.items() if name != "size"}, *node.children)


class VersionsInWords(Fault, CloudBehaviour):
    """A course without versions is listed with versions=none."""

    name = "v1.versions-none"
    kind = WRONG_VALUE
    breaks = {"CLOUD-COURSE-05": "other-versions"}

    def listed_course(self, course: Course, registrations: int) -> Node:
        node = super().listed_course(course, registrations)
        return Node(node.name, {**node.attrs, "versions": "none"}, *node.children)


class NoVersionsChild(Fault, CloudBehaviour):
    """The detail of a course has no element versions."""

    name = "v1.no-versions-child"
    kind = LEFT_OUT
    breaks = {"CLOUD-COURSE-06": "no-child"}

    def versions_of(self, course: Course) -> tuple[Node, ...]:
        return ()


class VersionsAsText(Fault, CloudBehaviour):
    """The element versions of a detail holds their number."""

    name = "v1.versions-as-text"
    kind = WRONG_VALUE
    breaks = {"CLOUD-COURSE-06": "no-version"}

    def versions_of(self, course: Course) -> tuple[Node, ...]:
        return (Node("versions", text=len(course.versions)),)


class DeletesUnknown(Fault, CloudBehaviour):
    """It is left out to look whether there is a course: to delete one that is not there succeeds."""

    name = "v1.deletes-unknown"
    kind = LEFT_OUT
    breaks = {"CLOUD-COURSE-07": "accepted"}

    def delete_course(self, call: Call) -> Done:
        known = call.row("courses", call.get("courseid")) is not None
        return super().delete_course(call) if known else (Node("success"),)


class UnknownIsBadValue(Fault, CloudBehaviour):
    """To delete a course that is not there fails with 205."""

    name = "v1.unknown-course-205"
    kind = WRONG_VALUE
    breaks = {"CLOUD-COURSE-07": "wrong-code"}

    def delete_course(self, call: Call) -> Done:
        if call.row("courses", call.get("courseid")) is None:
            raise Failure(205)
        return super().delete_course(call)


class TellsUnchanged(Fault, CloudBehaviour):
    """updateAttributes tells all that was sent."""

    name = "v1.tells-unchanged"
    kind = WRONG_VALUE
    breaks = {"CLOUD-COURSE-08": "unchanged-told"}

    def told_attributes(self, given: Mapping[str, str], changed: Mapping[str, str]) -> Mapping[str, str]:
        return given


class TellsNoAttribute(Fault, CloudBehaviour):
    """updateAttributes tells nothing."""

    name = "v1.tells-no-attribute"
    kind = LEFT_OUT
    breaks = {"CLOUD-COURSE-08": "change-not-told"}

    def told_attributes(self, given: Mapping[str, str], changed: Mapping[str, str]) -> Mapping[str, str]:
        return {}


class ManifestWrapped(Fault, CloudBehaviour):
    """The manifest stands within rsp."""

    name = "v1.manifest-wrapped"
    kind = WRONG_VALUE
    breaks = {"CLOUD-COURSE-09": "wrapped"}

    def manifest_reply(self, stream: AsyncIterator[bytes]) -> Reply:
        async def wrapped() -> AsyncIterator[bytes]:
            yield b'<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat="ok">'
            text = b"".join([piece async for piece in stream])
            yield text.partition(b"?>")[2] + b"</rsp>"

        return super().manifest_reply(wrapped())


class ManifestLeftOut(Fault, CloudBehaviour):
    """getManifest answers nothing."""

    name = "v1.manifest-left-out"
    kind = LEFT_OUT
    breaks = {"CLOUD-COURSE-09": "no-manifest"}

    def manifest_reply(self, stream: AsyncIterator[bytes]) -> Reply:
        return Reply(200, (("Content-Type", "text/xml"),))


class NoDisposition(Fault, CloudBehaviour):
    """Files come without Content-Disposition."""

    name = "v1.no-disposition"
    kind = LEFT_OUT
    breaks = {"CLOUD-COURSE-10": "no-disposition"}

    def naming(self, name: str) -> tuple[tuple[str, str], ...]:
        return ()


class NoFilename(Fault, CloudBehaviour):
    """Content-Disposition names no file."""

    name = "v1.no-filename"
    kind = WRONG_VALUE
    breaks = {"CLOUD-COURSE-10": "no-filename"}

    def naming(self, name: str) -> tuple[tuple[str, str], ...]:
        return (("Content-Disposition", "attachment"),)


class PreviewIsPage(Fault, CloudBehaviour):
    """A preview is a page; the redirect is left out."""

    name = "v1.preview-is-page"
    kind = LEFT_OUT
    breaks = {"CLOUD-COURSE-11": "no-redirect"}

    def preview(self, call: Call) -> Reply:
        super().preview(call)
        return Reply(200, (("Content-Type", "text/html"),), b"<!DOCTYPE html><title>Preview</title>")


class PreviewRegisters(Fault, CloudBehaviour):
    """A preview makes a registration."""

    name = "v1.preview-registers"
    kind = WRONG_VALUE
    breaks = {"CLOUD-COURSE-11": "registration-made"}

    def preview(self, call: Call) -> Reply:
        reply = super().preview(call)
        regid = call.new_id("preview")
        made = Registration(regid, call.get("courseid"), "preview", "", "", call.now)
        call.put("registrations", regid, made)
        return reply


class OpenEditor(Fault, CloudBehaviour):
    """The property editor opens to everybody who names an application."""

    name = "v1.open-editor"
    kind = LEFT_OUT
    breaks = {"CLOUD-COURSE-12": "accepted"}

    def authenticate_widget(self, params: Pairs, apps: Mapping[str, App], now: datetime) -> App:
        return self.app_of(params, apps)
