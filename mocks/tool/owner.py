"""What the tool's owner sees and does, by HTTP on this machine alone or in process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.net.listener import Inbound, Reply
from harness.subjects.counterpart import Outcome
from harness.wire.binding import decode_form
from harness.wire.json_text import read_json
from mocks.tool.domain import Unfit, platform_of
from mocks.tool.environment import Trouble
from mocks.tool.pages import JSON, TEXT
from mocks.tool.tool import Tool

ACTS = ("configure", "subscribe", "unsubscribe", "reset")
LONGEST_ID = 1000


class Owner:
    """Answers the owner's requests."""

    def __init__(self, tool: Tool) -> None:
        self._tool = tool

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer one request of the owner."""
        name = inbound.path.strip("/")
        asked = decode_form(inbound.query)
        deployment, issuer = asked.get("deployment") or "", asked.get("issuer") or ""
        if inbound.method == "GET":
            return await self._show(name, asked.get("context") or "", deployment, issuer)
        if inbound.method != "POST" or name not in ACTS:
            return Reply(404, TEXT, b"nothing is served here\n")
        values = {"INVIGIL_DEPLOYMENT": deployment, "INVIGIL_ISSUER": issuer}
        if name == "configure":
            values["INVIGIL_PLATFORM"] = inbound.body.decode("utf-8", "replace")
        outcome = await self.act(name, values)
        return Reply(200 if outcome.status == "succeeded" else 409, TEXT, f"{outcome.output}\n".encode())

    async def _show(self, name: str, context: str, deployment: str, issuer: str) -> Reply:
        if name == "probe":
            behaviour = self._tool.env.behaviour()
            if not behaviour.has_probe:
                return Reply(404, TEXT, b"nothing is served here\n")
            return behaviour.probed(context, await self._tool.contexts(context, deployment, issuer))
        if name == "log":
            return Reply(200, TEXT, "".join(f"{line}\n" for line in self._tool.env.log).encode("utf-8", "replace"))
        if name == "launches":
            return _json(await self._tool.launches())
        if name == "notices":
            return _json([_happening(one) for one in await self._tool.happenings()])
        if name == "platforms":
            return _json([_platform(one) for one in await self._tool.platforms()])
        return Reply(404, TEXT, b"nothing is served here\n")

    async def act(self, name: str, values: Mapping[str, str]) -> Outcome:
        """Do one of `ACTS`; the outcome says in a sentence what was done, or what is in the way."""
        deployment, issuer = values.get("INVIGIL_DEPLOYMENT", ""), values.get("INVIGIL_ISSUER", "")
        try:
            if name == "configure":
                done = await self._configure(values.get("INVIGIL_PLATFORM", ""))
            elif name == "reset":
                await self._tool.reset()
                done = "forgotten"
            elif name not in ACTS:
                raise Unfit(f"stimulus: expected one of {', '.join(ACTS)}, got {name!r:.80}")
            elif not 0 < len(deployment) <= LONGEST_ID:
                raise Unfit(f"deployment: expected 1 to {LONGEST_ID} characters, got {len(deployment)}")
            elif name == "subscribe":
                done = f"set: {', '.join(await self._tool.subscribe(deployment, issuer)) or 'nothing, all stand'}"
            else:
                done = (
                    f"removed: {', '.join(await self._tool.unsubscribe(deployment, issuer)) or 'nothing, none stand'}"
                )
        except (Trouble, Unfit) as problem:
            return Outcome("mock", "failed", str(problem))
        return Outcome("mock", "succeeded", done)

    async def _configure(self, text: str) -> str:
        read = read_json(text)
        if read.problem:
            raise Unfit(f"platform: expected a JSON object, got something that is none ({read.problem})")
        listed = (read.object or {}).get("platforms", [read.value])
        if not isinstance(listed, list):
            raise Unfit(f"platforms: expected a list, got {type(listed).__name__}")
        platforms = [platform_of(one) for one in listed]
        for platform in platforms:
            await self._tool.configure(platform)
        return f"known: {', '.join(one.issuer for one in platforms) or 'nothing'}"


def _json(value: Any) -> Reply:
    return Reply(200, JSON, json.dumps(value).encode())


def _happening(one: Any) -> dict[str, Any]:
    names = ("issuer", "client_id", "deployment", "id", "type", "context")
    return {name: getattr(one, name) for name in names} | {"at": one.at.isoformat(), "about": dict(one.about or {})}


def _platform(one: Any) -> dict[str, Any]:
    names = ("issuer", "client_id", "authorization_endpoint", "token_endpoint", "jwks_uri", "audience", "scope")
    return {name: getattr(one, name) for name in names} | {"deployments": list(one.deployments)}
