"""Delivery when a handler is not well: failures, redirects, certificates, rotation of keys."""

from __future__ import annotations

from collections.abc import Mapping

from harness.judging.expect import control, expect, remark, untestable
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Told, Tooled
from suites.lti_platform.provoking import came_to, since

LONGEST = 120.0
"""Seconds for which anybody may wait for an answer: many that give up in the end do so after one minute."""


def keys_by_kid(record: Tooled) -> Mapping[str, set[str]]:
    """Return the keys, by their thumbprints, that were published under each kid; keys of two kinds may share one."""
    found: dict[str, set[str]] = {}
    for seen in record.keys:
        for key in seen.document.keys if seen.document else ():
            if key.kid is not None:
                found.setdefault(f"{key.kid} ({key.kty})", set()).add(key.thumbprint)
    return found


def tries(record: Tooled, step: str) -> dict[str, list[Told]]:
    """Return what came to a handler by notice id."""
    found: dict[str, list[Told]] = {}
    for one in record.told_to(step):
        found.setdefault(str(one.notice.id), []).append(one)
    return found


@checks("PNS-NOTICE-08")
def test_what_is_sent_again_is_signed_again(failing: Tooled) -> None:
    """A notice that is sent again keeps its id and its time, and is signed anew."""
    came_to(failing, "failing")
    for sent in tries(failing, "failing").values():
        first, *again = sent
        for one in again:
            same = one.notice.written == first.notice.written
            remark("retry-changes-time", unless=same, got=one.notice.written, at=one.at, warn=True)
            fresh = one.notice.nonce != first.notice.nonce
            remark("retry-not-signed-again", unless=fresh, got=one.notice.nonce, at=one.at, warn=True)
    late = since(failing, "later", "failing")
    known = {one.notice.id for one in failing.told_to("failing") if one not in late}
    fresh_ids = [one for one in late if one.notice.id not in known]
    at = fresh_ids[0].at if fresh_ids else ""
    # Where nothing came before, what came later came late, and is no second try.
    remark("retry-changes-id", unless=not known or not fresh_ids, got=len(fresh_ids), at=at, warn=True)


@checks("PNS-NOTICE-09")
def test_one_failing_handler_stops_no_other(failing: Tooled) -> None:
    """The handler of another deployment is told while ours answers 500, and after that."""
    control(len(failing.told_to("failing")) > 1, "the failing handler is told of two events")
    before = [one for one in failing.told_to("served") if one not in since(failing, "first", "served")]
    control(before, "the other deployment is told while all is well")
    served = since(failing, "first", "served")
    for step in ("first", "second"):
        expect(since(failing, step, "served"), "not-served", expected="a notice to the other", got=len(served))


@checks("PNS-NOTICE-09")
def test_a_hanging_handler_stops_no_other(hanging: Tooled) -> None:
    """The handler of another deployment is told while ours does not answer."""
    meanwhile = hanging.event("meanwhile")
    if meanwhile is None or not meanwhile.facts["hangs"]:
        untestable("the hanging handler is told")
    control(hanging.told_to("served"), "the other deployment is told while all is well")
    served = meanwhile.facts["served"]
    expect(served, "not-served", expected="a notice to the other deployment", got=served)


@checks("PNS-NOTICE-10")
def test_a_redirect_is_not_followed(redirecting: Tooled) -> None:
    """What a handler redirects to another host is not sent there."""
    control(redirecting.at_handler("redirecting"), "the handler that redirects is told")
    followed = redirecting.at_handler("landing")
    at = followed[0].at if followed else ""
    expect(not followed, "followed", expected="nothing at the other host", got=len(followed), at=at)


@checks("PNS-NOTICE-11")
def test_a_handler_that_hangs_is_given_up(hanging: Tooled) -> None:
    """A delivery that is not answered is given up after some time."""
    delivered = hanging.at_handler("hanging")
    waited = hanging.event("waited")
    if waited is None or not delivered:
        untestable("the hanging handler is told")
    got = f"waits for an answer after {waited.facts['seconds']:g} s"
    exchange = delivered[0].exchange
    if exchange.error is None and not waited.facts.get("asked") and waited.facts["seconds"] < LONGEST:
        untestable(f"a delivery that {got} may be given up later: [patience] callback = {LONGEST:g} waits for that")
    expect(exchange.error is not None, "still-waiting", expected="the delivery is given up", got=got, at=exchange.id)


@checks("PNS-NOTICE-13")
def test_a_certificate_of_nobodys_is_refused(untrusted: Tooled) -> None:
    """No notice is sent to a handler whose certificate nobody vouches for."""
    came_to(untrusted, "known")
    put = untrusted.handled("put-unknown")
    control(put is not None and put.taken, "the handler is taken")
    sent = untrusted.at_handler("unknown")
    at = sent[0].at if sent else ""
    expect(not sent, "not-verified", expected="no notice to an unverified handler", got=len(sent), at=at)


@checks("PNS-JWT-22")
def test_a_rotated_key_stays_published_for_a_while(rotated: Tooled) -> None:
    """The key that signed before a rotation is in the key set after it."""
    before = [one for one in came_to(rotated, "signed") if one.exchange.seq < _rotation(rotated)]
    control(before and before[0].token.verified, "a notice that came before the rotation verifies")
    after = [one for one in came_to(rotated, "signed") if one.exchange.seq > _rotation(rotated)]
    control(after and after[-1].token.kid != before[0].token.kid, "another key signs after the rotation")
    kid = str(before[0].token.header.get("kid"))
    later = next((one for one in rotated.keys if one.step == "keys-after"), None)
    if later is None or later.document is None:
        untestable("the key set can be read after the rotation")
    kids = [key.kid for key in later.document.keys]
    expect(kid in kids, "old-key-gone", expected=kid, got=kids, at=f"{later.exchange.id} response body")


@checks("PNS-JWT-23")
def test_a_kid_names_one_key(rotated: Tooled) -> None:
    """No kid is given to another key after a rotation."""
    keys = keys_by_kid(rotated)
    control(len({key for found in keys.values() for key in found}) > 1, "a rotation publishes another key")
    for kid, found in keys.items():
        expect(len(found) == 1, "kid-reused", expected=f"one key under {kid}", got=f"{len(found)} keys")


def _rotation(record: Tooled) -> int:
    event = record.event("stimulus", "rotate-keys")
    return event.seq if event else 0
