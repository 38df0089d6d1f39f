"""Whatever is put in place of a token, the answer is a token with its oddities or a reason, and never late."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.keys import signing_key
from harness.wire import jose, jose_forge
from harness.wire.jose_text import DEPTH_LIMIT, SIZE_LIMIT, decode, encode

KEYS = jose.KeySet.of([signing_key("platform-1")])
HEAD = b'{"alg":"RS256","kid":"platform-1"}'


def token(header: Any = HEAD, payload: bytes = b"{}") -> str:
    return jose_forge.compact(header, payload, signing_key("platform-1").signature)


def reason(text: Any) -> str:
    with pytest.raises(jose.JoseError) as caught:
        jose.read(text)
    assert str(caught.value) == f"{caught.value.reason}: {caught.value.detail}"
    return caught.value.reason


def claims_reason(payload: bytes) -> str:
    read = jose.read(token(payload=payload))
    assert jose.verify(read, KEYS).ok  # the signature is one thing, the claims another
    with pytest.raises(jose.JoseError) as caught:
        read.claims()
    return caught.value.reason


@given(st.one_of(st.text(), st.binary(), st.text("ey.JhbGci_-=+/ \n{}", max_size=60)))
def test_any_text_is_read_or_refused_with_a_reason(text: str | bytes) -> None:
    try:
        read = jose.read(text)
    except jose.JoseError:
        return
    assert not jose.verify(read, KEYS).ok


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
def test_any_octets_in_the_three_parts_are_read_or_refused(head: bytes, payload: bytes, signature: bytes) -> None:
    text = jose_forge.compact(head, payload, lambda _: signature)
    try:
        read = jose.read(text)
    except jose.JoseError:
        return
    assert (read.payload, read.signature, read.text) == (payload, signature, text)
    assert read.oddities == () or read.compact


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=9))
def test_any_value_in_the_header_is_judged(value: Any) -> None:
    for name in ("alg", "kid", "typ", "crit", "jwk", "b64"):
        header = {"alg": "RS256", "kid": "platform-1", name: value}
        read = jose.read(token(header))
        assert isinstance(jose.verify(read, KEYS, without_kid="try-all").ok, bool)


@given(st.binary(max_size=200))
def test_base64url_comes_back(data: bytes) -> None:
    assert decode(encode(data), "payload") == (data, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "not-compact", id="nothing"),
        pytest.param("a.b", "not-compact", id="two parts"),
        pytest.param("a.b.c.d", "not-compact", id="four parts"),
        pytest.param("a.b.c.d.e", "not-compact", id="five parts, as of an encrypted token"),
        pytest.param("." * 1000, "not-compact", id="many parts"),
        pytest.param('{"payload":"","signatures":[]}', "not-compact", id="the JSON form"),
        pytest.param("..", "not-json", id="three empty parts"),
        pytest.param("e$J9.e30.", "not-base64url", id="a character outside"),
        pytest.param("e=J9.e30.", "not-base64url", id="padding in the middle"),
        pytest.param("e30.e30.A", "not-base64url", id="a single character"),
        pytest.param("é30.e30.", "not-text", id="beyond ASCII"),
        pytest.param("\ud800.e30.", "not-text", id="a lone surrogate"),
        pytest.param(b"\xff.e30.", "not-text", id="octets that are no text"),
        pytest.param(None, "not-text", id="null"),
        pytest.param(5, "not-text", id="a number"),
        pytest.param({"jwt": ""}, "not-text", id="an object"),
        pytest.param("A" * (SIZE_LIMIT + 1), "too-large", id="too large"),
    ],
)
def test_what_is_no_compact_token_is_refused_with_a_reason(text: Any, expected: str) -> None:
    assert reason(text) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(b"", "not-json", id="empty"),
        pytest.param(b"alg=none", "not-json", id="no JSON"),
        pytest.param(b'{"alg":"RS256"', "not-json", id="cut short"),
        pytest.param(b'{"alg":"RS256"}{}', "not-json", id="two values"),
        pytest.param(b'{"alg":NaN}', "not-json", id="NaN"),
        pytest.param(b'{"alg":-Infinity}', "not-json", id="infinity"),
        pytest.param(b'{"n":' + b"9" * 5000 + b"}", "not-json", id="a number of 5000 digits"),
        pytest.param(b'{"alg":"\xff"}', "not-json", id="not UTF-8"),
        pytest.param('{"alg":"RS256"}'.encode("utf-16"), "not-json", id="UTF-16"),
        pytest.param(b"[]", "not-an-object", id="an array"),
        pytest.param(b"null", "not-an-object", id="null"),
        pytest.param(b'"RS256"', "not-an-object", id="a string"),
        pytest.param(b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", "too-deep", id="100 levels"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, "too-deep", id="100000 levels"),
        pytest.param(b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "too-deep", id="50000 objects"),
        pytest.param(b"[" * 500_000, "too-deep", id="levels that never end"),
    ],
)
def test_a_header_that_is_no_json_object_is_refused_with_a_reason(header: bytes, expected: str) -> None:
    assert reason(jose_forge.compact(header, b"{}")) == expected
    if len(header) < 10_000:
        assert claims_reason(header) == expected


def test_nesting_up_to_the_limit_is_read() -> None:
    inner = DEPTH_LIMIT - 1
    fits = b'{"a":' + b"[" * inner + b"]" * inner + b"}"
    assert jose.read(token(payload=fits)).claims()
    assert claims_reason(b'{"a":[' + fits + b"]}") == "too-deep"
    siblings = b'{"b":[' + b"[]," * 99 + b'[]],"a":%s}'
    assert jose.read(token(payload=siblings % (b"[" * inner + b"]" * inner))).claims()
    assert claims_reason(siblings % (b"[" * (inner + 1) + b"]" * (inner + 1))) == "too-deep"
    many = json.dumps({"list": [{} for _ in range(1000)]}).encode()
    assert len(jose.read(token(payload=many)).claims()["list"]) == 1000


# --- what was odd is kept ---------------------------------------------------------------------------------------


def test_padding_is_read_noted_and_refused() -> None:
    read = jose.read(token(payload=b"{ }") + "==")
    assert read.oddities == ("padding:signature",)
    assert (read.compact, jose.verify(read, KEYS).reason) == (False, "malformed")


def test_a_token_signed_over_its_padding_is_malformed_too() -> None:
    signing_input = encode(HEAD) + b"==." + encode(b"{}")
    signature = encode(signing_key("platform-1").signature(signing_input))
    read = jose.read(signing_input + b"." + signature)
    assert (read.header["alg"], read.oddities) == ("RS256", ("padding:header",))
    assert jose.verify(read, KEYS).reason == "malformed"


def test_white_space_is_read_noted_and_refused() -> None:
    text = token()
    around, inside = jose.read(f" {text}\r\n"), jose.read(text.replace(".", ".\n", 1))
    assert (around.oddities, around.text) == (("whitespace:token",), f" {text}\r\n")
    assert inside.oddities == ("whitespace:payload",)
    assert [jose.verify(read, KEYS).reason for read in (around, inside)] == ["malformed"] * 2


def test_the_standard_alphabet_is_read_noted_and_refused() -> None:
    read = jose.read(jose_forge.compact(HEAD, b'"\xc3\xbf\xc3\xbf?>"').replace("_", "/").replace("-", "+"))
    assert read.payload == b'"\xc3\xbf\xc3\xbf?>"'
    assert read.oddities == ("standard-alphabet:payload",)
    assert jose.verify(read, KEYS).reason == "malformed"


def test_of_members_of_one_name_the_last_counts_and_the_name_is_noted_once() -> None:
    payload = b'{"aud":"a","aud":"b","aud":"c","deep":{"x":1,"x":2},"nonce":"n"}'
    read = jose.read(token(payload=payload))
    assert read.claims() == {"aud": "c", "deep": {"x": 2}, "nonce": "n"}
    assert sorted(read.oddities) == ["duplicate-member:aud", "duplicate-member:x"]
    assert jose.verify(read, KEYS).ok


def test_a_header_whose_algorithm_is_there_twice_is_judged_by_the_last() -> None:
    read = jose.read(token(b'{"alg":"RS256","kid":"platform-1","alg":"none"}'))
    assert read.oddities == ("duplicate-header-member:alg",)
    assert jose.verify(read, KEYS).reason == "alg-none"


def test_the_notes_stay_few_and_short_however_many_duplicates_there_are() -> None:
    names = [f"{at}{'n' * 500}" for at in range(500)]
    payload = ("{" + ",".join(f'"{name}":1,"{name}":2' for name in names) + "}").encode()
    read = jose.read(token(payload=payload))
    assert len(read.oddities) == 16
    assert max(map(len, read.oddities)) < 100


def test_a_byte_order_mark_is_read_and_noted() -> None:
    read = jose.read(token(payload=b'\xef\xbb\xbf{"a":1}'))
    assert (read.claims(), read.oddities) == ({"a": 1}, ("byte-order-mark:payload",))


def test_a_lone_surrogate_is_kept_noted_and_never_in_a_note_itself() -> None:
    payload = rb'{"\ud800":1,"\ud800":2,"pair":"\ud83d\ude00"}'
    read = jose.read(token(payload=payload))
    assert read.claims()["pair"] == "\U0001f600"
    assert read.oddities == ("lone-surrogate:payload", "duplicate-member:\\ud800")
    "".join(read.oddities).encode()
    assert jose.read(token(payload=rb'{"pair":"\ud83d\ude00"}')).oddities == ()
