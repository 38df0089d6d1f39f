"""The platform's key set, and the TLS of its endpoints (1EdTech Security Framework 1.0, 3 and 6; RFC 7517)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.net.handshakes import ACCEPTED, MODERN, NOT_OFFERED, PLAIN
from harness.net.reach import is_loopback
from harness.subjects.lti_platform_records import Tooled
from harness.wire.jose_keys import PRIVATE_MEMBERS
from suites.lti_platform.rules_launch import host_of, key_list, published_keys

NUMBERS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}
"""The public members of a key by its kind (RFC 7518, 6.2.1 and 6.3.1)."""

NUMBER = re.compile(r"[A-Za-z0-9_-]+=*")
"""A number of a key, or the name of its curve: base64url; padding is none of our business here."""


def _named(key: Mapping[str, Any]) -> str:
    """Return a key in words for a report, without its numbers."""
    return ", ".join(f"{name}={key[name]!r}" for name in ("kid", "kty", "alg", "use") if name in key) or "no member"


@checks("LTI-JWKS-01/P")
def test_the_key_set_is_a_document_of_named_keys(published: Tooled) -> None:
    """The key set is a JSON object with an array of keys, each an object with kid and kty."""
    seen, keys = key_list(published)
    expect(keys is not None, "no-key-set", expected="an object with an array keys", got=_begin(seen), at=seen.at)
    expect(keys, "no-keys", expected="a key", got="none", at=seen.at)
    for key in keys or ():
        expect(isinstance(key, Mapping), "not-an-object", expected="an object", got=type(key).__name__, at=seen.at)
        for name in ("kid", "kty"):
            good = isinstance(key.get(name), str) and key[name]
            expect(good, f"no-{name}", expected="some text", got=_named(key), at=seen.at)
    media = (seen.response.header("Content-Type") if seen.response else "") or ""
    remark("media-type", unless="json" in media.lower(), got=media, at=seen.at)


def _begin(seen: Any) -> str:
    return str(seen.response.body[:200].decode("utf-8", "replace"))


@checks("LTI-JWKS-02/P")
def test_keys_are_whole_and_public(published: Tooled) -> None:
    """An RSA key has n and e, and no key has a private member."""
    seen, keys = published_keys(published)
    for key in keys:
        for name in NUMBERS.get(str(key.get("kty")), ()):
            number = key.get(name)
            good = isinstance(number, str) and NUMBER.fullmatch(number)
            expect(good, "no-number", expected=f"{name} in base64url", got=_named(key), at=seen.at)
        private = [name for name in PRIVATE_MEMBERS if name in key]
        expect(not private, "private-member", expected="none", got=f"{_named(key)} with {private}", at=seen.at)


@checks("LTI-JWKS-03/P")
def test_keys_say_what_they_are_for(published: Tooled) -> None:
    """Each key has alg and use, on which libraries rely."""
    seen, keys = published_keys(published)
    for key in keys:
        for name in ("alg", "use"):
            expect(key.get(name), f"no-{name}", expected=name, got=_named(key), at=seen.at)
        remark("use-not-sig", unless=key.get("use") == "sig", got=_named(key), at=seen.at)


@checks("LTI-JWKS-04/P")
def test_the_key_set_says_how_long_it_may_be_kept(published: Tooled) -> None:
    """Cache-Control of the key set has max-age."""
    seen, _ = published_keys(published)
    said = (seen.response.header("Cache-Control") if seen.response else None) or ""
    remark("no-max-age", unless="max-age" in said.lower(), got=said or "no Cache-Control", at=seen.at)


@checks("LTI-JWKS-05/P")
def test_no_two_keys_have_one_name(published: Tooled) -> None:
    """No two keys of a kind have the same kid."""
    seen, keys = published_keys(published)
    known: dict[tuple[str, str], Mapping[str, Any]] = {}
    for key in keys:
        name = (str(key.get("kid")), str(key.get("kty")))
        other = known.setdefault(name, key)
        if other is key or key.get("kid") is None:
            continue
        remark("listed-twice", unless=_numbers(other) != _numbers(key), got=_named(key), at=seen.at)
        different = _numbers(other) != _numbers(key)
        expect(not different, "one-name-for-two", expected="a kid of its own", got=_named(key), at=seen.at)
    expect(known, "no-keys", expected="a key", at=seen.at)


def _numbers(key: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(key.get(name) for name in NUMBERS.get(str(key.get("kty")), ()))


@checks("LTI-JWKS-06/P")
def test_endpoints_take_modern_tls_alone(shaken: Tooled) -> None:
    """Each endpoint takes TLS 1.2 or 1.3, and nothing older."""
    found = [event for event in shaken.happened if event.name == "handshakes"]
    taken = {e.step: [one["version"] for one in e.facts["tries"] if one["outcome"] == ACCEPTED] for e in found}
    plain = [e for e in found if any(one["outcome"] == PLAIN for one in e.facts["tries"])]
    control(any(taken.values()) or plain, "an endpoint of the platform answers a handshake")
    for event in plain:
        url, here = event.facts["url"], is_loopback(host_of(event.facts["url"]))
        expect(here, "no-tls", expected="https", got=f"{event.step}: {url}", at=event.id)
        remark("loopback-http", got=f"{event.step}: {url}", at=event.id)
    for event in (one for one in found if taken[one.step]):
        old = [version for version in taken[event.step] if version not in MODERN]
        got = f"{event.step}, {event.facts['url']}: {', '.join(taken[event.step])}"
        expect(not old, "old-tls", expected="TLS 1.2 or later alone", got=got, at=event.id)
        untried = [one["version"] for one in event.facts["tries"] if one["outcome"] == NOT_OFFERED]
        remark("untried", unless=not untried, got=f"{event.step}: {', '.join(untried)}", at=event.id)
