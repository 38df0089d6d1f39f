"""Strategies for calls of the V1 API that have to fail: with one thing wrong, or hostile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from harness.strategies.cloud_v1 import SMALL, extras
from harness.wire.binding import FORM, Pairs
from harness.wire.cloud_v1 import ID_LIMIT

# --- flawed calls ---------------------------------------------------------------------------------------------------

REQUIRED: Mapping[str, str] = {
    "registration.exists": "regid",
    "registration.getRegistrationResult": "regid",
    "registration.deleteRegistration": "regid",
    "registration.resetRegistration": "regid",
    "registration.getRegistrationDetail": "regid",
    "registration.getLaunchHistory": "regid",
    "course.exists": "courseid",
    "course.getCourseDetail": "courseid",
    "course.deleteCourse": "courseid",
    "course.getAttributes": "courseid",
    "course.getAsyncImportResult": "token",
    "upload.getUploadProgress": "token",
    "tagging.getCourseTags": "courseid",
    "tagging.getRegistrationTags": "regid",
    "registration.createRegistration": "regid",
}
"""Methods and the one argument that none of them can do without ("Registration Service", "Course Service" V1).

Those that a browser opens are left out: how a person is told of a failure is open.
"""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a sound call: of which method, which argument, its value instead (None: left out)."""

    method: str
    argument: str
    value: str | None
    via: str = "get"
    beside: Pairs = ()


def flaws(kind: str) -> st.SearchStrategy[Flaw]:
    """Return flaws of a kind: ``missing``, ``oversized`` (more than 255 characters) or ``wrong-value``."""
    via, beside = st.sampled_from(("get", "post", "form")), extras(SMALL, st.sampled_from(("", "1")), 0, 3)
    word = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20).map(lambda text: f"invalid{text}")
    if kind == "missing":
        chosen = st.sampled_from(tuple(REQUIRED.items()))
        return st.builds(lambda found, way, more: Flaw(found[0], found[1], None, way, more), chosen, via, beside)
    create = st.just("registration.createRegistration")
    if kind == "oversized":
        size = st.sampled_from((ID_LIMIT + 1, ID_LIMIT + 2, 2 * ID_LIMIT, 1_000, 4_000))
        value = st.builds(lambda letter, length: letter * length, st.sampled_from("ré漢"), size)
        return st.builds(Flaw, create, st.sampled_from(("regid", "learnerid")), value, st.just("form"), beside)
    return st.builds(Flaw, create, st.sampled_from(("resultsformat", "authtype")), word, via, beside)


# --- hostile calls --------------------------------------------------------------------------------------------------

METHODS = (
    "debug.authPing", "registration.exists", "registration.getRegistrationResult", "registration.updatePostbackInfo",
    "registration.getRegistrationList", "registration.createRegistration", "course.exists", "course.getCourseList",
    "course.getAsyncImportResult", "course.importCourseAsync", "upload.uploadFile",
)  # fmt: skip
BULK = (1, 300, 5_000, 20_000, 70_000)
BOUNDARY = "invigil-hostile-7f3c"
TYPES = (
    FORM, f"{FORM}; charset=utf-16", f"{FORM}; charset=x-unheard-of", "application/octet-stream", "text/xml",
    "application/json", "multipart/form-data", 'multipart/form-data; boundary="', "multipart/form-data; boundary=",
    f"multipart/form-data; boundary={BOUNDARY}", f"multipart/mixed; boundary={BOUNDARY}", ";;;",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hostile:
    """A call that nobody makes in good faith: a sound query of a method, and a body or an argument that is junk."""

    method: str
    kind: str
    junk: bytes = b"x"
    times: int = 1
    content_type: str = FORM

    @property
    def argument(self) -> str:
        """The junk as the value of an argument; it is signed as it stands."""
        bulk = self.junk * max(1, min(self.times, 4_000) // len(self.junk))
        return bulk.decode("utf-8", "replace") if self.kind == "argument" else "invigil-none"

    @property
    def body(self) -> bytes:
        """The body."""
        bulk = self.junk * max(1, self.times // len(self.junk))
        if self.kind == "argument":
            return b""
        if self.kind == "pairs":
            return b"&".join([b"x%d=%s" % (number, self.junk[:3]) for number in range(min(self.times, 2_000))])
        if self.kind == "nested":
            return b"<a>" * (self.times // 7 + 1) + b"</a>" * (self.times // 7 + 1)
        if self.kind == "json":
            return b"[" * (self.times // 2 + 1) + b"]" * (self.times // 2 + 1)
        if self.kind == "parts":
            head = b'--%s\r\nContent-Disposition: form-data; name="filedata"; filename="' % BOUNDARY.encode()
            return head + self.junk + b'"\r\n\r\n' + bulk
        return bulk


def hostile_calls() -> st.SearchStrategy[Hostile]:
    """Return hostile calls: huge, binary, mislabelled, deeply nested, broken off; none of them can change anything."""
    methods = st.sampled_from(METHODS)
    known = st.sampled_from((b"\x00", b"\xff\xfe", b"%", b"%zz", b"\xed\xa0\x80", b"="))
    # Nothing that begins as a package does.
    junk = st.binary(min_size=1, max_size=12).filter(lambda data: not data.startswith(b"PK")) | known
    kinds = st.sampled_from(("binary", "argument", "pairs", "nested", "json", "parts"))
    return st.builds(Hostile, methods, kinds, junk, st.sampled_from(BULK), st.sampled_from(TYPES))
