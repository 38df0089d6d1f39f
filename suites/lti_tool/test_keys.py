"""The tool's key set, and the TLS of its endpoints (1EdTech Security Framework 1.0, 3 and 6; RFC 7517)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.net.handshakes import ACCEPTED, MODERN, NOT_OFFERED, PLAIN
from harness.subjects.lti_tool_records import Hosted
from harness.wire.jose_keys import PRIVATE_MEMBERS
from suites.lti_tool.rules_launch import is_at_a_desk, key_list, published_keys

NUMBERS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}
"""The public members of a key by its kind (RFC 7518, 6.2.1 and 6.3.1)."""


def _named(key: Mapping[str, Any]) -> str:
    """Return a key in words for a report, without its numbers."""
    return ", ".join(f"{name}={key[name]!r}" for name in ("kid", "kty", "alg", "use") if name in key) or "no member"


@checks("LTI-JWKS-01/T")
def test_the_key_set_is_a_document_of_named_keys(own_keys: Hosted) -> None:
    """The key set is a JSON object with an array of keys, each an object with kid and kty."""
    exchange, keys = key_list(own_keys)
    at, half = f"{exchange.id} response", exchange.response
    said = half.body[:200].decode("utf-8", "replace") if half else ""
    got = f"HTTP {half.status if half else 0}: {said}"
    expect(keys is not None, "no-key-set", expected="an object with an array keys", got=got, at=at)
    expect(keys, "no-keys", expected="a key", got="none", at=at)
    for key in keys or ():
        expect(isinstance(key, Mapping), "not-an-object", expected="an object", got=type(key).__name__, at=at)
        for name in ("kid", "kty"):
            good = isinstance(key.get(name), str) and key[name]
            expect(good, f"no-{name}", expected="some text", got=_named(key), at=at)
    media = (half.header("Content-Type") if half else "") or ""
    remark("media-type", unless="json" in media.lower(), got=media, at=at)


@checks("LTI-JWKS-02/T")
def test_keys_are_whole_and_public(own_keys: Hosted) -> None:
    """An RSA key has n and e, and no key has a private member."""
    exchange, keys = published_keys(own_keys)
    at = f"{exchange.id} response"
    for key in keys:
        for name in NUMBERS.get(str(key.get("kty")), ()):
            expect(isinstance(key.get(name), str), "no-number", expected=name, got=_named(key), at=at)
        private = [name for name in PRIVATE_MEMBERS if name in key]
        expect(not private, "private-member", expected="none", got=f"{_named(key)} with {private}", at=at)


@checks("LTI-JWKS-03/T")
def test_keys_say_what_they_are_for(own_keys: Hosted) -> None:
    """Each key has alg and use, on which libraries rely."""
    exchange, keys = published_keys(own_keys)
    for key in keys:
        for name in ("alg", "use"):
            expect(key.get(name), f"no-{name}", expected=name, got=_named(key), at=f"{exchange.id} response")


@checks("LTI-JWKS-04/T")
def test_the_key_set_says_how_long_it_may_be_kept(own_keys: Hosted) -> None:
    """Cache-Control of the key set has max-age."""
    exchange, _ = published_keys(own_keys)
    said = (exchange.response.header("Cache-Control") if exchange.response else None) or ""
    at = f"{exchange.id} response"
    remark("no-max-age", unless="max-age" in said.lower(), got=said or "no Cache-Control", at=at)


@checks("LTI-JWKS-05/T")
def test_no_two_keys_have_one_name(own_keys: Hosted) -> None:
    """No two keys of a kind have the same kid."""
    exchange, keys = published_keys(own_keys)
    at, known = f"{exchange.id} response", dict[tuple[str, str], tuple[Any, ...]]()
    for key in (one for one in keys if one.get("kid") is not None):
        numbers = tuple(key.get(name) for name in NUMBERS.get(str(key.get("kty")), ()))
        other = known.setdefault((str(key["kid"]), str(key.get("kty"))), numbers)
        expect(other == numbers, "one-name-for-two", expected="a kid of its own", got=_named(key), at=at)
    control(known, "a key has a kid")


@checks("LTI-JWKS-06/T")
def test_endpoints_take_modern_tls_alone(shaken: Hosted) -> None:
    """Each endpoint takes TLS 1.2 or 1.3, and nothing older."""
    found = [event for event in shaken.happened if event.name == "handshakes"]
    taken = {e.step: [one["version"] for one in e.facts["tries"] if one["outcome"] == ACCEPTED] for e in found}
    plain = [e for e in found if any(one["outcome"] == PLAIN for one in e.facts["tries"])]
    control(any(taken.values()) or plain, "an endpoint of the tool answers a handshake")
    for event in plain:
        url = event.facts["url"]
        expect(is_at_a_desk(url, shaken), "no-tls", expected="https", got=f"{event.step}: {url}", at=event.id)
        remark("loopback-http", got=f"{event.step}: {url}", at=event.id)
    for event in (one for one in found if taken[one.step]):
        old = [version for version in taken[event.step] if version not in MODERN]
        got = f"{event.step}, {event.facts['url']}: {', '.join(taken[event.step])}"
        expect(not old, "old-tls", expected="TLS 1.2 or later alone", got=got, at=event.id)
        untried = [one["version"] for one in event.facts["tries"] if one["outcome"] == NOT_OFFERED]
        remark("untried", unless=not untried, got=f"{event.step}: {', '.join(untried)}", at=event.id)
