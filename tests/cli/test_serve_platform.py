"""A served platform from the command line: what is printed works, and what cannot be is one line with a remedy."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

import pytest

from harness.cli import main
from harness.judging.profile_sources import described
from mocks.platform.acts import ACTS
from mocks.platform.trials import KEY_TRIALS, TRIALS
from mocks.platform.triggers import OWN
from tests.cli.calling import ROOT, serving

TOOL = {
    "login_url": "http://127.0.0.1:1/l",
    "redirect_urls": ["http://127.0.0.1:1/x"],
    "jwks_url": "http://127.0.0.1:1/k",
}


@dataclass
class Pair:
    """A platform and a tool by https; the tool has registered itself by the address that the platform printed."""

    platform: dict[str, Any]
    tool: dict[str, Any]
    output: Any
    authority: Path

    def fetched(self, url: str) -> Any:
        context = ssl.create_default_context(cafile=self.authority)
        with build_opener(ProxyHandler({}), HTTPSHandler(context=context)).open(url) as answer:
            return json.loads(answer.read())


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("certs") / "made"
    assert main(["certs", "create", "--host", "tool.localhost", "--dir", str(folder)]) == 0
    with ExitStack() as stack:
        platform = stack.enter_context(serving("platform", "--tls", str(folder), "--control", "0", "--json"))
        assert platform.stdout is not None
        info = json.loads(platform.stdout.readline())
        tool = stack.enter_context(serving("tool", "--tls", str(folder), "--json", "--platform", info["invitation"]))
        assert tool.stdout is not None
        yield Pair(info, json.loads(tool.stdout.readline()), platform.stdout, folder / "ca.pem")


def test_the_address_that_is_printed_registers_a_tool(pair: Pair) -> None:
    assert pair.platform["issuer"].startswith("https://localhost:")
    assert [one["issuer"] for one in pair.tool["known"]] == [pair.platform["issuer"]]
    assert "keys" in pair.fetched(pair.platform["keys_url"])
    assert pair.fetched(pair.platform["configuration_url"])["issuer"] == pair.platform["issuer"]


def test_a_launch_is_followed_step_by_step(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    steer = ["--control", pair.platform["control"]]
    trust = ["--trust", str(pair.authority)]
    assert main(["launch", "--as", "learner", "--course", "CHEM-201", "--follow", *trust, "--json", *steer]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["title"], len(told["steps"])) == (True, "Launched", 4)
    assert told["steps"][-1]["sent"] == ["id_token", "state"]
    assert told["claims"]["https://purl.imsglobal.org/spec/lti/claim/context"]["label"] == "CHEM-201"
    assert main(["launch", "--follow", *trust, *steer]) == 0
    out = capsys.readouterr().out
    assert "launched: the last page is 'Launched'" in out
    assert out.splitlines()[-1].startswith("  next  invigil trigger course-copy --from BIO-101")
    assert main(["launch", "--json", *steer]) == 0
    assert json.loads(capsys.readouterr().out)["open"].startswith(pair.platform["issuer"])
    assert main(["launch", "--follow", *steer]) == 3
    assert "--trust FILE" in capsys.readouterr().err
    assert main(["launch", "--course", "NOPE", *steer]) == 1
    assert "there are BIO-101" in capsys.readouterr().err


def test_people_see_token_requests_handlers_and_notices(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    steer = ["--control", pair.platform["control"]]
    assert main(["launch", "--follow", "--trust", str(pair.authority), *steer]) == 0
    assert main(["trigger", "notice", "hello-world", *steer]) == 0
    assert "1 notice to" in capsys.readouterr().out
    lines = iter(pair.output)
    for begin in ("launch begun: ", "launch ok: ", "token request ok: ", "PUT handlers ok: ", "notice Lti", "    jwt "):
        assert next(line for line in lines if line.startswith(begin))


def test_keys_are_rotated_by_name(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    steer = ["--control", pair.platform["control"]]
    assert main(["launch", "--follow", "--trust", str(pair.authority), *steer]) == 0
    before = {one["kid"] for one in pair.fetched(pair.platform["keys_url"])["keys"]}
    assert main(["trigger", "rotate-keys", "--overlap", "true", *steer]) == 0
    after = {one["kid"] for one in pair.fetched(pair.platform["keys_url"])["keys"]}
    assert before < after
    assert main(["trigger", "rotate-keys", "--overlap=false", *steer]) == 0
    assert not before & {one["kid"] for one in pair.fetched(pair.platform["keys_url"])["keys"]}
    assert main(["trigger", "notice", "hello-world", *steer]) == 0
    assert ": 200 in " in capsys.readouterr().out


def test_facts_and_registrations_go_from_one_file_to_the_other(tmp_path: Path) -> None:
    saved, known = tmp_path / "tool.json", tmp_path / "platform.json"
    with serving("tool", "--json") as tool:
        assert tool.stdout is not None
        saved.write_text(tool.stdout.readline() + "an event after it\n")
    with serving("platform", "--json", "--control", "0", "--tool-registration", str(saved)) as platform:
        assert platform.stdout is not None
        known.write_text(platform.stdout.readline())
    with serving("tool", "--json", "--platform", str(known)) as tool:
        assert tool.stdout is not None
        (one,) = json.loads(tool.stdout.readline())["known"]
    assert one["client_id"] == json.loads(known.read_text())["tools"][0]["client_id"] == "client-1"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["serve", "platform", "--profile", "pens-1.0"], 2, "not one of LTI"),
        (["serve", "platform", "--profile", "canvs"], 2, "'canvas'"),
        (["serve", "platform", "--setting", "retris=1"], 2, "pns.retries"),
        (["serve", "platform", "--platform", "https://x"], 2, "an option of serve tool"),
        (["serve", "tool", "--tool-registration", "x.json"], 2, "an option of serve platform"),
        (["serve", "engine", "--tls", "certs"], 2, "an option of serve platform and tool"),
        (["serve", "platform", "--app", "a:b"], 2, "no V1 API"),
        (["serve", "tool", "--store", "sqlite:///x"], 2, "keeps nothing"),
        (["serve", "platform", "--tls", "/nowhere"], 2, "invigil certs create"),
        (["serve", "platform", "--trust", "/nowhere/ca.pem"], 2, "/nowhere/ca.pem"),
        (["serve", "platform", "--trust", "pyproject.toml"], 2, "no certificate in PEM form"),
        (["serve", "platform", "--tool-registration", "/nowhere.json"], 2, "/nowhere.json"),
        (["serve", "platform", "--tool-registration", "pyproject.toml"], 2, "no JSON"),
        (["serve", "platform", "--host", "0.0.0.0"], 2, "--tls DIR"),
        (["serve", "platform", "--fault", "platform.falls-over@client-9"], 2, "'client-9'"),
        (["serve", "platform", "--fault", "platform.fals-over"], 2, "'platform.falls-over'"),
        (["serve", "tool", "--platform", "/nowhere.json"], 2, "/nowhere.json"),
        (["serve", "tool", "--platform", "pyproject.toml"], 2, "expected a JSON object"),
        (["serve", "tool", "--platform", "http://127.0.0.1:1/"], 2, "no answer (refused)"),
        (["launch", "--as", "lerner"], 2, "'learner'"),
        (["launch", "--control", "http://127.0.0.1:1"], 3, "invigil serve"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else None,
)
def test_what_cannot_be_served_is_one_line_with_a_remedy(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [*words, "--for", "0.01"] if words[0] == "serve" else words
    assert main(given) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1), (out, err)
    assert said in err


def test_a_launch_needs_a_platform(capsys: pytest.CaptureFixture[str]) -> None:
    with serving("engine", "--json", "--control", "0") as engine:
        assert engine.stdout is not None
        control = json.loads(engine.stdout.readline())["control"]
        assert main(["launch", "--control", control]) == 2
    assert "is no platform" in capsys.readouterr().err


@pytest.mark.parametrize("profile", ["pns-spec", "brightspace", "canvas", "blackboard"])
def test_each_profile_is_served(tmp_path: Path, profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tool.json"
    path.write_text(json.dumps(TOOL))
    words = ["serve", "platform", "--profile", profile, "--control", "0", "--tool-registration", str(path)]
    assert main([*words, "--dynamic-registration", "http://127.0.0.1:1/register", "--for", "0.01"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"platform, profile {profile}; end it with Ctrl-C\n")
    assert "the tool answered (refused) and has not registered; open it yourself" in out
    assert "  next  " in out


def test_the_page_about_the_platform_names_all_that_can_be_triggered_tried_and_set() -> None:
    page = (ROOT / "docs" / "lti-platform.md").read_text(encoding="utf-8")
    assert [name for name in (*OWN, *ACTS) if f"`{name}`" not in page] == []
    own = [name for name, trial in TRIALS.items() if trial.vector is None or name.startswith("duplicate")]
    assert [name for name in (*own, *KEY_TRIALS) if f"`{name}`" not in page] == []
    settings = described("pns-spec").settings
    unsourced = [key for key, one in settings.items() if is_ours(one.source) and not key.startswith("verdict")]
    assert [key for key in unsourced if f"`{key}`" not in page] == []


def is_ours(source: str) -> bool:
    return source.startswith("ours:") or source in ("ours", "ours; any")
