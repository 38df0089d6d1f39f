"""The notice handlers service: its documents (the rules for the URL of a handler: `pns_handler_rules`).

Source: Canvas API documentation, "Platform Notification Service" and "Notice Handlers"; D2L "Platform Notification
Service with LTI 1.3".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from harness.wire.json_text import as_object, as_text, read_json, write_json
from harness.wire.pns_handler_rules import Broken, HandlerRule, broken_rule

__all__ = [
    "METHODS", "Broken", "Catalogue", "Handler", "HandlerAnswer", "HandlerRule", "Put", "PutProblem", "broken_rule",
    "catalogue", "handler_object", "put_body", "read_catalogue", "read_handler_answer", "read_put",
]  # fmt: skip

METHODS: Final = ("GET", "PUT")


@dataclass(frozen=True, slots=True)
class Handler:
    """Where notices of a type go, and how many may come in one POST; an empty ``url`` means nowhere."""

    notice_type: str
    url: str
    max_batch_size: int | None = None


def handler_object(handler: Handler) -> dict[str, Any]:
    """Return a handler as the service shows it; ``max_batch_size`` only when it is set."""
    limit = {} if handler.max_batch_size is None else {"max_batch_size": handler.max_batch_size}
    return {"notice_type": handler.notice_type, "handler": handler.url, **limit}


def catalogue(client_id: str | int, deployment_id: str, handlers: Iterable[Handler]) -> dict[str, Any]:
    """Return the answer to GET. A number as ``client_id`` is what Canvas sends (observed: Canvas source)."""
    return {
        "client_id": client_id,
        "deployment_id": deployment_id,
        "notice_handlers": [handler_object(handler) for handler in handlers],
    }


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The answer to GET as read; ``client_id`` is text also when a number came.

    ``problems``: ``not-json``, ``not-an-object``, ``no-client-id``, ``client-id-number``, ``client-id-form``,
    ``no-deployment-id``, ``no-notice-handlers``, ``notice-handlers-form``, and of the elements ``element-form``,
    ``no-notice-type``, ``no-handler``, ``handler-form``, ``batch-size-form``, ``type-repeated``.
    """

    client_id: str | None = None
    deployment_id: str | None = None
    handlers: tuple[Handler, ...] = ()
    problems: tuple[str, ...] = ()

    def of(self, notice_type: str) -> Handler | None:
        """Return the handler of a type, or None when the type is not listed."""
        return next((handler for handler in self.handlers if handler.notice_type == notice_type), None)


def read_catalogue(body: bytes) -> Catalogue:
    """Read the answer to GET; unknown members are ignored. Never raises."""
    read = read_json(body)
    found = read.object
    if found is None:
        return Catalogue(problems=("not-json" if read.problem else "not-an-object",))
    return _catalogue(found)


def _catalogue(found: Mapping[str, Any]) -> Catalogue:
    problems: list[str] = []
    client, deployment = found.get("client_id"), as_text(found.get("deployment_id"))
    if isinstance(client, int) and not isinstance(client, bool):
        problems.append("client-id-number")
        client = _digits(client)
    elif client is None:
        problems.append("no-client-id")
    elif as_text(client) is None:
        problems.append("client-id-form")
    if deployment is None:
        problems.append("no-deployment-id")
    listed = found.get("notice_handlers")
    if not isinstance(listed, list):
        problems.append("no-notice-handlers" if listed is None else "notice-handlers-form")
        listed = []
    handlers = [handler for element in listed if (handler := _element(element, problems)) is not None]
    types = [handler.notice_type for handler in handlers]
    if len(set(types)) < len(types):
        problems.append("type-repeated")
    return Catalogue(as_text(client), deployment, tuple(handlers), tuple(dict.fromkeys(problems)))


def _digits(number: int) -> str:
    # Python refuses to write very long integers.
    return str(number) if abs(number) < 10**100 else ""


