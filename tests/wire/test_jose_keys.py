"""Keys are made, read and published; a set of keys is read whatever is wrong with some of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto import jwk

from fixtures.keys import KEYS, signing_key
from harness.wire import jose
from harness.wire.jose_keys import PRIVATE_MEMBERS
from harness.wire.jose_keyset import KEYS_LIMIT
from harness.wire.jose_text import SIZE_LIMIT, decode, encode

RSA = signing_key("platform-1").public()
EC = signing_key("platform-es256").public()


def changed(members: dict[str, Any], **values: Any) -> dict[str, Any]:
    whole = {**members, **values}
    return {name: value for name, value in whole.items() if value is not None}


def oddities(*members: Any) -> tuple[str, ...]:
    return jose.KeySet.parse({"keys": list(members)}).oddities


def reason(call: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(jose.JoseError) as caught:
        call(*args, **options)
    return caught.value.reason


def pem_of(key: Any) -> Any:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


# --- keys that sign ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(KEYS))
def test_a_key_publishes_its_public_members_and_no_other(name: str) -> None:
    key = signing_key(name)
    numbers = {"n", "e"} if KEYS[name].startswith("RS") else {"crv", "x", "y"}
    assert set(key.public()) == {"kty", "kid", "alg", "use"} | numbers
    assert (key.public()["kid"], key.public()["alg"], key.public()["use"]) == (name, KEYS[name], "sig")
    assert not set(key.public()) & set(PRIVATE_MEMBERS)
    assert key.thumbprint() == jwk.JWK(**key.public()).thumbprint()


@pytest.mark.parametrize("alg", jose.ALGORITHMS)
def test_a_new_key_of_every_algorithm_signs_what_its_public_half_verifies(alg: str) -> None:
    key = jose.SigningKey.generate(alg, "new")
    assert key.verifying.oddities == ()
    assert jose.verify(jose.read(key.sign(b"x")), [key]).ok


def test_a_new_key_is_another_each_time() -> None:
    assert jose.SigningKey.generate("ES256").thumbprint() != jose.SigningKey.generate("ES256").thumbprint()


@pytest.mark.parametrize("name", sorted(KEYS))
def test_a_key_comes_back_from_pem_and_from_jwk(name: str) -> None:
    key = signing_key(name)
    assert jose.SigningKey.from_pem(key.private_pem(), name) == key
    assert jose.SigningKey.from_pem(key.private_pem().decode(), name, KEYS[name]) == key
    whole = jwk.JWK.from_pem(key.private_pem()).export_private(as_dict=True)
    assert jose.SigningKey.from_jwk({**whole, "kid": name, "alg": KEYS[name]}) == key


def test_the_same_key_under_another_name_is_the_same_key() -> None:
    renamed = signing_key("platform-1").with_kid("renamed")
    assert (renamed.kid, renamed.public()["kid"]) == ("renamed", "renamed")
    assert renamed.thumbprint() == signing_key("platform-1").thumbprint()
    assert "kid" not in signing_key("platform-1").with_kid(None).public()


def test_what_is_no_private_key_is_refused_with_a_reason() -> None:
    pem = signing_key("platform-1").private_pem()
    assert reason(jose.SigningKey.from_pem, b"") == "bad-key"
    assert reason(jose.SigningKey.from_pem, "no key \ud800") == "bad-key"
    assert reason(jose.SigningKey.from_pem, pem[:300]) == "bad-key"
    assert reason(jose.SigningKey.from_pem, signing_key("platform-1").public_pem()) == "bad-key"
    assert reason(jose.SigningKey.from_pem, pem_of(ed25519.Ed25519PrivateKey.generate())) == "bad-key"
    assert reason(jose.SigningKey.from_pem, pem_of(ec.generate_private_key(ec.SECP256K1()))) == "bad-key"
    assert reason(jose.SigningKey.from_jwk, RSA) == "bad-key"
    assert reason(jose.SigningKey.from_jwk, changed(RSA, d="AQAB")) == "bad-key"
    assert reason(jose.SigningKey.from_jwk, changed(RSA, d="AQAB", kid=5)) == "bad-key"
    assert reason(jose.SigningKey.from_jwk, changed(EC, d="!")) == "bad-key"
    assert reason(jose.SigningKey.from_jwk, {"kty": "oct", "k": "AQAB"}) == "symmetric-key"


def test_a_key_whose_parts_do_not_fit_each_other_is_refused_when_it_is_checked() -> None:
    whole = signing_key("platform-1").private_pem()
    right = serialization.load_pem_private_key(whole, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(right, rsa.RSAPrivateKey)
    numbers = right.private_numbers()
    parts = (numbers.p, numbers.q, numbers.d + 2, numbers.dmp1, numbers.dmq1, numbers.iqmp, numbers.public_numbers)
    wrong = pem_of(rsa.RSAPrivateNumbers(*parts).private_key(unsafe_skip_rsa_key_validation=True))
    assert reason(jose.SigningKey.from_pem, wrong) == "bad-key"
    assert jose.SigningKey.from_pem(wrong, checked=False).thumbprint() == signing_key("platform-1").thumbprint()


def test_an_algorithm_that_does_not_fit_the_key_is_refused() -> None:
    pem = signing_key("platform-1").private_pem()
    assert reason(jose.SigningKey.from_pem, pem, "k", "ES256", checked=False) == "bad-alg"
    assert reason(jose.SigningKey.from_pem, pem, "k", "HS256", checked=False) == "bad-alg"
    assert reason(jose.SigningKey.from_pem, signing_key("platform-es256").private_pem(), "k", "ES384") == "bad-alg"
    assert reason(jose.SigningKey.generate, "none") == "bad-alg"
    assert reason(jose.SigningKey.generate, "RS256", bits=100) == "bad-key"


# --- keys that verify -------------------------------------------------------------------------------------------


def test_a_set_of_ours_is_read_back_without_an_oddity() -> None:
    keys = jose.KeySet.of(signing_key(name) for name in KEYS)
    read = jose.KeySet.parse(json.dumps(keys.document()))
    assert (read.keys, read.oddities) == (keys.keys, ())
    assert read.document() == keys.document()
    assert jose.KeySet.parse(keys.document()) == read


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param(changed(RSA, kid=None), ("missing-kid:0",), id="no kid"),
        pytest.param(changed(RSA, kid=5), ("wrong-type:0:kid",), id="kid a number"),
        pytest.param(changed(RSA, alg=None), ("missing-alg:0",), id="no alg"),
        pytest.param(changed(RSA, alg=[]), ("wrong-type:0:alg",), id="alg a list"),
        pytest.param(changed(RSA, use=None), ("missing-use:0",), id="no use"),
        pytest.param(changed(RSA, use="enc"), ("use-not-sig:0:enc",), id="use for encryption"),
        pytest.param(changed(RSA, use=""), ("use-not-sig:0",), id="use empty"),
        pytest.param(changed(RSA, alg="ES256"), ("alg-unfit:0:ES256",), id="alg of another type"),
        pytest.param(changed(RSA, alg="RSA-OAEP"), ("alg-unfit:0:RSA-OAEP",), id="alg of encryption"),
        pytest.param(changed(EC, alg="ES384"), ("alg-unfit:0:ES384",), id="alg of another curve"),
        pytest.param(changed(RSA, d="AQAB"), ("private-member:0:d",), id="private exponent"),
        pytest.param(changed(EC, d="AQAB", k="x"), ("private-member:0:d", "private-member:0:k"), id="two secrets"),
        pytest.param(changed(RSA, e="AAEAAQ"), ("leading-zero:0:e",), id="zero before the exponent"),
        pytest.param(changed(RSA, n=RSA["n"] + "=="), ("padding:0:n",), id="padding"),
        pytest.param(changed(RSA, x5c=["?"], key_ops=["sign"], other={}), (), id="members that are not looked at"),
    ],
)
def test_a_key_that_is_odd_is_read_and_the_oddity_noted(members: dict[str, Any], expected: tuple[str, ...]) -> None:
    keys = jose.KeySet.parse({"keys": [members]})
    assert keys.oddities == expected
    plain = RSA if members["kty"] == "RSA" else EC
    assert [key.thumbprint for key in keys.keys] == [jwk.JWK(**plain).thumbprint()]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param(5, "not-an-object:0", id="a number"),
        pytest.param(changed(RSA, kty=None), "missing-kty:0", id="no type"),
        pytest.param(changed(RSA, kty=["RSA"]), "missing-kty:0", id="type a list"),
        pytest.param(changed(RSA, kty="rsa"), "unknown-kty:0", id="type in lower case"),
        pytest.param({"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "o"}, "unknown-kty:0:OKP", id="OKP"),
        pytest.param({"kty": "oct", "k": "AA", "kid": "s"}, "symmetric-key:0", id="a secret"),
        pytest.param(changed(EC, crv="P-192"), "unknown-crv:0:P-192", id="a curve of no algorithm"),
        pytest.param(changed(EC, crv=None), "unknown-crv:0", id="no curve"),
        pytest.param(changed(EC, crv="P-384"), "unusable-key:0", id="a point of another curve"),
        pytest.param(changed(EC, y=EC["x"]), "unusable-key:0", id="a point beside the curve"),
        pytest.param(changed(EC, x="", y=""), "unusable-key:0", id="no point"),
        pytest.param(changed(RSA, n=None), "unusable-key:0", id="no modulus"),
        pytest.param(changed(RSA, n=5), "unusable-key:0", id="modulus a number"),
        pytest.param(changed(RSA, n=""), "unusable-key:0", id="modulus empty"),
        pytest.param(changed(RSA, n="é"), "unusable-key:0", id="modulus beyond ASCII"),
        pytest.param(changed(RSA, n="AQAB"), "unusable-key:0", id="modulus tiny"),
        pytest.param(changed(RSA, n="A" * 100_000 + "B"), "unusable-key:0", id="modulus of one after many zeros"),
        pytest.param(changed(RSA, n="_" * 100_000), "unusable-key:0", id="modulus huge"),
        pytest.param(changed(RSA, e=RSA["n"]), "unusable-key:0", id="exponent huge"),
        pytest.param(changed(RSA, e="_" * 100), "unusable-key:0:e has", id="exponent large"),
        pytest.param(changed(RSA, e="Ag"), "unusable-key:0", id="exponent even"),
        pytest.param(changed(RSA, e="AQ"), "unusable-key:0", id="exponent one"),
    ],
)
def test_a_key_that_is_of_no_use_is_left_out_and_the_others_are_read(members: Any, expected: str) -> None:
    keys = jose.KeySet.parse({"keys": [members, changed(EC, kid="last")]})
    assert [key.kid for key in keys.keys] == ["last"]
    assert len(keys.oddities) == 1
    assert keys.oddities[0].startswith(expected)


def test_a_coordinate_written_too_short_or_too_long_is_the_same_key() -> None:
    # One key in 256 has such a coordinate; this one is made until it has.
    key = next(key for key in iter(lambda: jose.SigningKey.generate("ES256", "k"), None) if short(key.public()["x"]))
    octets, _ = decode(key.public()["x"].encode(), "x")
    without = changed(key.public(), x=encode(octets.lstrip(b"\0")).decode())
    longer = changed(key.public(), x=encode(b"\0" + octets).decode())
    for members, code in ((without, "short-coordinate:0:x"), (longer, "leading-zero:0:x")):
        keys = jose.KeySet.parse({"keys": [members]})
        assert keys.oddities == (code,)
        assert keys.keys[0].thumbprint == key.thumbprint()
        assert jose.verify(jose.read(key.sign(b"x")), keys).ok


def short(coordinate: str) -> bool:
    return decode(coordinate.encode(), "x")[0].startswith(b"\0")


def test_a_short_rsa_key_verifies_and_is_noted() -> None:
    key = jose.SigningKey.generate("RS256", "weak", 1024)
    keys = jose.KeySet.parse(key_set := {"keys": [key.public()]})
    assert keys.oddities == ("weak-key:0:1024",)
    assert keys.document() == key_set
    assert jose.verify(jose.read(key.sign(b"x")), keys).ok


def test_a_name_that_two_keys_have_is_noted_and_finds_both() -> None:
    keys = jose.KeySet.parse({"keys": [RSA, changed(EC, kid="platform-1"), changed(RSA, kid="other")]})
    assert keys.oddities == ("duplicate-kid:1:platform-1",)
    assert [key.kty for key in keys.named("platform-1")] == ["RSA", "EC"]
    found = keys.find("platform-1")
    assert found is not None
    assert (found.kty, keys.find("nobody"), keys.named("nobody")) == ("RSA", None, ())


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(b"", "not-json", id="nothing"),
        pytest.param(b"<html>", "not-json", id="a page"),
        pytest.param("\ud800", "not-json", id="a lone surrogate"),
        pytest.param(b"[]", "not-an-object", id="a bare array"),
        pytest.param(None, "not-an-object", id="null"),
        pytest.param(5, "not-an-object", id="a number"),
        pytest.param(b"{}", "not-a-key-set", id="no keys"),
        pytest.param(b'{"keys":{}}', "not-a-key-set", id="keys an object"),
        pytest.param(b'{"keys":"x"}', "not-a-key-set", id="keys a string"),
        pytest.param(json.dumps(RSA), "not-a-key-set", id="a single key"),
        pytest.param(b'{"keys":' + b"[" * 90 + b"]" * 90 + b"}", "too-deep", id="deep"),
        pytest.param(b" " * (SIZE_LIMIT + 1), "too-large", id="large"),
    ],
)
def test_what_is_no_key_set_is_refused_with_a_reason(document: Any, expected: str) -> None:
    assert reason(jose.KeySet.parse, document) == expected


def test_a_set_of_no_keys_is_one_and_is_noted() -> None:
    assert jose.KeySet.parse(b'{"keys":[]}') == jose.KeySet((), ("empty-set",))


def test_a_set_of_very_many_keys_is_read_up_to_a_limit() -> None:
    listed = [changed(EC, kid=str(at)) for at in range(KEYS_LIMIT + 50)]
    keys = jose.KeySet.parse(json.dumps({"keys": listed}))
    assert (len(keys.keys), keys.oddities) == (KEYS_LIMIT, (f"too-many-keys:{KEYS_LIMIT + 50}",))


def test_members_of_a_set_that_occur_twice_are_noted() -> None:
    text = json.dumps({"keys": [EC]})[:-1] + ',"keys":[' + json.dumps(RSA)[:-1] + ',"kid":"last"}]}'
    keys = jose.KeySet.parse(text)
    assert ([key.kid for key in keys.keys], keys.oddities) == (
        ["last"],
        ("duplicate-member:kid", "duplicate-member:keys"),
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from([RSA, EC]), st.dictionaries(st.sampled_from(["kty", "kid", "alg", "use", "crv", *"nexyd"]), JSON)
)
def test_any_value_of_any_member_is_read_or_noted(members: dict[str, Any], values: dict[str, Any]) -> None:
    keys = jose.KeySet.parse({"keys": [{**members, **values}]})
    assert keys.keys or keys.oddities
    "".join(keys.oddities).encode("utf-8")
    assert not {"d"} & set(json.loads(json.dumps(keys.document()))["keys"][0] if keys.keys else ())


@given(JSON)
def test_any_json_is_a_key_set_or_refused(document: Any) -> None:
    try:
        keys = jose.KeySet.parse(json.dumps(document))
    except jose.JoseError:
        return
    assert keys.keys == ()


def test_oddities_of_a_key_alone_have_no_position() -> None:
    assert jose.VerifyingKey.from_jwk(changed(RSA, kid=None, d="x")).oddities == ("missing-kid", "private-member:d")
    assert oddities(RSA, changed(EC, alg=None)) == ("missing-alg:1",)
