"""What is wrong is said in one line with a remedy and its exit code, never as a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli import main

CERTIFY = ["certify", "pens-target", "--target"]


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error."""
    err = capsys.readouterr().err
    assert "Traceback" not in err
    *before, line = err.splitlines()
    assert [one for one in before if one.startswith("invigil:")] == []
    assert line.startswith("invigil: ")
    assert "; " in line, f"no remedy: {line}"
    return line


@pytest.mark.parametrize(
    ("words", "code", "names"),
    [
        (["certfy"], 2, "'certify'"),
        (["certify"], 2, "SUBJECT"),
        (["certify", "pens-targt", "--target", "mock"], 2, "'pens-target'"),
        (["certify", "pens-target"], 2, "--target"),
        ([*CERTIFY, "mok"], 2, "mock:PROFILE"),
        ([*CERTIFY, "mock", "--profile", "engine-2"], 2, "'engine-22'"),
        ([*CERTIFY, "mock:engine-2"], 2, "'engine-22'"),
        ([*CERTIFY, "mock+pens.no-recipt"], 2, "'pens.no-receipt'"),
        ([*CERTIFY, "mock+pens.bare-lf+pens.bare-lf"], 2, "pens.bare-lf"),
        ([*CERTIFY, "mock", "--setting", "pahs=1"], 2, "'pens.path'"),
        ([*CERTIFY, "mock", "--setting", "path"], 2, "NAME=VALUE"),
        ([*CERTIFY, "mock", "--stimulus", "publish=comand:x"], 2, "'command'"),
        ([*CERTIFY, "mock", "--budget", "quik"], 2, "'quick'"),
        ([*CERTIFY, "mock", "--jobs", "0"], 2, "1 or more"),
        ([*CERTIFY, "mock", "--patience", "0"], 2, "more than 0"),
        ([*CERTIFY, "mock", "--seed", "x"], 2, "integer"),
        ([*CERTIFY, "mock", "--bogus"], 2, "--bogus"),
        ([*CERTIFY, "mock", "--only", "PENS-RESP-99"], 2, "PENS-RESP-0"),
        ([*CERTIFY, "mock", "--config", "nowhere.toml"], 2, "nowhere.toml"),
        ([*CERTIFY, "external"], 2, "[target] url"),
        ([*CERTIFY, "http://127.0.0.1:1/pens"], 3, "refuses the connection"),
        ([*CERTIFY, "http://no-such-host.invalid/pens", "--yes"], 3, "does not resolve"),
        ([*CERTIFY, "http://no-such-host.invalid/pens"], 2, "--yes"),
        ([*CERTIFY, "mock:engine-22+pens.refuses-all"], 3, "tenant"),
        (["rejudge", "nowhere"], 2, "journal.ndjson"),
        (["catalogue", "--subject", "pens-tagret"], 2, "'pens-target'"),
        (["prove", "pens-targte"], 2, "'pens-target'"),
        (["serve", "engin"], 2, "'engine'"),
        (["serve", "engine", "--fault", "pens.bare-l"], 2, "'pens.bare-lf'"),
        (["serve", "engine", "--fault", "pens.bare-lf:x"], 2, "TIMES"),
        (["serve", "engine", "--credential", "only-an-id"], 2, "ID:SECRET"),
        (["serve", "engine", "--smtp", "nowhere"], 2, "HOST:PORT"),
        (["serve", "engine", "--host", "192.0.2.1"], 2, "192.0.2.1"),
        (["publish", "no.zip", "--to", "http://127.0.0.1:1/"], 2, "no.zip"),
        (["publish", "no.zip", "--to", "127.0.0.1"], 2, "URL"),
        (["publish", "no.zip", "--to", "http://lms.example/"], 2, "--public-url"),
        (["fault", "list", "--subject", "x"], 2, "pens-target"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else None,
)
def test_wrong_use_is_one_line_with_a_remedy(
    words: list[str], code: int, names: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == code
    assert names in said(capsys)


def test_a_report_folder_that_cannot_be_written_is_named_before_anything_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main([*CERTIFY, "mock", "--report", str(tmp_path / "file" / "report")]) == 2
    line = said(capsys)
    assert "--report" in line
    assert str(tmp_path / "file" / "report") in line


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[targett]\nurl = 'x'\n", "'target'"),
        ("[target]\nurll = 'x'\n", "'url'"),
        ("[target]\nurl = 1\n", "expected str"),
        ("not toml", "not TOML"),
    ],
)
def test_a_wrong_configuration_is_named_with_its_file(
    text: str, names: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lms.toml").write_text(text)
    assert main([*CERTIFY, "mock", "--config", "lms.toml"]) == 2
    line = said(capsys)
    assert "lms.toml" in line
    assert names in line


def test_a_target_without_a_trusted_certificate_is_unreachable(capsys: pytest.CaptureFixture[str]) -> None:
    from harness.net.listener import Inbound, Listener, Reply
    from harness.net.loop import Loop
    from harness.net.tls import TlsMaterial

    async def answer(inbound: Inbound) -> Reply:
        return Reply()

    with Loop() as loop:
        listener = Listener(answer, tls=TlsMaterial.make().server)
        loop.run(listener.start())
        try:
            assert main([*CERTIFY, f"https://localhost:{listener.port}/pens"]) == 3
        finally:
            loop.run(listener.stop())
    assert "ca-file" in said(capsys)


def test_a_wrong_tenant_is_told_as_unreachable_and_accuses_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from harness.judging.profiles import load_profile
    from harness.net.loop import Loop
    from mocks.app import Wishes, serve_engine

    with Loop() as loop:
        engine = loop.run(serve_engine(Wishes(load_profile("engine-22").area("pens"))))
        url = engine.info["pens"]["url"].replace("default", "no-such-tenant")
        try:
            assert main([*CERTIFY, url, "--report", str(tmp_path / "run")]) == 3
        finally:
            loop.run(engine.stop())
    assert "nothing was judged" in said(capsys) or not (tmp_path / "run" / "report.json").exists()


def test_an_unknown_mock_of_this_version_is_no_internal_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "no-such-mock"]) == 2
    assert "no-such-mock" in said(capsys)


def test_an_error_that_nobody_expected_is_the_engines_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError("as planted")

    monkeypatch.setattr("harness.judging.choosing.choose", broken)
    assert main([*CERTIFY, "mock"]) == 6
    assert "ZeroDivisionError: as planted" in said(capsys)


def test_the_plan_is_shown_and_nothing_is_sent(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([*CERTIFY, "https://lms.example/pens", "--plan", "--json", "--max-imports", "3"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["packages"] <= 3
    assert plan["dropped"]
    assert list(tmp_path.iterdir()) == []
