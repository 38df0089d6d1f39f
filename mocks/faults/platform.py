"""Faults of an LTI platform: what breaks an earlier step stands here, all others in the modules of their area."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from typing import Any

import mocks.faults as package
from harness.net.listener import Inbound, Reply
from mocks.faults.base import WRONG_REASON, Fault, gathered
from mocks.platform.behaviour import PlatformBehaviour

AREA = "platform_"


class RefusesAll(Fault, PlatformBehaviour):
    """Refuses every request by 403."""

    name = "platform.refuses-all"
    kind = WRONG_REASON

    def intercept(self, inbound: Inbound) -> Any:
        return Reply(403, (("Content-Type", "application/json"),), b'{"error": "forbidden"}')


class FallsOver(Fault, PlatformBehaviour):
    """Every request ends with an internal error."""

    name = "platform.falls-over"
    kind = WRONG_REASON

    def intercept(self, inbound: Inbound) -> Any:
        return Reply(500, (("Content-Type", "text/html"),), b"<html><title>500</title></html>")


def faults() -> Iterator[type[Fault]]:
    """Yield all faults of a platform, from this module and from every ``platform_*.py`` beside it."""
    modules = sorted(one.name for one in pkgutil.iter_modules(package.__path__) if one.name.startswith(AREA))
    return gathered(__name__, *(f"mocks.faults.{name}" for name in modules))
