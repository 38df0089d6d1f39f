"""The V1 API of a served engine: what is printed works, refusals explain themselves, the mock is driven by commands."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from jsonschema import Draft202012Validator

from fixtures.packages import scorm12
from harness.cli import main
from harness.evidence.entries import Exchange
from harness.evidence.journal import read_journal
from mocks.engine.v1.control import SCHEMAS
from mocks.engine.v1.triggers import TRIGGERS
from tests.cli.calling import COMMAND, serving

ENGINE = ("engine", "--profile", "scorm-cloud", "--control", "0")
OPENER = build_opener(ProxyHandler({}))
SECRET = "s3cret-key-of-acme-1"


class Cloud:
    """A served V1 API: what it printed, and calls by the command."""

    def __init__(self, process: Any, capsys: pytest.CaptureFixture[str]) -> None:
        self.process = process
        self.output = process.stdout
        self.info = json.loads(process.stdout.readline())
        self.capsys = capsys

    def call(self, method: str, *words: str, app: str = "", code: int = 0) -> str:
        v1 = self.info["v1"]
        given = ["--to", v1["url"], "--app", app or f"{v1['app']}:{v1['secret']}"]
        assert main(["call", method, *words, *given]) == code
        return self.capsys.readouterr().out

    def drive(self, *words: str, code: int = 0) -> str:
        assert main([*words, "--control", self.info["control"]]) == code
        out, err = self.capsys.readouterr()
        return out + err

    def told(self, name: str) -> dict[str, Any]:
        line = next(line for line in self.output if line.startswith(f"{name} "))
        return {key: json.loads(value) for key, value in re.findall(r'([\w-]+)=("(?:[^"\\]|\\.)*"|\S+)', line)}


@pytest.fixture
def served(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    open_ones = []

    def serve(*words: str) -> Cloud:
        context = serving(*ENGINE, "--json", *words)
        process = context.__enter__()
        open_ones.append(context)
        return Cloud(process, capsys)

    yield serve
    for context in open_ones:
        context.__exit__(None, None, None)


@pytest.fixture
def package(tmp_path: Path) -> str:
    path = tmp_path / "course.zip"
    path.write_bytes(scorm12(title="Fire safety"))
    return str(path)


def imported(cloud: Cloud, package: str, app: str = "") -> None:
    assert 'successful="true"' in cloud.call("course.importCourse", "courseid=c", "--file", package, app=app)


def registered(cloud: Cloud, package: str, regid: str = "r") -> None:
    imported(cloud, package)
    cloud.call("registration.createRegistration", "courseid=c", f"regid={regid}", "fname=A", "lname=B", "learnerid=l")


def test_what_is_printed_can_be_called_at_once() -> None:
    assert shutil.which("curl"), "curl is needed to try what is printed"
    with serving(*ENGINE) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(13)]
        pairs = [re.split(r"\s{2,}", line, maxsplit=1) for line in lines[1:]]
        shown = {name: re.sub(r"\s+# .*", "", rest) for name, rest in pairs}
        tried = subprocess.run(shown["try"], shell=True, capture_output=True, text=True, timeout=30, check=True)
        assert "<pong />" in tried.stdout
        assert shown["or"].startswith("invigil call ")
        called = subprocess.run(
            [*COMMAND, *shown["or"].split()[1:]], capture_output=True, text=True, timeout=30, check=True
        )
        assert "<pong />" in called.stdout
        for name in ("V1 API", "app", "secret", "posts to", "PENS url", "PENS try", "control"):
            assert shown[name]
        published = subprocess.run(shown["PENS try"], shell=True, capture_output=True, text=True, timeout=30)
    assert published.stdout.startswith("error=0")


def test_both_addresses_and_applications_of_ones_own_are_served_side_by_side(served: Any, package: str) -> None:
    cloud = served("--app", f"acme:{SECRET}", "--app", "acme:another-key-of-acme", "--app", "beta:a-key-of-beta")
    v1 = cloud.info["v1"]
    assert (v1["app"], v1["secret"]) == ("acme", SECRET)
    assert v1["apps"][0] == {"id": "acme", "secrets": [SECRET, "another-key-of-acme"]}
    assert v1["url"] == f"{cloud.info['url']}/EngineWebServices/api"
    imported(cloud, package)
    for app, exists in (("acme:another-key-of-acme", "true"), ("beta:a-key-of-beta", "false")):
        assert f"<result>{exists}</result>" in cloud.call("course.exists", "courseid=c", app=app)
    for path in ("/api", "//EngineWebServices//api"):
        url = f"{cloud.info['url']}{path}"
        assert main(["call", "debug.authPing", "--to", url, "--app", f"acme:{SECRET}", "--post"]) == 0


def test_a_refused_call_ends_with_exit_1_and_explains_itself_where_the_mock_runs(served: Any) -> None:
    cloud = served("--app", f"acme:{SECRET}")
    assert 'code="104"' in cloud.call("debug.authPing", app="acme:wrong", code=1)
    told = cloud.told("refused")
    assert (told["app"], told["code"], told["method"]) == ("acme", 104, "rustici.debug.authPing")
    assert told["hashed"].startswith("appidacme")
    assert "secret key" in told["why"]
    answer = cloud.call("debug.authPing", "--shift=-17m", code=1)
    assert 'code="107"' in answer
    assert "behind" not in answer
    told = cloud.told("refused")
    assert re.search(r"17 m \d\d s behind", told["why"])
    assert -1030 < told["skew-seconds"] <= -1019


def test_an_event_is_one_line_whatever_a_caller_sends(served: Any) -> None:
    cloud = served()
    cloud.call("debug.authPing\n\x1b[31m\x9b\u2028fake event=1", code=1)
    told = cloud.told("refused")
    assert told["method"] == "rustici.debug.authPing\n\x1b[31m\x9b\u2028fake event=1"


def test_the_clock_of_one_application_is_moved_and_its_links_expire(served: Any) -> None:
    cloud = served("--app", f"acme:{SECRET}", "--app", "beta:a-key-of-beta")
    cloud.drive("clock", "advance", "16m", "--tenant", "acme")
    assert 'code="107"' in cloud.call("debug.authPing", code=1)
    cloud.call("debug.authPing", "--shift", "16m")
    cloud.call("debug.authPing", app="beta:a-key-of-beta")
    cloud.drive("fault", "add", "v1.no-expiry@acme:1")
    cloud.call("debug.ping")
    cloud.call("debug.authPing")
    cloud.call("debug.authPing", code=1)
    assert "no fault is planted" in cloud.drive("fault", "active")


def test_a_fault_is_planted_at_the_start_for_some_calls_of_an_application(served: Any) -> None:
    cloud = served("--app", f"acme:{SECRET}", "--fault", "v1.no-expiry@acme:2")
    for code in (0, 0, 1):
        cloud.call("debug.authPing", "--shift=-1h", code=code)
    cloud.drive("fault", "add", "v1.refuses-all", "--match", "rustici.course.*")
    cloud.call("course.getCourseList", code=1)
    cloud.call("debug.authPing")


def test_a_learner_passes_by_command(served: Any, package: str) -> None:
    cloud = served()
    registered(cloud, package, "007")
    words = ["--to", "passed", "--score", "92", "--exit", "close-browser"]
    assert "succeeded" in cloud.drive("trigger", "registration", "007", *words)
    result = cloud.call("registration.getRegistrationResult", "regid=007")
    assert "<success>passed</success>" in result
    assert "<score>92</score>" in result
    refused = cloud.drive("trigger", "registration", "070", code=2)
    assert "did you mean '007'?" in refused
    assert "100" in cloud.drive("trigger", "registration", "007", "--score", "101", code=2)
    assert "appid" in cloud.drive("trigger", "registration", "007", "--appid", "nobody", code=2)


def test_a_launch_link_leads_to_a_page_and_is_printed_for_a_browser(served: Any, package: str) -> None:
    cloud = served()
    registered(cloud, package)
    page = cloud.call("registration.launch", "regid=r", "redirecturl=message")
    assert re.fullmatch(rf"HTTP 302 {cloud.info['url']}/launch/\S+\n", page)
    link = cloud.call("registration.launch", "regid=r", "--print-url")
    assert link.startswith(f"{cloud.info['v1']['url']}?method=rustici.registration.launch&")


def test_what_is_known_and_owed_outlives_the_process_in_a_file(served: Any, package: str, tmp_path: Path) -> None:
    words = ["--store", f"sqlite:///{tmp_path / 'state.db'}", "--app", f"acme:{SECRET}"]
    first = served(*words)
    registered(first, package)
    first.call("registration.updatePostbackInfo", "regid=r", "url=http://127.0.0.1:9/nobody")
    first.drive("trigger", "registration", "r", "--to", "passed", "--score", "80")
    first.process.kill()
    first.process.wait(timeout=20)
    second = served(*words)
    assert "<score>80</score>" in second.call("registration.getRegistrationResult", "regid=r")
    assert second.told("postback-failed")["regid"] == "r"
    second.call("course.importCourse", "courseid=d", "--file", package)
    assert second.call("course.getCourseList").count("<course ") == 2
    assert len(list((tmp_path / "state.db.packages").glob("*.zip"))) == 2


def test_the_journal_holds_what_came_and_what_was_sent_but_no_secret(served: Any, package: str, tmp_path: Path) -> None:
    path = tmp_path / "journal.ndjson"
    cloud = served("--app", f"acme:{SECRET}", "--journal", str(path))
    registered(cloud, package)
    words = ["url=http://127.0.0.1:9/nobody", "name=ada", "password=p0stback-secret"]
    cloud.call("registration.updatePostbackInfo", "regid=r", *words)
    cloud.drive("trigger", "registration", "r", "--to", "passed")
    cloud.told("postback-failed")
    cloud.process.terminate()
    cloud.process.wait(timeout=20)
    journal = read_journal(path)
    assert journal.complete
    seen = [(entry.channel, entry.direction) for entry in journal.entries if isinstance(entry, Exchange)]
    assert seen.count(("call", "in")) == 3
    assert ("postback", "out") in seen
    upload = next(entry for entry in journal.entries if "importCourse" in getattr(entry, "url", ""))
    assert upload.request.size > Path(package).stat().st_size  # type: ignore[union-attr]
    text = path.read_text("utf-8")
    assert SECRET not in text
    assert "p0stback-secret" not in text


def test_without_a_journal_nothing_is_kept(served: Any) -> None:
    cloud = served("--no-journal")
    cloud.call("debug.authPing")
    with OPENER.open(f"{cloud.info['control']}/journal", timeout=10) as answer:
        assert json.loads(answer.read()) == {"entries": [], "next": 0}


def test_the_journal_in_memory_is_shown_by_the_control_api(served: Any) -> None:
    cloud = served()
    cloud.call("debug.authPing")
    with OPENER.open(f"{cloud.info['control']}/journal", timeout=10) as answer:
        (entry,) = json.loads(answer.read())["entries"]
    assert (entry["channel"], entry["direction"]) == ("call", "in")
    assert "<pong />" in entry["response"]["body"]["text"]


def test_an_upload_that_is_signed_wrongly_is_refused_and_not_kept(served: Any, package: str, tmp_path: Path) -> None:
    cloud = served("--store", f"sqlite:///{tmp_path / 'state.db'}")
    for app in ("invigil-app:wrong", "nobody:secret"):
        cloud.call("course.importCourse", "courseid=c", "--file", package, app=app, code=1)
    assert [cloud.told("refused")["code"] for _ in range(2)] == [104, 102]
    assert list((tmp_path / "state.db.packages").iterdir()) == []


def test_the_same_seed_invents_the_same_ids(served: Any, package: str) -> None:
    tokens = []
    for seed in ("7", "7", "8"):
        answer = served("--seed", seed).call("course.importCourseAsync", "courseid=c", "--file", package)
        tokens.append(re.search("<id>(.+?)</id>", answer)[1])  # type: ignore[index]
    assert tokens[0] == tokens[1] != tokens[2]


def test_links_lead_to_the_public_address(served: Any, package: str) -> None:
    cloud = served("--public-url", "https://mock.example/sub/")
    assert cloud.info["v1"]["url"] == "https://mock.example/sub/EngineWebServices/api"
    cloud.info["v1"]["url"] = cloud.info["control"].replace("/_control", "/api")
    assert cloud.info["url"] == "https://mock.example/sub"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["serve", "engine", "--app", "a:b"], "--profile scorm-cloud"),
        (["serve", "author", "--store", "sqlite:///x"], "--store"),
        (["serve", *ENGINE, "--app", "acme"], "ID:SECRET"),
        (["serve", *ENGINE, "--app", "default:secret-1"], "PENS tenant"),
        (["serve", *ENGINE, "--store", "sqlite:/x"], "sqlite:///"),
        (["serve", *ENGINE, "--store", "sqlite:////nowhere/at/all.db"], "nowhere"),
        (["serve", *ENGINE, "--journal", "/nowhere/at/all"], "nowhere"),
        (["serve", *ENGINE, "--setting", "v1.indnt=true"], "v1.indent"),
        (["serve", *ENGINE, "--fault", "v1.no-expiri"], "v1.no-expiry"),
        (["serve", *ENGINE, "--fault", "v1.no-expiry@acme"], "invigil-app"),
        (["call", "debug.ping", "--to", "localhost/api", "--app", "a:b"], "http"),
        (["call", "debug.ping", "--to", "http://127.0.0.1:1/api", "--app", "a"], "ID:SECRET"),
        (["call", "debug.ping", "courseid", "--to", "http://127.0.0.1:1/api", "--app", "a:b"], "NAME=VALUE"),
        (["call", "debug.ping", "--shift", "1x", "--to", "http://127.0.0.1:1/api", "--app", "a:b"], "16m"),
        (["call", "debug.ping", "--file", "/nowhere", "--to", "http://127.0.0.1:1/api", "--app", "a:b"], "/nowhere"),
    ],
    ids=lambda value: " ".join(value)[-40:] if isinstance(value, list) else None,
)
def test_what_cannot_be_done_is_one_line_with_a_remedy(
    words: list[str], names: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--for", "0.01"] if words[0] == "serve" else words) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert names in err


def test_nobody_at_the_address_ends_with_exit_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "debug.ping", "--to", "http://127.0.0.1:1/api", "--app", "a:b"]) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_every_trigger_says_what_it_takes() -> None:
    assert set(TRIGGERS) == set(SCHEMAS)
    for argument, schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)
        assert not argument or argument in schema["properties"]
