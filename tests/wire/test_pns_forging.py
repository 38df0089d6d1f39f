"""Drafts become the tokens that they say, and vectors the messages that their names promise."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from fixtures.keys import signing_key
from fixtures.notice_oracle import scene
from harness.wire.jose import read, verify
from harness.wire.json_members import Members, dump
from harness.wire.lti import CONTEXT
from harness.wire.pns import HELLO_WORLD, NOTICE, ORIGIN_CONTEXTS
from harness.wire.pns_forging import SIGNERS, TEXT_CHANGES, Draft, Message, header_of, write
from harness.wire.pns_notices import read_body
from harness.wire.pns_vectors import VECTORS, N, by_name
from harness.wire.pns_vectors_bodies import BOMB, HUGE
from harness.wire.pns_vectors_model import SETUPS

SCENE = scene()
SOUND, ABOUT, RING = SCENE.sound, SCENE.about, SCENE.keyring


def bodies(name: str) -> list[bytes]:
    return [post.body for post in by_name(name).make(SOUND, ABOUT).posts(RING)]


def tokens(name: str) -> list[str]:
    return [text for body in bodies(name) for text in read_body(body).jwts if text is not None]


def test_a_sound_draft_is_signed_by_the_platform() -> None:
    token = write(SOUND, RING)
    jws = read(token)
    assert verify(jws, [RING.key("platform")]).ok
    assert jws.header == {"alg": "RS256", "kid": "platform-1", "typ": "JWT"}
    assert jws.claims() == SOUND.claims
    assert jws.oddities == ()


@pytest.mark.parametrize("signer", ["platform", "next", "unpublished", "other-platform", "attacker"])
def test_a_signer_with_a_key_signs_with_it_under_its_own_name(signer: str) -> None:
    jws = read(write(replace(SOUND, signer=signer), RING))  # type: ignore[arg-type]
    key = RING.key(signer)
    assert jws.header["kid"] == key.kid
    assert verify(jws, [key]).ok


def test_an_hmac_has_the_public_key_as_its_secret_and_nobody_leaves_no_signature() -> None:
    jws = read(write(replace(SOUND, signer="hmac-public"), RING))
    assert jws.header == {"alg": "HS256", "kid": "platform-1", "typ": "JWT"}
    secret = RING.key("platform").public_pem()
    assert jws.signature == hmac.digest(secret, jws.signing_input, hashlib.sha256)
    none = read(write(replace(SOUND, signer="none"), RING))
    assert (none.header["alg"], none.signature) == ("none", b"")
    assert set(SIGNERS) == {"none", "hmac-public", *RING.keys}


def test_a_signer_without_a_key_is_named() -> None:
    with pytest.raises(KeyError, match="next"):
        write(replace(SOUND, signer="next"), replace(RING, keys={"platform": RING.key("platform")}))


def test_the_header_is_laid_over_and_left_out_and_named_as_another() -> None:
    draft = replace(SOUND, header={"typ": "x", "jku": "u"}, without=("alg",), signer="attacker", named_as="platform")
    assert header_of(draft, RING) == Members((("kid", "platform-1"), ("typ", "x"), ("jku", "u")))


def test_members_that_occur_twice_are_written_twice() -> None:
    draft = Draft(Members((("a", 1), ("a", {"b": 2}))))
    assert read(write(draft, RING)).payload == b'{"a":1,"a":{"b":2}}'
    with pytest.raises(TypeError):
        draft.setting(a=1)


def test_what_is_shown_takes_the_place_of_what_was_signed() -> None:
    whole, changed = write(SOUND, RING), write(replace(SOUND, shown=b"{}", shown_head=b'{"alg":"RS256"}'), RING)
    assert changed.rpartition(".")[2] == whole.rpartition(".")[2]
    assert read(changed).payload == b"{}"
    assert read(changed).header == {"alg": "RS256"}
    octets = write(replace(SOUND, payload=b"no json", head=dump({"kid": "k", "alg": "RS256"})), RING)
    assert read(octets).payload == b"no json"


def test_an_event_again_keeps_its_id_and_another_event_has_its_own() -> None:
    again, other = SOUND.again(), SOUND.another(3)
    assert again.mapping[NOTICE] == SOUND.mapping[NOTICE]
    assert again.mapping["nonce"] not in (SOUND.mapping["nonce"], SOUND.again(2).mapping["nonce"])
    assert other.mapping[NOTICE]["id"] != SOUND.mapping[NOTICE]["id"]
    assert other == SOUND.another(3) != SOUND.another(4)
    events = {json.dumps(SOUND.another(number).mapping[NOTICE]) for number in range(100)}
    assert len(events) == 100


@pytest.mark.parametrize("name", sorted(TEXT_CHANGES))
def test_every_change_of_the_text_changes_it(name: str) -> None:
    assert write(replace(SOUND, text=(name,)), RING) != write(SOUND, RING)


def test_a_draft_that_is_sent_twice_is_one_jwt_even_when_the_signature_is_random() -> None:
    ring = replace(RING, keys={"platform": signing_key("platform-es256")})
    assert write(SOUND, ring) != write(SOUND, ring)
    first, second = by_name("replay").make(SOUND, ABOUT).posts(ring)
    assert first == second
    one, other = tokens("same-id-new-nonce")
    assert one != other


# --- the table ------------------------------------------------------------------------------------------------------


def test_the_numbered_vectors_are_47_and_no_name_or_id_is_there_twice() -> None:
    assert [one.id for one in N] == [f"N{number:02}" for number in range(1, 48)]
    names = [one.name for one in VECTORS.values()]
    assert len(set(names)) == len(names) > 90
    assert all(vector.id == key for key, vector in VECTORS.items())


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_every_vector_says_what_it_is_and_is_written_alike_each_time(vector) -> None:
    assert vector.sentence.endswith(".")
    assert not vector.threat or vector.threat.startswith("CWE-")
    assert set(vector.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert vector.setup is None or vector.setup in SETUPS
    made: Message = vector.make(SOUND, ABOUT)
    assert made.posts(RING) == vector.make(SOUND, ABOUT).posts(RING)
    assert by_name(vector.name) is by_name(vector.id) is vector


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_every_vector_can_be_made_of_a_notice_of_another_type(vector) -> None:
    hello = SOUND.notice(type=HELLO_WORLD).lacking(CONTEXT, ORIGIN_CONTEXTS)
    assert vector.make(hello, ABOUT).posts(RING)


def test_a_name_that_is_no_vectors_is_refused() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        by_name("nonsense")


def test_bodies_are_of_the_sizes_that_their_names_promise() -> None:
    (fifty,), (hundred,) = bodies("fifty"), bodies("hundred")
    assert len(read_body(fifty).jwts) == 50
    assert len(read_body(hundred).jwts) == 100
    (huge,), (bomb,) = bodies("huge-body"), bodies("gzip-bomb")
    assert len(huge) > HUGE
    assert len(bomb) < 100_000
    assert len(gzip.decompress(bomb)) > BOMB
    assert len(bodies("unknown-kid-flood")) == 50


def test_a_batch_of_different_events_repeats_neither_id_nor_nonce_nor_context() -> None:
    claims = [read(token).claims() for token in tokens("fifty")]
    assert len({one[NOTICE]["id"] for one in claims}) == 50
    assert len({one["nonce"] for one in claims}) == 50
