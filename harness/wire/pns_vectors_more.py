"""Further vectors: what a security reviewer adds, steps of clock skew, and bodies that want to break a receiver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from harness.wire.json_members import Members, dump, members
from harness.wire.lti import DEPLOYMENT_ID, MESSAGE_TYPE, RESOURCE_LINK
from harness.wire.pns import NOTICE, ORIGIN_CONTEXTS
from harness.wire.pns_forging import Draft, Message, Sending
from harness.wire.pns_vectors_bodies import (
    FORM,
    beside_blanks,
    bomb,
    deep,
    exactly,
    huge,
    id_token,
    many_blanks,
    packed,
    unnamed,
)  # fmt: skip
from harness.wire.pns_vectors_model import (
    ALGORITHM,
    AUDIENCE,
    CONFUSION,
    CRASH,
    EXPIRY,
    KEY,
    LOAD,
    MISSING,
    REPLAY,
    SIGNATURE,
    TENANT,
    TWICE,
    About,
    Vector,
)  # fmt: skip

__all__ = ["MORE"]

LEVELS: Final = 1_000
FLOOD: Final = 50

Make = Callable[[Draft, About], Message]


def _one(change: Callable[[Draft, About], Draft]) -> Make:
    return lambda sound, about: Message.of(change(sound, about))


def _headed(signer: str = "attacker", **header: Any) -> Make:
    def make(sound: Draft, about: About) -> Message:
        own = {name: value(about) if callable(value) else value for name, value in header.items()}
        return Message.of(replace(sound, signer=signer, header=own))  # type: ignore[arg-type]

    return make


def _text(*changes: str) -> Make:
    return _one(lambda sound, about: replace(sound, text=changes))


def _times(**seconds: int) -> Make:
    """Set times by their distance from the present; whatever is not named is as in the sound draft."""
    return _one(lambda sound, about: sound.having({name: about.seconds + far for name, far in seconds.items()}))


def _claims(values: Callable[[About], Mapping[str, Any]], *without: str) -> Make:
    return _one(lambda sound, about: sound.having(values(about)).lacking(*without))


def _repeated(name: str, wrong: Callable[[About], Any], *, last: bool) -> Make:
    """Write a claim twice, wrong and right; the wrong one stands last or first."""

    def make(sound: Draft, about: About) -> Message:
        tree: Members = members(sound.mapping)
        more = ((name, wrong(about)),)
        return Message.of(replace(sound, claims=Members((*tree.pairs, *more) if last else (*more, *tree.pairs))))

    return make


def _alg_twice(sound: Draft, about: About) -> Message:
    return Message.of(replace(sound, signer="none", header=Members((("alg", "RS256"), ("alg", "none")))))


def _deep_claim(sound: Draft, about: About) -> Message:
    nested: bytes = b"[" * LEVELS + b"]" * LEVELS
    plain = sound.having({"https://vendor.example/x": "@"})
    return Message.of(replace(sound, payload=dump(plain.mapping).replace(b'"@"', nested)))


def _posted(body: Any, content_type: str = "application/json", encoding: str = "") -> Make:
    return lambda sound, about: Message((Sending((sound,), body, content_type, encoding),))


def _bare(body: Any, encoding: str = "") -> Make:
    return lambda sound, about: Message((Sending((), body, encoding=encoding),))


def _flood(sound: Draft, about: About) -> Message:
    forged = (
        replace(sound.another(number), signer="attacker", header={"kid": f"kid-{number}"}) for number in range(FLOOD)
    )
    return Message(tuple(Sending((draft,)) for draft in forged))


def _batch(*drafts: Callable[[Draft], Draft]) -> Make:
    return lambda sound, about: Message.of(*(change(sound) for change in drafts))


def _same(sound: Draft) -> Draft:
    return sound


_ROWS: Final[tuple[tuple[Any, ...], ...]] = (
    ("empty-signature", "The signature part is empty; the header says RS256.", SIGNATURE, _text("empty-signature")),
    ("turned-signature", "One letter of the signature is another.", SIGNATURE, _text("turned-signature")),
    ("cut-signature", "The signature is too short.", SIGNATURE, _text("cut-signature")),
    ("attacker-key", "The kid is right, the key is the attacker's.", SIGNATURE,
     _one(lambda sound, about: replace(sound, signer="attacker", named_as="platform"))),
    ("none-in-other-case", "The header says alg nOnE, and the signature is empty.", ALGORITHM,
     _headed("none", alg="nOnE")),
    ("alg-repeated", "The header says alg twice, RS256 and none; there is no signature.", ALGORITHM, _alg_twice),
    ("jwk-header", "The header brings the attacker's key with it.", KEY,
     _headed(jwk=lambda about: dict(about.attacker_key))),
    ("jwk-under-right-kid", "The header brings the attacker's key under the platform's kid.", KEY,
     _one(lambda sound, about: replace(
         sound, signer="attacker", named_as="platform", header={"jwk": dict(about.attacker_key)}))),
    ("x5u-header", "The header's x5u leads to the attacker's key.", KEY, _headed(x5u=lambda about: about.lure)),
    ("jku-beside-right-key", "The header's jku leads elsewhere; key and signature are the platform's.", KEY,
     _headed("platform", jku=lambda about: about.lure)),
    ("kid-as-path", "The kid is a path out of the key folder.", "CWE-22 path traversal by kid",
     _headed(kid="../../../../../../dev/null")),
    ("kid-as-sql", "The kid is a piece of SQL that yields a key.", "CWE-89 SQL injection by kid",
     _headed(kid="x' UNION SELECT 'attacker' -- ")),
    ("kid-as-url", "The kid is a URL with the attacker's key.", "CWE-918 request forged by kid",
     _headed(kid=lambda about: about.lure)),
    ("typ-of-another-kind", "The header's typ is that of an access token.", CONFUSION,
     _headed("platform", typ="at+jwt")),
    ("crit-unknown", "The header demands an extension that nobody knows.", MISSING,
     _headed("platform", crit=["urn:example:x"])),
    ("expired-by-1s", "The notice expired a second ago.", EXPIRY, _times(iat=-2, exp=-1)),
    ("expired-by-30s", "The notice expired half a minute ago.", EXPIRY, _times(iat=-60, exp=-30)),
    ("expired-by-299s", "The notice expired nearly five minutes ago.", EXPIRY, _times(iat=-600, exp=-299)),
    ("expired-by-1d", "The notice expired a day ago.", EXPIRY, _times(iat=-90_000, exp=-86_400)),
    ("iat-ahead-1s", "The notice is signed a second ahead of time.", "", _times(iat=1)),
    ("iat-ahead-30s", "The notice is signed half a minute ahead of time.", "", _times(iat=30)),
    ("iat-ahead-60s", "The notice is signed a minute ahead of time.", "", _times(iat=60)),
    ("iat-ahead-5m", "The notice is signed five minutes ahead of time.", EXPIRY, _times(iat=300, exp=900)),
    ("nbf-ahead-1h", "The notice is not to be used before an hour has passed.", EXPIRY, _times(nbf=3600, exp=7200)),
    ("same-nonce-other-event", "Another event comes under the same nonce.", REPLAY,
     lambda sound, about: Message((
         Sending((sound,)), Sending((sound.another(1).setting(nonce=sound.mapping["nonce"]),))))),
    ("aud-without-us", "The audience is an array of others.", AUDIENCE,
     _claims(lambda about: {"aud": [about.foreign_audience, "third"]}, "azp")),
    ("aud-us-last", "Our client comes last in aud, and azp names it.", "",
     _claims(lambda about: {"aud": [about.foreign_audience, about.client_id], "azp": about.client_id})),
    ("aud-holds-ours-as-part", "The audience is our client id with letters behind it.", AUDIENCE,
     _claims(lambda about: {"aud": about.client_id + "0"}, "azp")),
    ("foreign-azp-beside-us", "Our client stands in aud, another one in azp.", AUDIENCE,
     _claims(lambda about: {"aud": [about.client_id, about.foreign_audience], "azp": about.foreign_audience})),
    ("deployment-with-space", "A space follows the deployment.", TENANT,
     _one(lambda sound, about: sound.having({DEPLOYMENT_ID: f"{sound.mapping[DEPLOYMENT_ID]} "}))),
    ("message-type-beside-notice", "The notice says that it is a launch too.", CONFUSION,
     _claims(lambda about: {MESSAGE_TYPE: RESOURCE_LINK})),
    ("notice-as-launch", "A notice is sent where launches arrive.", CONFUSION,
     lambda sound, about: Message((Sending((sound,), id_token, FORM, to="launch"),))),
    ("aud-repeated-wrong-last", "The audience is there twice, ours and then another.", MISSING,
     _repeated("aud", lambda about: about.foreign_audience, last=True)),
    ("aud-repeated-wrong-first", "The audience is there twice, another and then ours.", MISSING,
     _repeated("aud", lambda about: about.foreign_audience, last=False)),
    ("no-timestamp", "The notice has no timestamp.", MISSING,
     _one(lambda sound, about: sound.notice_lacking("timestamp"))),
    ("notice-as-array", "The claim notice is an array.", MISSING,
     _one(lambda sound, about: sound.having({NOTICE: [sound.mapping[NOTICE]]}))),
    ("several-origins", "The context was copied from three.", "",
     _claims(lambda about: {ORIGIN_CONTEXTS: ["origin-1", "origin-2", "origin-3"]})),
    ("empty-origins", "The origin_contexts is an empty array.", "", _claims(lambda about: {ORIGIN_CONTEXTS: []})),
    ("deep-claim", "A claim is an array within arrays, a thousand of them.", LOAD, _deep_claim),
    ("padded", "The parts of the token are padded.", "", _text("padded")),
    ("spaced", "White space stands around the token.", "", _text("spaced")),
    ("payload-no-object", "The payload is an array.", MISSING,
     _one(lambda sound, about: replace(sound, payload=b'["notice"]'))),
    ("payload-no-json", "The payload is no JSON.", CRASH, _one(lambda sound, about: replace(sound, payload=b"notice"))),
    ("blank-elements", "Blank elements stand before a right notice.", CRASH, _posted(beside_blanks)),
    ("huge-array", "The array has ten thousand blank elements.", LOAD, _bare(many_blanks)),
    ("deep-body", "The body is an array within arrays, a hundred thousand of them.", LOAD, _bare(deep)),
    ("huge-body", "The body has ten megabytes.", LOAD, _bare(huge)),
    ("gzip-bomb", "The body is packed: 64 kilobytes that become 64 megabytes.", "CWE-409 bomb", _bare(bomb, "gzip")),
    ("gzip", "The body is packed, and right.", "", _posted(packed, encoding="gzip")),
    ("empty-body", "The body is empty.", CRASH, _bare(exactly(b""))),
    ("top-level-array", "The body is the array itself.", "", _posted(unnamed)),
    ("wrong-content-type", "The content type is text/plain.", MISSING,
     lambda sound, about: Message((Sending((sound,), content_type="text/plain"),))),
    ("twin-in-batch", "The identical JWT is in the POST twice.", REPLAY, _batch(_same, _same)),
    ("same-id-in-batch", "The same notice id is in the POST twice.", TWICE, _batch(_same, Draft.again)),
    ("hundred", "A hundred notices come in one POST.", "",
     lambda sound, about: Message.of(*(sound.another(number) for number in range(1, 101)))),
    ("unknown-kid-flood", "Fifty notices come, each with a kid of its own that nobody publishes.", LOAD, _flood),
    ("withdrawn-key", "The key is published no longer.", KEY, _one(lambda sound, about: sound), "withdraw"),
)  # fmt: skip

MORE: Final[tuple[Vector, ...]] = tuple(Vector(f"A{number:02}", *row) for number, row in enumerate(_ROWS, start=1))
"""The further vectors."""