def _element(element: object, problems: list[str]) -> Handler | None:
    found = as_object(element)
    if found is None:
        problems.append("element-form")
        return None
    notice_type, url, size = as_text(found.get("notice_type")), found.get("handler"), found.get("max_batch_size")
    if notice_type is None:
        problems.append("no-notice-type")
        return None
    if not isinstance(url, str):
        problems.append("no-handler" if url is None else "handler-form")
        url = ""
    if size is not None and (isinstance(size, bool) or not isinstance(size, int)):
        problems.append("batch-size-form")
        size = None
    return Handler(notice_type, url, size)


@dataclass(frozen=True, slots=True)
class HandlerAnswer:
    """The answer to PUT as read: the handler that was set, or the catalogue, as early builds of Canvas answered.

    ``shape`` is ``object``, ``catalogue`` or empty when it is neither; ``problems`` as of `Catalogue`.
    """

    handlers: tuple[Handler, ...] = ()
    shape: str = ""
    problems: tuple[str, ...] = ()

    def of(self, notice_type: str) -> Handler | None:
        """Return the handler of a type, or None when the answer does not tell it."""
        return next((handler for handler in self.handlers if handler.notice_type == notice_type), None)


def read_handler_answer(body: bytes) -> HandlerAnswer:
    """Read the answer to PUT. Never raises."""
    read = read_json(body)
    found = read.object
    if found is None:
        return HandlerAnswer(problems=("not-json" if read.problem else "not-an-object",))
    if "notice_handlers" in found:
        whole = _catalogue(found)
        return HandlerAnswer(whole.handlers, "catalogue", whole.problems)
    problems: list[str] = []
    handler = _element(found, problems)
    return HandlerAnswer(() if handler is None else (handler,), "" if handler is None else "object", tuple(problems))


@dataclass(frozen=True, slots=True)
class Put:
    """What a tool asks for: to set the handler of a type, or, with an empty ``url``, to remove it."""

    notice_type: str
    url: str
    max_batch_size: int | None = None
    oddities: tuple[str, ...] = ()

    @property
    def removes(self) -> bool:
        """Whether the handler is to be removed."""
        return not self.url

    @property
    def handler(self) -> Handler:
        """The handler that is in force afterwards."""
        return Handler(self.notice_type, self.url, self.max_batch_size)


@dataclass(frozen=True, slots=True)
class PutProblem:
    """Why the body of a PUT cannot be used.

    ``reason``: ``not-json``, ``not-an-object``, ``no-notice-type``, ``notice-type-form``, ``no-handler``,
    ``handler-null``, ``handler-form``, ``batch-size-form``, ``batch-size-range``. ``field`` is the member, empty for
    the whole body; ``message`` a sentence for the tool's author.
    """

    reason: str
    field: str
    message: str


def put_body(notice_type: str, url: str, max_batch_size: int | None = None) -> bytes:
    """Return the body of a PUT; an empty ``url`` removes the handler."""
    return write_json(handler_object(Handler(notice_type, url, max_batch_size)))


def read_put(body: bytes) -> Put | PutProblem:
    """Read the body of a PUT; unknown members are ignored, ``max_batch_size`` null is as if it were absent.

    Which types there are, what smallest batch a platform wants and whether the URL will do is the platform's to
    judge (`broken_rule`). Never raises.
    """
    read = read_json(body)
    found = read.object
    if found is None:
        reason = "not-json" if read.problem else "not-an-object"
        return PutProblem(reason, "", f"the body must be a JSON object ({read.problem or 'it is another JSON value'})")
    notice_type, size = found.get("notice_type"), found.get("max_batch_size")
    if notice_type is None:
        return PutProblem("no-notice-type", "notice_type", "notice_type is missing")
    if as_text(notice_type) is None:
        return PutProblem("notice-type-form", "notice_type", "notice_type must be a string that is not empty")
    url = found.get("handler")
    if not isinstance(url, str):
        reason = "handler-form" if url is not None else "handler-null" if "handler" in found else "no-handler"
        return PutProblem(reason, "handler", "handler must be a valid URL or an empty string")
    if size is not None:
        if isinstance(size, bool) or not isinstance(size, int):
            return PutProblem("batch-size-form", "max_batch_size", "max_batch_size must be an integer")
        if not 0 < size < 2**31:
            return PutProblem("batch-size-range", "max_batch_size", "max_batch_size must be between 1 and 2147483647")
    return Put(notice_type, url, size, read.oddities)
