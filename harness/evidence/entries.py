"""What a journal holds: exchanges, mails and events, each frozen and each readable from its JSON form."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Half:
    """One half of an HTTP exchange, redacted: start line, headers and body as they stood on the wire.

    ``size`` (bytes) and ``sha256`` describe the original body; ``cut`` says that ``body`` is only its beginning.
    """

    start: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    size: int = 0
    sha256: str = ""
    cut: bool = False

    def header(self, name: str) -> str | None:
        """Return the first value of header ``name`` (case-insensitive), or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def status(self) -> int:
        """The status of a response's start line; 0 when it has none."""
        words = self.start.split(" ", 2)
        return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0

    @property
    def method(self) -> str:
        """The method of a request's start line."""
        return self.start.partition(" ")[0]

    @property
    def target(self) -> str:
        """The request target: all between the method and the protocol version, even when it holds spaces."""
        rest = self.start.partition(" ")[2]
        head, space, version = rest.rpartition(" ")
        return head if space and version.startswith("HTTP/") else rest

    @property
    def query(self) -> str:
        """The query of the request target, after the first ``?``."""
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True)
class Entry:
    """What every entry carries: its number, the scenario and case it belongs to, its step and its instant.

    ``seq`` orders entries by when they began; ``at`` is protocol time (ISO 8601, UTC).
    """

    seq: int
    scenario: str
    case: str
    step: str
    at: str

    @property
    def id(self) -> str:
        """The name by which reports refer to this entry, such as ``E-0007``."""
        return f"E-{self.seq:04d}"


@dataclass(frozen=True, slots=True)
class Exchange(Entry):
    """One HTTP request and what answered it.

    ``direction`` is ``out`` (we asked) or ``in`` (we were asked); ``channel`` says what it was about
    (collect, package, receipt, alert); ``ended`` orders the end among all ``seq``; ``error`` names why there
    is no response (refused, timeout, reset, tls, malformed).
    """

    channel: str
    direction: str
    url: str
    request: Half
    response: Half | None
    error: str | None = None
    ended: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mail(Entry):
    """One mail that arrived: envelope and the message as text, redacted."""

    sender: str
    recipients: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Event(Entry):
    """Something that is no message: a gate released, a stimulus come back, time advanced, a window closed."""

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)


AnyEntry = Exchange | Mail | Event


def _body_to_json(body: bytes) -> Json:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}
    return {"text": text}


def _half_to_json(half: Half | None) -> Json | None:
    if half is None:
        return None
    headers = [list(pair) for pair in half.headers]
    shape: Json = {"start": half.start, "headers": headers, "body": _body_to_json(half.body)}
    return shape | {"size": half.size, "sha256": half.sha256, "cut": half.cut}


def _half_from_json(data: Json | None) -> Half | None:
    if data is None:
        return None
    body = data["body"]
    raw = body["text"].encode() if "text" in body else base64.b64decode(body["base64"])
    headers = tuple((str(name), str(value)) for name, value in data["headers"])
    return Half(data["start"], headers, raw, data["size"], data["sha256"], data["cut"])


def to_json(entry: AnyEntry) -> Json:
    """Return the JSON form of an entry; `from_json` reads it back to an equal entry."""
    shape: Json = {"kind": type(entry).__name__.lower(), "seq": entry.seq, "scenario": entry.scenario}
    shape |= {"case": entry.case, "step": entry.step, "at": entry.at}
    if isinstance(entry, Exchange):
        shape |= {"channel": entry.channel, "direction": entry.direction, "url": entry.url}
        shape |= {"request": _half_to_json(entry.request), "response": _half_to_json(entry.response)}
        return shape | {"error": entry.error, "ended": entry.ended, "facts": dict(entry.facts)}
    if isinstance(entry, Mail):
        return shape | {"sender": entry.sender, "recipients": list(entry.recipients), "message": entry.message}
    return shape | {"name": entry.name, "facts": dict(entry.facts)}


def from_json(data: Json) -> AnyEntry:
    """Rebuild an entry from its JSON form; raises KeyError or ValueError when it is none."""
    base = (data["seq"], data["scenario"], data["case"], data["step"], data["at"])
    if data["kind"] == "exchange":
        request, response = _half_from_json(data["request"]), _half_from_json(data["response"])
        if request is None:
            raise ValueError(f"entry {data['seq']}: an exchange needs a request")
        where = (data["channel"], data["direction"], data["url"])
        return Exchange(*base, *where, request, response, data["error"], data["ended"], data["facts"])
    if data["kind"] == "mail":
        return Mail(*base, data["sender"], tuple(data["recipients"]), data["message"])
    if data["kind"] == "event":
        return Event(*base, data["name"], data["facts"])
    raise ValueError(f"entry {data['seq']}: kind is {data['kind']!r}, expected exchange, mail or event")
