"""Clock, faults and triggers from the command line: thin clients of the control API of a running mock."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from harness.cli import main
from harness.cli.trigger import read_values
from harness.net.loop import Loop
from tests.cli.calling import serving
from tests.mocks.control_caller import REGISTRATION, Caller, calling

TRIGGER = {"name": "registration", "argument": "id", "values": REGISTRATION}


@pytest.fixture(scope="module")
def running() -> Iterator[Caller]:
    with Loop() as loop, calling(loop) as made:
        yield made


@pytest.fixture
def caller(running: Caller, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setenv("INVIGIL_CONTROL", running.control.url)
    running.ask("DELETE", "/faults")
    running.pulled.clear()
    return running


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error."""
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1), (out, err)
    assert err.startswith("invigil: ")
    assert "; " in err
    return err


def test_the_clock_is_shown_and_advanced(caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clock", "show", "--json"]) == 0
    before = json.loads(capsys.readouterr().out)["now"]
    assert main(["clock", "advance", "16m", "--tenant", "other"]) == 0
    assert "(0 due, done)" in capsys.readouterr().out
    assert main(["clock", "show", "--tenant", "other"]) == 0
    assert capsys.readouterr().out.strip() > before
    assert main(["clock", "show"]) == 0
    assert capsys.readouterr().out.strip() == before


def test_a_fault_is_added_listed_and_cleared(caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fault", "add", "pens.bare-lf@default:2"]) == 0
    assert capsys.readouterr().out == "pens.bare-lf  for default, for 2 more messages\n"
    assert main(["fault", "add", "pens.no-receipt"]) == 0
    assert main(["fault", "active", "--json"]) == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("[")]
    assert [(one["name"], one["tenant"], one["left"]) for one in shown[0]] == [
        ("pens.bare-lf", "default", 2),
        ("pens.no-receipt", "", None),
    ]
    assert main(["fault", "clear", "pens.bare-lf"]) == 0
    assert main(["fault", "active"]) == 0
    assert capsys.readouterr().out == "1 cleared\npens.no-receipt  for all tenants\n"
    assert main(["fault", "clear"]) == 0
    assert main(["fault", "active"]) == 0
    assert capsys.readouterr().out == "1 cleared\nno fault is planted\n"


def test_a_trigger_is_pulled_with_an_argument_and_options(caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["registration", "007", "--to", "passed", "--score", "92.5", "--close-browser"]
    assert main(["trigger", *words]) == 0
    assert caller.pulled == [{"id": "007", "to": "passed", "score": 92.5, "close_browser": True}]
    assert capsys.readouterr().out == 'succeeded: passed with 92 id="007" deliveries=2\n'
    assert main(["trigger", "registration", "unlucky", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"status": "failed", "output": "the postback was refused"}


def test_without_a_name_the_triggers_are_listed(caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trigger"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "registration ID [--to ...] [--score ...] [--close_browser ...]"
    assert second.strip() == "A learner takes a course to a result."


def test_options_are_json_unless_the_trigger_asks_for_text() -> None:
    assert read_values(["7", "--score=-1.5", "--close_browser", "false"], TRIGGER) == {
        "id": "7",
        "score": -1.5,
        "close_browser": False,
    }
    assert read_values(["--id", "true", "--to", "passed"], TRIGGER) == {"id": "true", "to": "passed"}


@pytest.mark.parametrize(
    ("words", "code", "names"),
    [
        (["trigger", "registraton", "R1"], 2, "'registration'"),
        (["trigger", "registration", "R1", "--scoer", "1"], 2, "'score'"),
        (["trigger", "registration", "R1", "R2"], 2, "twice"),
        (["trigger", "registration"], 2, "id is missing"),
        (["trigger", "registration", "R1", "--score", "101"], 2, "from 0 to 100"),
        (["trigger", "registration", "R1", "--to", "done"], 2, "one of passed, failed"),
        (["trigger", "registration", "nobody"], 2, "'nobody'"),
        (["clock", "advance", "16"], 2, "16m"),
        (["clock", "advance"], 2, "STEP"),
        (["clock", "advance", "1m", "--tenant", "defalt"], 2, "'default'"),
        (["clock", "show", "--control", "localhost:8299"], 2, "http"),
        (["fault", "add", "pens.no-recipt"], 2, "'pens.no-receipt'"),
        (["fault", "add", "pens.bare-lf:x"], 2, "TIMES"),
        (["fault", "clear", "pens.no-recipt"], 2, "'pens.no-receipt'"),
        (["clock", "show", "--control", "http://127.0.0.1:1"], 3, "invigil serve"),
        (["clock", "show", "--control", "http://no host/"], 3, "no control API"),
        (["fault", "active", "--control", "http://127.0.0.1:1"], 3, "--control URL"),
        (["trigger", "--control", "http://127.0.0.1:1"], 3, "no control API"),
        (["serve", "author", "--control", "0", "--for", "0.01"], 2, "no control API"),
        (["serve", "engine", "--control", "x"], 2, "HOST:PORT"),
        (["serve", "engine", "--control", "127.0.0.1:99999"], 2, "HOST:PORT"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else None,
)
def test_what_cannot_be_done_is_one_line_with_a_remedy(
    caller: Caller, words: list[str], code: int, names: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == code
    assert names in said(capsys)


def test_a_port_that_was_chosen_and_is_taken_is_named(caller: Caller, capsys: pytest.CaptureFixture[str]) -> None:
    taken = caller.control.url.removeprefix("http://").removesuffix("/_control")
    assert main(["serve", "engine", "--control", taken, "--for", "0.01"]) == 2
    assert "address already in use" in said(capsys)


def test_a_served_engine_prints_where_it_is_driven_apart_from_its_own_address(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serving("engine", "--json", "--control", "0") as process:
        assert process.stdout is not None
        info = json.loads(process.stdout.readline())
        assert info["control"].startswith("http://127.0.0.1:")
        assert not info["control"].startswith(info["url"])
        assert main(["clock", "advance", "16m", "--control", info["control"]]) == 0
        assert main(["fault", "add", "pens.bare-lf", "--control", info["control"]]) == 0
        assert main(["clock", "show", "--control", info["url"]]) == 3
    assert "is no control API" in capsys.readouterr().err


def test_a_mock_may_be_served_without_a_control_api(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "engine", "--no-control", "--for", "0.01"]) == 0
    assert "control" not in capsys.readouterr().out
