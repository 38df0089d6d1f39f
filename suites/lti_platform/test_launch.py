"""What a launch begins with, and what its message says (1EdTech Security Framework 1.0, 5.1; LTI Core 1.3, 5.3)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Tooled
from harness.wire.binding import FORM
from harness.wire.lti import CUSTOM, ROLE_MENTOR, ROLE_SCOPE_MENTOR, ROLES, Launch, is_absolute_url, is_known_role
from suites.lti_platform.rules import both_messages, control_message
from suites.lti_platform.rules_launch import demand, published_keys, target

SHORT_ROLES = frozenset(("Instructor", "Learner", "Mentor", "Administrator", "ContentDeveloper"))
"""Names of context roles without their vocabulary, which may stand for the whole (LTI Core 1.3, 5.3.7.1)."""

OTHERS_JUDGE = ("no-sub", "roles-form", "custom-form", "no-known-role", "mentor-scope-without-role")
REMARKED = ("iss-form", "context-form", "context-id-form", "tool-platform-no-guid", "document-target", "claim-name",
            "whitespace", "several-aud-no-azp")  # fmt: skip


@checks("LTI-LAUNCH-01")
def test_a_launch_begins_with_a_login_initiation(launched: Tooled) -> None:
    """Before anything else comes our login is asked to begin."""
    for step in ("launch", "learner"):
        found = demand(launched.launched(step), f"a launch ({step})")
        control(found.initiated or found.arrived, f"a launch reaches our tool ({step})")
        expect(found.initiated, "no-initiation", expected="a login initiation", got=found.got, at=found.at)
        first = found.arrived is None or found.initiated is None or found.initiated.seq < found.arrived.seq
        expect(first, "initiated-later", expected="a login initiation before the answer", got=found.got, at=found.at)


@checks("LTI-LAUNCH-02")
def test_a_login_is_initiated_with_what_it_needs(launched: Tooled) -> None:
    """The initiation has iss, login_hint and target_link_uri, and the issuer is the platform's."""
    found = demand(launched.launched(), "a launch")
    at = f"{demand(found.initiated, 'a login is initiated').id} request"
    asked, issuer = found.initiation, target(launched, "issuer")
    for name, value in (
        ("iss", asked.iss), ("login-hint", asked.login_hint), ("target-link-uri", asked.target_link_uri)
    ):  # fmt: skip
        expect(value, f"no-{name}", expected=name.replace("-", "_"), got="none", at=at)
    expect(asked.iss == issuer, "other-iss", expected=issuer, got=asked.iss, at=at)
    absolute = is_absolute_url(asked.target_link_uri)
    expect(absolute, "target-not-absolute", expected="an absolute URL", got=asked.target_link_uri, at=at)


@checks("LTI-LAUNCH-03")
def test_the_initiation_names_the_deployment_of_the_message(launched: Tooled) -> None:
    """lti_deployment_id of the initiation, if there is one, is the deployment_id of the message."""
    for found in both_messages(launched):
        sent, claim = found.initiation.lti_deployment_id, found.launch.deployment_id
        expect(sent is None or claim is not None, "no-deployment-id", expected=sent, got="none", at=found.at)
        expect(sent in (None, claim), "other-deployment", expected=sent, got=claim, at=found.at)


@checks("LTI-LAUNCH-08")
def test_a_right_request_is_answered_by_a_form(launched: Tooled) -> None:
    """The answer is a form by POST with id_token and the state that was sent."""
    for found in both_messages(launched):
        request = demand(found.arrived, "an answer").request
        expect(request.method == "POST", "not-posted", expected="POST", got=request.start[:200], at=found.at)
        media = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
        expect(media == FORM, "no-form", expected=FORM, got=media, at=found.at)
        sent, came = found.sent("state"), found.response.state
        expect(came is not None, "no-state", expected=sent, got="none", at=found.at)
        expect(came == sent, "other-state", expected=sent, got=came, at=found.at)


@checks("LTI-LAUNCH-09")
def test_the_nonce_comes_back_in_the_message(launched: Tooled) -> None:
    """The message holds the nonce of the authentication request, unchanged."""
    for found in both_messages(launched):
        sent, came = found.sent("nonce"), found.launch.nonce
        expect(came is not None, "no-nonce", expected=sent, got="none", at=found.at)
        expect(came == sent, "other-nonce", expected=sent, got=came, at=found.at)


