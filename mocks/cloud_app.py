"""The V1 face of the engine for strangers: applications, faults that change at run time, something to try."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.net.client import HttpClient
from harness.net.clock import Clock
from harness.net.listener import Inbound, Reply
from harness.wire.binding import encode_query
from harness.wire.cloud_v1 import signed
from mocks.control.switches import Switches
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.domain import App
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.mock import MAIN
from mocks.engine.v1.routes import early, route
from mocks.engine.v1.works import WORKS
from mocks.faults.composing import cloud_behaviour
from mocks.state.opening import SQLITE
from mocks.state.store import Store

RUNS = "runs"
_REPEATED = re.compile("/{2,}")


@dataclass(slots=True)
class CloudFace:
    """A V1 server over a store that it may share: its engine and its faults."""

    engine: CloudEngine
    switches: Switches[CloudBehaviour]
    settings: Mapping[str, Any]
    lasting: bool = False

    def early(self, inbound: Inbound) -> Reply | None:
        """Refuse an upload by its headers alone."""
        return early(self.engine, inbound)

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer one request."""
        return await route(self.engine, inbound)

    def channel(self, path: str) -> str:
        """Return what a request is about, by its path."""
        slashes = "//" in path
        return "call" if (_REPEATED.sub("/", path) if slashes else path) in self.switches.peek("").paths else "page"

    async def close(self) -> None:
        """Remove the packages, unless the store outlives this process."""
        if not self.lasting:
            await asyncio.to_thread(shutil.rmtree, self.engine.folder, ignore_errors=True)

    def info(self, base: str) -> Mapping[str, Any]:
        """Return what a program has to know to call."""
        apps = [{"id": app.id, "secrets": list(app.secrets)} for app in self.engine.apps.values()]
        first = self.engine.apps[self.engine.default_app]
        return {"url": f"{base}{self.settings['path']}", "app": first.id, "secret": first.secrets[0], "apps": apps}

    def lines(self, base: str, own: str, clock: Clock) -> list[tuple[str, str]]:
        """Return what a person has to know to call, and two commands to try."""
        url, first = f"{base}{self.settings['path']}", self.engine.apps[self.engine.default_app]
        shown = [("V1 API", url + (f"   or {base}/api" if not url.endswith(f"{base}/api") else ""))]
        for app in self.engine.apps.values():
            shown += [("app", app.id), ("secret", " or ".join(app.secrets))]
        pairs = (("method", "rustici.debug.authPing"),)
        query = encode_query(signed(pairs, first.id, first.secrets[0], clock.now()))
        words = ["invigil", "call", "debug.authPing", "--to", f"{own}{self.settings['path']}"]
        words += ["--app", f"{first.id}:{first.secrets[0]}"]
        shown += [
            ("try", shlex.join(["curl", "-sS", f"{own}{self.settings['path']}?{query}"]) + "   # within 15 minutes"),
            ("or", shlex.join(words)),
        ]
        if self.settings["outbound"] == "loopback":
            shown.append(("posts to", "this machine only; --setting postback.outbound=any allows other hosts"))
        return shown


async def cloud_face(
    settings: Mapping[str, Any], apps: Sequence[App], clock: Clock, client: HttpClient, store: Store, *,
    store_url: str = "memory", seed: int = 0, public_url: str = "",
) -> CloudFace:  # fmt: skip
    """Make a V1 face. Packages lie beside a store that is a file, else in a folder that goes when the face does."""
    path = store_url.removeprefix(SQLITE)
    lasting = path != store_url
    folder = Path(f"{path}.packages") if lasting else Path(tempfile.mkdtemp(prefix="invigil-cloud-"))
    await asyncio.to_thread(lambda: folder.mkdir(parents=True, exist_ok=True))
    switches = Switches("cloud-v1", lambda names: cloud_behaviour(settings, names), matchable=True)
    known = {app.id: app for app in apps or (App(MAIN.id, MAIN.secrets, "a first application"),)}
    engine = CloudEngine(
        clock, client, switches.using, known, next(iter(known)), store, seed, public_url,
        works=dict(WORKS), folder=folder, switches=switches, run=await _run(store) if lasting else "",
    )  # fmt: skip
    return CloudFace(engine, switches, settings, lasting)


async def _run(store: Store) -> str:
    """Count the runs over a store, so that no two of them draw the same ids."""
    async with store.transaction() as tx:
        number = (tx.get(RUNS, "last") or 0) + 1
        tx.put(RUNS, "last", number)
    return str(number)
