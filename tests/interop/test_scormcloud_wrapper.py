"""The npm client scormcloud-api-wrapper, unmodified, drives the V1 API of a served mock."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

import pytest

from fixtures.packages import scorm2004
from tests.cli.calling import invigil, serving

CLIENT = "scormcloud-api-wrapper@1.1.12"
FOUND = shutil.which("node") and shutil.which("npm")
REQUIRED = os.environ.get("INVIGIL_REQUIRE_ALL") == "1"
TITLE = "Sécurité 課程 <1>"
UNSET = {"unset": True}
LOGIN = {"authtype": "httpbasic", "urlname": "ada", "urlpass": "p@ss & wörd", "resultsformat": "activity"}
SORTED_BY_CASE = {"courseStructureWidth": 150, "courseStructureStartsOpen": False}

pytestmark = [
    pytest.mark.skipif(not FOUND and not REQUIRED, reason="node and npm are not installed"),
    pytest.mark.xdist_group("npm"),  # installed once
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert FOUND, "INVIGIL_REQUIRE_ALL=1, but node and npm are not installed"
    place = tmp_path_factory.mktemp("client")
    words = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(place)]
    done = subprocess.run(["npm", "install", *words, CLIENT], capture_output=True, text=True, timeout=110, cwd=place)
    if done.returncode and not REQUIRED:
        pytest.xfail(f"{CLIENT} cannot be installed here: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr
    return place


@dataclass
class Cloud:
    """A served mock, what it printed, and the client that calls it."""

    info: dict[str, Any]
    folder: Path
    output: Any

    def calls(self, *wishes: list[Any]) -> list[tuple[str | None, Any]]:
        """Let one client make calls; return error and data of each."""
        v1 = self.info["v1"]
        asked = {"service": v1["url"].removesuffix("api"), "app": v1["app"], "secret": v1["secret"], "calls": wishes}
        command = ["node", str(Path(__file__).parent / "node" / "drive.js"), str(self.folder)]
        done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return [(error, data) for error, data in json.loads(done.stdout)]

    def trigger(self, *words: str) -> None:
        """Let something happen by the control API."""
        done = invigil("trigger", *words, INVIGIL_CONTROL=self.info["control"])
        assert done.returncode == 0, done.stderr

    def told(self, name: str) -> dict[str, Any]:
        """Return the facts of the next event of a name."""
        line = next(line for line in self.output if line.startswith(f"{name} "))
        return {key: json.loads(value) for key, value in re.findall(r'([\w-]+)=("(?:[^"\\]|\\.)*"|\S+)', line)}


def cloud(folder: Path, *words: str) -> Iterator[Cloud]:
    with serving("engine", "--profile", "scorm-cloud", "--json", "--control", "0", *words) as process:
        assert process.stdout is not None
        yield Cloud(json.loads(process.stdout.readline()), folder, process.stdout)


@pytest.fixture
def strict(folder: Path) -> Iterator[Cloud]:
    yield from cloud(folder)


@pytest.fixture
def lenient(folder: Path) -> Iterator[Cloud]:
    yield from cloud(folder, "--setting", "v1.signature_order=lenient")


@pytest.fixture
def package(tmp_path: Path) -> str:
    path = tmp_path / "a course & more.zip"
    path.write_bytes(scorm2004(title=TITLE))
    return str(path)


def test_a_course_is_imported_registered_launched_and_its_result_read(strict: Cloud, package: str) -> None:
    back = "http://127.0.0.1:9/back?a=1&b=zwei drei"
    answers = strict.calls(
        ["authPing"],
        ["courseExists", "c 1"],
        ["importCourse", "c 1", package],
        ["courseExists", "c 1"],
        ["getCourseDetail", "c 1"],
        ["createRegistration", "c 1", "r-ä/1", "Ada", "Byron", "l+1", {"email": "ada@example.org"}],
        ["createRegistration", "c 1", "r-ä/1", "Ada", "Byron", "l+1", {}],
        ["registrationExists", "r-ä/1"],
        ["=getLaunchUrl", "r-ä/1", back],
    )
    assert all(error is None for error, _ in answers[:6]), answers
    ping, before, imported, after, detail, created, again, exists, launch = (data for _, data in answers)
    assert (ping, before, after, created, exists) == (True, False, True, True, True)
    assert (imported["importresult"][0]["successful"], imported["importresult"][0]["title"]) == ("true", TITLE)
    assert (detail["id"], detail["title"], detail["registrations"]) == ("c 1", TITLE, 0)
    assert again["error"]["code"] == 2

    class Stay(HTTPRedirectHandler):
        def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
            return fp

    shown = build_opener(ProxyHandler({}), Stay).open(launch, timeout=30)
    assert shown.status == 302
    assert shown.headers["Location"].startswith(strict.info["url"])
    (untouched,) = strict.calls(["getRegistrationResult", "r-ä/1"])
    assert {key: untouched[1][key] for key in ("complete", "success", "score")} == {
        "complete": "unknown", "success": "unknown", "score": "unknown",
    }  # fmt: skip
    strict.trigger("registration", "r-ä/1", "--to", "passed", "--score", "92", "--seconds", "19")
    result, listed, history = strict.calls(
        ["getRegistrationResult", "r-ä/1"],
        ["getRegistrationListResults", {"courseid": "c 1"}],
        ["getLaunchHistory", "r-ä/1"],
    )
    assert result[0] is None
    assert {key: value for key, value in result[1].items() if key != "format"} == {
        "regid": "r-ä/1", "instanceid": "0", "complete": "complete", "success": "passed", "totaltime": "19",
        "score": "92",
    }  # fmt: skip
    assert listed[1][0]["registrationreport"]["success"] == "passed"
    assert len(history[1]) == 1


def test_postback_settings_are_set_read_tried_and_removed(strict: Cloud, package: str) -> None:
    nobody = "http://127.0.0.1:9/results"
    answers = strict.calls(
        ["importCourse", "c", package],
        ["createRegistration", "c", "r", "Ada", "Byron", "l", {"postbackurl": nobody, **LOGIN}],
        ["getPostbackInfo", "r"],
        ["updatePostbackInfo", "r", f"{nobody}?second=1", {"authtype": "form", "resultsformat": "full"}],
        ["getPostbackInfo", "r"],
        ["deletePostbackInfo", "r"],
        ["testRegistrationPostbackUrl", nobody, LOGIN],
    )
    assert [error for error, _ in answers[:6]] == [None] * 6
    first, second = answers[2][1], answers[4][1]
    assert first == {
        "url": nobody, "authtype": "httpbasic", "login": "ada", "password": "p@ss & wörd", "resultsformat": "activity",
    }  # fmt: skip
    assert (second["url"], second["authtype"], second["resultsformat"]) == (f"{nobody}?second=1", "form", "full")
    assert answers[6][0] is not None  # nobody listens there, and that is what the client is told


def test_names_sorted_by_case_are_refused_and_the_refusal_is_explained(strict: Cloud, package: str) -> None:
    answers = strict.calls(["importCourse", "c", package], ["setCourseAttributes", "c", SORTED_BY_CASE])
    assert answers[1][1]["error"]["code"] == 104
    told = strict.told("refused")
    assert (told["code"], told["method"]) == (104, "rustici.course.updateAttributes")
    assert "case" in told["why"]
    assert told["hashed"] != told["hashed-by-client"]
    at = told["first-difference"]
    assert told["hashed"][:at] == told["hashed-by-client"][:at]
    assert told["hashed"][at] != told["hashed-by-client"][at]


def test_names_sorted_by_case_are_accepted_in_the_lenient_order_and_reported(lenient: Cloud, package: str) -> None:
    answers = lenient.calls(
        ["importCourse", "c", package], ["setCourseAttributes", "c", SORTED_BY_CASE], ["getCourseAttributes", "c"]
    )
    assert [error for error, _ in answers] == [None] * 3
    assert set(answers[1][1]) == set(SORTED_BY_CASE)
    assert {key: answers[2][1][key] for key in SORTED_BY_CASE} == SORTED_BY_CASE
    told = lenient.told("lenient-signature")
    assert (told["app"], told["method"]) == (lenient.info["v1"]["app"], "rustici.course.updateAttributes")
