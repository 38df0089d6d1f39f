"""JSON Schemas of the documents and claim sets of LTI 1.3 and its notices: one shape for suite and mocks alike.

They say what is written exactly; what a reader puts up with is told by the readers (`read_launch`, `read_notice`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from harness.wire.pns import CONTEXT_COPY, CONTRIBUTION, HELLO_WORLD, SUBMISSION

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from referencing import Registry

DOCUMENTS: Final = (
    "launch", "pns_claim", "context", "custom", "login_initiation", "auth_request", "auth_response",
    "assertion", "token_request", "token_answer", "token_error",
    "platform_configuration", "registration_request", "registration_answer", "registration_error",
    "handler", "handler_put", "handler_catalogue", "delivery", "asset_service",
    "notice", "notice_hello_world", "notice_context_copy", "notice_submission", "notice_contribution",
)  # fmt: skip
"""What there are schemas of; parameters of requests are taken as an object of strings."""

NOTICE_DOCUMENTS: Final[Mapping[str, str]] = {
    HELLO_WORLD: "notice_hello_world",
    CONTEXT_COPY: "notice_context_copy",
    SUBMISSION: "notice_submission",
    CONTRIBUTION: "notice_contribution",
}
"""By notice type: the schema of its claims; ``notice`` is that of all others."""

_LONGEST = 300


@cache
def _registry() -> Registry[Any]:
    from referencing import Registry, Resource  # slow to import, with jsonschema

    folder = files("schemas") / "lti"
    read = [json.loads((folder / f"{name}.schema.json").read_text(encoding="utf-8")) for name in DOCUMENTS]
    return Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in read)


@cache
def validator(document: str) -> Draft202012Validator:
    """Return the validator of a document, compiled once; KeyError for an unknown one."""
    if document not in DOCUMENTS:
        raise KeyError(f"unknown document {document!r}; expected one of {', '.join(DOCUMENTS)}")
    from jsonschema import Draft202012Validator

    schema = _registry().contents(f"{document}.schema.json")
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, registry=_registry())


def problems(document: str, value: object) -> tuple[str, ...]:
    """Return what is wrong with a document, one sentence each, its place first, in a stable order.

    Never raises for any value that JSON can hold.
    """
    try:
        return tuple(sorted(_sentence(error) for error in validator(document).iter_errors(value)))
    except RecursionError:
        return ("the document is nested too deep",)
    except ValueError:
        return ("the document holds a number too long to be shown",)


def notice_problems(claims: Mapping[str, Any], notice_type: str) -> tuple[str, ...]:
    """Return what is wrong with the claims of a notice of a type, `problems` of that type's schema."""
    return problems(NOTICE_DOCUMENTS.get(notice_type, "notice"), claims)


def _sentence(error: ValidationError) -> str:
    where = "/".join(str(part) for part in error.absolute_path)
    said = error.message[:_LONGEST]
    return f"{where}: {said}" if where else said
