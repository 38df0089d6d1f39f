"""Finding the control API of a running mock and asking it, for the verbs that steer one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from harness.subjects.control import ControlClient

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
LONGEST = 600.0  # seconds: to advance a clock means to wait until all that is due is done


def control_option(function: F) -> F:
    """Add ``--control URL``, which may stand in INVIGIL_CONTROL too."""
    about = "Control API of the mock, as `serve` prints it [INVIGIL_CONTROL, or port 8299 of this machine]."
    return click.option("--control", "control", envvar="INVIGIL_CONTROL", metavar="URL", help=about)(function)


def asked(control: str | None, work: Callable[[ControlClient], Awaitable[T]]) -> T:
    """Ask the control API; raises ControlUnreachable or ControlRefused, and UsageError for what is no URL."""
    from harness.evidence.journal import Journal
    from harness.net.client import HttpClient
    from harness.net.clock import OffsetClock
    from harness.subjects.control import DEFAULT_URL, ControlClient

    url = control or DEFAULT_URL
    if not url.startswith(("http://", "https://")):
        raise click.UsageError(f"--control {url!r}: expected an http(s) URL; `invigil serve` prints one")

    async def ask() -> T:
        async with HttpClient(Journal(OffsetClock().now), LONGEST) as client:
            return await work(ControlClient(url, client))

    return asyncio.run(ask())
