"""Strategies for handlers: the oracle of addresses agrees with the vectors, and every kind yields what it is for."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

import fixtures
from harness.strategies.pns_handlers import (
    ACCEPT,
    EITHER,
    REFUSE,
    SPOILT,
    Address,
    Keeping,
    OwnAddress,
    addresses,
    expected,
)

FILE = json.loads((Path(fixtures.__file__).parent / "vectors/pns/handler_urls.json").read_text(encoding="utf-8"))
VECTORS = {one["name"]: one for one in FILE["vectors"] if isinstance(one["handler"], str)}
OWN = OwnAddress(FILE["domain"], None, tuple(FILE["redirect_urls"]))
AT_A_PORT = OwnAddress("localhost", 8443, ("https://127.0.0.1:8443/tool/elsewhere",))
QUICK = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
KINDS = ("rooted", "redirect", "scheme", "no-url", "foreign", "look-alike")

WIDER = {
    "redirect-plus-query": "one platform looks at the host of a redirect URL alone",
    "redirect-other-path": "one platform looks at the host of a redirect URL alone",
}


@pytest.mark.parametrize("name", VECTORS)
def test_the_oracle_agrees_with_the_vectors(name: str) -> None:
    wanted = EITHER if name in WIDER else VECTORS[name]["expect"]
    assert expected(VECTORS[name]["handler"], OWN) == wanted


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://localhost:8443/x", ACCEPT),
        ("https://LOCALHOST:8443/x", ACCEPT),
        ("https://localhost/x", EITHER),
        ("https://localhost:443/x", EITHER),
        ("https://localhost.:8443/x", EITHER),
        ("https://a.localhost:8443/x", EITHER),
        ("https://127.0.0.1:8443/tool/elsewhere", ACCEPT),
        ("https://127.0.0.1:8443/tool/elsewhere?more=1", EITHER),
        ("https://127.0.0.1/", EITHER),
        ("https://127.0.0.2:8443/tool/elsewhere", REFUSE),
        ("https://evillocalhost:8443/x", REFUSE),
        ("https://localhost:8443@evil.test/x", REFUSE),
        ("http://localhost:8443/x", REFUSE),
        ("", REFUSE),
    ],
)
def test_what_is_right_depends_on_the_tool(url: str, wanted: str) -> None:
    assert expected(url, AT_A_PORT) == wanted


@QUICK
@given(st.text(max_size=60) | st.text(max_size=20).map(lambda text: f"https://{text}"))
def test_the_oracle_says_something_of_any_text(text: str) -> None:
    assert expected(text, AT_A_PORT) in (ACCEPT, REFUSE, EITHER)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("own", [OWN, AT_A_PORT], ids=["default-port", "other-port"])
def test_every_kind_yields_what_it_is_for(kind: str, own: OwnAddress) -> None:
    seen: Counter[str] = Counter()

    @QUICK
    @given(addresses(kind))
    def drawn(example: Address) -> None:
        url = example.of(own)
        assert "{" not in url
        assert "<" not in url
        seen[expected(url, own)] += 1

    drawn()
    wanted = ACCEPT if kind in ("rooted", "redirect") else REFUSE
    others = {ACCEPT, REFUSE} - {wanted}
    assert seen[wanted] > (0 if kind == "redirect" else 40)  # there is one redirect URL
    assert not any(seen[other] for other in others)


def test_an_address_of_numbers_is_no_name() -> None:
    assert not OwnAddress("127.0.0.1").is_name
    assert not OwnAddress("[::1]").is_name
    assert OwnAddress("localhost").is_name


def test_histories_hold_every_step() -> None:
    seen: Counter[str] = Counter()

    class Counting:
        def put(self, number: int, address: int, size: int | None) -> None:
            seen["limited" if size else "set"] += 1

        def remove(self, number: int) -> None:
            seen["removed"] += 1

        def spoil(self, number: int, how: str) -> None:
            seen[how] += 1

        def conclude(self) -> None:
            seen["concluded"] += 1

    found = settings(max_examples=50, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck))
    machine: Any = lambda: Keeping(Counting())  # noqa: E731
    run_state_machine_as_test(machine, settings=found)
    assert all(seen[name] for name in ("set", "limited", "removed", "concluded", *SPOILT))