@checks("LTI-LAUNCH-12")
def test_a_message_has_all_required_claims(launched: Tooled) -> None:
    """The message has every claim of a resource link launch in its form, from this issuer and for this client."""
    issuer, client_id = target(launched, "issuer"), target(launched, "client_id")
    for found in both_messages(launched):
        launch: Launch = found.launch
        for problem in launch.problems:
            good = problem in OTHERS_JUDGE
            expect(good, problem, expected="all required claims", got=found.token.claims, at=found.at)
        expect(launch.iss == issuer, "other-iss", expected=issuer, got=launch.iss, at=found.at)
        expect(client_id in launch.aud, "other-aud", expected=client_id, got=launch.aud, at=found.at)
        later = (launch.exp or 0) > (launch.iat or 0)
        expect(later, "exp-before-iat", expected="exp > iat", got=launch.exp, at=found.at)
        remark("anonymous", unless="no-sub" not in launch.problems, got="no sub", at=found.at)
        for word in REMARKED:
            remark(word, unless=word not in launch.remarks, at=found.at)


@checks("LTI-LAUNCH-13")
def test_the_signed_target_is_the_one_of_the_initiation(launched: Tooled) -> None:
    """The message holds the target_link_uri of the login initiation."""
    for found in both_messages(launched):
        control(found.initiation.target_link_uri, "a login is initiated with target_link_uri")
        sent, came = found.initiation.target_link_uri, found.launch.target_link_uri
        expect(came is not None, "no-target", expected=sent, got="none", at=found.at)
        expect(came == sent, "other-target", expected=sent, got=came, at=found.at)


@checks("LTI-LAUNCH-14")
def test_roles_are_those_of_a_vocabulary(launched: Tooled) -> None:
    """roles is an array of strings; if there are any, one is of a LIS vocabulary."""
    for found in both_messages(launched):
        given = found.token.claims.get(ROLES)
        control(given is not None, "a message has roles")
        good = isinstance(given, list) and all(isinstance(role, str) for role in given)
        expect(good, "roles-form", expected="an array of strings", got=given, at=found.at)
        roles = found.launch.roles
        known = [role for role in roles if is_known_role(role)]
        short = [role for role in roles if role in SHORT_ROLES]
        expect(not roles or known or short, "no-known-role", expected="a role of LIS", got=roles, at=found.at)
        remark("short-role", unless=known or not short, got=short, at=found.at)


@checks("LTI-LAUNCH-15")
def test_custom_values_are_strings(launched: Tooled) -> None:
    """Each value of custom is a string, never null."""
    listed = [(found, found.token.claims.get(CUSTOM)) for found in both_messages(launched)]
    control(any(given is not None for _, given in listed), "a message has custom values, with which we are registered")
    for found, given in listed:
        expect(given is None or isinstance(given, dict), "custom-form", expected="an object", got=given, at=found.at)
        bad = {name: value for name, value in (given or {}).items() if not isinstance(value, str)}
        expect(not bad, "not-a-string", expected="strings", got=bad, at=found.at)


@checks("LTI-LAUNCH-16")
def test_only_mentors_get_whom_they_mentor(launched: Tooled) -> None:
    """A message for who is no mentor lists nobody in role_scope_mentor."""
    for found in both_messages(launched):
        is_mentor, given = ROLE_MENTOR in found.launch.roles, found.token.claims.get(ROLE_SCOPE_MENTOR)
        expect(is_mentor or not given, "mentor-scope", expected="no such claim", got=given, at=found.at)


@checks("LTI-LAUNCH-17")
def test_an_unknown_variable_is_passed_as_it_stands(launched: Tooled) -> None:
    """A custom value that is a variable of nobody's reaches us as it was registered."""
    found = control_message(launched)
    given = found.launch.custom
    control(given.get("plain") == "some text", "our tool is registered with the custom values of the documentation")
    expect("unknown_variable" in given, "left-out", expected="$Invigil.unknown", got=sorted(given), at=found.at)
    came = given["unknown_variable"]
    expect(came == "$Invigil.unknown", "changed", expected="$Invigil.unknown", got=came, at=found.at)


@checks("LTI-LAUNCH-19")
def test_a_message_verifies_with_the_key_set(launched: Tooled, published: Tooled) -> None:
    """The message verifies with a key of the platform's set, and RS256 is at hand."""
    for step in ("launch", "learner"):
        found = demand(launched.launched(step), f"a launch ({step})")
        control(found.response.id_token, f"an id_token comes ({step})")
        token = found.token
        expect(token.verified, "not-verified", expected="a signature of a published key", got=token.reason, at=found.at)
        if token.header.get("alg") == "RS256":
            continue
        _, keys = published_keys(published)
        rsa = any(key.get("kty") == "RSA" and key.get("alg") in (None, "RS256") for key in keys)
        expect(rsa, "no-rs256", expected="RS256", got=token.header.get("alg"), at=found.at)
        remark("other-alg", got=token.header.get("alg"), at=found.at)
