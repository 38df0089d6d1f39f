"""The signed message of a notice (1EdTech Security Framework 1.0, 5.1 and 5.4; LTI Core 1.3, 3.1.3)."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.judging.expect import control, expect, inapplicable, untestable
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Tooled
from harness.wire.lti import DEPLOYMENT_ID, MESSAGE_TYPE, TARGET_LINK_URI, VERSION, VERSION_CLAIM, odd_claim_names
from harness.wire.pns import NOTICE
from harness.wire.pns_times import rfc3339
from suites.lti_platform.provoking import KINDS, since, target_of
from suites.lti_platform.rules_notices import (
    LEEWAY,
    arrival,
    arrived_at,
    by_handler,
    copy_notice,
    expect_text,
    noticed,
    part,
    provoked_at,
    seconds,
    told_of,
)

LONGEST = 3600
KEY_SOURCES = ("x5u", "x5c", "jku", "jwk")


@checks("PNS-JWT-01")
def test_a_notice_is_signed_asymmetrically(told: Tooled) -> None:
    """A notice is a compact JWS under an asymmetric algorithm."""
    came = [one for kind in KINDS for one in told.told_to(kind.name)]
    control(came, "a notice comes")
    for one in came:
        alg = one.token.header.get("alg")
        expect(one.token.header, "not-a-jws", expected="a compact JWS", got=one.token.reason, at=one.at)
        expect(isinstance(alg, str) and alg.lower() != "none", "not-signed", expected="a signature", got=alg, at=one.at)
        expect(not str(alg).upper().startswith("HS"), "symmetric", expected="an asymmetric alg", got=alg, at=one.at)


@checks("PNS-JWT-02")
def test_a_notice_is_signed_by_rs256(told: Tooled) -> None:
    """A notice is signed by RS256, which every tool can verify."""
    for one in noticed(told):
        alg = one.token.header.get("alg")
        expect(alg == "RS256", "other-algorithm", expected="RS256", got=alg, at=one.at)


@checks("PNS-JWT-03")
def test_a_notice_names_a_published_key(told: Tooled) -> None:
    """The header of a notice has a kid, under which the key set holds a key."""
    control(any(one.document is not None for one in told.keys), "the platform's key set can be read")
    for one in noticed(told):
        kid = one.token.header.get("kid")
        expect(isinstance(kid, str) and kid, "no-kid", expected="a kid", got=kid, at=one.at)
        expect(one.token.reason != "unknown-kid", "unknown-kid", expected="a kid of the key set", got=kid, at=one.at)


@checks("PNS-JWT-04", needs=["PNS-JWT-01", "PNS-JWT-03"])
def test_the_signature_verifies_with_the_published_key(told: Tooled) -> None:
    """The signature of a notice is that of the key that its kid names."""
    for one in noticed(told):
        expect(one.token.verified, "not-verified", expected="the key's signature", got=one.token.reason, at=one.at)


@checks("PNS-JWT-05")
def test_a_notice_has_the_issuer_of_launches(told: Tooled) -> None:
    """The iss of a notice is the very string of launches."""
    launch = told.launched("from-origin")
    issuer = launch.launch.iss if launch and launch.launch.iss else str(target_of(told)["issuer"])
    for one in noticed(told):
        got = one.token.claims.get("iss")
        expect(got == issuer, "wrong-issuer", expected=issuer, got=got, at=one.at)


@checks("PNS-JWT-06")
def test_a_notice_is_for_our_client(told: Tooled) -> None:
    """The aud of a notice holds the client id."""
    client_id = str(target_of(told)["client_id"])
    for one in noticed(told):
        got = one.token.claims.get("aud")
        expect(client_id in one.notice.aud, "wrong-audience", expected=client_id, got=got, at=one.at)


@checks("PNS-JWT-07")
def test_azp_names_our_client(told: Tooled) -> None:
    """Several audiences come with azp, and azp names no other client."""
    client_id = str(target_of(told)["client_id"])
    for one in noticed(told):
        azp = one.token.claims.get("azp")
        alone = len(one.notice.aud) <= 1
        expect(alone or azp is not None, "no-azp", expected="azp beside several aud", got=one.notice.aud, at=one.at)
        expect(azp in (None, client_id), "foreign-azp", expected=client_id, got=azp, at=one.at)


@checks("PNS-JWT-08")
def test_a_notice_is_good_now(told: Tooled) -> None:
    """iat and exp are JSON numbers, the first not in the future, the second not in the past."""
    leeway = LEEWAY.total_seconds()
    for one in noticed(told):
        came = arrived_at(told, one.exchange.step)
        now = came.timestamp() if came else arrival(one).timestamp()
        got = {name: one.token.claims.get(name) for name in ("iat", "exp")}
        issued, expires = (seconds(value) for value in got.values())
        expect(issued is not None, "iat-form", expected="iat, a JSON number", got=got, at=one.at)
        expect(expires is not None, "exp-form", expected="exp, a JSON number", got=got, at=one.at)
        begins, ends = issued or 0.0, expires or 0.0
        expect(begins <= now + leeway, "iat-ahead", expected=f"iat up to {now:.0f}", got=got, at=one.at)
        expect(ends > max(now - leeway, begins), "expired", expected=f"exp after {now:.0f}", got=got, at=one.at)


@checks("PNS-JWT-09")
def test_no_nonce_comes_twice(told: Tooled) -> None:
    """Each notice has a nonce that no other one has."""
    seen: dict[str, object] = {}
    for one in noticed(told):
        nonce = one.token.claims.get("nonce")
        expect_text(nonce, "no-nonce", "a nonce", one.at)
        # The same message that comes a second time is no other one.
        known = seen.setdefault(str(nonce), one.token.claims)
        expect(known == one.token.claims, "nonce-repeated", expected="a fresh nonce", got=nonce, at=one.at)


@checks("PNS-JWT-10")
def test_a_notice_has_the_version(told: Tooled) -> None:
    """The version of a notice is 1.3.0."""
    for one in noticed(told):
        got = one.token.claims.get(VERSION_CLAIM)
        reason = "no-version" if got is None else "wrong-version"
        expect(got == VERSION, reason, expected=VERSION, got=got, at=one.at)


@checks("PNS-JWT-11")
def test_a_notice_names_the_deployment_of_its_handler(told: Tooled) -> None:
    """The deployment_id of a notice is that of the deployment whose handler it came to."""
    deployment = str(target_of(told)["deployment_id"])
    for one in noticed(told):
        got = one.token.claims.get(DEPLOYMENT_ID)
        reason = "no-deployment" if got is None else "wrong-deployment"
        expect(got == deployment, reason, expected=deployment, got=got, at=one.at)


@checks("PNS-JWT-12")
def test_a_notice_has_id_time_and_type(told: Tooled) -> None:
    """The claim notice holds id, timestamp and type, all of them strings."""
    for one in noticed(told):
        event = part(one.token.claims, NOTICE)
        expect(event, "no-notice", expected="the claim notice", got=one.token.claims.get(NOTICE), at=one.at)
        for name in ("id", "timestamp", "type"):
            expect_text(event.get(name), f"no-{name}", f"notice.{name}", one.at)


@checks("PNS-JWT-13", needs=["PNS-JWT-12"])
def test_each_event_has_an_id_of_its_own(told: Tooled) -> None:
    """Notices of different events have different ids."""
    events: dict[str, object] = {}
    for one in noticed(told):
        notice = one.notice
        about = (notice.type, notice.written, notice.context_id)
        known = events.setdefault(str(notice.id), about)
        expect(known == about, "id-repeated", expected=f"an id other than that of {known}", got=notice.id, at=one.at)
    control(len(noticed(told)) > 1, "notices of two events come")


@checks("PNS-JWT-14", needs=["PNS-JWT-12"])
def test_the_timestamp_is_that_of_the_event(told: Tooled) -> None:
    """notice.timestamp is the date and time of the event in the form of RFC 3339."""
    for one in noticed(told):
        written = one.notice.written
        expect(rfc3339(written or "") is not None, "timestamp-form", expected="RFC 3339", got=written, at=one.at)
    for kind in KINDS:
        begun, ended = provoked_at(told, f"provoke-{kind.name}"), arrived_at(told, kind.name)
        for one in told.told_to(kind.name) if begun and ended else ():
            event = one.notice.timestamp
            window = begun and ended and event and begun - LEEWAY <= event <= ended + LEEWAY
            expect(window, "wrong-time", expected=f"{begun} to {ended}", got=one.notice.written, at=one.at)
    # A control API tells by the platform's clock; whoever else tells a time goes by one of their own.
    by_platform = told.stimulus("provoke-copied").get("kind") == "mock"
    said = told_of(told, "provoke-copied").get("at") if by_platform else None
    exact = rfc3339(said) if isinstance(said, str) else None
    if exact and told.told_to("copied"):
        found = copy_notice(told).notice
        off = abs((found.timestamp or datetime.min.replace(tzinfo=UTC)) - exact)
        expect(off.total_seconds() < 2, "wrong-time", expected=said, got=found.written, at=copy_notice(told).at)


@checks("PNS-JWT-14")
def test_a_notice_that_is_sent_later_has_the_time_of_its_event(held: Tooled) -> None:
    """notice.timestamp stays that of the event when the notice is signed later."""
    if held.event("not-held"):
        inapplicable("deliveries that can be held back")
    begun = provoked_at(held, "provoke")
    if begun is None:
        untestable("nothing was provoked while notices were held back")
    came = since(held, "provoke", "held")
    control(came, "a notice that was held back comes")
    for one in came:
        issued, event = seconds(one.token.claims.get("iat")), one.notice.timestamp
        control(issued and issued - begun.timestamp() > LEEWAY.total_seconds(), "the notice is signed later")
        in_time = event is not None and abs(event - begun) <= LEEWAY
        expect(in_time, "time-of-signing", expected=str(begun), got=one.notice.written, at=one.at)


@checks("PNS-JWT-15")
def test_a_notice_is_of_the_type_of_its_handler(told: Tooled) -> None:
    """notice.type is the type that the handler was set for."""
    noticed(told)
    for one, expected in by_handler(told):
        expect(one.notice.type == expected, "other-type", expected=expected, got=one.notice.type, at=one.at)


@checks("PNS-JWT-16")
def test_a_notice_is_no_launch(told: Tooled) -> None:
    """A notice has neither message_type nor target_link_uri."""
    for one in noticed(told):
        found = [name for name in (MESSAGE_TYPE, TARGET_LINK_URI) if name in one.token.claims]
        expect(not found, "launch-claims", expected="no claim of launches", got=found, at=one.at)


@checks("PNS-JWT-17")
def test_the_header_leads_to_no_key(told: Tooled) -> None:
    """The header of a notice has none of x5u, x5c, jku and jwk."""
    for one in noticed(told):
        found = [name for name in KEY_SOURCES if name in one.token.header]
        expect(not found, "key-in-header", expected=f"none of {', '.join(KEY_SOURCES)}", got=found, at=one.at)


@checks("PNS-JWT-18")
def test_vendor_claims_are_named_by_urls(told: Tooled) -> None:
    """Claims beyond those of JWT, OpenID Connect and LTI are named by full URLs."""
    for one in noticed(told):
        found = odd_claim_names(one.token.claims)
        expect(not found, "claim-name", expected="full URLs", got=list(found), at=one.at)


@checks("PNS-JWT-20", needs=["PNS-JWT-08"])
def test_a_notice_lives_for_a_short_time(told: Tooled) -> None:
    """A notice is good for an hour at most."""
    for one in noticed(told):
        issued, expires = (seconds(one.token.claims.get(name)) or 0 for name in ("iat", "exp"))
        lifetime = expires - issued
        expect(lifetime <= LONGEST, "long-life", expected=f"up to {LONGEST} s", got=f"{lifetime:.0f} s", at=one.at)


@checks("PNS-JWT-21")
def test_sub_is_not_empty(told: Tooled) -> None:
    """The sub of a notice is no empty string."""
    for one in noticed(told):
        sub = one.token.claims.get("sub")
        expect(sub != "", "empty-sub", expected="a user, or no sub", got=sub, at=one.at)
