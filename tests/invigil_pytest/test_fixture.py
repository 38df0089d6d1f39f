"""Other projects get a running mock from a fixture, or a sentence that says why not."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import urllib.request
from dataclasses import FrozenInstanceError

import pytest

import invigil_pytest
from invigil_pytest import MockDidNotStart, Served, start

PATIENCE = 10.0
READY = """import sys; print('{"mock": "m", "url": "http://127.0.0.1:1/"}', flush=True); """


def child(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def is_running(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_a_mock_is_described_by_its_first_line_and_gone_when_stopped() -> None:
    served, stop = start("m", child(READY + "import threading; threading.Event().wait()"), PATIENCE)
    try:
        assert (served.mock, served.url) == ("m", "http://127.0.0.1:1/")
        assert served.info["mock"] == "m"
        assert is_running(served.pid)
    finally:
        stop()
    assert not is_running(served.pid)


def test_a_served_mock_cannot_be_altered() -> None:
    served = Served("m", "http://127.0.0.1:1/", {}, 1)
    with pytest.raises(FrozenInstanceError):
        served.url = "http://127.0.0.1:2/"  # type: ignore[misc]


def test_a_mock_that_goes_on_talking_is_never_blocked() -> None:
    more = "sys.stdout.write('x' * 1_000_000); sys.stderr.write('y' * 1_000_000); sys.stdout.close(); "
    served, stop = start("m", child(READY + more + "import os; os._exit(0)"), PATIENCE)
    try:
        assert os.waitid(os.P_PID, served.pid, os.WEXITED | os.WNOWAIT) is not None
    finally:
        stop()


def test_a_mock_that_dies_is_reported_with_its_own_words() -> None:
    with pytest.raises(MockDidNotStart, match=r"ended without a word.*no such fault: pens\.x"):
        start("m", child("import sys; sys.exit('no such fault: pens.x')"), PATIENCE)


def test_a_mock_that_keeps_silent_is_given_up_when_patience_ends() -> None:
    with pytest.raises(MockDidNotStart, match=r"said nothing for 0\.2 s"):
        start("m", child("import threading; threading.Event().wait()"), 0.2)


@pytest.mark.parametrize(
    ("line", "reason"), [("hello", "expected one line of JSON"), ('{"mock": "m"}', "with a 'url'")]
)
def test_a_first_line_of_another_form_is_quoted(line: str, reason: str) -> None:
    with pytest.raises(MockDidNotStart, match=reason) as caught:
        start("m", child(f"print({line!r})"), PATIENCE)
    assert line in str(caught.value)


def test_the_python_path_of_the_project_is_kept_from_the_mock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "of-the-project")
    code = "import json, os; print(json.dumps({'url': '', 'path': os.environ.get('PYTHONPATH')}))"
    served, stop = start("m", child(code), PATIENCE)
    stop()
    assert served.info["path"] is None


def test_loading_the_plugin_starts_nothing_and_imports_no_subprocess() -> None:
    code = (
        f"import sys; sys.path.insert(0, {os.path.dirname(invigil_pytest.__file__)!r}); import pytest; "
        "before = set(sys.modules); import invigil_pytest; print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(child(code), capture_output=True, text=True, check=True, timeout=60)
    assert "invigil_pytest" in done.stdout
    assert "'subprocess'" not in done.stdout
    assert "harness" not in done.stdout


def test_the_session_fixture_is_a_pens_target_that_answers(invigil_engine: Served) -> None:
    with urllib.request.urlopen(invigil_engine.info["pens"]["url"], timeout=PATIENCE) as answer:
        body = answer.read()
    assert body.count(b"\r\n") >= 4
    assert body.startswith(b"error=")


def test_an_unknown_mock_is_refused_by_name(invigil_serve: invigil_pytest.Serve) -> None:
    with pytest.raises(MockDidNotStart, match=r"(?s)standard error: .*no-such-mock"):
        invigil_serve("no-such-mock")
