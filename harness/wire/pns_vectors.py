"""The vectors: notices that are wrong in one way each, and right ones that a careless receiver loses.

N01 to N47 go through a notice from its signature to its delivery; the further ones of `pns_vectors_more` are what a
security reviewer adds. What is expected of each is computed by the oracle, from what is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, Final

from harness.wire.lti import CONTEXT, DEPLOYMENT_ID, VERSION_CLAIM
from harness.wire.pns import NOTICE, ORIGIN_CONTEXTS
from harness.wire.pns_forging import Draft, Message, Sending, Signer
from harness.wire.pns_vectors_bodies import FORM, bare, exactly, form_encoded
from harness.wire.pns_vectors_model import (
    ALGORITHM,
    AUDIENCE,
    CONFUSION,
    CRASH,
    EXPIRY,
    KEY,
    LOAD,
    MISSING,
    ORIGIN,
    REPLAY,
    SIGNATURE,
    TENANT,
    TWICE,
    About,
    Vector,
)  # fmt: skip
from harness.wire.pns_vectors_more import MORE

__all__ = ["VECTORS", "About", "Vector", "by_name"]

Change = Callable[[Draft, About], Draft]


def _one(change: Change) -> Callable[[Draft, About], Message]:
    return lambda sound, about: Message.of(change(sound, about))


def _claim(name: str, value: Any) -> Callable[[Draft, About], Message]:
    return _one(lambda sound, about: sound.having({name: value}))


def _without(*names: str) -> Callable[[Draft, About], Message]:
    return _one(lambda sound, about: sound.lacking(*names))


def _signed(signer: Signer, named_as: Signer | None = None) -> Callable[[Draft, About], Message]:
    return _one(lambda sound, about: replace(sound, signer=signer, named_as=named_as))


def _body(body: bytes, content_type: str = "application/json") -> Callable[[Draft, About], Message]:
    return lambda sound, about: Message((Sending((), exactly(body), content_type),))


def _tampered(sound: Draft, about: About) -> Draft:
    context = {**sound.mapping.get(CONTEXT, {}), "title": "Changed on the way"}
    return replace(sound, shown={**sound.mapping, CONTEXT: context})


def _mixed(sound: Draft, about: About) -> Message:
    bad = replace(sound.another(2), text=("turned-signature",))
    old = sound.another(4).setting(iat=about.seconds - 4200, exp=about.seconds - 600)
    return Message.of(sound.another(1), bad, sound.another(3), old, sound.another(5))


def _offset(sound: Draft, about: About) -> Draft:
    event = datetime.fromisoformat(str(sound.mapping[NOTICE]["timestamp"]))
    shown = event.replace(microsecond=250_000).astimezone(timezone(timedelta(hours=1)))
    return sound.notice(timestamp=shown.isoformat())


def _foreign_audience(sound: Draft, about: About) -> Draft:
    return sound.setting(aud=[about.client_id, about.foreign_audience]).lacking("azp")


def _twice(sound: Draft, about: About) -> Message:
    return Message((Sending((sound,)), Sending((sound,))))


_ROWS: Final[tuple[tuple[Any, ...], ...]] = (
    (
        "no-signature", "The token has no signature part.", SIGNATURE,
        _one(lambda sound, about: replace(sound, text=("no-signature-part",))),
    ),
    ("tampered-payload", "A claim is changed after signing.", SIGNATURE, _one(_tampered)),
    ("alg-none", "The header says alg none, and the signature is empty.", ALGORITHM, _signed("none")),
    (
        "hs256-public-key", "The token is signed by HS256 with the public key's PEM as secret.", ALGORITHM,
        _signed("hmac-public"),
    ),
    (
        "no-kid", "The header has no kid; the signature is right.", KEY,
        _one(lambda sound, about: replace(sound, without=("kid",))),
    ),
    ("unknown-kid", "The kid is none that the platform publishes.", KEY, _signed("unpublished")),
    (
        "kid-of-another-platform", "Key and kid are those of another platform.", KEY,
        _signed("other-platform"),
    ),
    (
        "jku-header", "The header's jku leads to the attacker's key set.", KEY,
        _one(lambda sound, about: replace(sound, signer="attacker", header={"jku": about.lure})),
    ),
    (
        "wrong-issuer", "The issuer is another one; the signature is the platform's.", ORIGIN,
        _one(lambda sound, about: sound.setting(iss=about.other_issuer)),
    ),
    (
        "issuer-with-slash", "A slash follows the issuer.", ORIGIN,
        _one(lambda sound, about: sound.setting(iss=about.issuer + "/")),
    ),
    (
        "wrong-audience", "The audience is another client.", AUDIENCE,
        _one(lambda sound, about: sound.setting(aud=about.foreign_audience).lacking("azp")),
    ),
    (
        "foreign-second-audience", "A foreign client stands beside ours in aud, and there is no azp.", AUDIENCE,
        _one(_foreign_audience),
    ),
    (
        "foreign-azp", "The authorized party is another client.", AUDIENCE,
        _one(lambda sound, about: sound.setting(azp=about.foreign_audience)),
    ),
    (
        "expired", "The notice expired ten minutes ago.", EXPIRY,
        _one(lambda sound, about: sound.setting(iat=about.seconds - 4200, exp=about.seconds - 600)),
    ),
    ("no-exp", "There is no exp.", EXPIRY, _without("exp")),
    (
        "iat-ahead-1h", "The notice is signed one hour ahead of time.", EXPIRY,
        _one(lambda sound, about: sound.setting(iat=about.seconds + 3600, exp=about.seconds + 7200)),
    ),
    ("no-nonce", "There is no nonce.", REPLAY, _without("nonce")),
    ("replay", "The identical JWT is sent twice.", REPLAY, _twice),
    (
        "same-id-new-nonce", "The same notice id comes again in a new JWT.", TWICE,
        lambda sound, about: Message((Sending((sound,)), Sending((sound.again(),)))),
    ),
    ("version-1.1", "The version is 1.1.", MISSING, _claim(VERSION_CLAIM, "1.1")),
    ("no-version", "There is no version.", MISSING, _without(VERSION_CLAIM)),
    ("no-deployment", "There is no deployment_id.", TENANT, _without(DEPLOYMENT_ID)),
    (
        "foreign-deployment", "The deployment is one that the tool does not know.", TENANT,
        _one(lambda sound, about: sound.having({DEPLOYMENT_ID: about.foreign_deployment})),
    ),
    ("no-notice", "There is no claim notice.", MISSING, _without(NOTICE)),
    ("no-notice-id", "The notice has no id.", MISSING, _one(lambda sound, about: sound.notice_lacking("id"))),
    (
        "no-notice-type", "The notice has no type.", MISSING,
        _one(lambda sound, about: sound.notice_lacking("type")),
    ),
    (
        "timestamp-no-date", "The notice's timestamp is no date.", MISSING,
        _one(lambda sound, about: sound.notice(timestamp="yesterday")),
    ),
    (
        "unknown-type", "The notice is of a type that nobody knows.", "",
        _one(lambda sound, about: sound.notice(type="LtiFutureNotice")),
    ),
    (
        "launch-as-notice", "The id_token of a launch is sent as a notice.", CONFUSION,
        _one(lambda sound, about: replace(sound, claims=dict(about.launch))),
    ),
    ("empty-sub", "The sub is an empty text.", MISSING, _claim("sub", "")),
    ("no-context", "A context copy has no context.", MISSING, _without(CONTEXT)),
    ("no-origins", "A context copy has no origin_contexts.", "", _without(ORIGIN_CONTEXTS)),
    (
        "origins-as-text", "The origin_contexts is a text, not an array.", MISSING,
        _one(lambda sound, about: sound.having({ORIGIN_CONTEXTS: "origin"})),
    ),
    (
        "unknown-claims", "Claims are there that nobody knows.", "",
        _one(lambda sound, about: sound.having({"https://vendor.example/x": {"a": [1, None]}, "plain": True})),
    ),
    (
        "aud-array", "The audience is an array of one.", "",
        _one(lambda sound, about: sound.setting(aud=[about.client_id])),
    ),
    ("timestamp-offset", "The timestamp has a fraction and an offset.", "", _one(_offset)),
    (
        "exp-as-text", "The exp is a text.", MISSING,
        _one(lambda sound, about: sound.setting(exp=str(sound.mapping["exp"]))),
    ),
    ("empty-array", "The body has no notices in its array.", CRASH, _body(b'{"notices":[]}')),
    ("no-notices-member", "The body is an object without notices.", CRASH, _body(b'{"notice":"none"}')),
    (
        "bare-strings", "The notices are texts, not objects.", "",
        lambda sound, about: Message((Sending((sound,), bare),)),
    ),
    ("not-json", "The body is no JSON.", CRASH, _body(b"notices are not here")),
    (
        "form-encoded", "The body is a form.", CRASH,
        lambda sound, about: Message((Sending((sound,), form_encoded, FORM),)),
    ),
    (
        "fifty", "Fifty notices come in one POST.", "",
        lambda sound, about: Message.of(*(sound.another(number) for number in range(1, 51))),
    ),
    ("mixed-batch", "Right and wrong notices come in one POST.", SIGNATURE, _mixed),
    (
        "megabyte-claim", "A claim has one megabyte.", LOAD,
        _one(lambda sound, about: sound.having({"https://vendor.example/x": "x" * 1024 * 1024})),
    ),
    ("rotated-key", "The key was published just before.", "", _signed("next"), "rotate"),
    (
        "removed-handler", "The handler was removed before.", "",
        _one(lambda sound, about: sound), "remove-handler",
    ),
)  # fmt: skip

N: Final[tuple[Vector, ...]] = tuple(Vector(f"N{number:02}", *row) for number, row in enumerate(_ROWS, start=1))
"""The numbered vectors."""

VECTORS: Final[Mapping[str, Vector]] = MappingProxyType({one.id: one for one in (*N, *MORE)})
"""All vectors by id."""


def by_name(name: str) -> Vector:
    """Return the vector of that name or id; raises KeyError with the name when there is none."""
    found = VECTORS.get(name.upper()) or next((one for one in VECTORS.values() if one.name == name), None)
    if found is None:
        raise KeyError(name)
    return found
