"""The schemas of the parsed PENS messages."""

from __future__ import annotations

import pytest

from harness.wire.pens import REQUIRED
from harness.wire.pens_schema import MESSAGES, problems, required, validator

COLLECT = {
    "command": "collect",
    "pens-version": "1.0.0",
    "package-type": "scorm-pif",
    "package-type-version": "1.2",
    "package-format": "zip",
    "package-id": "http://myurl.com:2631e419-1573-4720-b4c6-8701f960dccc",
    "package-url": "http://author.example/packages/course1.zip",
    "package-url-expiry": "2099-05-20T16:05:39Z",
    "client": "Author",
    "receipt": "mailto:anna@author.example,bert@author.example",
}
RECEIPT = {"command": "receipt", "package-id": "http://a.example:1", "error": "0", "error-text": ""}


def test_a_collect_with_its_ten_elements_has_no_problem() -> None:
    assert problems("collect", COLLECT) == ()
    assert problems("collect", COLLECT | {"alerts": "", "vendor-data": "x", "foo": "bar"}) == ()


@pytest.mark.parametrize("element", REQUIRED)
def test_a_collect_that_lacks_an_element_names_it(element: str) -> None:
    lacking = {name: value for name, value in COLLECT.items() if name != element}
    assert any(element in problem for problem in problems("collect", lacking))


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("command", "Delete"),
        ("pens-version", "abc"),
        ("package-type", "aicc-au"),
        ("package-type-version", ""),
        ("package-format", "rar"),
        ("package-id", "no uri"),
        ("package-url", "course.zip"),
        ("package-url-expiry", "tomorrow"),
        ("receipt", "name@domain.com"),
        ("alerts", "testing"),
    ],
)
def test_a_value_outside_its_space_is_a_problem_of_that_element(element: str, value: str) -> None:
    assert [p.partition(":")[0] for p in problems("collect", COLLECT | {element: value})] == [element]


@pytest.mark.parametrize("error", ["0", "1101", "65535"])
def test_an_answer_carries_a_decimal_code(error: str) -> None:
    assert problems("answer", {"error": error, "error-text": "", "version": "1.0.0", "pens-data": ""}) == ()


@pytest.mark.parametrize("error", ["", "-1", "0x1", "007", "123456", "zero"])
def test_an_answer_without_a_decimal_code_has_a_problem(error: str) -> None:
    assert problems("answer", {"error": error, "error-text": "", "version": "1.0.0", "pens-data": ""})


def test_an_answer_has_all_four_lines_and_no_other() -> None:
    assert len(problems("answer", {})) == 4
    assert problems("answer", {"error": "0", "error-text": "", "version": "1.0.0", "pens-data": "", "x": "y"})


def test_receipt_and_alert_have_one_form_and_their_own_command() -> None:
    assert problems("receipt", RECEIPT) == ()
    assert problems("alert", RECEIPT | {"command": "alert"}) == ()
    assert problems("alert", RECEIPT)
    assert problems("receipt", RECEIPT | {"command": "alert"})


@pytest.mark.parametrize("element", ["command", "package-id", "error", "error-text"])
def test_a_receipt_that_lacks_what_every_sample_carries_has_a_problem(element: str) -> None:
    assert problems("receipt", {name: value for name, value in RECEIPT.items() if name != element})


def test_validators_are_compiled_once() -> None:
    assert all(validator(message) is validator(message) for message in MESSAGES)
    with pytest.raises(KeyError, match="expected one of collect"):
        validator("recall")


def test_what_a_message_must_carry_is_what_its_schema_demands() -> None:
    assert set(required("collect")) == set(REQUIRED)
    assert required("answer") == ("error", "error-text", "version", "pens-data")
    assert required("receipt") == required("alert") == ("command", "package-id", "error", "error-text")
