"""Driving a launch as a browser does, and telling its steps: what was asked, what answered, what the id_token says."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.evidence.journal import Journal
from harness.net.client import NOWHERE, HttpClient, Request
from harness.net.clock import OffsetClock
from harness.net.tls import trusting
from harness.subjects.browser import Browser, Page
from harness.subjects.driver import TargetUnreachable
from harness.wire.binding import decode_form
from harness.wire.jose import JoseError, read

PATIENCE = 30.0
_TITLE = re.compile(rb"<title[^>]*>(.{0,200}?)</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """One request of the browser and its answer; ``url`` without its query, ``sent`` the names of parameters."""

    method: str
    url: str
    sent: tuple[str, ...]
    status: int
    error: str | None = None


@dataclass(slots=True)
class Steps:
    """A launch that was driven: its steps, the id_token that passed through the browser, and where it ended."""

    steps: list[Step] = field(default_factory=list)
    token: str = ""
    title: str = ""

    @property
    def ok(self) -> bool:
        """Whether the tool got a token and has answered with success."""
        return bool(self.token and self.steps and 200 <= self.steps[-1].status < 300)


@dataclass(slots=True)
class Telling(Browser):
    """A browser that keeps its steps."""

    kept: Steps = field(default_factory=Steps)

    async def once(self, request: Request) -> Page:
        """Send one request and keep what was asked and answered."""
        parts = urlsplit(request.url)
        pairs = (*decode_form(parts.query.encode()).pairs, *(decode_form(request.body).pairs if request.body else ()))
        self.kept.token = dict(pairs).get("id_token") or self.kept.token
        page = await Browser.once(self, request)
        error = page.received.error if page.received else None
        names = tuple(dict.fromkeys(name for name, _ in pairs))
        self.kept.steps.append(Step(request.method, request.url.partition("?")[0], names, page.status, error))
        return page


async def follow_launch(url: str, trust: Sequence[Path]) -> Steps:
    """Open a launch and go where it leads; raises TargetUnreachable when the platform does not answer, TlsError."""
    journal = Journal(OffsetClock().now, recording=False)
    # Connections that are kept are closed with the client; one that is closed on its own outlives a loop this short.
    async with HttpClient(journal, PATIENCE, trusting(trust), keep_alive=True) as client:
        browser = Telling(client, NOWHERE)
        page = await browser.open(url)
    kept = browser.kept
    if len(kept.steps) == 1 and kept.steps[0].error:
        why = "; --trust FILE names the authority of its certificate" if kept.steps[0].error == "tls" else ""
        raise TargetUnreachable(f"{kept.steps[0].url}: no answer ({kept.steps[0].error}){why}")
    found = _TITLE.search(page.received.body) if page.received else None
    kept.title = " ".join(html.unescape(found[1].decode("utf-8", "replace")).split()) if found else ""
    return kept


def report(steps: Steps, as_json: bool) -> Iterator[str]:
    """Tell a launch, for people or as one JSON line."""
    header, claims = _read(steps.token)
    if as_json:
        listed = [
            {"method": one.method, "url": one.url, "sent": list(one.sent), "status": one.status, "error": one.error}
            for one in steps.steps
        ]
        told = {"ok": steps.ok, "steps": listed, "id_token": steps.token, "header": header, "claims": claims}
        yield json.dumps({**told, "title": steps.title}, ensure_ascii=False)
        return
    for number, one in enumerate(steps.steps, 1):
        came = f"no answer ({one.error})" if one.error else str(one.status)
        yield _clean(f"{number}  {one.method} {one.url}: {came}" + (f"   with {', '.join(one.sent)}" * bool(one.sent)))
    if steps.token:
        yield f"id_token  {steps.token}"
        yield f"  header  {json.dumps(header, ensure_ascii=False)}"
        for name, value in (claims or {}).items():
            yield _clean(f"  {name} = {json.dumps(value, ensure_ascii=False)}")
    else:
        yield "no id_token passed: the tool has not asked for one, or the platform refused"
    yield _clean(f"{'launched' if steps.ok else 'not launched'}: the last page is {steps.title!r}")


def _clean(line: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in line)


def _read(token: str) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    try:
        jws = read(token)
        return dict(jws.header), dict(jws.claims())
    except JoseError:
        return None, None
