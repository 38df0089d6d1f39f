"""What a receiver does with notices that are not what they say (1EdTech Security Framework 1.0, 5.1.3)."""

from __future__ import annotations

from harness.judging.expect import expect, told, untestable
from harness.judging.suite import checks
from harness.subjects.lti_tool_records import Hosted
from suites.lti_tool.notices import VECTOR
from suites.lti_tool.rules_receiving import (
    elements,
    judged,
    name_of,
    not_elsewhere,
    not_lured,
    several_origins,
    survived,
)


@checks("PNS-RECV-01")
def test_a_bad_signature_has_no_effect(forgeries: Hosted) -> None:
    """A notice whose signature does not verify has no effect."""
    judged(forgeries, "PNS-RECV-01")


@checks("PNS-RECV-01")
def test_a_forgery_among_right_notices_has_no_effect(bodies: Hosted) -> None:
    """A notice whose signature does not verify has no effect, though right ones stand beside it."""
    judged(bodies, "PNS-RECV-01")


@checks("PNS-RECV-02")
def test_an_algorithm_of_the_attacker_has_no_effect(forgeries: Hosted) -> None:
    """A notice with alg none, or one signed by HS256 with the public key as secret, has no effect."""
    judged(forgeries, "PNS-RECV-02")


@checks("PNS-RECV-03")
def test_an_unknown_key_has_no_effect(forgeries: Hosted) -> None:
    """A notice without kid, or with one that the platform does not publish, has no effect."""
    judged(forgeries, "PNS-RECV-03")


@checks("PNS-RECV-04")
def test_another_issuer_has_no_effect(misdirected: Hosted) -> None:
    """A notice from another issuer than the registered one, be it by one character, has no effect."""
    judged(misdirected, "PNS-RECV-04")


@checks("PNS-RECV-05")
def test_another_audience_has_no_effect(misdirected: Hosted) -> None:
    """A notice whose aud does not hold the client id has no effect."""
    judged(misdirected, "PNS-RECV-05")


@checks("PNS-RECV-06")
def test_an_expired_notice_has_no_effect(untimely: Hosted) -> None:
    """A notice that expired ten minutes ago, or says not when it expires, has no effect."""
    judged(untimely, "PNS-RECV-06")


@checks("PNS-RECV-07")
def test_a_replay_has_no_second_effect(doubled: Hosted) -> None:
    """The identical JWT has its effect once, in two deliveries and in one."""
    judged(doubled, "PNS-RECV-07")


@checks("PNS-RECV-08")
def test_another_authorized_party_has_no_effect(misdirected: Hosted) -> None:
    """A notice whose azp is not the client id has no effect."""
    judged(misdirected, "PNS-RECV-08")


@checks("PNS-RECV-09")
def test_a_notice_that_lacks_a_part_has_no_effect(malformed: Hosted) -> None:
    """A notice without the claim notice, its id or its type, or with a wrong version, has no effect."""
    judged(malformed, "PNS-RECV-09")


@checks("PNS-RECV-09")
def test_a_notice_without_deployment_has_no_effect(misdirected: Hosted) -> None:
    """A notice without deployment_id has no effect, on whatever deployment."""
    judged(misdirected, "PNS-RECV-09")


@checks("PNS-RECV-10")
def test_an_unknown_deployment_has_no_effect_on_others(misdirected: Hosted) -> None:
    """A notice for a deployment that the tool does not know has no effect on those that it knows."""
    not_elsewhere(misdirected)


@checks("PNS-RECV-12")
def test_keys_of_the_header_are_not_used(forgeries: Hosted) -> None:
    """A key that the header brings (jwk) or points to (jku, x5u) is not used, and not even fetched."""
    judged(forgeries, "PNS-RECV-12")
    not_lured(forgeries)


@checks("PNS-RECV-14")
def test_unknown_claims_are_ignored(malformed: Hosted) -> None:
    """A notice with claims that nobody knows has its effect."""
    judged(malformed, "PNS-RECV-14")


@checks("PNS-RECV-15")
def test_an_audience_in_an_array_is_taken(misdirected: Hosted) -> None:
    """A notice whose aud is an array of the client id alone has its effect."""
    judged(misdirected, "PNS-RECV-15")


