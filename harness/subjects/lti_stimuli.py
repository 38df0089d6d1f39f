"""Stimuli of LTI platforms and tools that can be moved by HTTP: what is asked goes as a form, the answer tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from harness.net.client import NOWHERE, HttpClient, Request
from harness.subjects.counterpart import Outcome
from harness.subjects.stimuli import MockStimulus, Stimulated
from harness.wire.binding import FORM, encode_query

TOLD: Final = 16_000
"""How much of an answer is read, in bytes."""


@dataclass(slots=True)
class FormStimulus:
    """Posts what is asked for as a form (``INVIGIL_DEPLOYMENT`` as ``deployment``); 2xx means that it was done.

    A ``{deployment}`` in the address is replaced, percent-encoded. The answer's body is the output: its last line that
    is a JSON object tells more (``open``: the address for a browser).
    """

    name: str
    url: str
    client: HttpClient

    async def start(self, values: Mapping[str, str]) -> Stimulated:
        """Begin."""
        return await MockStimulus(self.name, self._act).start(values)

    async def _act(self, name: str, values: Mapping[str, str]) -> Outcome:
        given = {key.removeprefix("INVIGIL_").lower(): value for key, value in values.items()}
        url = self.url.replace("{deployment}", quote(given.get("deployment", ""), safe=""))
        body = encode_query(tuple(given.items())).encode()
        request = Request("POST", url, (("Content-Type", FORM),), body, keep=TOLD)
        received = await self.client.send(NOWHERE, "stimulus", request)
        if not received.status:
            return Outcome("http", "failed", f"no response ({received.error})")
        said = received.body[:TOLD].decode("utf-8", "replace")
        done = 200 <= received.status <= 299
        return Outcome("http", "succeeded" if done else "failed", f"HTTP {received.status}\n{said}".rstrip())
