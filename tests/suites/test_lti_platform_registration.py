"""What the suite of lti-platform says of dynamic registration: legitimate forms pass, wrong ones are red."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pytest

from harness.evidence.entries import Event
from harness.evidence.journal import Journal
from harness.judging.acting import act
from harness.judging.judge import FOUND, Outcome
from harness.judging.profiles import load_profile
from harness.judging.suite import load_suite
from harness.net.clock import ManualClock
from harness.net.loop import Loop
from harness.proving.lab import Lab, Peer
from harness.subjects.config import Config
from harness.subjects.lti_platform import PlatformDriver
from harness.subjects.opening import Opening, open_driver
from harness.subjects.targets import TargetSpec
from harness.wire.lti_configuration import PLATFORM_CONFIGURATION, platform_configuration
from harness.wire.lti_registration import TOOL_CONFIGURATION, registration_request
from harness.wire.pns import SCOPE
from suites.lti_platform import test_registration
from suites.lti_platform.rules_registration import is_family
from suites.lti_platform.scenarios_registration import BAD, ODD
from tests.suites.forging_lti_registration import BASE, PASSES, UNTESTABLE, Answer, record, refusal, said

PROFILES = ("pns-spec", "brightspace", "canvas", "blackboard")
VARIANTS = (
    "platform.variant-registered-as-moodle-does", "platform.variant-registered-as-canvas-does",
    "platform.variant-token-spent-by-refusal",
)  # fmt: skip
ACTED = ("configured", "registered", "overdue")
HTML: Answer = (500, b"<html></html>", (("Content-Type", "text/html"),))
URL = f"{BASE}/.well-known/openid-configuration"
LOOPBACK = "https://localhost:8443"


@pytest.fixture(scope="module")
def loop() -> Iterable[Loop]:
    with Loop() as made:
        yield made


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab("lti-platform")


def rows_of(loop: Loop, lab: Lab, peer: Peer) -> dict[str, str]:
    """Return the verdicts of this area that are no pass."""
    trial = loop.run(lab.trial(peer, [lab.suite.scenarios[name] for name in ACTED], with_rows=True))
    judged = [row for row in trial.rows if row.requirement.id.startswith("LTI-DR-") and row.judgements]
    return {row.requirement.id: row.verdict for row in judged if row.verdict != "pass"}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("variant", ["", *VARIANTS])
def test_what_is_legitimate_is_not_accused(loop: Loop, lab: Lab, profile: str, variant: str) -> None:
    found = rows_of(loop, lab, Peer("variant", (variant,) if variant else (), profile=profile))
    # A mock on this machine cannot stand at the one address that all tenants of these have as their issuer.
    fixed = {"canvas": {"LTI-DR-06": "note"}, "blackboard": {"LTI-DR-06": "note"}}
    assert found == fixed.get(profile, {})


def test_a_success_by_201_is_one(loop: Loop, lab: Lab) -> None:
    assert rows_of(loop, lab, Peer("created", settings={"lti.registration-status": 201})) == {}


# --- what a run leaves behind -----------------------------------------------------------------------------------------


async def acted(without: tuple[str, ...], faults: tuple[str, ...] = ()) -> tuple[Journal, list[Any], list[Any]]:
    """Act the scenario of a registration against the mock, as far as somebody can be asked to."""
    clock = ManualClock(datetime.fromisoformat("2030-01-01T00:00:00+00:00"))
    journal, profile = Journal(clock.now), load_profile("pns-spec")
    spec = TargetSpec("mock", "mock", profile.name, faults)
    opening = Opening(spec, journal, profile.for_subject("lti-platform"), b"", Config("test", {}), clock)
    driver = await open_driver("lti-platform", opening)
    assert isinstance(driver, PlatformDriver)
    platform: Any = driver.mock.platform  # type: ignore[union-attr]
    driver.stimuli = {name: one for name, one in driver.stimuli.items() if name not in without}
    try:
        before = await platform.rows("registrations")
        await act(driver, [load_suite("lti-platform").scenarios["registered"]], jobs=1, seed=1)
        return journal, before, await platform.rows("registrations")
    finally:
        await driver.stop()


def left(journal: Journal) -> list[str]:
    found = [one for one in journal.of("registered", "") if isinstance(one, Event) and one.name == "left-behind"]
    return [str(one.facts["registration"]) for one in found]


def test_what_was_registered_is_taken_away_again(loop: Loop) -> None:
    journal, before, after = loop.run(acted(()))
    assert after == before
    assert left(journal) == []


def test_all_that_a_careless_platform_has_registered_is_taken_away(loop: Loop) -> None:
    _, before, after = loop.run(acted((), ("platform.open-registration", "platform.any-metadata")))
    assert after == before


def test_what_nobody_can_take_away_is_told(loop: Loop) -> None:
    journal, before, after = loop.run(acted(("unregister",)))
    assert left(journal) == [one.client_id for one in after if one not in before]
    assert len(left(journal)) == 1


def test_the_registration_token_is_kept_nowhere(loop: Loop) -> None:
    journal, _, _ = loop.run(acted(()))
    assert b"rt-" not in b"".join(repr(entry).encode() for entry in journal.of("registered", ""))


# --- single checks ----------------------------------------------------------------------------------------------------


def visited(query: str) -> Any:
    return record(("visit", "invite", (200, b"")), query=query)


@pytest.mark.parametrize(
    ("query", "verdict"),
    [
        ("?openid_configuration=https%3A%2F%2Flms.example.edu%2Fc", PASSES),
        (
            "?registration_token=x&openid_configuration=https%3A%2F%2Flms.example.edu%2Fc%3Fregistration_token%3Dx",
            PASSES,
        ),
        ("?openid_configuration=%2Fc", "no-url"),
        ("?openid_configuration=", "no-configuration"),
        ("?registration_token=x", "no-configuration"),
        ("", "no-configuration"),
    ],
)
def test_how_our_registration_address_is_opened(query: str, verdict: str) -> None:
    assert said(test_registration, "test_the_tool_is_told_where_the_configuration_is", visited(query)) == verdict


def test_a_platform_of_which_nobody_came_is_not_accused() -> None:
    assert said(test_registration, "test_the_tool_is_told_where_the_configuration_is", record()) == UNTESTABLE


def configured(
    base: str = BASE, at: str = URL, own: Mapping[str, Any] | None = None, whole: bool = True, **more: Any
) -> Any:  # fmt: skip
    document = platform_configuration(
        issuer=base, authorization_endpoint=f"{base}/auth", registration_endpoint=f"{base}/register",
        jwks_uri=f"{base}/keys", token_endpoint=f"{base}/token", notice_types=["LtiContextCopyNotice"],
    )  # fmt: skip
    document[PLATFORM_CONFIGURATION] = _without_none({**document[PLATFORM_CONFIGURATION], **(own or {})})
    if not whole:
        del document[PLATFORM_CONFIGURATION]
    return record(("configuration", "configuration", (200, _without_none({**document, **more}))), url=at)


def _without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


ALL = "test_the_configuration_has_all_members"
OWN = "test_the_configuration_describes_the_platform"
TYPES = "test_the_configuration_lists_notice_types"
SCOPES = "test_the_configuration_lists_the_scope"
HOSTS = "test_the_configuration_stays_in_one_family_of_hosts"


@pytest.mark.parametrize("name", [ALL, OWN, TYPES, SCOPES, HOSTS])
def test_a_configuration_that_cannot_be_read_says_nothing(name: str) -> None:
    answers: tuple[Answer, ...] = (HTML, (404, {}), (200, b"<html>"), (200, []), (401, {"error": "x"}), None)
    for answer in answers:
        made = record(("configuration", "configuration", answer), url=URL)
        assert said(test_registration, name, made) == UNTESTABLE
    assert said(test_registration, name, configured()) == PASSES


@pytest.mark.parametrize(
    ("name", "made", "verdict"),
    [
        (ALL, configured(claims_supported=None), "missing"),
        (ALL, configured(subject_types_supported="public"), "wrong-form"),
        (ALL, configured(jwks_uri="/keys"), "wrong-form"),
        (ALL, configured(unknown={"a": None}), PASSES),
        (ALL, configured(token_endpoint_auth_methods_supported=["client_secret_basic"]), "passes, no-private-key-jwt"),
        (ALL, configured(id_token_signing_alg_values_supported=["ES256"]), "passes, no-rs256"),
        (OWN, configured(whole=False), "no-platform-configuration"),
        (OWN, configured(own={"version": None}), "missing"),
        (OWN, configured(own={"variables": None}), "missing"),
        (OWN, configured(own={"messages_supported": []}), "missing"),
        (OWN, configured(own={"messages_supported": ["LtiResourceLinkRequest"]}), "messages-as-strings"),
        (OWN, configured(own={"variables": []}), PASSES),
        (TYPES, configured(own={"notice_types_supported": None}), "not-listed"),
        (TYPES, configured(own={"notice_types_supported": "LtiContextCopyNotice"}), "not-listed"),
        (TYPES, configured(own={"notice_types_supported": []}), "empty"),
        (TYPES, configured(own={"notice_types_supported": ["LtiNew"]}), PASSES),
        (SCOPES, configured(scopes_supported=["openid"]), "not-listed"),
        (SCOPES, configured(scopes_supported=[SCOPE]), "passes, no-openid-scope"),
        (HOSTS, configured(registration_endpoint="https://other.example.org/register"), "registration-elsewhere"),
        (HOSTS, configured(registration_endpoint="https://sso.example.edu/register"), PASSES),
        (HOSTS, configured(issuer="https://other.example.org"), "issuer-elsewhere"),
        (HOSTS, configured(token_endpoint="https://auth.example.com/token"), "passes, endpoint-elsewhere"),
        (HOSTS, configured(LOOPBACK, f"{LOOPBACK}/c"), PASSES),
        (HOSTS, configured(LOOPBACK, f"{LOOPBACK}/c", issuer="https://lms.example.edu"), "passes, issuer-elsewhere"),
        (HOSTS, configured(LOOPBACK, f"{LOOPBACK}/c", issuer="https://127.0.0.1:8443"), "issuer-elsewhere"),
        (HOSTS, configured(issuer=None), UNTESTABLE),
    ],
)  # fmt: skip
def test_a_configuration_is_looked_at_member_by_member(name: str, made: Any, verdict: str) -> None:
    assert said(test_registration, name, made) == verdict


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("lms.example.edu", "lms.example.edu", True), ("a.example.edu", "b.example.edu", True),
        ("example.edu", "lms.example.edu", True), ("example.edu", "example.org", False),
        ("localhost", "127.0.0.1", False), ("localhost", "localhost", True), ("10.0.0.1", "10.0.0.1", True),
        ("10.1.0.1", "10.2.0.1", False), ("lms", "lms2", False), ("", "lms", False),
    ],
)  # fmt: skip
def test_hosts_of_one_family(one: str, other: str, same: bool) -> None:
    assert is_family(one, other) is same


ASKED = registration_request(
    client_name="T", initiate_login_uri="https://tool.example.com/login",
    redirect_uris=["https://tool.example.com/launch"], jwks_uri="https://tool.example.com/keys",
    domain="tool.example.com", target_link_uri="https://tool.example.com/launch",
)  # fmt: skip


def made(**more: Any) -> Answer:
    """Return the answer to a registration; a member of value None is left out."""
    return 200, _without_none({**ASKED, "client_id": "client-9", **more})


def registered(good: Answer, **steps: Answer) -> Any:
    plain: dict[str, Answer] = {"no-token": refusal("x", 401), "wrong-token": refusal("x", 401), "reuse": refusal()}
    plain |= {name: refusal("invalid_client_metadata") for name in (*BAD, *ODD)}
    given = {**plain, "good": good, **{name.replace("_", "-"): answer for name, answer in steps.items()}}
    return record(*(("registration", name, answer) for name, answer in given.items()))


NOBODY = "test_nobody_registers_without_the_token"
ONCE = "test_a_token_registers_one_tool"
WRONG = "test_wrong_metadata_are_refused"
TOLD = "test_the_answer_tells_what_was_accepted"


@pytest.mark.parametrize("name", [NOBODY, ONCE, WRONG, TOLD])
def test_a_platform_that_registers_nobody_is_not_accused(name: str) -> None:
    for good in (refusal(), refusal("forbidden", 403), HTML, None):
        assert said(test_registration, name, registered(good)) == UNTESTABLE
    assert said(test_registration, name, record()) == UNTESTABLE
    assert said(test_registration, name, registered(made())) == PASSES
    assert said(test_registration, name, registered(refusal("x", 401), second=made())) == PASSES


@pytest.mark.parametrize(
    ("name", "record_", "verdict"),
    [
        (NOBODY, registered(made(), no_token=made()), "accepted"),
        (NOBODY, registered(made(), wrong_token=made()), "accepted"),
        (NOBODY, registered(made(), no_token=refusal("x", 403)), "wrong-status"),
        (NOBODY, registered(made(), no_token=(401, b"missing_registration_token")), PASSES),
        (ONCE, registered(made(), reuse=made()), "accepted-again"),
        (ONCE, registered(made(), reuse=(401, b"token_already_used")), PASSES),
        (WRONG, registered(made(), no_keys=made()), "accepted"),
        (WRONG, registered(made(), redirects_as_text=made()), "accepted"),
        (WRONG, registered(made(), no_domain=made()), "passes, accepted-odd"),
        (WRONG, registered(made(), no_login=(400, b"missing required attribute")), PASSES),
        (TOLD, registered(made(client_id=None)), "no-client-id"),
        (TOLD, registered(made(client_id=9)), "no-client-id"),
        (TOLD, registered(made(client_id="client-1")), "old-client-id"),
        (TOLD, registered(made(jwks_uri=None)), "not-echoed"),
        (TOLD, registered(made(scope=None)), "no-scope"),
        (TOLD, registered(made(scope="")), PASSES),
        (TOLD, registered(made(scope=f"openid {SCOPE}")), PASSES),
        (TOLD, registered(made(scope=f"{SCOPE} more")), "more-than-asked"),
        (TOLD, registered(made(redirect_uris=["https://tool.example.com/"])), "passes, other-redirects"),
        (TOLD, registered((200, {**ASKED, "client_id": "client-9", "logo_uri": None})), "passes, null-member"),
        (TOLD, registered((201, {**ASKED, "client_id": "client-9", "more": 1})), PASSES),
    ],
)  # fmt: skip
def test_what_answers_a_registration(name: str, record_: Any, verdict: str) -> None:
    assert said(test_registration, name, record_) == verdict


def test_a_late_registration_is_judged_beside_one_in_time() -> None:
    def dated(late: Answer, in_time: Answer) -> Any:
        return record(("registration", "late", late), ("registration", "in-time", in_time))

    name = "test_a_token_is_not_good_for_ever"
    assert said(test_registration, name, dated(refusal(), made())) == PASSES
    assert said(test_registration, name, dated(made(), made())) == "accepted-late"
    assert said(test_registration, name, dated(refusal(), refusal())) == UNTESTABLE


def test_a_deployment_that_no_launch_shows_need_not_be_told() -> None:
    name = "test_the_answer_tells_the_deployment"
    assert said(test_registration, name, registered(made())) == UNTESTABLE
    assert said(test_registration, name, registered(made(deployment_id="1"))) == PASSES
    inside = {**ASKED[TOOL_CONFIGURATION], "deployment_id": "1"}
    assert said(test_registration, name, registered(made(**{TOOL_CONFIGURATION: inside}))) == PASSES
    two = registered(made(deployment_id="2", **{TOOL_CONFIGURATION: inside}))
    assert said(test_registration, name, two) == "two-deployments"


def test_a_tool_that_is_never_launched_says_nothing_of_activation() -> None:
    name = "test_an_administrator_enables_what_was_registered"
    assert said(test_registration, name, registered(made())) == UNTESTABLE


def test_whoever_finds_something_is_the_check(loop: Loop, lab: Lab) -> None:
    peer = Peer("active", settings={"lti.registration-active": "always"})
    trial = loop.run(lab.trial(peer, [lab.suite.scenarios["registered"]]))
    outcome: Outcome = trial.outcomes["test_an_administrator_enables_what_was_registered", ""]
    assert outcome.status == FOUND
    assert "launched-before" in outcome.reasons