@checks("PNS-RECV-16")
def test_every_form_of_a_timestamp_is_taken(untimely: Hosted) -> None:
    """A notice whose timestamp has a fraction and an offset has its effect."""
    judged(untimely, "PNS-RECV-16")


@checks("PNS-RECV-17")
def test_a_small_difference_of_clocks_is_tolerated(untimely: Hosted) -> None:
    """A notice that is signed up to a minute ahead of time has its effect."""
    judged(untimely, "PNS-RECV-17")


@checks("PNS-RECV-18")
def test_the_key_of_another_platform_has_no_effect(forgeries: Hosted) -> None:
    """A notice that another platform has signed, under its own kid or ours, has no effect."""
    judged(forgeries, "PNS-RECV-18")


@checks("PNS-NOTICE-15")
def test_every_notice_of_a_batch_is_judged_alone(bodies: Hosted) -> None:
    """Of two, of fifty, and of right ones among wrong ones every right notice has its effect."""
    judged(bodies, "PNS-NOTICE-15")
    shown = [bodies.probe(VECTOR, str(one["context"])) for _, one in elements(bodies)]
    taken = sum(1 for one in shown if one is not None and one.mapped)
    told("batch", got=f"{name_of(bodies)}: {taken} of {len(shown)} had an effect")


@checks("PNS-NOTICE-17")
def test_odd_tokens_are_survived(forgeries: Hosted) -> None:
    """A notice with an odd header, or oddly written, is answered without an internal error."""
    survived(forgeries)


@checks("PNS-NOTICE-17")
def test_odd_addressees_are_survived(misdirected: Hosted) -> None:
    """A notice with several or repeated audiences is answered without an internal error."""
    survived(misdirected)


@checks("PNS-NOTICE-17")
def test_odd_times_are_survived(untimely: Hosted) -> None:
    """A notice with times of another form, or far off, is answered without an internal error."""
    survived(untimely)


@checks("PNS-NOTICE-17")
def test_odd_claims_are_survived(malformed: Hosted) -> None:
    """A notice whose claims are of another form is answered without an internal error."""
    survived(malformed)


@checks("PNS-NOTICE-17")
def test_repeated_nonces_are_survived(doubled: Hosted) -> None:
    """Another event under a nonce that came before is answered without an internal error."""
    survived(doubled)


@checks("PNS-NOTICE-17")
def test_odd_bodies_are_survived(bodies: Hosted) -> None:
    """An empty array, a body without notices, one that is no JSON, and a blank jwt are answered by less than 500."""
    survived(bodies)


@checks("PNS-NOTICE-17")
def test_hostile_bodies_are_survived(hostile: Hosted) -> None:
    """A body that is too large, too deep or packed too well is answered by less than 500, and the tool lives on."""
    survived(hostile)


@checks("PNS-NOTICE-18")
def test_an_unknown_type_is_acknowledged_and_ignored(malformed: Hosted) -> None:
    """A notice of a type that nobody knows is answered by 2xx and has no effect."""
    judged(malformed, "PNS-NOTICE-18")
    sent = malformed.delivery(VECTOR) or untestable("the notice was sent")
    expect(sent.taken, "unknown-type-refused", expected="2xx", got=sent.got, at=sent.at)


@checks("PNS-NOTICE-19")
def test_an_event_is_processed_once(doubled: Hosted) -> None:
    """The same notice id in a new JWT, whatever its times and nonce, has no second effect."""
    judged(doubled, "PNS-NOTICE-19")


@checks("PNS-TYPE-07")
def test_an_unknown_origin_is_handled(malformed: Hosted) -> None:
    """A copy from a context that the tool has never heard of has its effect."""
    judged(malformed, "PNS-TYPE-07")


@checks("PNS-TYPE-08")
def test_a_context_without_name_is_handled(malformed: Hosted) -> None:
    """A copy into a context without title and label has its effect."""
    judged(malformed, "PNS-TYPE-08")


@checks("PNS-TYPE-09")
def test_any_number_of_origins_is_handled(malformed: Hosted) -> None:
    """A copy with several origins has its effect, and one without origins is answered without an internal error."""
    judged(malformed, "PNS-TYPE-09")
    several_origins(malformed)
    survived(malformed)
