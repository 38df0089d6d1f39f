"""Forms that a browser submits by itself."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.lti_forms import POLICY, SCRIPT, Form, form_page, read_form

# What HTML itself changes: line ends, and letters that no document may hold.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=30)


@given(st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=6).map(tuple), TEXT)
def test_what_is_written_is_submitted(pairs: tuple[tuple[str, str], ...], title: str) -> None:
    page = form_page("https://tool.example.com/launch?a=1&b=2", pairs, title)
    assert read_form(page, "https://lms.example.edu/x") == Form(
        "https://tool.example.com/launch?a=1&b=2", "POST", pairs
    )


def test_nothing_of_a_value_becomes_markup() -> None:
    hostile = "\"><script>alert(1)</script><input name='x"
    page = form_page(f"https://t.example/?{hostile}", ((hostile, hostile),), hostile)
    assert page.count(b"<script>") == 1
    assert page.count(b"<input") == 1
    found = read_form(page, "https://lms.example.edu/")
    assert found is not None
    assert found.get(hostile) == hostile


def test_the_policy_of_the_page_lets_its_own_script_run_alone() -> None:
    assert f"<script>{SCRIPT}</script>".encode() in form_page("https://t.example/", ())
    assert base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode() in POLICY
    assert "unsafe" not in POLICY


def test_a_person_without_scripts_has_a_button() -> None:
    assert b"<noscript><button" in form_page("https://t.example/", ())


@pytest.mark.parametrize(
    ("html", "action", "method", "pairs"),
    [
        (b"<form action=/launch method=POST><input name=state value=s>", "https://lms.example/launch", "POST",
         (("state", "s"),)),
        (b"<form><input name=a></form>", "https://lms.example/a/b", "GET", (("a", ""),)),
        (b"<base href='https://o.example/x/'><form action='y'>", "https://o.example/x/y", "GET", ()),
        (b"<form><input name=q></form><form method=post><input name=id_token value=t></form>",
         "https://lms.example/a/b", "POST", (("id_token", "t"),)),
        (b"<form><input type=submit name=s value=v><input name=d disabled><input type=checkbox name=c>"
         b"<input type=checkbox name=k checked><input value=nameless><textarea name=t>\nx</textarea></form>",
         "https://lms.example/a/b", "GET", (("k", "on"), ("t", "x"))),
        ("<form><input name=n value='Zoë'>".encode(), "https://lms.example/a/b", "GET", (("n", "Zoë"),)),
    ],
    ids=range(6),
)  # fmt: skip
def test_pages_of_others_are_read_as_a_browser_would(
    html: bytes, action: str, method: str, pairs: tuple[tuple[str, str], ...]
) -> None:
    assert read_form(html, "https://lms.example/a/b") == Form(action, method, pairs)


@pytest.mark.parametrize(
    "html",
    [
        b"",
        b"\0",
        b"<",
        b"<p>no form",
        b"<?xml version='1.0' encoding='utf-16'?>",
        b"<!DOCTYPE x SYSTEM 'file:///x'>&e;",
    ],
    ids=range(6),
)
def test_a_page_without_form_has_none(html: bytes) -> None:
    assert read_form(html, "https://lms.example/") is None


def test_an_entity_of_a_document_type_is_not_fetched() -> None:
    page = b"<!DOCTYPE h [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><form><input name=a value='&e;'></form>"
    found = read_form(page, "https://lms.example/")
    assert found is not None
    assert found.pairs == (("a", "&e;"),)


@given(st.binary(max_size=300), st.text(max_size=20))
def test_no_page_breaks_the_reader(html: bytes, base: str) -> None:
    read_form(html, base)
    read_form(b"<form action='" + html + b"'><input name=a value=" + html, base)


def test_a_page_that_is_deep_or_long_is_read_within_bounds() -> None:
    read_form(b"<div>" * 100_000 + b"<form>", "https://lms.example/")
    read_form(b"<form>" + b"<input name=a value=b>" * 50_000, "https://lms.example/")
