"""The documents of the handlers service, and the rules for a handler's URL."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
import yarl
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.lti_schema import problems
from harness.wire.pns import CONTEXT_COPY, HELLO_WORLD
from harness.wire.pns_handlers import (
    Handler,
    HandlerRule,
    Put,
    PutProblem,
    broken_rule,
    catalogue,
    handler_object,
    put_body,
    read_catalogue,
    read_handler_answer,
    read_put,
)  # fmt: skip

VECTORS = json.loads((files("fixtures") / "vectors" / "pns" / "handler_urls.json").read_text(encoding="utf-8"))
RULE = HandlerRule(VECTORS["domain"], tuple(VECTORS["redirect_urls"]))
URL = "https://tool.example.com/lti/notices"
HANDLERS = (Handler(CONTEXT_COPY, URL, 50), Handler(HELLO_WORLD, ""))
LIST = catalogue("client-1", "dep-1", HANDLERS)
JSON = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)


FORMLESS: tuple[Any, ...] = ("10", 1.5, True, [])


def document(value: object) -> bytes:
    return json.dumps(value).encode()


def sized(size: object) -> bytes:
    return document({"notice_type": "T", "handler": "", "max_batch_size": size})


def test_a_list_is_read_as_it_was_written() -> None:
    found = read_catalogue(document(LIST))
    assert (found.client_id, found.deployment_id, found.handlers, found.problems) == ("client-1", "dep-1", HANDLERS, ())
    assert found.of(CONTEXT_COPY) == HANDLERS[0]
    assert found.of("LtiFutureNotice") is None
    assert problems("handler_catalogue", LIST) == ()
    assert "max_batch_size" not in LIST["notice_handlers"][1]


def test_a_client_id_that_is_a_number_is_read_and_told() -> None:
    found = read_catalogue(document(catalogue(10000000000267, "d", ())))
    assert (found.client_id, found.problems) == ("10000000000267", ("client-id-number",))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"client_id": None}, "no-client-id"), ({"client_id": True}, "client-id-form"),
        ({"deployment_id": 7}, "no-deployment-id"), ({"notice_handlers": None}, "no-notice-handlers"),
        ({"notice_handlers": {}}, "notice-handlers-form"), ({"notice_handlers": ["x"]}, "element-form"),
        ({"notice_handlers": [{"handler": ""}]}, "no-notice-type"),
        ({"notice_handlers": [{"notice_type": "T"}]}, "no-handler"),
        ({"notice_handlers": [{"notice_type": "T", "handler": 1}]}, "handler-form"),
        ({"notice_handlers": [{"notice_type": "T", "handler": "", "max_batch_size": "9"}]}, "batch-size-form"),
        ({"notice_handlers": [handler_object(HANDLERS[1])] * 2}, "type-repeated"),
    ],
    ids=range(11),
)  # fmt: skip
def test_what_is_wrong_with_a_list_is_named(change: dict[str, Any], code: str) -> None:
    assert read_catalogue(document(LIST | change)).problems == (code,)


def test_a_limit_that_is_null_is_none() -> None:
    found = read_catalogue(
        document(LIST | {"notice_handlers": [{"notice_type": "T", "handler": "", "max_batch_size": None}]})
    )
    assert (found.handlers, found.problems) == ((Handler("T", ""),), ())


def test_the_answer_to_a_put_is_the_handler_or_the_whole_list() -> None:
    one = read_handler_answer(document(handler_object(HANDLERS[0]) | {"more": 1}))
    assert (one.shape, one.handlers, one.problems) == ("object", HANDLERS[:1], ())
    whole = read_handler_answer(document(LIST))
    assert (whole.shape, whole.of(CONTEXT_COPY)) == ("catalogue", HANDLERS[0])
    neither = read_handler_answer(b"{}")
    assert (neither.shape, neither.of(CONTEXT_COPY), neither.problems) == ("", None, ("no-notice-type",))


@given(st.text(min_size=1), st.text(), st.none() | st.integers(1, 2**31 - 1))
def test_a_put_is_read_as_it_was_written(notice_type: str, url: str, size: int | None) -> None:
    found = read_put(put_body(notice_type, url, size))
    assert isinstance(found, Put)
    assert (found.notice_type, found.url, found.max_batch_size, found.removes) == (notice_type, url, size, not url)
    assert found.handler == Handler(notice_type, url, size)


def test_unknown_members_of_a_put_are_ignored_and_a_limit_may_be_null() -> None:
    found = read_put(document({"notice_type": "T", "handler": URL, "max_batch_size": None, "x": 1}))
    assert found == Put("T", URL)


@pytest.mark.parametrize(
    ("body", "reason", "field"),
    [
        (b"", "not-json", ""), (b"[]", "not-an-object", ""), (b"{}", "no-notice-type", "notice_type"),
        (document({"notice_type": 1}), "notice-type-form", "notice_type"),
        (document({"notice_type": ""}), "notice-type-form", "notice_type"),
        (document({"notice_type": "T"}), "no-handler", "handler"),
        (document({"notice_type": "T", "handler": None}), "handler-null", "handler"),
        (document({"notice_type": "T", "handler": 7}), "handler-form", "handler"),
        *[(sized(size), "batch-size-form", "max_batch_size") for size in FORMLESS],
        *[(sized(size), "batch-size-range", "max_batch_size") for size in (0, -1, 2**31)],
    ],
    ids=range(15),
)  # fmt: skip
def test_a_put_that_cannot_be_used_says_why(body: bytes, reason: str, field: str) -> None:
    found = read_put(body)
    assert isinstance(found, PutProblem)
    assert (found.reason, found.field) == (reason, field)
    assert found.message


MEMBERS = st.sampled_from(["notice_type", "handler", "max_batch_size", "notice_handlers", "client_id"])


@given(st.binary(max_size=60) | st.dictionaries(MEMBERS, JSON).map(document))
def test_no_body_breaks_the_readers(body: bytes) -> None:
    read_put(body)
    read_catalogue(body)
    read_handler_answer(body)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_a_handlers_url_is_judged_as_its_vector_says(vector: dict[str, Any]) -> None:
    found = broken_rule(vector["handler"], RULE)
    assert (found.rule if found else "") == vector.get("rule", "")
    if vector["expect"] != "either":
        assert (found is None) == (vector["expect"] == "accept")
    else:
        assert vector["note"]


def test_what_is_said_of_a_refused_url_names_rule_expectation_and_what_came() -> None:
    found = broken_rule("https://evil.test/lti", RULE)
    assert found is not None
    for word in ("rooted in the tool's domain", "expected", "tool.example.com", "redirect URL", "evil.test"):
        assert word in found.message


@pytest.mark.parametrize(
    ("url", "changes", "rule"),
    [
        ("https://a.tool.example.com/", {"subdomains": False}, "domain"),
        (VECTORS["redirect_urls"][0], {"or_redirect": False}, "domain"),
        ("http://tool.example.com/", {"schemes": ("https", "http")}, ""),
        ("http://127.0.0.1:8080/", {"domain": "127.0.0.1:8080", "allow_loopback_http": True}, ""),
        ("http://[::1]:8080/", {"domain": "[::1]:8080", "allow_loopback_http": True}, ""),
        ("http://localhost/", {"domain": "localhost", "allow_loopback_http": True}, ""),
        ("http://127.0.0.1:8080/", {"domain": "127.0.0.1"}, "scheme"),
        ("http://tool.example.com/", {"allow_loopback_http": True}, "scheme"),
        ("https://x.127.0.0.1/", {"domain": "127.0.0.1"}, "domain"),
        ("https://tool.example.com/" + "a" * 3000, {"longest": 2000}, "too-long"),
        ("https://tool.example.com/", {"domain": "https://TOOL.example.com:444/"}, ""),
        ("https://xn--bcher-kva.example/", {"domain": "bücher.example"}, ""),
        ("https://tool.example.com/", {"domain": ""}, "domain"),
        ("https://tool.example.com/", {"domain": "["}, "domain"),
        ("https://anything.test/", {"domain": "."}, "domain"),
    ],
    ids=range(15),
)  # fmt: skip
def test_a_rule_has_its_settings(url: str, changes: dict[str, Any], rule: str) -> None:
    found = broken_rule(url, replace(RULE, **changes))
    assert (found.rule if found else "") == rule


@given(st.text() | st.text().map("https://".__add__) | st.text().map("https://tool.example.com".__add__) | JSON)
def test_no_url_breaks_the_rules(url: object) -> None:
    found = broken_rule(url, RULE)
    assert found is None or (found.rule and len(found.message) < 600)


PIECES = (
    "tool.example.com",
    "evil.test",
    "@",
    ":",
    "/",
    "\\",
    ".",
    "443",
    "#",
    "?",
    "[",
    "]",
    "%2e",
    "%40",
    "a",
    "-",
    ";",
)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join))
def test_no_url_that_is_accepted_leads_a_client_elsewhere(rest: str) -> None:
    url = f"https://{rest}"
    if broken_rule(url, replace(RULE, or_redirect=False)) is None:
        host = (yarl.URL(url).host or "").removesuffix(".")
        assert host == "tool.example.com" or host.endswith(".tool.example.com")


@pytest.mark.parametrize(
    "tail", ["", ":443", "/", ".", "@evil.test", "\\@evil.test", ".evil.test", "#@evil.test", "?@evil.test"]
)
def test_an_accepted_url_leads_a_client_to_the_tool_itself(tail: str) -> None:
    url = f"https://tool.example.com{tail}"
    if broken_rule(url, RULE) is None:
        assert (yarl.URL(url).host or "").removesuffix(".") == "tool.example.com"
