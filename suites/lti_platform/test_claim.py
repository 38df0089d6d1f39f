"""The claim by which a launch offers the notification service (LTI Core 1.3, 6.1; Canvas API documentation, PNS)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Launched, Tooled
from harness.wire.pns import CLAIM
from suites.lti_platform.rules import both_messages, control_message
from suites.lti_platform.rules_launch import demand, same_machine_without_tls


def _offered(record: Tooled) -> Launched:
    """Demand a launch that has the claim; return it."""
    found = control_message(record)
    control(found.offers_service, "a launch carries the claim")
    return found


def _holds(record: Tooled, *problems: str) -> None:
    """Judge that a claim has none of these problems; the code is the reason."""
    found = _offered(record)
    for problem in problems:
        good = problem not in found.service.problems
        expect(good, problem, expected="as its users read it", got=found.token.claims[CLAIM], at=found.at)


@checks("PNS-CLAIM-01")
def test_each_launch_offers_the_service(launched: Tooled) -> None:
    """Each launch of a deployment to which the service applies carries its claim."""
    for found in both_messages(launched):
        expect(found.offers_service, "no-claim", expected="the claim platformnotificationservice", at=found.at)


@checks("PNS-CLAIM-02")
def test_the_address_of_the_service_is_fully_resolved(launched: Tooled) -> None:
    """The claim's address is absolute and no template."""
    _holds(launched, "not-an-object", "no-url", "url-not-absolute")


@checks("PNS-CLAIM-03")
def test_the_address_of_the_service_is_https(launched: Tooled) -> None:
    """The claim's address is one of https."""
    found = _offered(launched)
    url = found.service.url or ""
    control(url, "the claim has an address")
    secure = url.lower().startswith("https:")
    if same_machine_without_tls(url, launched):
        remark("loopback-http", got=url, at=found.at)
        return
    expect(secure, "not-https", expected="https", got=url, at=found.at)


@checks("PNS-CLAIM-04")
def test_the_claim_names_version_1_0(launched: Tooled) -> None:
    """service_versions is an array that holds "1.0"."""
    _holds(launched, "no-versions", "versions-form", "no-version-1.0")


@checks("PNS-CLAIM-05")
def test_the_claim_names_the_scope(launched: Tooled) -> None:
    """scope is an array that holds the scope of notice handlers."""
    _holds(launched, "no-scope", "scope-form", "no-noticehandlers-scope")


@checks("PNS-CLAIM-06")
def test_the_claim_lists_notice_types(launched: Tooled) -> None:
    """notice_types_supported is a filled array of strings, each once."""
    _holds(launched, "no-types", "types-form", "types-empty", "types-repeated")


@checks("PNS-CLAIM-07")
def test_no_launch_offers_what_is_switched_off(switched_off: Tooled) -> None:
    """A launch carries no claim while the service is disabled."""
    before = control_message(switched_off, "before")
    control(before.offers_service, "the service is offered while it is on")
    off = control_message(switched_off, "off")
    expect(not off.offers_service, "claim-while-off", expected="no claim", got=off.service.url, at=off.at)
    control(control_message(switched_off, "after").offers_service, "the service is offered when it is on again")


@checks("PNS-CLAIM-08")
def test_every_type_of_the_claim_takes_a_handler(subscribed: Tooled) -> None:
    """Every notice type that the claim lists can be subscribed to."""
    types = _offered(subscribed).service.types
    done = {name: subscribed.handled(f"put-{name}") for name in types}
    control(any(one and one.taken for one in done.values()), "a handler is accepted for some type")
    for name, one in done.items():
        if one is not None and one.response is not None:
            expect(one.taken, "type-refused", expected=f"a handler for {name} is accepted", got=one.got, at=one.at)


@checks("PNS-CLAIM-09")
def test_the_service_of_each_deployment_is_its_own(two_deployments: Tooled) -> None:
    """A handler that is set through the claim of one deployment is not listed through that of another."""
    first, second = (control_message(two_deployments, step) for step in ("first", "second"))
    put = demand(two_deployments.handled("put"), "a handler is set")
    control(put.taken, "a handler is accepted")
    lists = [demand(two_deployments.handled(f"list-{step}"), "handlers are listed") for step in ("first", "second")]
    for launch, shown in zip((first, second), lists, strict=True):
        control(shown.taken and shown.catalogue.deployment_id, "the service lists handlers for a deployment")
        named, own = shown.catalogue.deployment_id, launch.launch.deployment_id
        control(own, "a launch names its deployment")
        expect(named == own, "other-deployment", expected=f"handlers of {own}", got=named, at=shown.at)
    notice_type = first.service.types[0]
    addresses = [shown.handler(notice_type) for shown in lists]
    control(addresses[0], "the first deployment lists the handler that was set there")
    expect(addresses[1] != addresses[0], "shared-handlers", expected="none", got=addresses[1], at=lists[1].at)
