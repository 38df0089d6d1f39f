"""Stimuli of a results receiver that offers them by HTTP, and what its answers and its log say of credentials."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, quote_plus

from harness.net.client import NOWHERE, HttpClient, Received, Request
from harness.subjects.counterpart import Outcome
from harness.subjects.stimuli import MockStimulus, Stimulated, Stimulus
from harness.wire.binding import FORM, encode_query
from harness.wire.results_probe import PLACE, probe_url

FIELDS: Final[Mapping[str, str]] = {
    "INVIGIL_API_URL": "api_url", "INVIGIL_API_APPID": "appid", "INVIGIL_API_SECRET": "secret",
    "INVIGIL_TIMES": "times",
}  # fmt: skip
"""Under which name a value of a stimulus stands in the form that is posted."""

TELLING: Final = 8
"""A password shorter than this, or of letters alone, may stand in an answer as a word of a language."""


@dataclass(slots=True)
class HttpStimulus:
    """Posts to an address of the receiver's owner; ``url`` holds the place of the id. 2xx means done."""

    name: str
    url: str
    client: HttpClient

    async def start(self, values: Mapping[str, str]) -> Stimulated:
        """Begin."""
        return await self._moving().start(values)

    def _moving(self) -> Stimulus:
        return MockStimulus(self.name, self._act)

    async def _act(self, name: str, values: Mapping[str, str]) -> Outcome:
        regid = values.get("INVIGIL_REGISTRATION", "")
        url = probe_url(self.url, regid) if PLACE in self.url else self.url
        pairs = [(field, values[key]) for key, field in FIELDS.items() if key in values]
        request = Request("POST", url, (("Content-Type", FORM),), encode_query(tuple(pairs)).encode(), keep=1000)
        received = await self.client.send(NOWHERE, "stimulus", request)
        done = 200 <= received.status <= 299
        said = f"HTTP {received.status}" if received.status else f"no response ({received.error})"
        return Outcome("http", "succeeded" if done else "failed", said)


def telling(password: str) -> bool:
    """Whether a password found somewhere can have come there in no other way."""
    return len(password) >= TELLING and not password.isalpha() and not password.isdigit()


def reveals(text: bytes, user: str, password: str) -> bool:
    """Whether a text shows a password in clear: as it is, percent-encoded, or in Base64 alone or behind its user."""
    if not telling(password):
        return False
    spellings = {password, quote(password, safe=""), quote_plus(password)}
    spellings |= {base64.b64encode(word.encode()).decode() for word in (password, f"{user}:{password}")}
    return any(spelling.encode() in text for spelling in spellings)


def shown_by(received: Received) -> bytes:
    """Return all that an answer shows."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in received.headers)
    return lines.encode("utf-8", "replace") + received.body
