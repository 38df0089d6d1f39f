"""Personalities, legitimate variants and examples give exactly their listed verdicts; null peers earn nothing."""

from __future__ import annotations

import asyncio
import random
from functools import cache

import pytest

from harness.judging.suite import SUBJECTS
from harness.proving.lab import Lab
from harness.proving.matrix import work
from harness.proving.strangers import FOLDER, excepted, innocents, null_peers
from mocks.faults.base import VARIANT
from mocks.faults.composing import catalogue

SHARED = {"lti-platform": 8, "lti-tool": 8}
"""Of how many of a subject that has many: each takes seconds, and `invigil prove` tries them all."""


def chosen(subject: str) -> list[str]:
    names = list(innocents(subject))
    share = SHARED.get(subject, len(names))
    return random.Random(20241029).sample(names, share) if share < len(names) else names


INNOCENTS = [(subject, name) for subject in SUBJECTS for name in chosen(subject)]
NULL_PEERS = [(subject, name) for subject in SUBJECTS for name in null_peers(subject)]
NULL_SHARE = random.Random(20061).sample(NULL_PEERS, 4)


@cache
def lab(subject: str) -> Lab:
    return Lab(subject)


@pytest.mark.parametrize(("subject", "name"), INNOCENTS)
def test_a_stranger_gets_exactly_its_listed_verdicts(subject: str, name: str) -> None:
    found = work(subject, [("innocent", name)], "proof").personalities[name]
    assert found == {"extra": [], "missing": []}


@pytest.mark.parametrize(("subject", "name"), NULL_SHARE)
def test_a_peer_that_does_nothing_earns_nothing(subject: str, name: str) -> None:
    earned = work(subject, [("null", name)], "proof").null_peers[name]
    assert set(earned) <= excepted(name)


def test_a_verdict_that_nobody_listed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.proving import matrix, strangers

    listed = innocents("pens-target")["php-pens"]
    short = dict(listed.expected)
    short.pop("PENS-VAL-19")
    lied = strangers.Stranger(listed.open, {**short, "PENS-DL-01": "fail"})
    monkeypatch.setattr(matrix, "innocents", lambda subject: {"php-pens": lied})
    found = work("pens-target", [("innocent", "php-pens")], "proof").personalities["php-pens"]
    assert found == {"extra": ["PENS-VAL-19 note"], "missing": ["PENS-DL-01 fail"]}


def test_a_row_that_a_variant_leaves_untested_has_to_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.proving import matrix, strangers

    listed = innocents("cloud-v1")["variant:public-hosts-only"]
    short = {name: verdict for name, verdict in listed.expected.items() if name != "CLOUD-REG-04"}
    lied = strangers.Stranger(listed.open, short, listed.whole)
    monkeypatch.setattr(matrix, "innocents", lambda subject: {"lied": lied})
    found = work("cloud-v1", [("innocent", "lied")], "proof").personalities["lied"]
    assert found == {"extra": ["CLOUD-REG-04 untestable"], "missing": []}


@pytest.mark.parametrize("subject", ["lti-platform", "lti-tool"])
def test_every_legitimate_variant_of_an_lti_mock_stands_among_the_innocents(subject: str) -> None:
    listed = (FOLDER / f"innocents-{subject}.toml").read_text("utf-8")
    variants = [name for name, fault in catalogue(subject).items() if fault.kind == VARIANT]
    assert [name for name in variants if f'"{name}"' not in listed] == []


def test_every_requirement_that_is_listed_exists() -> None:
    for subject in SUBJECTS:
        known = lab(subject).catalogue
        for stranger in innocents(subject).values():
            assert all(name in known for name in stranger.expected)


def test_peers_that_agree_to_everything_are_excepted_and_only_from_rows_about_form() -> None:
    assert [name for _, name in NULL_PEERS if excepted(name)] == ["error-0", "yes-to-all", "garbage-keys"]
    assert excepted("yes-to-all") == {f"LTI-TOKEN-{number}" for number in ("01", "02", "03", "05", "16")}
    assert excepted("garbage-keys") == {"LTI-JWKS-01/P", "LTI-JWKS-05/P"}
    form = {"PENS-CONF-02", "ENGINE-PENS-11"} | {f"PENS-RESP-0{number}/T" for number in (1, 2, 3, 4, 5, 7, 8)}
    assert excepted("error-0") == form


def test_an_example_is_ended_with_its_trial() -> None:
    async def opened() -> str:
        async with innocents("pens-target")["example:pens_target_good"].open(lab("pens-target")) as peer:
            url = peer.url
        with pytest.raises(OSError, match=r".+"):
            await asyncio.open_connection("127.0.0.1", int(url.split(":")[2].split("/")[0]))
        return url

    assert asyncio.run(opened()).startswith("http://127.0.0.1:")
