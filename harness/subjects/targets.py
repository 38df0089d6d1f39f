"""A target is a string that anyone can type: ``mock``, ``mock:engine-22+pens.no-receipt``, an address, ``external``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.evidence.redaction import Redactor
from harness.net.reach import is_loopback


class TargetError(Exception):
    """A target that cannot be read; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class TargetSpec:
    """A target as typed: ``kind`` is mock, url or external; ``profile`` and ``faults`` belong to mocks."""

    text: str
    kind: str
    profile: str = ""
    faults: tuple[str, ...] = ()

    @property
    def is_loopback(self) -> bool:
        """Whether nothing leaves this machine."""
        if self.kind != "url":
            return self.kind == "mock"
        return is_loopback(urlsplit(self.text).hostname or "")


def hosts_elsewhere(spec: TargetSpec, contacted: Iterable[str]) -> list[str]:
    """Return the hosts of other machines to which something goes: of the target, and of further addresses."""
    if spec.kind == "mock":
        return []
    hosts = [urlsplit(url).hostname or "" for url in (spec.text if spec.kind == "url" else "", *contacted)]
    return [host for host in hosts if host and not is_loopback(host)] or ([] if spec.kind == "url" else ["external"])


def parse_target(text: str) -> TargetSpec:
    """Read a target; raises `TargetError` naming the accepted forms."""
    if text == "external":
        return TargetSpec(text, "external")
    if text == "mock" or text.startswith(("mock:", "mock+")):
        head, *faults = text.split("+")
        return TargetSpec(text, "mock", head.partition(":")[2], tuple(faults))
    with contextlib.suppress(ValueError):
        parts = urlsplit(text)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return TargetSpec(text, "url")
    shown = Redactor().text(text)
    raise TargetError(f"target {shown!r}: expected mock, mock:PROFILE, mock:PROFILE+FAULT, an http(s) URL or external")
