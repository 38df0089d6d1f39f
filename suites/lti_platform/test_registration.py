"""Dynamic registration: what a platform tells a tool, and whom it registers (Canvas API documentation, Registration).

Observed beside it: Moodle's source, and what unmodified tool libraries demand.
"""

from __future__ import annotations

from harness.judging.expect import control, expect, remark, untestable
from harness.judging.suite import checks
from harness.net.reach import is_loopback
from harness.subjects.lti_platform_records import Tooled
from harness.wire.json_text import as_texts
from harness.wire.lti import is_absolute_url
from harness.wire.lti_configuration import AUTH_METHOD, PLATFORM_CONFIGURATION, REQUIRED_CONFIGURATION, host_of
from harness.wire.lti_registration import TOOL_CONFIGURATION
from harness.wire.pns import SCOPE
from suites.lti_platform.rules_registration import accepted, answer, configuration, is_family, said, visit
from suites.lti_platform.scenarios_registration import BAD, ODD

ECHOED = ("client_name", "initiate_login_uri", "redirect_uris", "jwks_uri", TOOL_CONFIGURATION)


@checks("LTI-DR-01")
def test_the_tool_is_told_where_the_configuration_is(registered: Tooled) -> None:
    """Our registration address is opened with the address of the configuration in its query."""
    found, pairs = visit(registered)
    at, url = f"{found.id} request", dict(pairs).get("openid_configuration")
    expect(url, "no-configuration", expected="openid_configuration", got=[name for name, _ in pairs], at=at)
    expect(is_absolute_url(url or ""), "no-url", expected="an absolute URL", got=url, at=at)
    remark("not-by-get", unless=found.request.method == "GET", got=found.request.method, at=at)


@checks("LTI-DR-02")
def test_the_configuration_has_all_members(configured: Tooled) -> None:
    """The configuration has every member that some library demands, in the form in which it does."""
    at, found = configuration(configured)
    for name in REQUIRED_CONFIGURATION:
        expect(f"no-{name}" not in found.problems, "missing", expected=name, got=found.problems, at=at)
        expect(f"{name}-form" not in found.problems, "wrong-form", expected=name, got=found.problems, at=at)
    members = found.document or {}
    methods = as_texts(members.get("token_endpoint_auth_methods_supported")) or ()
    remark("no-private-key-jwt", unless=AUTH_METHOD in methods, got=methods, at=at, warn=True)
    for name in ("token_endpoint_auth_signing_alg_values_supported", "id_token_signing_alg_values_supported"):
        remark("no-rs256", unless="RS256" in (as_texts(members.get(name)) or ()), got=members.get(name), at=at)


@checks("LTI-DR-03")
def test_the_configuration_describes_the_platform(configured: Tooled) -> None:
    """The configuration tells product, version, kinds of messages as objects, and variables."""
    at, found = configuration(configured)
    problems = found.problems
    absent = "no-platform-configuration" in problems
    expect(not absent, "no-platform-configuration", expected=PLATFORM_CONFIGURATION, got=problems, at=at)
    for name in ("product_family_code", "version", "messages_supported", "variables"):
        wrong = {f"no-{name}", f"{name}-form"} & set(problems)
        expect(not wrong, "missing", expected=name, got=problems, at=at)
    as_strings = "messages-as-strings" in problems
    expect(not as_strings, "messages-as-strings", expected="objects", got=problems, at=at)


@checks("LTI-DR-04")
def test_the_configuration_lists_notice_types(configured: Tooled) -> None:
    """The platform's part of the configuration lists the notice types that it supports."""
    at, found = configuration(configured)
    types = found.notice_types
    expect(types is not None, "not-listed", expected="notice_types_supported", got=found.problems, at=at)
    expect(types, "empty", expected="at least one notice type", got=types, at=at)


@checks("LTI-DR-05")
def test_the_configuration_lists_the_scope(configured: Tooled) -> None:
    """The scope of notice handlers is among the scopes supported."""
    at, found = configuration(configured)
    expect(SCOPE in found.scopes, "not-listed", expected=SCOPE, got=" ".join(found.scopes), at=at)
    remark("no-openid-scope", unless="openid" in found.scopes, got=" ".join(found.scopes), at=at)


@checks("LTI-DR-06")
def test_the_configuration_stays_in_one_family_of_hosts(configured: Tooled) -> None:
    """The configuration, the issuer and the registration endpoint are on hosts of one family."""
    at, found = configuration(configured)
    exchange, _ = configured.configuration()
    own, issuer = host_of(exchange.url if exchange else ""), host_of(found.issuer)
    registration = host_of(found.registration_endpoint)
    control(bool(registration and issuer), "issuer and registration endpoint are told")
    expect(is_family(own, registration), "registration-elsewhere", expected=own, got=registration, at=at)
    # A platform on this machine stands in for its public host, whose name is its issuer's.
    stands_in = is_loopback(own) and not is_loopback(issuer)
    remark("issuer-elsewhere", unless=not stands_in, got=issuer, at=at)
    expect(stands_in or is_family(own, issuer), "issuer-elsewhere", expected=own, got=issuer, at=at)
    for url in (found.authorization_endpoint, found.jwks_uri, found.token_endpoint):
        remark("endpoint-elsewhere", unless=is_family(own, host_of(url)), got=url, at=at)


