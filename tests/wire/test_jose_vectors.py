"""What the RFCs print is what is made and accepted here, and jwcrypto agrees."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from jwcrypto import jwk
from jwcrypto import jws as other

import fixtures
from harness.wire import jose, jose_forge
from harness.wire.jose_text import decode

VECTORS = Path(fixtures.__file__).parent / "vectors" / "jose"
ASYMMETRIC = ["rfc7515-a2", "rfc7515-a3", "rfc7515-a4", "rfc7520-4.1", "rfc7520-4.3"]
DETERMINISTIC = ["rfc7515-a2", "rfc7520-4.1"]
PRIVATE_RSA = ["d", "p", "q", "dp", "dq", "qi"]
WITH_KID = ["rfc7520-4.1", "rfc7520-4.3"]


def vector(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_bytes())


def published(key: dict[str, Any]) -> jose.KeySet:
    return jose.KeySet.parse({"keys": [{name: key[name] for name in key if name in ("kty", "kid", "crv", *"nexy")}]})


@pytest.mark.parametrize("name", [*ASYMMETRIC, "rfc7515-a1"])
def test_jwcrypto_accepts_the_vector_so_it_is_copied_right(name: str) -> None:
    given = vector(name)
    token = other.JWS()
    token.deserialize(given["token"])
    token.verify(jwk.JWK(**given["key"]))


@pytest.mark.parametrize("name", ASYMMETRIC)
def test_a_printed_token_verifies_with_its_key(name: str) -> None:
    given = vector(name)
    read = jose.read(given["token"])
    assert read.oddities == ()
    verdict = jose.verify(read, published(given["key"]), without_kid="try-all")
    assert (verdict.ok, verdict.reason) == (True, "")
    assert verdict.thumbprint == jwk.JWK(**given["key"]).thumbprint()


@pytest.mark.parametrize("name", WITH_KID)
def test_a_printed_token_finds_its_key_by_its_kid(name: str) -> None:
    given = vector(name)
    verdict = jose.verify(jose.read(given["token"]), published(given["key"]))
    assert (verdict.ok, verdict.kid) == (True, "bilbo.baggins@hobbiton.example")


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_signing_what_the_rfc_signs_gives_its_token_octet_by_octet(name: str) -> None:
    given = vector(name)
    key = jose.SigningKey.from_jwk(given["key"])
    read = jose.read(given["token"])
    assert key.alg == given["alg"]
    assert jose_forge.compact(dict(read.header), read.payload, key.signature) == given["token"]
    assert key.sign(read.payload, {"typ": None}) == given["token"]


@pytest.mark.parametrize("name", ["rfc7515-a3", "rfc7515-a4", "rfc7520-4.3"])
def test_the_printed_curve_keys_sign_under_the_printed_algorithm(name: str) -> None:
    given = vector(name)
    key = jose.SigningKey.from_jwk(given["key"])
    assert key.alg == given["alg"]
    token = other.JWS()
    token.deserialize(key.sign(b"Payload"))
    token.verify(jwk.JWK(**given["key"]))


def test_the_hmac_token_of_the_rfc_is_made_from_its_octets_and_refused_as_symmetric() -> None:
    given = vector("rfc7515-a1")
    secret, _ = decode(given["key"]["k"].encode(), "secret")
    read = jose.read(given["token"])
    head, _ = decode(given["token"].partition(".")[0].encode(), "header")
    assert head == b'{"typ":"JWT",\r\n "alg":"HS256"}'
    made = jose_forge.compact(head, read.payload, lambda data: hmac.digest(secret, data, hashlib.sha256))
    assert made == given["token"]
    assert jose.verify(read, jose.KeySet(()), without_kid="try-all").reason == "alg-symmetric"


def test_the_unsigned_token_of_the_rfc_is_made_and_refused() -> None:
    given = vector("rfc7515-a5")
    read = jose.read(given["token"])
    assert jose_forge.unsigned({}, read.payload) == given["token"]
    assert (read.signature, read.claims()["iss"]) == (b"", "joe")
    keys = jose.KeySet.parse(vector("rfc7517-a1"))
    assert jose.verify(read, keys, without_kid="try-all").reason == "alg-none"


def test_the_claims_of_the_rfc_are_read() -> None:
    assert jose.read(vector("rfc7515-a2")["token"]).claims() == {
        "iss": "joe",
        "exp": 1300819380,
        "http://example.com/is_root": True,
    }


def test_the_printed_set_of_public_keys_is_read() -> None:
    given = vector("rfc7517-a1")
    keys = jose.KeySet.parse(json.dumps(given))
    assert [(key.kid, key.kty, key.crv, key.alg, key.use) for key in keys.keys] == [
        ("1", "EC", "P-256", None, "enc"),
        ("2011-04-29", "RSA", None, "RS256", None),
    ]
    assert keys.oddities == ("missing-alg:0", "use-not-sig:0:enc", "missing-use:1")
    assert keys.document() == given


def test_the_printed_set_of_private_keys_is_read_as_one_that_gave_them_away() -> None:
    keys = jose.KeySet.parse(vector("rfc7517-a2"))
    private = [odd for odd in keys.oddities if odd.startswith("private-member")]
    assert private == ["private-member:0:d", *(f"private-member:1:{name}" for name in PRIVATE_RSA)]
    assert keys.document() == vector("rfc7517-a1")


def test_the_printed_thumbprint_is_that_of_the_printed_key() -> None:
    given = vector("rfc7638-3.1")
    canonical = json.dumps({name: given["key"][name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    assert decode(given["thumbprint"].encode(), "thumbprint")[0] == hashlib.sha256(canonical.encode()).digest()
    assert jose.VerifyingKey.from_jwk(given["key"]).thumbprint == given["thumbprint"]
