"""A certification of a mock speaks to this machine alone.

The rule: no socket is bound, connected or sent from to any address but loopback, and no name but localhost is looked
up, so that a run says nothing to anybody about itself, not even to a name server. A guard (an audit hook of Python, put
up before anything of ours is imported) records each address that the process turns to and refuses all others, so that
a breach of the rule is both seen and stopped. Names that nobody can have (``*.invalid``) are used in some checks:
the mock must turn them down before it looks them up, since its outbound rule lets it contact loopback only.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.judging.suite import SUBJECTS
from tests.acceptance.guard import guarded

LEAST = {"results-receiver": 15}  # of 17 rows; the others have far more than 40


@pytest.mark.parametrize("subject", SUBJECTS)
def test_certifying_the_mock_turns_to_no_address_but_loopback(subject: str, tmp_path: Path) -> None:
    report = tmp_path / "report"
    seen = guarded(tmp_path, "certify", subject, "--target", "mock", "--seed", "1", "--report", str(report))
    assert seen.far == frozenset()
    assert seen.code == 0, seen.output
    assert {"socket.bind", "socket.connect"} <= {event for event, _ in seen.near}
    counts = json.loads((report / "report.json").read_text("utf-8"))["counts"]
    assert counts["pass"] > LEAST.get(subject, 40)
    assert counts["pass"] >= 0.9 * (sum(counts.values()) - counts.get("inapplicable", 0))


@pytest.mark.parametrize(
    ("call", "event", "host"),
    [
        ("socket.create_connection(('192.0.2.1', 9))", "socket.getaddrinfo", "192.0.2.1"),
        ("socket.socket().connect(('192.0.2.1', 9))", "socket.connect", "192.0.2.1"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 9))", "socket.sendto", "192.0.2.1"),
        ("socket.socket().bind(('0.0.0.0', 0))", "socket.bind", "0.0.0.0"),
        ("socket.getaddrinfo('nobody.invalid', 80)", "socket.getaddrinfo", "nobody.invalid"),
    ],
)
def test_the_guard_sees_and_stops_what_would_leave(call: str, event: str, host: str, tmp_path: Path) -> None:
    seen = guarded(tmp_path, program=f"import socket\n{call}\n")
    assert seen.far == {(event, host)}
    assert seen.code != 0
    assert "refused by the guard" in seen.output