@checks("LTI-DR-07")
def test_nobody_registers_without_the_token(registered: Tooled) -> None:
    """A registration without a token, or with one that nobody was given, is answered by 401."""
    accepted(registered)
    for step in ("no-token", "wrong-token"):
        found, read = answer(registered, step)
        at, got = f"{found.id} response", said(found, read)
        expect(not 200 <= read.status <= 299, "accepted", expected=401, got=got, at=at)
        expect(read.status == 401, "wrong-status", expected=401, got=got, at=at)


@checks("LTI-DR-08")
def test_a_token_registers_one_tool(registered: Tooled) -> None:
    """A registration token that was used does not register another tool."""
    accepted(registered)
    found, read = answer(registered, "reuse")
    taken = 200 <= read.status <= 299
    expect(not taken, "accepted-again", expected="a refusal", got=said(found, read), at=f"{found.id} response")


@checks("LTI-DR-08")
def test_a_token_is_not_good_for_ever(overdue: Tooled) -> None:
    """A registration token is refused a month after it was given."""
    in_time, read = answer(overdue, "in-time")
    control(200 <= read.status <= 299, f"a registration in time is accepted ({said(in_time, read)})")
    found, read = answer(overdue, "late")
    taken = 200 <= read.status <= 299
    expect(not taken, "accepted-late", expected="a refusal", got=said(found, read), at=f"{found.id} response")


@checks("LTI-DR-09")
def test_wrong_metadata_are_refused(registered: Tooled) -> None:
    """Metadata that lack what is required, or have it in another form, are refused."""
    accepted(registered)
    for step in BAD:
        found, read = answer(registered, step)
        at, got = f"{found.id} response", said(found, read)
        expect(not 200 <= read.status <= 299, "accepted", expected=f"a refusal of {step}", got=got, at=at)
    for step in ODD:
        found, read = answer(registered, step)
        remark("accepted-odd", unless=not 200 <= read.status <= 299, got=step, at=f"{found.id} response")


@checks("LTI-DR-10")
def test_the_answer_tells_what_was_accepted(registered: Tooled) -> None:
    """The answer has a new client_id, the metadata that were accepted, and as scope what was granted."""
    found, read = accepted(registered)
    at, document, problems = f"{found.id} response", read.document or {}, read.problems
    expect(read.client_id, "no-client-id", expected="client_id, a string", got=problems, at=at)
    ours = registered.case["target"]["client_id"]
    expect(read.client_id != ours, "old-client-id", expected="a new client_id", got=read.client_id, at=at)
    for name in ECHOED:
        expect(document.get(name) is not None, "not-echoed", expected=name, got=sorted(document), at=at)
    expect(read.scopes is not None, "no-scope", expected="scope", got=problems, at=at)
    more = set(read.scopes or ()) - {SCOPE, "openid"}
    expect(not more, "more-than-asked", expected=SCOPE, got=" ".join(sorted(more)), at=at)
    for problem in ("null-member",):
        remark(problem, unless=problem not in problems, got=problems, at=at, warn=True)
    asked = registered.case["tool"]["redirect_url"]
    kept = asked in (as_texts(document.get("redirect_uris")) or ())
    remark("other-redirects", unless=kept, got=document.get("redirect_uris"), at=at, warn=True)


@checks("LTI-DR-11")
def test_the_answer_tells_the_deployment(registered: Tooled) -> None:
    """The answer tells the deployment that was made, the one that launches carry."""
    found, read = accepted(registered)
    at, told = f"{found.id} response", read.deployment_id
    differ = "deployment-ids-differ" in read.problems
    expect(not differ, "two-deployments", expected="one deployment_id", got=read.problems, at=at)
    launches = [one for one in registered.launches if one.has_message]
    made = next((one.launch.deployment_id for one in launches), None)
    if told is None and made is None:
        untestable("no launch shows whether a deployment was made")
    expect(told is not None, "not-told", expected=made, got="no deployment_id", at=at)
    if made is not None:
        expect(told == made, "another-deployment", expected=made, got=told, at=at)


@checks("LTI-DR-12")
def test_an_administrator_enables_what_was_registered(registered: Tooled) -> None:
    """A tool that has registered itself is not launched before an administrator has enabled it."""
    accepted(registered)
    after = registered.launched("after")
    control(after is not None and after.has_message, "the tool is launched once it is enabled")
    before = registered.launched("before")
    launched = before is not None and before.has_message
    at = before.at if before else ""
    expect(not launched, "launched-before", expected="no launch", got=before.got if before else "", at=at)
