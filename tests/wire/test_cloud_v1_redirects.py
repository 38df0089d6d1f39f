"""Redirects of V1: what is appended to a redirecturl, and what must stay of it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.cloud_v1_redirects import LAUNCH_WORDS, import_redirect, launch_redirect, read_redirect

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PAIRS = st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=5).map(tuple)
ACCEPTED = (("success", "true"), ("courseid", "c 1&é"), ("appid", "app"), ("tokenid", "6a2f"))
URLS = (
    "http://h/cb",
    "http://h/cb?",
    "http://h/cb?id=7",
    "http://h/cb?id=7&id=7#top",
    "http://h#top",
    "https://h:8443/a/b?x",
)


@pytest.mark.parametrize(
    ("given_url", "location"),
    [
        ("http://h/cb", "http://h/cb?success=true&courseid=c%201%26%C3%A9&appid=app&tokenid=6a2f"),
        ("http://h/cb?id=7", "http://h/cb?id=7&success=true&courseid=c%201%26%C3%A9&appid=app&tokenid=6a2f"),
        ("http://h/cb?id=7#top", "http://h/cb?id=7&success=true&courseid=c%201%26%C3%A9&appid=app&tokenid=6a2f#top"),
    ],
)
def test_the_outcome_goes_after_the_query_and_before_the_fragment(given_url: str, location: str) -> None:
    assert import_redirect(given_url, ACCEPTED) == location


@given(st.sampled_from(URLS), PAIRS)
def test_what_is_appended_is_read_back_and_the_given_url_is_kept(url: str, pairs: tuple[tuple[str, str], ...]) -> None:
    location = import_redirect(url, pairs)
    read = read_redirect(location, url)
    assert (read.appended, read.lost, read.kept, read.same_fragment) == (pairs, (), True, True)
    own = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    assert parse_qsl(urlsplit(location).query, keep_blank_values=True) == [*own, *pairs]


def test_a_redirect_that_drops_the_query_is_seen() -> None:
    read = read_redirect("http://h/cb?success=true", "http://h/cb?id=7&k=a+b")
    assert read.lost == (("id", "7"), ("k", "a b"))
    assert read.same_place
    assert not read.kept
    assert read.success is True


def test_a_second_question_mark_loses_the_last_parameter() -> None:
    read = read_redirect("http://h/cb?id=7?success=true", "http://h/cb?id=7")
    assert read.lost == (("id", "7"),)
    assert read.success is None


def test_a_parameter_that_stood_twice_must_stand_twice() -> None:
    assert read_redirect("http://h/?id=7&success=true", "http://h/?id=7&id=7").lost == (("id", "7"),)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("HTTP://H:80/cb?success=true", "http://h/cb"),
        ("https://h:443/?success=true", "https://h"),
        ("http://h/a%20b?success=true", "http://h/a b"),
        ("http://h/%7Ea?success=true&id=%37", "http://h/~a?id=7"),
    ],
)
def test_spellings_of_one_url_are_the_same_place(location: str, url: str) -> None:
    assert read_redirect(location, url).kept


@pytest.mark.parametrize(
    "location", ["", "/cb?success=true", "http://other/cb?success=true", "https://h/cb", "http://h/CB"]
)
def test_another_place_is_not_the_given_one(location: str) -> None:
    assert not read_redirect(location, "http://h/cb").kept


def test_failure_is_read_with_its_code_and_text() -> None:
    read = read_redirect("http://h/cb?success=false&errcode=104&msg=no+good", "http://h/cb")
    assert (read.success, read.get("errcode"), read.get("msg"), read.get("tokenid")) == (False, "104", "no good", None)


@pytest.mark.parametrize("word", LAUNCH_WORDS)
def test_words_stand_for_pages_of_the_service(word: str) -> None:
    assert launch_redirect(word) == launch_redirect(f" {word.upper()} ") == word


@pytest.mark.parametrize("url", ["", "http://h/cb?regid=r1#x", "https://h/closer", "messages"])
def test_a_launch_goes_back_to_its_url_unchanged(url: str) -> None:
    assert launch_redirect(url) == url


@given(st.text(max_size=60), st.text(max_size=60))
def test_reading_never_fails(location: str, url: str) -> None:
    read = read_redirect(location, url)
    assert len(read.lost) <= url.count("&") + 1
