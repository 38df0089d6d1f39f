"""Keys of applications and passwords of postbacks can be read in nothing that a run on a V1 server leaves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from harness.judging.profiles import load_profile
from harness.net.loop import Loop
from harness.subjects.counterpart import Surroundings
from harness.wire.cloud_v1_answer import Node, fail, ok
from mocks.engine.v1 import mock as playing
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Nodes
from suites.cloud_v1.scenarios_postback import PASSWORD
from tests.acceptance.canaries import canary, kinds, leaks
from tests.cli.calling import invigil

KEYS = {name: canary(f"cloud-{name}") for name in ("main", "other", "kept")}
LINK = canary("cloud-link")
ROWS = "CLOUD-AUTH-11,CLOUD-AUTH-12,CLOUD-AUTH-21,CLOUD-ENV-03,CLOUD-REG-04,CLOUD-REG-21,CLOUD-REG-23,CLOUD-POSTBACK-13"


class Blabbing(CloudBehaviour):
    """Says in every answer what it should keep to itself."""

    seen = PASSWORD

    def write_failure(self, code: int, message: str) -> str:
        return fail(code, f"{message}; the keys are {' and '.join(KEYS.values())}, the password {self.seen}")

    def write_ok(self, nodes: Sequence[Node]) -> str:
        return ok(*nodes, Node("debug", {"key": KEYS["main"]}, text=f"{KEYS['other']} {self.seen}"))

    def create_registration(self, call: Call) -> Nodes:
        self.seen = call.get("urlpass") or self.seen
        return super().create_registration(call)


@pytest.fixture(scope="module")
def blabbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Certify a server that repeats and spills secrets; return the report folder and all output."""
    folder = tmp_path_factory.mktemp("blabbing")
    apps = {name: getattr(playing, name.upper()) for name in KEYS}
    with pytest.MonkeyPatch.context() as patch, Loop() as loop:
        for name, app in apps.items():
            patch.setattr(playing, name.upper(), replace(app, secrets=(KEYS[name],)))
        patch.setattr(playing, "cloud_behaviour", lambda settings, names: Blabbing(settings))
        peer = playing.CloudMock()
        settings = load_profile("scorm-cloud").for_subject("cloud-v1")
        facts = loop.run(peer.start(Surroundings(settings)))
        config = folder / "config.toml"
        config.write_text(
            f"""
            [app]
            id = "{facts["appid"]}"
            secret-key-env = "V1_SECRET"
            other = {{ id = "{facts["other"][0]}", secret = {json.dumps(KEYS["other"])} }}
            undeletable = {{ id = "{facts["undeletable"][0]}", secret = {json.dumps(KEYS["kept"])} }}
            """,
            "utf-8",
        )
        url = str(facts["url"]).replace("http://", f"http://admin:{quote(LINK, safe='')}@")
        words = ["certify", "cloud-v1", "--target", url, "--config", str(config), "--seed", "3", "--only", ROWS]
        done = invigil(*words, "--patience", "2", "--report", str(folder / "report"), V1_SECRET=KEYS["main"])
        loop.run(peer.stop())
    assert done.returncode == 0, done.stderr + done.stdout
    return folder / "report", done.stdout + done.stderr


def test_a_server_that_repeats_and_spills_secrets_leaves_none_behind(blabbed: tuple[Path, str]) -> None:
    folder, output = blabbed
    assert {"secret-key", "userinfo"} <= kinds(folder / "journal.ndjson")
    assert leaks([*KEYS.values(), LINK, PASSWORD], folder, output) == []


def test_a_run_on_the_mock_leaves_no_key_and_no_password_behind(tmp_path: Path) -> None:
    words = ["certify", "cloud-v1", "--target", "mock", "--seed", "2", "--only", f"{ROWS},CLOUD-POSTBACK-02"]
    done = invigil(*words, "--report", str(tmp_path))
    assert done.returncode == 0, done.stderr + done.stdout
    secrets = [secret for app in (playing.MAIN, playing.OTHER, playing.KEPT) for secret in app.secrets]
    assert leaks([*secrets, PASSWORD], tmp_path, done.stdout, done.stderr) == []
