"""Signed messages are shown decoded beside what stood on the wire; whatever a body holds, nothing breaks."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest

from harness.reports.signed import LONGEST, MOST, signed_json

HEADER, CLAIMS = (
    {"alg": "RS256", "kid": "key-1"},
    {"iss": "https://platform.example", "aud": "ünser", "exp": 1767225660},
)


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def token(claims: object = CLAIMS) -> str:
    return f"{part(HEADER)}.{part(claims)}.secret-jws-signature-1"


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"notices": [{"jwt": token()}]}),
        f"state=1&id_token={token()}",
        f'<input type="hidden" name="id_token" value="{token()}">',
        token(),
    ],
)
def test_header_and_claims_are_read_wherever_a_message_stands(body: str) -> None:
    (found,) = signed_json(body.encode())
    assert json.loads(found["header"]) == HEADER
    assert json.loads(found["claims"]) == CLAIMS
    assert "ünser" in found["claims"]
    assert "signature" not in found["header"] + found["claims"]


def test_of_many_messages_the_first_are_shown() -> None:
    body = json.dumps({"notices": [{"jwt": token({"number": number})} for number in range(50)]}).encode()
    found = signed_json(body)
    assert [json.loads(one["claims"]) for one in found] == [{"number": number} for number in range(MOST)]


def test_a_long_message_is_cut_with_a_mark() -> None:
    (found,) = signed_json(token({"x": "a" * 20_000}).encode())
    assert len(found["claims"]) < LONGEST + 100
    assert "cut:" in found["claims"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"eyJ", b"eyJ.eyJ.", b"eyJhbGciOiJSUzI1NiJ9.....", b"\xff\xfeeyJhbGciOiJSUzI1NiJ9", b"eyJ" * 100_000,
        b"eyJ" + b"A" * 300_000 + b"." + b"A" * 300_000 + b".x", b"eyJ" + b"A" * 65 + b".AAAA.",
    ],
)  # fmt: skip
def test_what_is_no_signed_message_shows_nothing(body: bytes) -> None:
    assert signed_json(body) == []


def test_claims_that_are_none_are_named_so() -> None:
    body = f"{part(HEADER)}.bm8ganNvbg.x".encode()
    assert signed_json(body) == [
        {"header": json.dumps(HEADER, indent=2), "claims": "<10 characters that hold no JSON>"}
    ]
