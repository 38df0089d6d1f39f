"""A configuration is read with every key known, and refused in one sentence with the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.subjects.config import KEYS, STIMULUS_KEYS, Config, ConfigError, read_config

GOOD = """
[target]
url = "https://lms.example/pens"
[auth]
system-user-id = "tool"
system-password-env = "INVIGIL_TEST_PASSWORD"
[engine]
read-only = { id = "a", secret = "b" }
[patience]
answer = 5
callback = 2.5
[stimuli.publish]
kind = "command"
command = ["publish", "--now"]
timeout = 9
[run]
jobs = 2
"""


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "invigil.toml"
    path.write_text(text, encoding="utf-8")
    return read_config(path)


def test_a_configuration_is_read_by_table_and_key(tmp_path: Path) -> None:
    config = read(tmp_path, GOOD)
    assert config.path.endswith("invigil.toml")
    assert config.get("target", "url") == "https://lms.example/pens"
    assert (config.get("target", "name"), config.get("callback", "http", "none")) == (None, "none")
    assert config.get("patience", "answer") == 5
    assert config.stimuli == {"publish": {"kind": "command", "command": ["publish", "--now"], "timeout": 9}}
    assert (Config().get("run", "jobs", 3), Config().stimuli) == (3, {})


def test_a_secret_comes_from_the_environment_or_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = read(tmp_path, GOOD)
    monkeypatch.delenv("INVIGIL_TEST_PASSWORD", raising=False)
    with pytest.raises(
        ConfigError, match=r"\[auth\] system-password-env names INVIGIL_TEST_PASSWORD, which is not set"
    ):
        config.secret("auth", "system-password")
    monkeypatch.setenv("INVIGIL_TEST_PASSWORD", "from outside")
    assert config.secret("auth", "system-password") == "from outside"
    assert read(tmp_path, '[auth]\nsystem-password = "written"').secret("auth", "system-password") == "written"
    assert Config().secret("auth", "system-password") == ""


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[tagret]\nurl = 'x'", r"unknown table \[tagret\]; did you mean 'target'\?"),
        ("[qqq]", r"unknown table \[qqq\]; expected one of app, auth, callback"),
        ("[target]\nulr = 'x'", r"unknown key 'ulr' in \[target\]; did you mean 'url'\?"),
        ("[stimuli.publish]\nkimd = 'x'", r"unknown key 'kimd' in \[stimuli.publish\]; did you mean 'kind'\?"),
        ("[target]\nurl = 5", r"\[target\] url: expected str, got 5"),
        ("[run]\njobs = 'two'", r"\[run\] jobs: expected int, got 'two'"),
        ("[run]\njobs = true", r"\[run\] jobs: expected int, got True"),
        ("[patience]\nanswer = false", r"\[patience\] answer: expected float, got False"),
        ("[run]\njobs = 1.5", r"\[run\] jobs: expected int, got 1.5"),
        ("target = 1", r"\[target\]: expected a table, got 1"),
        ("[stimuli]\npublish = 'x'", r"\[stimuli.publish\]: expected a table, got 'x'"),
        ("[stimuli.publish]\ncommand = 'x'", r"\[stimuli.publish\] command: expected list, got 'x'"),
        ("url =", r"not TOML"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(ConfigError, match="invigil.toml: " + error):
        read(tmp_path, text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent.toml: cannot be read: No such file"):
        read_config(tmp_path / "absent.toml")
    (tmp_path / "latin.toml").write_bytes(b"[target]\nname = '\xe9'")
    with pytest.raises(ConfigError, match=r"latin.toml: not TOML"):
        read_config(tmp_path / "latin.toml")


def test_every_table_of_a_configuration_is_pinned() -> None:
    assert {"target", "auth", "engine", "callback", "patience", "stimuli", "run"} <= KEYS.keys()
    assert set(KEYS["callback"]) >= {"http", "https", "smtp", "bind", "cert", "key", "mail-domain"}
    assert set(KEYS["patience"]) >= {"answer", "callback", "absence", "waiting-budget"}
    assert set(STIMULUS_KEYS) >= {"kind", "command", "url", "timeout", "ask"}


@pytest.mark.parametrize("table", ["lti", "tool", "control"])
def test_every_key_of_a_table_is_documented(table: str) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/configuration.md").read_text("utf-8")
    written = "\n".join(part.partition("\n[")[0] for part in page.split(f"\n[{table}]")[1:])
    assert [key for key in KEYS[table] if f"\n{key} = " not in written] == []


def test_every_stimulus_of_a_platform_is_documented() -> None:
    from harness.subjects.lti_platform_opening import NAMES

    page = (Path(__file__).resolve().parents[2] / "docs/configuration.md").read_text("utf-8")
    assert [name for name in NAMES if f"`{name}`" not in page] == []
