"""The description of the control API is valid, complete and true."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator

import pytest
from openapi_spec_validator import validate

from harness.net.loop import Loop
from mocks.control import description
from mocks.control.api import ControlApi
from mocks.control.serving import PORT
from tests.mocks.control_caller import DOCUMENT, Caller, calling

OPERATIONS = [(path, method, item[method]) for path, item in DOCUMENT["paths"].items() for method in item]


@pytest.fixture
def caller(loop: Loop) -> Iterator[Caller]:
    with calling(loop) as made:
        yield made


def test_the_description_is_valid_openapi() -> None:
    validate(DOCUMENT)


def test_the_description_is_served_as_it_lies_in_the_file(caller: Caller) -> None:
    assert caller.ask("GET", "/openapi.json") == DOCUMENT


def test_each_operation_has_a_handler_and_no_handler_lacks_an_operation() -> None:
    handlers = {
        name[1:]
        for name, member in vars(ControlApi).items()
        if inspect.isfunction(member) and "asked" in inspect.signature(member).parameters
    }
    assert handlers == {operation["operationId"] for _, _, operation in OPERATIONS}
    assert len({operation["operationId"] for _, _, operation in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize(("path", "method"), [(path, method) for path, method, _ in OPERATIONS])
def test_each_operation_is_found_by_its_path(path: str, method: str) -> None:
    route = description.find(path.replace("{name}", "x").replace("{table}", "registrations%2Fapp-1"))
    assert route is not None
    assert method.upper() in route.operations


def test_a_name_in_a_path_is_decoded() -> None:
    for path in ("/_control/state/registrations%2Fapp%201", "/_control/state/registrations/app%201"):
        route = description.find(path)
        assert route is not None
        assert route.name == "registrations/app 1"


def test_every_refusal_has_the_same_form() -> None:
    for _, _, operation in OPERATIONS:
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Refused"}
        refusals = [answer for status, answer in operation["responses"].items() if not status.startswith("2")]
        assert all(answer["$ref"].startswith("#/components/responses/") for answer in refusals)
    for answer in DOCUMENT["components"]["responses"].values():
        assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}


def test_the_address_in_the_description_is_the_usual_one() -> None:
    assert [server["url"] for server in DOCUMENT["servers"]] == [f"http://127.0.0.1:{PORT}"]


def test_every_body_is_closed_but_that_of_a_trigger() -> None:
    bodies = {
        operation["operationId"]: operation["requestBody"]["content"]["application/json"]["schema"]
        for _, _, operation in OPERATIONS
        if "requestBody" in operation
    }
    assert {name for name, schema in bodies.items() if schema["additionalProperties"]} == {"trigger"}
    assert json.dumps(bodies).count("$ref") == 0
