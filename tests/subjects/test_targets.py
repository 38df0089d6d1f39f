"""A target is a string that anyone can type."""

from __future__ import annotations

import pytest

from harness.subjects.targets import TargetError, TargetSpec, hosts_elsewhere, parse_target


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("mock", TargetSpec("mock", "mock")),
        ("mock:engine-22", TargetSpec("mock:engine-22", "mock", "engine-22")),
        (
            "mock:engine-22+pens.no-receipt",
            TargetSpec("mock:engine-22+pens.no-receipt", "mock", "engine-22", ("pens.no-receipt",)),
        ),
        ("mock+a+b", TargetSpec("mock+a+b", "mock", "", ("a", "b"))),
        ("external", TargetSpec("external", "external")),
        ("https://lms.example/pens?configuration=t", TargetSpec("https://lms.example/pens?configuration=t", "url")),
        ("http://127.0.0.1:8080", TargetSpec("http://127.0.0.1:8080", "url")),
    ],
)
def test_every_form_of_a_target_is_read(text: str, spec: TargetSpec) -> None:
    assert parse_target(text) == spec


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mocks",
        "Mock",
        "lms.example",
        "ftp://lms.example/",
        "http://",
        "http:///x",
        "http://[x",
        "http://h:99999/",
        "http://h:0/",
    ],
)
def test_what_is_no_target_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(
        TargetError, match=r"expected mock, mock:PROFILE, mock:PROFILE\+FAULT, an http\(s\) URL or external"
    ) as told:
        parse_target(text)
    assert repr(text) in str(told.value)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("mock", True),
        ("external", False),
        ("http://localhost:1/", True),
        ("http://127.0.0.1/", True),
        ("http://127.9.9.9/", True),
        ("http://[::1]/", True),
        ("http://127.0.0.1.evil.example/", False),
        ("http://localhost.example/", False),
        ("http://128.0.0.1/", False),
        ("https://lms.example/127.0.0.1", False),
    ],
)
def test_only_this_machine_is_loopback(text: str, near: bool) -> None:
    assert parse_target(text).is_loopback is near


def test_a_target_here_with_an_address_elsewhere_is_elsewhere() -> None:
    here = parse_target("http://127.0.0.1:8080")
    assert hosts_elsewhere(here, []) == []
    assert hosts_elsewhere(here, ["https://localhost:1/keys", "https://[::1]/token"]) == []
    assert hosts_elsewhere(here, ["https://localhost:1/keys", "https://tool.example/notices"]) == ["tool.example"]
    assert hosts_elsewhere(parse_target("https://lms.example/"), []) == ["lms.example"]
    assert hosts_elsewhere(parse_target("mock"), ["https://tool.example/"]) == []
    assert hosts_elsewhere(parse_target("external"), []) == ["external"]
