"""Tokens signed here and by jwcrypto are one thing, and a token that was changed by anything verifies nowhere."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto import jwk
from jwcrypto import jws as other
from jwcrypto.common import JWException

from fixtures.keys import KEYS, signing_key
from harness.wire import jose, jose_forge
from harness.wire.jose_algorithms import APPROVED, raw_verify
from harness.wire.jose_text import encode

NAMES = sorted(KEYS)
PUBLISHED = jose.KeySet.of(signing_key(name) for name in NAMES)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
HEADERS = st.dictionaries(TEXT.filter(lambda name: name not in ("alg", "kid", "crit", "b64")), TEXT, max_size=3)
CLAIMS = {"iss": "https://platform.example", "aud": "tool", "nonce": "n-1"}
PAYLOAD = json.dumps(CLAIMS).encode()


@cache
def theirs(name: str) -> Any:
    return jwk.JWK.from_pem(signing_key(name).private_pem())


def jwcrypto_signs(name: str, header: dict[str, str], payload: bytes) -> str:
    token = other.JWS(payload)
    token.add_signature(theirs(name), header["alg"], protected=json.dumps(header, separators=(",", ":")))
    return str(token.serialize(compact=True))


def jwcrypto_accepts(name: str, token: str) -> bool:
    read = other.JWS()
    try:
        read.deserialize(token, theirs(name), header_alg(token))
    except (JWException, ValueError, TypeError):
        return False
    return True


def header_alg(token: str) -> str:
    return str(jose.read(token).header["alg"])


def with_alg(name: str, alg: str) -> jose.SigningKey:
    return jose.SigningKey.from_pem(signing_key(name).private_pem(), name, alg, checked=False)


# --- equal to jwcrypto ------------------------------------------------------------------------------------------


@given(st.sampled_from(NAMES), HEADERS, st.binary(max_size=200))
def test_jwcrypto_accepts_what_we_sign(name: str, header: dict[str, str], payload: bytes) -> None:
    token = signing_key(name).sign(payload, header)
    read = other.JWS()
    read.deserialize(token, theirs(name), KEYS[name])
    assert read.payload == payload
    assert json.loads(read.objects["protected"]) == {"alg": KEYS[name], "kid": name, "typ": "JWT", **header}


@given(st.sampled_from(NAMES), HEADERS, st.binary(max_size=200))
def test_we_accept_what_jwcrypto_signs(name: str, header: dict[str, str], payload: bytes) -> None:
    token = jwcrypto_signs(name, {"alg": KEYS[name], "kid": name, **header}, payload)
    read = jose.read(token)
    assert (read.payload, read.oddities) == (payload, ())
    assert jose.verify(read, PUBLISHED) == jose.Verdict(True, "", name, theirs(name).thumbprint())


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512"])
@given(header=HEADERS, payload=st.binary(max_size=200))
def test_with_rsa_our_token_is_that_of_jwcrypto_octet_by_octet(
    alg: str, header: dict[str, str], payload: bytes
) -> None:
    whole = {"alg": alg, "kid": "platform-1", "typ": "JWT", **header}
    assert with_alg("platform-1", alg).sign(payload, header) == jwcrypto_signs("platform-1", whole, payload)


@given(st.sampled_from(NAMES), st.binary(max_size=60), st.data())
def test_whatever_we_accept_of_a_changed_token_jwcrypto_accepts_too(name: str, payload: bytes, data: Any) -> None:
    token = signing_key(name).sign(payload)
    at = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(at, min(len(token), at + 3)))
    changed = token[:at] + data.draw(st.text("AQgw.=-_+/ \n", max_size=3)) + token[end:]
    try:
        accepted = jose.verify(jose.read(changed), PUBLISHED).ok
    except jose.JoseError:
        return
    assert accepted is (changed == token)
    if accepted:
        assert jwcrypto_accepts(name, changed)


# --- nothing changed verifies -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["platform-1", "platform-es256", "platform-es384", "platform-es512"])
@pytest.mark.parametrize("without_kid", ["refuse", "try-all"])
def test_a_token_with_any_one_bit_changed_never_verifies(name: str, without_kid: Any) -> None:
    token = signing_key(name).sign(PAYLOAD).encode()
    assert jose.verify(jose.read(token), PUBLISHED, without_kid=without_kid).ok
    accepted = []
    for bit in range(len(token) * 8):
        changed = bytearray(token)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            verdict = jose.verify(jose.read(bytes(changed)), PUBLISHED, without_kid=without_kid)
        except jose.JoseError:
            continue
        if verdict.ok or not verdict.reason:
            accepted.append(bit)
    assert accepted == []


@given(st.sampled_from(NAMES), st.binary(max_size=100), st.data())
def test_a_signature_with_any_octets_changed_never_verifies(name: str, payload: bytes, data: Any) -> None:
    key = signing_key(name)
    right = jose.read(key.sign(payload)).signature
    wrong = data.draw(
        st.one_of(st.binary(max_size=len(right) + 2), st.integers(0, len(right)).map(lambda n: right[:n]))
    )
    token = jose_forge.compact({"alg": key.alg, "kid": name}, payload, lambda _: wrong)
    assert jose.verify(jose.read(token), PUBLISHED).reason == "bad-signature"


def test_zeros_before_r_or_s_do_not_make_another_signature_of_the_same_token() -> None:
    key = signing_key("platform-es256")
    right = key.signature(b"data")
    assert raw_verify(APPROVED["ES256"], key.verifying.object, b"data", right)
    for wrong in (right[:32] + b"\0" + right[32:], b"\0" + right[:32] + b"\0" + right[32:]):
        assert not raw_verify(APPROVED["ES256"], key.verifying.object, b"data", wrong)


def test_a_key_of_another_curve_or_type_verifies_nothing_even_if_its_signature_would_hold() -> None:
    curve, rsa = signing_key("platform-es256"), with_alg("platform-1", "RS256")
    narrow = curve.signature(b"data")
    wide = b"".join(part.rjust(48, b"\0") for part in (narrow[:32], narrow[32:]))
    as_wide = replace(APPROVED["ES256"], name="ES384", curve="P-384", width=48)
    assert not raw_verify(as_wide, curve.verifying.object, b"data", wide)
    assert not raw_verify(APPROVED["ES256"], rsa.verifying.object, b"data", rsa.signature(b"data"))
    assert not raw_verify(APPROVED["RS256"], curve.verifying.object, b"data", narrow)


def test_the_spare_bits_of_the_last_character_cannot_be_used_to_write_a_token_twice() -> None:
    token = signing_key("platform-1").sign(PAYLOAD)
    last = {"A": "B", "Q": "R", "g": "h", "w": "x"}[token[-1]]
    changed = jose.read(token[:-1] + last)
    assert changed.signature == jose.read(token).signature
    assert changed.oddities == ("trailing-bits:signature",)
    assert jose.verify(changed, PUBLISHED) == jose.Verdict(False, "malformed", "platform-1")


# --- signing ----------------------------------------------------------------------------------------------------


def test_a_token_names_algorithm_key_and_type() -> None:
    header = jose.read(signing_key("tool-1").sign(b"{}")).header
    assert list(header.items()) == [("alg", "RS256"), ("kid", "tool-1"), ("typ", "JWT")]


def test_a_key_without_a_name_makes_tokens_that_name_none() -> None:
    assert jose.read(signing_key("tool-1").with_kid(None).sign(b"{}")).header == {"alg": "RS256", "typ": "JWT"}


def test_members_of_the_header_are_overridden_added_and_left_out() -> None:
    token = signing_key("tool-1").sign(b"{}", {"typ": None, "kid": "tool-2", "jku": "https://attacker.example/keys"})
    assert jose.read(token).header == {"alg": "RS256", "kid": "tool-2", "jku": "https://attacker.example/keys"}


def test_a_header_that_lies_about_the_algorithm_is_signed_by_the_key_all_the_same() -> None:
    read = jose.read(signing_key("tool-1").sign(b"{}", {"alg": "ES256"}))
    assert (read.header["alg"], len(read.signature)) == ("ES256", 256)


@pytest.mark.parametrize(("name", "octets"), [("platform-es256", 64), ("platform-es384", 96), ("platform-es512", 132)])
def test_an_ecdsa_signature_is_r_and_s_in_fixed_width(name: str, octets: int) -> None:
    assert {len(jose.read(signing_key(name).sign(b"x")).signature) for _ in range(40)} == {octets}


# --- verdicts ---------------------------------------------------------------------------------------------------


def refused(token: str, keys: Any = PUBLISHED, **options: Any) -> str:
    verdict = jose.verify(jose.read(token), keys, **options)
    assert not verdict.ok
    return verdict.reason


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", " none"])
@pytest.mark.parametrize("without_kid", ["refuse", "try-all"])
def test_a_token_without_a_signature_is_refused_however_none_is_spelled(alg: str, without_kid: str) -> None:
    assert refused(jose_forge.unsigned({"kid": "platform-1"}, PAYLOAD, alg=alg), without_kid=without_kid) == "alg-none"


def test_no_list_of_algorithms_makes_none_or_hmac_acceptable() -> None:
    listed = ("none", "HS256", "RS256")
    assert refused(jose_forge.unsigned({"kid": "platform-1"}, PAYLOAD), algorithms=listed) == "alg-none"
    pem = signing_key("platform-1").public_pem()
    forged = jose_forge.hs256_with_public_key({"kid": "platform-1"}, PAYLOAD, pem)
    assert refused(forged, algorithms=listed) == "alg-symmetric"


def test_the_public_key_as_an_hmac_secret_is_what_a_confused_verifier_accepts() -> None:
    pem = signing_key("platform-1").public_pem()
    forged = jose_forge.hs256_with_public_key({"kid": "platform-1", "typ": "JWT"}, PAYLOAD, pem)
    confused = other.JWS()
    confused.deserialize(forged, jwk.JWK(kty="oct", k=encode(pem).decode()), "HS256")
    assert confused.payload == PAYLOAD
    assert refused(forged) == "alg-symmetric"


@pytest.mark.parametrize("alg", ["PS256", "EdDSA", "ES256K", "rs256", "RS256 ", "dir", "A128KW", "RS1", ""])
def test_other_algorithms_are_not_allowed(alg: str) -> None:
    assert refused(signing_key("platform-1").sign(PAYLOAD, {"alg": alg})) == "alg-not-allowed"


def test_no_list_of_algorithms_makes_one_acceptable_that_is_not_approved() -> None:
    token = signing_key("platform-1").sign(PAYLOAD, {"alg": "PS256"})
    assert refused(token, algorithms=("PS256", "RS256")) == "alg-not-allowed"


def test_algorithms_can_be_narrowed() -> None:
    assert refused(signing_key("platform-es256").sign(PAYLOAD), algorithms=("RS256",)) == "alg-not-allowed"


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"alg": 5}, id="alg a number"),
        pytest.param({"alg": None}, id="no alg"),
        pytest.param({"alg": ["RS256"]}, id="alg a list"),
        pytest.param({"kid": 5}, id="kid a number"),
        pytest.param({"kid": {}}, id="kid an object"),
    ],
)
def test_members_of_the_wrong_type_are_malformed(header: dict[str, Any]) -> None:
    assert refused(signing_key("platform-1").sign(PAYLOAD, header), without_kid="try-all") == "malformed"


def test_a_kid_that_is_null_is_malformed_and_not_as_if_there_were_none() -> None:
    key = signing_key("platform-1")
    token = jose_forge.compact({"alg": "RS256", "kid": None}, PAYLOAD, key.signature)
    assert refused(token, without_kid="try-all") == "malformed"


@pytest.mark.parametrize("crit", [["exp"], ["b64"], [], None, "exp"])
def test_a_critical_header_that_nobody_understands_is_refused(crit: Any) -> None:
    header = {"alg": "RS256", "kid": "platform-1", "crit": crit, "b64": False, "exp": 1}
    assert refused(jose_forge.compact(header, PAYLOAD, signing_key("platform-1").signature)) == "crit-not-understood"


def test_a_token_without_kid_is_refused_unless_all_keys_may_be_tried() -> None:
    token = signing_key("platform-2").sign(PAYLOAD, {"kid": None})
    assert refused(token) == "no-kid"
    verdict = jose.verify(jose.read(token), PUBLISHED, without_kid="try-all")
    assert (verdict.ok, verdict.kid, verdict.thumbprint) == (True, None, signing_key("platform-2").thumbprint())


def test_trying_all_keys_accepts_no_key_that_is_not_in_the_set() -> None:
    token = signing_key("attacker").sign(PAYLOAD, {"kid": None})
    keys = [signing_key("platform-1"), signing_key("platform-es256"), signing_key("platform-2")]
    assert refused(token, keys, without_kid="try-all") == "bad-signature"
    assert refused(token, [], without_kid="try-all") == "no-kid"


def test_trying_all_keys_does_not_help_a_token_that_names_an_unknown_one() -> None:
    token = signing_key("platform-1").sign(PAYLOAD, {"kid": "elsewhere"})
    assert refused(token, without_kid="try-all") == "unknown-kid"
    assert refused(signing_key("platform-1").sign(PAYLOAD, {"kid": ""})) == "unknown-kid"


def test_a_stranger_who_takes_a_known_name_is_refused() -> None:
    token = signing_key("attacker").with_kid("platform-1").sign(PAYLOAD)
    verdict = jose.verify(jose.read(token), PUBLISHED)
    assert verdict == jose.Verdict(False, "bad-signature", "platform-1", signing_key("platform-1").thumbprint())


@pytest.mark.parametrize("where", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_that_comes_with_the_token_is_never_looked_at(where: str) -> None:
    attacker, keys = signing_key("attacker"), [signing_key("platform-1")]
    brought: Any = attacker.public() if where == "jwk" else "https://attacker.example/keys"
    assert refused(attacker.sign(PAYLOAD, {where: brought}), keys) == "unknown-kid"
    assert refused(attacker.sign(PAYLOAD, {where: brought, "kid": "platform-1"}), keys) == "bad-signature"
    assert (
        refused(attacker.sign(PAYLOAD, {where: brought, "kid": None}), keys, without_kid="try-all") == "bad-signature"
    )


@pytest.mark.parametrize(
    ("alg", "kid"), [("RS256", "platform-es256"), ("ES256", "platform-1"), ("ES256", "platform-es512")]
)
def test_the_type_of_the_key_must_fit_the_algorithm(alg: str, kid: str) -> None:
    assert refused(signing_key(kid).sign(PAYLOAD, {"alg": alg})) == "key-type-mismatch"


def test_the_algorithm_of_the_key_must_be_that_of_the_token() -> None:
    assert refused(with_alg("platform-1", "RS512").sign(PAYLOAD)) == "key-alg-mismatch"


def test_a_key_that_says_no_algorithm_fits_all_of_its_type() -> None:
    members = {name: value for name, value in signing_key("platform-1").public().items() if name != "alg"}
    keys = jose.KeySet.parse({"keys": [members]})
    for alg in ("RS256", "RS384", "RS512"):
        assert jose.verify(jose.read(with_alg("platform-1", alg).sign(PAYLOAD)), keys).ok


def test_of_two_keys_of_one_name_either_may_verify() -> None:
    keys = jose.KeySet.of([signing_key("platform-es256").with_kid("k"), signing_key("platform-1").with_kid("k")])
    assert jose.verify(jose.read(signing_key("platform-1").with_kid("k").sign(PAYLOAD)), keys).ok
    assert refused(signing_key("attacker").with_kid("k").sign(PAYLOAD), keys) == "bad-signature"


def test_refusals_by_name_or_algorithm_use_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def used(*_: Any) -> bool:
        raise AssertionError("a key was used")

    monkeypatch.setattr(jose, "raw_verify", used)
    key = signing_key("platform-1")
    for header in ({"alg": "none"}, {"alg": "HS256"}, {"alg": "PS256"}, {"kid": "x"}, {"kid": None}, {"alg": "RS512"}):
        refused(key.sign(PAYLOAD, header))


def test_the_same_token_is_equal_and_the_key_is_not_shown() -> None:
    token = signing_key("platform-1").sign(PAYLOAD)
    assert jose.read(token) == jose.read(token.encode())
    assert len({jose.read(token), jose.read(token)}) == 1
    assert repr(signing_key("platform-1")) == "SigningKey(kid='platform-1', alg='RS256')"
