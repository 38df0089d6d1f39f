"""Names and values come back from every binding as they were sent."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fixtures
from harness.wire.binding import (
    FORM,
    Decoded,
    decode_form,
    decode_message,
    decode_multipart,
    encode_multipart,
    encode_query,
    join_query,
    text_of,
)

VECTORS = Path(fixtures.__file__).parent / "vectors" / "pens"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
PAIRS = st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=8).map(tuple)
PART_NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"'), max_size=20)


def vector(name: str) -> str:
    return (VECTORS / name).read_text(encoding="utf-8").strip()


def http(name: str) -> tuple[str, dict[str, str], bytes]:
    head, _, body = (VECTORS / name).read_bytes().partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    return line, {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}, body


@given(PAIRS)
def test_what_is_written_as_a_query_is_read_back(pairs: tuple[tuple[str, str], ...]) -> None:
    read = decode_form(encode_query(pairs).encode())
    assert read == Decoded("form", pairs, ())


@given(PAIRS)
def test_an_independent_reader_agrees_on_what_we_write(pairs: tuple[tuple[str, str], ...]) -> None:
    assert tuple(parse_qsl(encode_query(pairs), keep_blank_values=True, strict_parsing=bool(pairs))) == pairs


@given(PAIRS)
def test_we_read_what_an_independent_writer_writes_with_plus_for_spaces(pairs: tuple[tuple[str, str], ...]) -> None:
    assert decode_form(urlencode(pairs).encode()).pairs == pairs


@given(st.lists(st.tuples(PART_NAMES, TEXT), max_size=6).map(tuple))
def test_what_is_written_as_multipart_is_read_back(pairs: tuple[tuple[str, str], ...]) -> None:
    content_type, body = encode_multipart(pairs)
    assert decode_multipart(content_type, body) == Decoded("multipart", pairs, ())


@given(st.binary(max_size=200), st.binary(max_size=60))
def test_reading_never_fails(raw: bytes, query: bytes) -> None:
    for media in (FORM, "multipart/form-data; boundary=x", "multipart/form-data", "text/html", ""):
        assert isinstance(decode_message("POST", query, media, raw), Decoded)
    assert decode_message("GET", query, "", raw).binding == "get"


def test_a_query_is_percent_encoded_throughout() -> None:
    written = encode_query((("a b", "1&2=3+4/5:6?é"), ("c", "")))
    assert written == "a%20b=1%262%3D3%2B4%2F5%3A6%3F%C3%A9&c="


@pytest.mark.parametrize(("element", "bound", "value"), json.loads(vector("cmi010-a-1-elements.json")))
def test_each_row_of_table_a_1_is_written_and_read(element: str, bound: str, value: str) -> None:
    assert encode_query(((element, value),)) == bound
    assert decode_form(bound.encode()).pairs == ((element, value),)


@pytest.mark.parametrize(
    ("raw", "pairs", "oddities"),
    [
        (b"a=1&b=2", (("a", "1"), ("b", "2")), ()),
        (b"&a=1&&b=2&", (("a", "1"), ("b", "2")), ()),
        (b"a=b=c", (("a", "b=c"),), ()),
        (b"a", (("a", ""),), ("no-equals",)),
        (b"a&b", (("a", ""), ("b", "")), ("no-equals",)),
        (b"a=b+c", (("a", "b c"),), ()),
        (b"a+b=c", (("a b", "c"),), ()),
        (b"a=%2B", (("a", "+"),), ()),
        (b"a=%2520", (("a", "%20"),), ()),
        (b"a=%zz", (("a", "%zz"),), ("bad-percent",)),
        (b"a=100%", (("a", "100%"),), ("bad-percent",)),
        (b"a=%4", (("a", "%4"),), ("bad-percent",)),
        (b"a=%4a%4F", (("a", "JO"),), ()),
        (b"a=b c", (("a", "b c"),), ("not-uri",)),
        (b"a=#b", (("a", "#b"),), ("not-uri",)),
        (b'a="<>', (("a", '"<>'),), ("not-uri",)),
        (b"a=\x7f", (("a", "\x7f"),), ("not-uri",)),
        ("a=é".encode(), (("a", "é"),), ("not-uri",)),
        (b"a=\xe9", (("a", "é"),), ("not-uri", "not-utf-8")),
        (b"a=%E9&b=%C3%A9", (("a", "é"), ("b", "é")), ("not-utf-8",)),
        (b"a=!$'()*,-./:;@[]^_`{|}~", (("a", "!$'()*,-./:;@[]^_`{|}~"),), ()),
        (b"", (), ()),
    ],
)
def test_a_form_is_read_leniently_and_what_was_odd_is_kept(
    raw: bytes, pairs: tuple[tuple[str, str], ...], oddities: tuple[str, ...]
) -> None:
    assert decode_form(raw) == Decoded("form", pairs, oddities)


def test_the_binding_of_a_form_is_what_the_caller_says() -> None:
    assert decode_form(b"a=1", "get").binding == "get"


def test_bytes_that_are_no_utf_8_are_read_as_latin_1_and_remarked() -> None:
    oddities: list[str] = []
    assert (text_of("ü".encode(), oddities), oddities) == ("ü", [])
    assert (text_of(b"\xfc", oddities), oddities) == ("ü", ["not-utf-8"])


@pytest.mark.parametrize(
    ("url", "query", "joined"),
    [
        ("http://h/p", "a=1", "http://h/p?a=1"),
        ("http://h/p?c=t", "a=1", "http://h/p?c=t&a=1"),
        ("http://h/p?", "a=1", "http://h/p?a=1"),
        ("http://h/p?c=t&", "a=1", "http://h/p?c=t&a=1"),
        ("http://acmelearning.lms.com?partition=staging1", "a=1", "http://acmelearning.lms.com?partition=staging1&a=1"),
        ("http://h/p#part", "a=1", "http://h/p?a=1#part"),
        ("http://h/p?c=t", "", "http://h/p?c=t"),
    ],
)
def test_a_query_is_joined_without_a_second_question_mark(url: str, query: str, joined: str) -> None:
    assert join_query(url, query) == joined


def test_of_duplicated_elements_the_first_counts_and_all_are_kept() -> None:
    message = Decoded("form", (("a", "1"), ("b", "2"), ("a", "3")))
    assert message.get("a") == "1"
    assert message.all("a") == ("1", "3")
    assert message.elements == {"a": "1", "b": "2"}
    assert message.names == ("a", "b")
    assert (message.get("c"), message.get("c", "x"), message.all("c")) == (None, "x", ())


@pytest.mark.parametrize(
    ("method", "media", "binding", "pairs", "oddities"),
    [
        ("GET", "", "get", (("q", "1"),), ()),
        ("HEAD", FORM, "get", (("q", "1"),), ()),
        ("POST", "application/x-www-form-urlencoded", "form", (("b", "2"),), ()),
        ("POST", "Application/X-WWW-Form-URLencoded ; charset=UTF-8", "form", (("b", "2"),), ()),
        ("POST", "", "form", (("b", "2"),), ("media-type:",)),
        ("POST", "text/plain; charset=utf-8", "form", (("b", "2"),), ("media-type:text/plain",)),
        ("POST", "application/json", "unknown", (), ("media-type:application/json",)),
        ("POST", "multipart/form-data", "multipart", (), ("no-boundary",)),
        ("POST", "multipart/mixed; boundary=x", "unknown", (), ("media-type:multipart/mixed",)),
    ],
)
def test_the_binding_follows_method_and_media_type(
    method: str, media: str, binding: str, pairs: tuple[tuple[str, str], ...], oddities: tuple[str, ...]
) -> None:
    assert decode_message(method, b"q=1", media, b"b=2") == Decoded(binding, pairs, oddities)


def test_the_media_type_of_a_form_is_pinned() -> None:
    assert FORM == "application/x-www-form-urlencoded"


def test_multipart_is_written_with_crlf_and_nothing_but_names() -> None:
    content_type, body = encode_multipart((("command", "receipt"), ("pens-data", "")), "xyz")
    assert content_type == "multipart/form-data; boundary=xyz"
    assert body == (
        b'--xyz\r\nContent-Disposition: form-data; name="command"\r\n\r\nreceipt\r\n'
        b'--xyz\r\nContent-Disposition: form-data; name="pens-data"\r\n\r\n\r\n--xyz--\r\n'
    )


@pytest.mark.parametrize("content_type", ['multipart/form-data; boundary="a b"', "multipart/form-data; BOUNDARY=a b"])
def test_multipart_of_others_is_read(content_type: str) -> None:
    body = (
        b"preamble\r\n--a b\r\nContent-Type: text/plain\r\n"
        b'Content-Disposition: form-data; filename="f"; name="x"\r\n\r\n1\r\n2\r\n'
        b"--a b\r\nContent-Disposition: form-data\r\n\r\nlost\r\n"
        b'--a b\r\ncontent-disposition: form-data; name="y"\r\n\r\n\xe9\r\n--a b--\r\nname="z"\r\n\r\nepilogue'
    )
    read = decode_multipart(content_type, body)
    assert read.pairs == (("x", "1\r\n2"), ("y", "é"))
    assert read.oddities == ("unnamed-part", "not-utf-8")


def test_the_receipt_of_php_pens_is_read() -> None:
    line, headers, body = http("php-pens-receipt.http")
    read = decode_message(line.split(" ")[0], b"", headers["content-type"], body)
    assert len(body) == int(headers["content-length"])
    assert read.binding == "multipart"
    assert read.oddities == ()
    assert read.names == (
        *("pens-version", "package-type", "package-type-version", "package-format", "package-id", "package-url"),
        *("package-url-expiry", "client", "command", "error", "error-text", "version", "pens-data"),
    )
    assert read.get("package-url-expiry") == "2099-04-09T14:17:43+0000"
    assert (read.get("error-text"), read.get("pens-data")) == ("package successfully collected", "")


def test_the_collect_of_the_standard_is_read_from_its_request_line() -> None:
    line, _, _ = http("cmi010-a2-collect.http")
    read = decode_message("GET", line.split(" ")[1].partition("?")[2].encode(), "", b"")
    assert read.oddities == ()
    assert read.get("package-id") == "http://www.author.com:994646572378864600-1085069139609"
    assert read.get("alerts") == "http:/author.com/pens.cgi"
    assert len(read.pairs) == 11


def test_the_link_of_the_standard_shows_its_stray_space() -> None:
    read = decode_form(vector("cmi010-a1.1-collect-link.txt").partition("?")[2].encode(), "get")
    assert read.oddities == ("not-uri",)
    assert read.get("package-id") == "http://myurl.com:2631e419-1573-4720-b4c6-8701f960dccc "
    assert (read.get("system-password"), read.get("receipt")) == ("", "mailto:name@domain.com")


@pytest.mark.parametrize(
    ("name", "command", "text"),
    [
        ("cmi010-a1.1-receipt.txt", "receipt", "package sucessfully collected"),
        ("cmi010-a1.1-alert.txt", "alert", "package sucessfully deployed"),
        ("cmi010-a2-receipt.txt", "receipt", "package sucessfully collected"),
        ("cmi010-a2-alert-opened.txt", "alert", "package sucessfully opened"),
        ("cmi010-a2-alert-deployed.txt", "alert", "package sucessfully deployed"),
    ],
)
def test_receipts_and_alerts_of_the_standard_are_read_and_written_alike(name: str, command: str, text: str) -> None:
    url = vector(name)
    read = decode_message("GET", url.partition("?")[2].encode(), "", b"")
    assert (read.get("command"), read.get("error-text"), read.get("client"), read.get("error")) == (
        command,
        text,
        "LMS",
        "0",
    )
    assert join_query("http://author.com/pens.cgi", encode_query(read.pairs)) == url


def test_the_collect_of_the_rustici_example_is_read_with_its_plus_signs() -> None:
    read = decode_form(vector("rustici-example-collect.txt").encode())
    assert read.names[0] == "target-system-url"
    assert read.get("vendor-data") == "preview mode: instructor"
    assert read.get("package-id") == "http://yoursite.com:your-pens-package-id"
    assert (read.get("package-type"), read.oddities) == ("ims-qti", ())
