"""How notices are posted (D2L "Platform Notification Service with LTI 1.3"; Canvas API documentation, PNS)."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

from harness.judging.expect import control, expect, untestable
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Tooled
from harness.wire.lti import DEPLOYMENT_ID
from suites.lti_platform.provoking import KINDS, came_to, lately, registered, since, target_of
from suites.lti_platform.rules_notices import by_handler, noticed, told_of
from suites.lti_platform.scenarios_notices import LIMIT, MANY


@checks("PNS-NOTICE-01")
def test_notices_are_posted_to_the_registered_address(told: Tooled) -> None:
    """A notice is posted to the registered URL, with its path and query as they are."""
    control(told.deliveries, "a delivery comes")
    astray = next(iter(told.at_handler("astray")), None)
    got = astray.request.target if astray else None
    expect(not astray, "other-address", expected="the registered URL", got=got, at=astray.at if astray else "")
    for kind in KINDS:
        address = urlsplit(str(registered(told, f"put-{kind.name}").get("address", "")))
        wanted = address.path + (f"?{address.query}" if address.query else "")
        for delivered in told.at_handler(kind.name):
            method, target = delivered.request.method, delivered.request.target
            expect(method == "POST", "other-method", expected="POST", got=method, at=delivered.at)
            expect(target == wanted, "other-address", expected=wanted, got=target, at=delivered.at)


@checks("PNS-NOTICE-02")
def test_a_delivery_is_said_to_be_json(told: Tooled) -> None:
    """A delivery has the content type application/json."""
    control(told.notices, "a delivery with a notice comes")
    for delivered in told.deliveries:
        got = delivered.request.header("Content-Type")
        media = (got or "").partition(";")[0].strip().lower()
        reason = "no-content-type" if got is None else "other-content-type"
        expect(media == "application/json", reason, expected="application/json", got=got, at=delivered.at)


@checks("PNS-NOTICE-03")
def test_a_delivery_is_an_object_with_notices(told: Tooled) -> None:
    """A delivery is an object whose array notices holds objects with a string jwt."""
    control(told.deliveries, "a delivery comes")
    for delivered in told.deliveries:
        body, shown = delivered.delivery, delivered.request.body[:200].decode("utf-8", "replace")
        expect(not body.problem, "body-form", expected="an object with notices", got=body.problem, at=delivered.at)
        odd = {"top-level-array", "bare-string", "element-form", "no-jwt", "jwt-form", "blank-jwt"} & set(body.oddities)
        expect(not odd, "notices-form", expected='{"notices": [{"jwt": "..."}]}', got=shown, at=delivered.at)


@checks("PNS-NOTICE-04")
def test_no_delivery_is_larger_than_agreed(bulk: Tooled) -> None:
    """No delivery holds more notices than max_batch_size."""
    put = bulk.handled("put-bulk")
    control(put is not None and put.taken, f"a handler with max_batch_size {LIMIT} is taken")
    came = came_to(bulk, "bulk")
    control(len(came) > LIMIT, f"more than {LIMIT} notices come")
    for delivered in bulk.at_handler("bulk"):
        got = len(delivered.told)
        expect(got <= LIMIT, "too-many", expected=f"up to {LIMIT} notices", got=got, at=delivered.at)


@checks("PNS-NOTICE-05")
def test_every_event_is_told_once(bulk: Tooled) -> None:
    """Each of many events is told to a handler that answers 200, and none is told twice."""
    came = came_to(bulk, "bulk")
    copies = told_of(bulk, "provoke-bulk").get("destinations")
    if not isinstance(copies, list) or len(copies) != MANY:
        untestable(f"whoever makes {MANY} copies tells their ids as destinations")
    counts = Counter(one.notice.context_id for one in came)
    ids = Counter(one.notice.id for one in came)
    at = came[-1].at
    missing = [copy for copy in copies if not counts[copy]]
    expect(not missing, "lost", expected=f"{len(copies)} copies", got=f"{len(missing)} are not told of", at=at)
    twice = [copy for copy in copies if counts[copy] > 1] or [id for id, count in ids.items() if id and count > 1]
    expect(not twice, "told-twice", expected="each once", got=twice[:3], at=at)


@checks("PNS-NOTICE-06")
def test_only_what_has_a_handler_is_sent_and_to_that_one(told: Tooled) -> None:
    """Each type comes to its own handler, and nothing comes of a type whose handler was removed."""
    noticed(told)
    removed = [kind for kind in KINDS if (call := told.handled(f"remove-{kind.name}")) and call.taken]
    late = [one for kind in removed for other in KINDS for one in since(told, f"after-{kind.name}", other.name)]
    for one, own in by_handler(told):
        sound = one in late or one.notice.type == own
        expect(sound, "to-other-handler", expected=own, got=one.notice.type, at=one.at)
    gone = {kind.type for kind in removed}
    unasked = [one for kind in removed for one in lately(told, f"after-{kind.name}", late) if one.notice.type in gone]
    at = unasked[0].at if unasked else ""
    expect(not unasked, "without-handler", expected="no notice of a removed handler's type", got=len(unasked), at=at)


@checks("PNS-NOTICE-07")
def test_a_delivery_holds_one_type(told: Tooled) -> None:
    """All notices of one delivery are of one type."""
    noticed(told)
    for delivered in told.deliveries:
        types = sorted({str(one.notice.type) for one in delivered.told if one.token.claims})
        expect(len(types) <= 1, "types-mixed", expected="one type", got=types, at=delivered.at)


@checks("PNS-NOTICE-12")
def test_a_replaced_handler_is_told_no_more(replaced: Tooled) -> None:
    """What happens after a handler was replaced is told to the new one alone."""
    for step in ("put-old", "put-new"):
        put = replaced.handled(step)
        control(put is not None and put.taken, f"the handler is taken ({step})")
    known = {one.notice.id for one in came_to(replaced, "old") if one not in since(replaced, "after", "old")}
    old = [one for one in lately(replaced, "after", since(replaced, "after", "old")) if one.notice.id not in known]
    new = replaced.told_to("new")
    control(old or new, "something is told after the replacement")
    expect(not old, "to-old-handler", expected="nothing at the old URL", got=len(old), at=old[0].at if old else "")
    expect(new, "not-to-new-handler", expected="a notice at the new URL", got="none")


@checks("PNS-JWT-19")
def test_one_event_is_signed_for_each_deployment(apart: Tooled) -> None:
    """Of one event each deployment is told in a JWT with its own aud and deployment_id."""
    target = target_of(apart)
    ours, (other_client, third) = str(target["client_id"]), tuple(target["other_client"])
    expected = {
        "first": (ours, str(target["deployment_id"])), "second": (ours, str(target["other_deployment"])),
        "third": (str(other_client), str(third)),
    }  # fmt: skip
    came = {name: apart.told_to(name) for name in expected}
    control(sum(bool(found) for found in came.values()) > 1, "two deployments are told")
    for name, (client_id, deployment) in expected.items():
        for one in came[name]:
            claims = one.token.claims
            own = claims.get(DEPLOYMENT_ID) == deployment
            expect(own, "deployment-of-another", expected=deployment, got=claims.get(DEPLOYMENT_ID), at=one.at)
            for_us = client_id in one.notice.aud
            expect(for_us, "audience-of-another", expected=client_id, got=claims.get("aud"), at=one.at)
