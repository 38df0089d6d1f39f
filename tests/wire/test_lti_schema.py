"""The schemas of all documents, compiled once."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.lti_schema import DOCUMENTS, NOTICE_DOCUMENTS, notice_problems, problems, validator
from harness.wire.pns import TYPES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_every_file_is_a_document_and_every_document_has_its_file() -> None:
    there = {file.name for file in (files("schemas") / "lti").iterdir() if file.name.endswith(".json")}
    assert there == {f"{name}.schema.json" for name in DOCUMENTS}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_schema_is_compiled_once_and_refuses_what_is_no_object(document: str) -> None:
    assert validator(document) is validator(document)
    assert validator(document).schema["title"]  # type: ignore[index]
    assert problems(document, 7)


def test_an_unknown_document_is_an_error() -> None:
    with pytest.raises(KeyError, match="expected one of launch"):
        validator("lunch")


def test_every_type_of_notice_has_its_schema_and_unknown_types_have_the_frame() -> None:
    assert set(NOTICE_DOCUMENTS) == set(TYPES)
    assert notice_problems({}, "LtiFutureNotice") == problems("notice", {})


@given(st.sampled_from(DOCUMENTS), JSON)
def test_no_value_breaks_a_schema(document: str, value: object) -> None:
    problems(document, value)


def test_what_is_nested_too_deep_or_too_long_to_show_is_a_problem() -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    assert problems("handler", {"notice_type": deep, "handler": ""})
    assert problems("handler", {"notice_type": 10**5000, "handler": ""})


def test_a_line_end_behind_a_value_is_a_problem() -> None:
    handler = {"notice_type": "T", "handler": "https://tool.example.com/x"}
    assert problems("handler", handler) == ()
    assert problems("handler", handler | {"handler": handler["handler"] + "\n"})
    assert problems("delivery", {"notices": [{"jwt": "a.b.c\n"}]})
