"""What the tests of the network layer share: one loop, one authority, a journal for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.evidence.journal import Journal
from harness.net.clock import ManualClock
from harness.net.loop import Loop
from harness.net.tls import TlsMaterial


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    with Loop() as made:
        yield made


@pytest.fixture(scope="session")
def tls() -> TlsMaterial:
    return TlsMaterial.make()


@pytest.fixture
def journal() -> Journal:
    return Journal(ManualClock().now)
