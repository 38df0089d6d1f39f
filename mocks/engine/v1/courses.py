"""The course service: look, list, delete, preview (observed in client libraries; the document was seen in part)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.net.listener import Reply
from harness.wire.binding import encode_query
from harness.wire.cloud_v1 import BAD_ARGUMENT, UNAVAILABLE, write_date
from harness.wire.cloud_v1_answer import Node, clean
from mocks.engine.v1.call import Call, Done, Failure, Later, Nodes
from mocks.engine.v1.domain import Course, Version
from mocks.engine.v1.filters import Filter
from mocks.engine.v1.registrations import tags_of


class Courses:
    """What the course service tells and does; faults override single methods or attributes."""

    settings: Any

    def found_course(self, call: Call) -> Course:
        """Return the course that a call is about; 1 when there is none of that id (observed: NTI-APP)."""
        courseid = call.need("courseid")
        course: Course | None = call.row("courses", courseid)
        if course is None:
            raise Failure(1, f"Could not find course [{courseid}] associated with appid [{call.app.id}]")
        return course

    def named_version(self, call: Call, course: Course) -> Version:
        """Return the version that a call names: ``latest``, a number, or none for the newest; else 1 (observed)."""
        text = call.get("versionid") or "latest"
        if text.lower() == "latest" and course.versions:
            return course.versions[-1]
        if text.lower() != "latest" and not (text.isascii() and text.isdigit() and len(text) < 10):
            raise Failure(BAD_ARGUMENT, f"Parameter [versionid] has the invalid value [{text}]")
        found = next((version for version in course.versions if str(version.id) == str(int(text))), None)
        if found is None:
            missing = f"Could not find course [{course.id}], versionid [{text}]"
            raise Failure(1, f"{missing} associated with appid [{call.app.id}]")
        return found

    # --- exists, list, detail -----------------------------------------------------------------------------------

    def course_exists(self, call: Call) -> Nodes:
        """Say whether there is a course of that id."""
        known = call.row("courses", call.need("courseid")) is not None
        return (Node("result", text="true" if known else "false"),)

    def get_course_list(self, call: Call) -> Nodes:
        """List the courses that match ``filter`` and have all ``tags``; none is no failure (observed: LIB-PERL)."""
        courses = self.matching(call.rows("courses"), call.get("filter"))
        wanted = tags_of(call.get("tags"))
        listed = [course for course in courses if self.has_tags(course, wanted)]
        counts = Counter(registration.course_id for registration in call.rows("registrations"))
        return (Node("courselist", None, *[self.listed_course(course, counts[course.id]) for course in listed]),)

    def matching(self, courses: Iterable[Course], pattern: str) -> list[Course]:
        """Return the courses whose whole id matches a regular expression (observed: LIB-PERL); all without one."""
        if not pattern:
            return list(courses)
        expression = Filter(pattern)
        return [course for course in courses if expression.matches(course.id)]

    def has_tags(self, course: Course, wanted: Iterable[str]) -> bool:
        """Whether a course has all tags that are asked for (text)."""
        return set(wanted) <= set(course.tags)

    def listed_course(self, course: Course, registrations: int) -> Node:
        """Write a course in the list; -1 stands for a course without versions (observed)."""
        versions = len(course.versions) if len(course.versions) > 1 else -1
        return Node("course", self.course_attrs(course, versions, registrations), *self.course_facts(course))

    def course_attrs(self, course: Course, versions: int, registrations: int) -> dict[str, object]:
        """Return the attributes of a course: no others (observed: LIB-RUBY)."""
        return {
            "id": course.id, "title": course.title, "versions": versions, "registrations": registrations,
            "size": course.size,
        }  # fmt: skip

    def course_facts(self, course: Course) -> tuple[Node, ...]:
        """Return the children that a course has in list and detail (observed: LIB-NTI)."""
        tags = [Node("tag", text=tag, cdata=True) for tag in course.tags]
        return (
            Node("tags", None, *tags), Node("learningStandard", text=course.standard, cdata=True),
            Node("createDate", text=write_date(course.created), cdata=True),
        )  # fmt: skip

    def get_course_detail(self, call: Call) -> Nodes:
        """Tell of one course, its versions as attribute and as child (observed: LIB-NODE-S needs both)."""
        course = self.found_course(call)
        count = sum(registration.course_id == course.id for registration in call.rows("registrations"))
        attrs = self.course_attrs(course, len(course.versions), count)
        return (Node("course", attrs, *self.versions_of(course), *self.course_facts(course)),)

    def versions_of(self, course: Course) -> tuple[Node, ...]:
        """Write the versions of a course."""
        versions = [
            Node("version", None, Node("versionId", text=version.id, cdata=True),
                 Node("updateDate", text=write_date(version.updated), cdata=True))
            for version in course.versions
        ]  # fmt: skip
        return (Node("versions", None, *versions),)

    def get_metadata(self, call: Call) -> Nodes:
        """Tell what metadata there are: the title alone, all else is there and empty (observed: LIB-PERL, LIB-NET)."""
        course = self.found_course(call)
        self.named_version(call, course)
        call.one_of("scope", ("course", "activity"), "course")
        call.one_of("mdformat", ("summary", "detail", "detailed"), "summary")
        metadata = Node(
            "metadata", None, Node("title", text=course.title), Node("description"), Node("duration", text=0),
            Node("typicaltime", text=0), Node("keywords"),
        )  # fmt: skip
        thing = {"id": course.id, "title": course.title, "description": "", "duration": 0, "typicaltime": 0}
        return (Node("package", None, metadata, Node("object", thing)),)

    # --- delete, preview, and what is not served ----------------------------------------------------------------

    def delete_course(self, call: Call) -> Done:
        """Delete a course or one version; its registrations stay and tell their results still (assumed)."""
        course = self.found_course(call)
        going = course.versions
        if call.get("versionid"):
            going = (self.named_version(call, course),)
        self.check_delete(call)  # type: ignore[attr-defined]
        self.remove_versions(call, course, going)
        paths = [Path(call.engine.folder, version.package) for version in going if version.package]

        async def clear() -> Nodes:
            for path in paths:
                path.unlink(missing_ok=True)
            return (Node("success"),)

        return Later(clear)

    def remove_versions(self, call: Call, course: Course, going: tuple[Version, ...]) -> None:
        """Take versions from a course; without any left it is gone."""
        left = tuple(version for version in course.versions if version not in going)
        if left:
            call.put("courses", course.id, replace(course, versions=left))
        else:
            call.delete("courses", course.id)

    def preview(self, call: Call) -> Reply:
        """Send the browser to a page of the course; nothing is tracked and no registration is made (observed)."""
        course = self.found_course(call)
        self.named_version(call, course)
        return Reply(302, (("Location", self.preview_url(call, course)),))

    def preview_url(self, call: Call, course: Course) -> str:
        """Return where the course is shown: an absolute address of ours."""
        given = (("appid", call.app.id), ("redirecturl", clean(call.get("redirecturl"))))
        query = encode_query(tuple(pair for pair in given if pair[1]))
        return f"{call.base}/preview/{quote(clean(course.id), safe='')}?{query}"

    def get_file_structure(self, call: Call) -> Nodes:
        """Answer a folder that holds nothing: this method is not served (shape: observed, LIB-JAVA, LIB-NET)."""
        self.found_course(call)
        return (Node("dir", {"name": "."}),)

    def refused_course_method(self, call: Call) -> Nodes:
        """Refuse a method that is not served: deleteFiles, updateAssetsAsync, versionCourse (code: assumed)."""
        raise Failure(UNAVAILABLE)
