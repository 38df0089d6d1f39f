"""Tokens, assertions, signatures, sessions and registration tokens can be read in nothing that an LTI run leaves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.cli.certifying import Certification
from harness.cli.progress import Progress
from harness.judging.choosing import Typed, choose
from harness.wire.jose import SigningKey
from mocks.platform.platform import Platform
from mocks.platform.tokens import TokenBehaviour
from tests.acceptance.canaries import kinds, leaks

PLATFORM = (
    "LTI-TOKEN-01,LTI-TOKEN-10,LTI-TOKEN-11,LTI-DR-07,LTI-DR-08,LTI-LAUNCH-01,PNS-HANDLER-01,PNS-HANDLER-28,PNS-JWT-04,"
    "PNS-JWT-22,PNS-NOTICE-01,PNS-CLAIM-01"
)
TOOL = "LTI-LAUNCH-22,LTI-TOKEN-20,LTI-TOKEN-26,PNS-HANDLER-36,PNS-RECV-02,PNS-RECV-07,PNS-NOTICE-15,LTI-DR-14"


class Kept:
    """What was drawn or signed in this process and has to stay a secret, by kind."""

    def __init__(self) -> None:
        self.found: dict[str, set[str]] = {}

    def keep(self, kind: str, value: str) -> str:
        self.found.setdefault(kind, set()).add(value)
        return value


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Listen where secrets are made: in both mocks and in the harness, which all run in this process."""
    kept, sign, secret, token = Kept(), SigningKey.sign, Platform.secret, TokenBehaviour.token_value

    def signed(self: SigningKey, payload: bytes, header: Mapping[str, Any] | None = None) -> str:
        text = sign(self, payload, header)
        kept.keep("signature", text.rpartition(".")[2])
        return text

    def made(self: Platform, kind: str) -> str:
        value = secret(self, kind)
        return kept.keep(kind, value) if kind in ("session", "invite") else value

    monkeypatch.setattr(SigningKey, "sign", signed)
    monkeypatch.setattr(Platform, "secret", made)
    monkeypatch.setattr(TokenBehaviour, "token_value", lambda self, drawn: kept.keep("token", token(self, drawn)))
    return kept


def certified(subject: str, only: str, folder: Path) -> int:
    typed = Typed(target="mock", seed=5, only=only)
    with Certification(choose(subject, typed)) as certification:
        return int(certification.carry_out(folder, Progress(quiet=True)).exit_code)


def traces(kept: Kept, folder: Path, *listed: str) -> list[tuple[str, str]]:
    wanted = [value for kind in listed for value in kept.found.get(kind, ())]
    # A part of a secret in what was decoded from Base64 by chance has 12 characters, and is none by chance.
    return leaks([value for value in wanted if len(value) >= 24], folder)


def test_a_run_on_a_platform_leaves_nothing_with_which_anybody_could_act(kept: Kept, tmp_path: Path) -> None:
    assert certified("lti-platform", PLATFORM, tmp_path) == 0
    for kind in ("token", "session", "invite", "signature"):
        assert kept.found[kind], kind
    assert {"access-token", "jws-signature"} <= kinds(tmp_path / "journal.ndjson")
    assert traces(kept, tmp_path, "token", "session", "invite", "signature") == []


def test_a_run_on_a_tool_leaves_nothing_with_which_anybody_could_act(kept: Kept, tmp_path: Path) -> None:
    assert certified("lti-tool", TOOL, tmp_path) in (0, 4)
    for kind in ("token", "signature"):
        assert kept.found[kind], kind
    assert traces(kept, tmp_path, "token", "invite", "signature") == []
