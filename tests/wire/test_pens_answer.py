"""The four lines of an answer: written exactly, read leniently."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fixtures
from harness.wire.pens_answer import KEYS, UNDERSTOOD, Answer, Line, read_answer

VECTORS = Path(fixtures.__file__).parent / "vectors" / "pens"
HEAD, _, BODY = (VECTORS / "cmi010-6.3-collect-answer.http").read_bytes().partition(b"\r\n\r\n")
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=60)


def test_the_sample_of_the_standard_is_written_byte_for_byte() -> None:
    assert Answer(0, UNDERSTOOD.format("collect")).encode() == BODY
    assert len(BODY) == 88
    assert HEAD.endswith(b"Content-Length: 88")


@pytest.mark.parametrize("sample", json.loads((VECTORS / "cmi010-6.3-answers.json").read_text(encoding="utf-8")))
def test_each_sample_of_the_standard_is_written_and_read(sample: dict[str, str]) -> None:
    command = sample["error-text"].split(" ")[0]
    body = Answer(0, UNDERSTOOD.format(command)).encode()
    assert body == "".join(f"{key}={value}\r\n" for key, value in sample.items()).encode()
    read = read_answer(body)
    assert {key: read.value(key) for key in sample} == sample


def test_keys_and_text_are_pinned() -> None:
    assert KEYS == ("error", "error-text", "version", "pens-data")
    assert UNDERSTOOD == "{} command received and understood"
    assert Answer(0).encode() == b"error=0\r\nerror-text=\r\nversion=1.0.0\r\npens-data=\r\n"


@given(st.integers(0, 65535), VALUES, VALUES, st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_what_is_written_is_read_back(error: int, text: str, version: str, data: str) -> None:
    read = read_answer(Answer(error, text, version, data).encode())
    assert (read.error, read.error_text, read.value("version"), read.pens_data) == (error, text, version, data)
    assert read.keys == KEYS
    assert read.stray == ()
    assert [line.end for line in read.lines[:3]] == [b"\r\n"] * 3


@given(st.binary(max_size=200))
def test_reading_never_fails_and_spans_lie_within_the_body(body: bytes) -> None:
    read = read_answer(body)
    assert read.error is None or 0 <= read.error <= 999_999_999
    for line in read.lines:
        start, end = line.span
        assert 0 <= start < end <= len(body)
        assert body[start:end].endswith(line.end)


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_every_line_end_is_read_and_kept(end: bytes) -> None:
    read = read_answer(end.join([b"error=1310", b"error-text=a=b", b"version=1.0.0", b"pens-data=x", b"y=1", b""]))
    assert (read.error, read.error_text, read.value("version")) == (1310, "a=b", "1.0.0")
    assert read.pens_data is not None
    assert read.pens_data.split() == ["x", "y=1"]
    assert {line.end for line in read.lines} == {end}


def test_lines_tell_where_they_stood() -> None:
    read = read_answer(b"error=0\nerror-text=ok\r\n\r\nversion=1.0.0")
    assert read.lines == (
        Line("error", "0", b"\n", (0, 8)),
        Line("error-text", "ok", b"\r\n", (8, 23)),
        Line("version", "1.0.0", b"", (25, 38)),
    )
    assert (read.pens_data, read.value("pens-data"), read.stray) == (None, None, ())


def test_any_order_and_case_of_keys_is_read_and_kept_as_written() -> None:
    read = read_answer(b"Version=1.0.0\r\n ERROR =1432\r\nerror-text=bad\r\n")
    assert read.keys == ("Version", "ERROR", "error-text")
    assert (read.error, read.value("version"), read.value("error-text")) == (1432, "1.0.0", "bad")


def test_pens_data_runs_to_the_end_of_the_buffer_and_one_line_end_is_no_part_of_it() -> None:
    read = read_answer(b"error=0\r\npens-data=one\r\nerror=9\r\n\r\n")
    assert read.pens_data == read.value("pens-data") == "one\r\nerror=9\r\n"
    assert read.error == 0
    assert read.lines[-1] == Line("pens-data", "one", b"\r\n", (9, 24))
    assert read_answer(b"pens-data=a\n").pens_data == "a"
    assert read_answer(b"PENS-Data=a\r").pens_data == "a"
    assert read_answer(b"pens-data=").pens_data == ""
    assert read_answer(b"pens-data\r\n").pens_data is None


def test_of_two_values_the_first_counts() -> None:
    assert read_answer(b"error=1\r\nerror=2\r\n").error == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0", 0),
        (" 7 ", 7),
        ("007", 7),
        ("65535", 65535),
        ("999999999", 999999999),
        ("1234567890", None),
        ("-1", None),
        ("0x10", None),
        ("1.0", None),
        ("zero", None),
        ("", None),
        ("٣", None),
    ],
)
def test_only_a_decimal_number_is_a_code(text: str, code: int | None) -> None:
    assert read_answer(f"error={text}\r\n".encode()).error == code


def test_what_is_no_line_of_an_answer_is_kept_as_stray() -> None:
    page = (
        b"<html>\r\n<title>x = 1</title>\r\n   \r\n"
        + b"z" * 300
        + b"\r\nkey_1=a\r\n"
        + b"k" * 32
        + b"=v\r\n"
        + b"k" * 33
        + b"=v"
    )
    read = read_answer(page)
    assert (read.error, read.error_text) == (None, "")
    assert read.keys == ("k" * 32,)
    assert read.stray == ("<html>", "<title>x = 1</title>", "z" * 200, "key_1=a", "k" * 33 + "=v")


def test_bytes_that_are_no_utf_8_do_not_hide_the_code() -> None:
    read = read_answer(b"error=0\r\nerror-text=\xff\r\nversion=1.0.0\r\npens-data=\xfe\r\n")
    assert (read.error, read.error_text, read.pens_data) == (0, "\ufffd", "\ufffd")


def test_an_empty_body_is_no_answer() -> None:
    read = read_answer(b"")
    assert (read.lines, read.pens_data, read.error) == ((), None, None)
