"""Known answers of V1 from outside: each is what it says, and ours reads, signs and validates it."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest

import fixtures
from harness.wire.cloud_v1 import canonical, canonical_by_case, digest, signature
from harness.wire.cloud_v1_answer import read_rsp
from harness.wire.cloud_v1_results import read_report
from harness.wire.cloud_v1_schema import PAYLOADS, problems

VECTORS = Path(fixtures.__file__).parent / "vectors" / "cloud_v1"
SIGNATURES = tomllib.loads((VECTORS / "signatures.toml").read_text(encoding="utf-8"))
SIGNED: list[dict[str, Any]] = SIGNATURES["vector"]
ANSWERS = sorted((VECTORS / "answers").glob("*.xml"))
RESULTS = sorted((VECTORS / "results").glob("*.xml"))
METHODS = {
    "attributes": "rustici.course.getAttributes",
    "coursedetail": "rustici.course.getCourseDetail",
    "courselist": "rustici.course.getCourseList",
    "courselist-empty": "rustici.course.getCourseList",
    "exists": "rustici.registration.exists",
    "gettime": "rustici.debug.getTime",
    "import-created": "rustici.course.getAsyncImportResult",
    "import-error": "rustici.course.getAsyncImportResult",
    "import-finished": "rustici.course.getAsyncImportResult",
    "import-finished-unsuccessful": "rustici.course.getAsyncImportResult",
    "import-running": "rustici.course.getAsyncImportResult",
    "import-synchronous": "rustici.course.importCourse",
    "import-token": "rustici.course.importCourseAsync",
    "invitation-id": "rustici.invitation.createInvitation",
    "launchhistory": "rustici.registration.getLaunchHistory",
    "launchinfo": "rustici.registration.getLaunchInfo",
    "metadata": "rustici.course.getMetadata",
    "ping": "rustici.debug.ping",
    "postbackinfo": "rustici.registration.getPostbackInfo",
    "registrationdetail": "rustici.registration.getRegistrationDetail",
    "registrationlist": "rustici.registration.getRegistrationList",
    "registrationlist-results": "rustici.registration.getRegistrationListResults",
    "success": "rustici.registration.createRegistration",
    "tags": "rustici.tagging.getCourseTags",
    "upload-deleted": "rustici.upload.deleteFiles",
    "upload-empty": "rustici.upload.getUploadProgress",
    "upload-list": "rustici.upload.listFiles",
    "upload-location": "rustici.upload.uploadFile",
    "upload-progress": "rustici.upload.getUploadProgress",
    "upload-token": "rustici.upload.getUploadToken",
}
FOUR = {
    "activity": ("activity", "incomplete", "unknown", 941, 0),
    "activity-other-order": ("activity", "incomplete", "unknown", 941, 0),
    "course": ("course", "complete", "passed", 324, 85),
    "course-declared": ("course", "complete", "passed", 324, 85),
    "course-indented": ("course", "complete", "passed", 324, 85),
    "course-unknown": ("course", "unknown", "unknown", 0, None),
    "course-wrapped": ("course", "complete", "passed", 324, 85),
    "full": ("full", "complete", "passed", None, None),
}


def named(path: Path) -> str:
    return path.stem


def by_name(vector: dict[str, Any]) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", SIGNED, ids=by_name)
def test_the_digest_of_a_vector_is_the_md5_of_its_string(vector: dict[str, Any]) -> None:
    assert hashlib.md5(vector["hashed"].encode(), usedforsecurity=False).hexdigest() == vector["sig"]


@pytest.mark.parametrize("vector", SIGNED, ids=by_name)
def test_the_string_of_a_vector_holds_every_parameter_and_nothing_else(vector: dict[str, Any]) -> None:
    rest = vector["hashed"].removeprefix(vector["secret"])
    names = dict.fromkeys(name for name, _ in vector["parameters"])
    assert sorted(rest) == sorted("".join([*names, *(value for _, value in vector["parameters"])]))


@pytest.mark.parametrize("vector", SIGNED, ids=by_name)
def test_we_hash_and_sign_as_the_vector_says(vector: dict[str, Any]) -> None:
    pairs = tuple((name, value) for name, value in vector["parameters"])
    assert vector["secret"] + canonical(pairs) == vector["hashed"]
    assert signature(pairs, vector["secret"]) == vector["sig"]
    assert signature((*reversed(pairs), ("sig", "0" * 32), ("filedata", "zip")), vector["secret"]) == vector["sig"]


@pytest.mark.parametrize("vector", [vector for vector in SIGNED if "by_case" in vector], ids=by_name)
def test_a_client_that_sorts_by_case_gets_another_digest(vector: dict[str, Any]) -> None:
    pairs = tuple((name, value) for name, value in vector["parameters"])
    assert digest(canonical_by_case(pairs), vector["secret"]) == vector["by_case"] != vector["sig"]


def test_all_vectors_are_here_and_those_with_mixed_case_have_both_digests() -> None:
    assert [by_name(vector) for vector in SIGNED] == [*"ABCDEFG", "BIGSECRET", "BIGSECRET-multiple", "taco"]
    assert [by_name(vector) for vector in SIGNED if "by_case" in vector] == ["C", "D"]


def test_a_signer_that_does_not_sort_computes_what_its_own_test_expects() -> None:
    (unsorted,) = SIGNATURES["unsorted"]
    assert hashlib.md5(unsorted["hashed"].encode(), usedforsecurity=False).hexdigest() == unsorted["digest"]


@pytest.mark.parametrize("path", ANSWERS, ids=named)
def test_each_answer_is_valid_and_read(path: Path) -> None:
    body = path.read_bytes()
    failed = path.stem.startswith("fail")
    assert problems(body, METHODS.get(path.stem, "")) == ()
    read = read_rsp(body)
    assert (read.stat, read.refused, read.oddities) == ("fail" if failed else "ok", "", ())
    assert bool(read.errors) is failed


def test_each_answer_that_says_ok_is_validated_as_that_of_its_method() -> None:
    assert {path.stem for path in ANSWERS if not path.stem.startswith("fail")} == set(METHODS)
    assert set(METHODS.values()) <= set(PAYLOADS)


@pytest.mark.parametrize("path", RESULTS, ids=named)
def test_each_report_is_valid_and_read(path: Path) -> None:
    body = path.read_bytes()
    assert problems(body) == ()
    read = read_report(body)
    assert (read.format, read.complete, read.success, read.seconds, read.points) == FOUR[path.stem]
    assert (read.regid, read.instanceid, read.refused) == ("r1", "0", "")
    assert read.wrapped is (path.stem == "course-wrapped")
    assert read.begins_bare is (path.stem not in ("course-wrapped", "course-declared"))
    again = read_report(body.decode())
    assert (again.complete, again.success, again.totaltime, again.score) == (
        read.complete, read.success, read.totaltime, read.score,
    )  # fmt: skip


def test_the_error_texts_of_the_live_service_are_read() -> None:
    read = read_rsp((VECTORS / "answers" / "fail.xml").read_bytes())
    assert (read.code, read.message) == (1, "Could not find registration [r-9] associated with appid [app]")
    two = read_rsp((VECTORS / "answers" / "fail-two-errors.xml").read_bytes())
    assert [code for code, _ in two.errors] == ["1", "200"]
    assert two.errors[1][1] == 'Zoë & "Q" <b>'
