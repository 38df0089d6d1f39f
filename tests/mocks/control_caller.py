"""A caller of the control API that holds every request and every answer against the published description."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.client import NOWHERE, HttpClient, Received, Request
from harness.net.clock import ManualClock
from harness.net.loop import Loop
from mocks.app import Serving, Wishes, serve_engine
from mocks.control.controlled import Trigger, TriggerOutcome, TriggerRefused
from mocks.control.description import text
from mocks.control.serving import ControlAt, ServedControl, serve_control
from mocks.engine.controlled import EngineControlled

DOCUMENT: dict[str, Any] = json.loads(text())
REGISTRY: Registry[Any] = Registry().with_resource("urn:control", DRAFT202012.create_resource(DOCUMENT))
JSON = ("Content-Type", "application/json")
REGISTRATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "description": "the id of a registration"},
        "to": {"enum": ["passed", "failed"]},
        "score": {"type": "number", "minimum": 0, "maximum": 100, "description": "a number from 0 to 100"},
        "close_browser": {"type": "boolean"},
    },
}


def pointer(*parts: str) -> str:
    """A reference into the description."""
    return "urn:control#/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)


def at(path: str) -> str | None:
    """The template of a path, if it has one."""
    return next((one for one in DOCUMENT["paths"] if re.fullmatch(re.sub(r"\{\w+\}", ".+", one), path)), None)


def hold_answer(method: str, path: str, status: int, body: bytes) -> Any:
    """Return the JSON of an answer; it keeps to the description."""
    template = at(path)
    operation = DOCUMENT["paths"].get(template, {}).get(method.lower()) if template else None
    parts: tuple[str, ...] = ("components", "responses", "Refused")
    if template and operation:
        key = str(status) if str(status) in operation["responses"] else "default"
        if "$ref" in operation["responses"][key]:
            parts = tuple(operation["responses"][key]["$ref"].removeprefix("#/").split("/"))
        else:
            parts = ("paths", template, method.lower(), "responses", key)
    data = json.loads(body)
    where = pointer(*parts, "content", "application/json", "schema")
    problems = [error.message for error in Draft202012Validator({"$ref": where}, registry=REGISTRY).iter_errors(data)]
    assert problems == [], (method, path, status, data)
    assert status >= 400 or operation is not None
    return data


def hold_request(method: str, path: str, query: str, body: bytes) -> None:
    """What was accepted keeps to the description."""
    template = at(path)
    assert template is not None
    operation = DOCUMENT["paths"][template][method.lower()]
    declared = {one["name"]: one["schema"] for one in operation.get("parameters", ()) if one["in"] == "query"}
    for name, value in parse_qsl(query, keep_blank_values=True):
        kind = declared[name]["type"]
        Draft202012Validator(declared[name]).validate(value if kind == "string" else json.loads(value))
    if "requestBody" in operation:
        Draft202012Validator(operation["requestBody"]["content"]["application/json"]["schema"]).validate(
            json.loads(body)
        )


class Caller:
    """Calls the control API of one served engine over HTTP."""

    def __init__(self, loop: Loop, serving: Serving, control: ServedControl, client: HttpClient) -> None:
        assert isinstance(serving.controlled, EngineControlled)
        self.loop, self.control, self.client = loop, control, client
        self.mock = serving.controlled
        self.info = serving.info
        self.pulled: list[Mapping[str, Any]] = []
        self.mock.triggers["registration"] = Trigger(
            "registration", "A learner takes a course to a result.", self._pull, REGISTRATION, "id"
        )

    async def _pull(self, values: Mapping[str, Any]) -> TriggerOutcome:
        self.pulled.append(values)
        if values["id"] == "nobody":
            raise TriggerRefused("id: there is no registration 'nobody'", field="id", expected="a registration")
        if values["id"] == "broken":
            raise ZeroDivisionError("as planted, with a secret of nobody's business")
        if values["id"] == "unlucky":
            return TriggerOutcome("failed", "the postback was refused")
        return TriggerOutcome(output="passed with 92", facts={"id": values["id"], "deliveries": 2})

    def send(self, method: str, path: str, body: bytes = b"", headers: tuple[tuple[str, str], ...] = ()) -> Received:
        """Send anything at all; ``path`` stands behind ``/_control``."""
        url = self.control.url + path
        return self.loop.run(self.client.send(NOWHERE, "control", Request(method, url, headers, body)))

    def ask(self, method: str, path: str, status: int = 200, body: Any = None, **query: Any) -> Any:
        """Ask as the description says, and return the JSON of the answer with the status that is expected."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        asked = f"?{urlencode(query)}" if query else ""
        received = self.send(method, path + asked, data, (JSON,) if method == "POST" else ())
        assert (received.error, received.status) == (None, status), received.body
        assert received.header("Content-Type") == "application/json"
        answer = hold_answer(method, f"/_control{path}", received.status, received.body)
        if received.status < 400:
            hold_request(method, f"/_control{path}", asked[1:], data)
        return answer

    def refused(self, method: str, path: str, status: int, body: Any = None, **query: Any) -> dict[str, Any]:
        """Ask for what is refused, and return the error."""
        found: dict[str, Any] = self.ask(method, path, status, body, **query)["error"]
        assert "Traceback" not in json.dumps(found)
        return found


@contextmanager
def calling(
    loop: Loop, at_place: ControlAt | None = None, *, tell: Callable[..., None] = lambda name, facts: None
) -> Iterator[Caller]:
    """Serve an engine with its control API while the block lasts."""
    wishes = Wishes(load_profile("pens-1.0").area("pens"), patience=5.0, tell=tell)
    serving = loop.run(serve_engine(wishes, ManualClock()))
    with ExitStack() as stack:
        stack.callback(lambda: loop.run(serving.stop()))
        assert serving.controlled is not None
        control = loop.run(serve_control(serving.controlled, at_place or ControlAt(port=0)))
        stack.callback(lambda: loop.run(control.stop()))
        client = HttpClient(Journal(ManualClock().now), 20.0)
        stack.callback(lambda: loop.run(client.close()))
        yield Caller(loop, serving, control, client)
