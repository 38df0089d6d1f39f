"""Launches of the mock platform: settings of its profiles, custom values, and what nobody asks in good faith."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.net.listener import Reply
from harness.wire.binding import FORM, Pairs, encode_query
from harness.wire.jose import KeySet, read, verify
from harness.wire.lti import CUSTOM, ROLE_SCOPE_MENTOR, ROLES, read_launch
from harness.wire.lti_forms import Form, read_form
from harness.wire.lti_login import auth_request_pairs, read_auth_response, read_initiation
from harness.wire.pns import CLAIM
from mocks.platform.domain import DEPLOYMENTS, REGISTRATIONS
from mocks.platform.launching import COOKIE, LaunchError, begin
from mocks.platform.people import person_of
from mocks.platform.variables import SUPPORTED
from mocks.state.sqlite import SqliteStore
from tests.mocks.platform_office import Office, office

PROFILES = ("pns-spec", "brightspace", "canvas", "blackboard")
REDIRECT = "https://tool.example.com/l"


@pytest.fixture(scope="module")
def spec() -> Office:
    return office()


@dataclass
class Visit:
    """A person's browser in the middle of a launch: its session, and the request that our tool would make."""

    made: Office
    pairs: Pairs
    cookie: str

    def ask(self, pairs: Pairs | None = None, *, method: str = "GET", cookie: str | None = None) -> Reply:
        """Send the authentication request, or another one."""
        query = encode_query(self.pairs if pairs is None else pairs)
        shown = self.cookie if cookie is None else cookie
        headers = (("Cookie", f"other=1; {COOKIE}={shown}"),) if shown else ()
        if method == "POST":
            posted = (*headers, ("Content-Type", FORM))
            return self.made.send("POST", self.made.platform.auth_url, query.encode(), posted)
        return self.made.send("GET", f"{self.made.platform.auth_url}?{query}", b"", headers)

    def bent(self, **values: str | None) -> Pairs:
        """Return the request with parameters changed; None leaves one out."""
        found = tuple((name, values.get(name, value)) for name, value in self.pairs)
        return tuple((name, value) for name, value in found if value is not None)

    def claims(self) -> Mapping[str, Any]:
        """Ask, and return the claims of the message that answers."""
        form = form_of(self.ask())
        assert form.action == REDIRECT
        return read(read_auth_response(form.pairs).id_token or "").claims()


def form_of(reply: Reply) -> Form:
    """Return the form of a page that submits itself."""
    form = read_form(reply.body, "https://platform.example/")
    assert form is not None, reply
    return form


def visit(made: Office, **values: str) -> Visit:
    """Begin a launch and come to the tool's login."""
    address = made.run(begin(made.platform, values))
    reply = made.send("GET", address)
    asked = read_initiation(form_of(reply).pairs)
    cookie = (reply.header("Set-Cookie") or "").partition(";")[0].partition("=")[2]
    pairs = auth_request_pairs(asked, asked.client_id or "", REDIRECT, "nonce-1", "state-1")
    return Visit(made, pairs, cookie)


def error(reply: Reply) -> tuple[str, str | None]:
    """Return code and state of an error that is posted to the redirect URI."""
    answer = read_auth_response(form_of(reply).pairs)
    assert answer.id_token is None
    return str(answer.error), answer.state


def change(made: Office, table: str, key: str, **changes: Any) -> None:
    """Change a row of the platform."""

    async def write() -> None:
        async with made.platform.store.transaction() as tx:
            tx.put(table, key, replace(tx.get(table, key), **changes))

    made.run(write())


# --- a launch ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_launch_ends_with_a_message_under_every_profile(profile: str, method: str) -> None:
    made = office(profile)
    found = visit(made)
    answer = read_auth_response(form_of(found.ask(method=method)).pairs)
    keys = KeySet.parse(made.send("GET", made.platform.keys_url).body)
    jws = read(answer.id_token or "")
    launch = read_launch(jws.claims())
    assert answer.state == "state-1"
    assert verify(jws, keys).ok
    assert (launch.problems, launch.remarks) == ((), ("iss-form",) if profile in ("pns-spec", "brightspace") else ())
    assert (launch.nonce, launch.deployment_id, launch.aud) == ("nonce-1", made.deployment_id, (made.client_id,))


@pytest.mark.parametrize(("profile", "lifetime", "azp", "nbf"), [
    ("pns-spec", 600, False, False), ("brightspace", 1800, False, True), ("canvas", 3600, True, False),
    ("blackboard", 300, False, False),
])  # fmt: skip
def test_a_profile_says_how_long_a_message_is_good_and_what_else_it_holds(
    profile: str, lifetime: int, azp: bool, nbf: bool
) -> None:
    claims = visit(office(profile)).claims()
    assert claims["exp"] - claims["iat"] == lifetime
    assert ("azp" in claims, claims.get("nbf") == claims["iat"]) == (azp, nbf)


def test_a_message_is_dated_when_it_is_asked_for() -> None:
    made = office()
    found = visit(made)
    made.later(seconds=90)
    assert found.claims()["iat"] == int(made.clock.now().timestamp())


def test_a_launch_from_no_course_has_no_context() -> None:
    assert read_launch(visit(office(), course="none").claims()).context is None


def test_a_launch_of_what_there_is_not_is_refused_by_name() -> None:
    made = office()
    for field in ("deployment", "course", "person"):
        with pytest.raises(LaunchError, match=f"^{field}: no 'none-such'; there are "):
            made.run(begin(made.platform, {field: "none-such"}))


@pytest.mark.parametrize("profile", PROFILES)
def test_the_claim_of_the_service_goes_with_its_switch(profile: str) -> None:
    made = office(profile)
    assert CLAIM in visit(made).claims()
    change(made, REGISTRATIONS, made.client_id, pns=False)
    assert CLAIM not in visit(made).claims()
    change(made, REGISTRATIONS, made.client_id, pns=True, scopes=())
    assert CLAIM not in visit(made).claims()


def test_canvas_has_no_switch_at_the_deployment() -> None:
    for profile, offered in (("pns-spec", False), ("canvas", True)):
        made = office(profile)
        change(made, DEPLOYMENTS, made.deployment_id, pns=False)
        assert (CLAIM in visit(made).claims()) is offered


# --- roles and custom values ------------------------------------------------------------------------------------------


def test_mentors_alone_are_told_whom_they_mentor() -> None:
    made = office()
    learner = person_of(made.platform, "learner")
    for part in ("instructor", "learner", "administrator"):
        assert ROLE_SCOPE_MENTOR not in visit(made, person=person_of(made.platform, part)).claims()
    claims = visit(made, person=person_of(made.platform, "mentor")).claims()
    assert claims[ROLE_SCOPE_MENTOR] == [learner]
    assert claims[ROLES] == ["http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"]


def custom(made: Office, values: Mapping[str, str], **launch: str) -> Mapping[str, Any]:
    """Launch with custom values; return those of the message."""
    change(made, REGISTRATIONS, made.client_id, custom=values)
    return dict(visit(made, **launch).claims()[CUSTOM])


def test_variables_stand_for_what_they_name() -> None:
    made = office()
    found = custom(made, {name: f"${name}" for name in SUPPORTED}, person=person_of(made.platform, "mentor"))
    assert [name for name, value in found.items() if str(value).startswith("$")] == []
    assert found["Context.id"] == made.courses[0]
    assert found["Person.name.full"] == "William Frend"
    assert found["User.scope.mentor"] == person_of(made.platform, "learner")


@pytest.mark.parametrize("value", ["$Invigil.unknown", "$context.id", "$Context.id ", "a $Context.id", "$", "", "${x}"])
def test_what_is_no_variable_that_we_know_stays_as_it_is(value: str) -> None:
    assert custom(office(), {"v": value}) == {"v": value}


def test_what_may_not_be_told_is_not_told_by_a_variable_either() -> None:
    made = office("brightspace")
    change(made, DEPLOYMENTS, made.deployment_id, org_unit_information=False, personal=False)
    values = {"t": "$Context.title", "l": "$Context.label", "n": "$Person.name.full", "e": "$Person.email.primary"}
    assert custom(made, values) == values
    assert custom(made, {"c": "$Context.id"}, course="none") == {"c": "$Context.id"}


def test_the_nearest_custom_value_counts() -> None:
    made = office()
    change(made, DEPLOYMENTS, made.deployment_id, custom={"a": "deployment", "b": "deployment"})
    assert custom(made, {"a": "tool", "c": "tool"}) == {"a": "deployment", "b": "deployment", "c": "tool"}


# --- refusals ---------------------------------------------------------------------------------------------------------

REFUSED: list[tuple[str, dict[str, str | None], str, str]] = [
    ("no-scope", {"scope": None}, "invalid_request", "invalid_request_object"),
    ("other-scope", {"scope": "profile"}, "invalid_scope", "invalid_request_object"),
    ("other-type", {"response_type": "code"}, "unsupported_response_type", "invalid_request_object"),
    ("other-mode", {"response_mode": "query"}, "invalid_request", "invalid_request_object"),
    ("other-prompt", {"prompt": "login"}, "invalid_request", "invalid_request_object"),
    ("no-nonce", {"nonce": None}, "invalid_request", "invalid_request_object"),
    ("other-user", {"login_hint": "nobody"}, "access_denied", "login_required"),
]


@pytest.mark.parametrize(
    ("values", "oidc", "canvas"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)  # fmt: skip
def test_a_refusal_has_the_code_of_its_profile(values: dict[str, str | None], oidc: str, canvas: str) -> None:
    for profile, code in (("pns-spec", oidc), ("canvas", canvas)):
        found = visit(office(profile))
        assert error(found.ask(found.bent(**values))) == (code, "state-1")


def test_a_browser_without_a_session_is_told_so() -> None:
    for profile in PROFILES:
        found = visit(office(profile))
        assert error(found.ask(cookie=""))[0] == "login_required"
        assert error(found.ask(cookie="none-of-ours"))[0] == "login_required"


@pytest.mark.parametrize(("profile", "code"), [("pns-spec", "invalid_request"), ("canvas", "launch_no_longer_valid")])
def test_a_hint_is_good_once_and_not_for_ever(profile: str, code: str) -> None:
    made = office(profile)
    used, old = visit(made), visit(made)
    used.claims()
    assert error(used.ask())[0] == code
    made.clock.advance(timedelta(minutes=11))
    assert error(old.ask())[0] == code


def test_a_refusal_does_not_end_the_launch() -> None:
    found = visit(office())
    error(found.ask(found.bent(nonce=None)))
    assert found.claims()["nonce"] == "nonce-1"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "url", [None, "", REDIRECT + "/", REDIRECT + "?a=1", REDIRECT.upper(), "https://tool.example.com.evil/l", "x"]
)
def test_an_address_that_is_not_registered_gets_nothing(profile: str, url: str | None) -> None:
    found = visit(office(profile))
    reply = found.ask(found.bent(redirect_uri=url))
    assert (reply.status, reply.header("Location"), read_form(reply.body, "https://x/")) == (400, None, None)


def test_a_client_that_is_not_known_gets_a_page() -> None:
    found = visit(office())
    for client in ("none-such", "", None):
        assert found.ask(found.bent(client_id=client)).status == 400


def test_brightspace_answers_404_where_there_is_no_state() -> None:
    for profile, status in (("brightspace", 404), ("pns-spec", 200)):
        found = visit(office(profile))
        for state in (None, ""):
            reply = found.ask(found.bent(state=state, nonce=None))
            assert reply.status == status
            assert (read_form(reply.body, "https://x/") is None) is (status == 404)
    found = visit(office("brightspace"))
    assert found.ask(found.bent(state=None, redirect_uri="https://other.example/")).status == 400


def test_a_tool_that_is_not_enabled_is_not_launched() -> None:
    for table in (REGISTRATIONS, DEPLOYMENTS):
        made = office()
        found = visit(made)
        change(made, table, made.client_id if table == REGISTRATIONS else made.deployment_id, enabled=False)
        assert error(found.ask())[0] == "unauthorized_client"


# --- nobody's good faith ----------------------------------------------------------------------------------------------

ODD = ["\0", "\x7f", "é" * 40, "x" * 100_000, "<script>", '"', "\r\nX: y", "%00", "\U0001f600", "null", "[]", "{}"]
NAMES = ("scope", "client_id", "redirect_uri", "login_hint", "nonce", "state", "lti_message_hint", "prompt")


@pytest.mark.parametrize("name", NAMES)
def test_odd_values_are_answered(spec: Office, name: str) -> None:
    found = visit(spec)
    for odd in ODD:
        reply = found.ask(found.bent(**{name: odd}), method="POST")
        assert reply.status in (200, 400)
        assert odd != "<script>" or b"<script>" not in reply.body.replace(b"<script>document", b"")


@pytest.mark.parametrize("name", NAMES)
def test_a_parameter_that_comes_twice_is_refused(spec: Office, name: str) -> None:
    found = visit(spec)
    value = dict(found.pairs)[name]
    form = read_form(found.ask((*found.pairs, (name, value))).body, "https://x/")
    assert form is None or form.get("error") == "invalid_request"


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"a" * 300_000, b"&&&===", b"%ED%A0%80=%ED%A0%80", b"{}"])
@pytest.mark.parametrize("media", [FORM, "application/json", "", "text/plain; charset=\xff"])
def test_any_body_is_answered(spec: Office, body: bytes, media: str) -> None:
    headers = (("Content-Type", media), ("Cookie", "; =;;invigil_session=\xff;" + "a" * 1000))
    assert spec.send("POST", spec.platform.auth_url, body, headers).status == 400


@pytest.mark.parametrize("hint", ["", "none-such", "%00", "%ED%A0%80", "..", "a" * 100_000, "a/b", "\xff"])
def test_a_launch_that_is_not_known_is_a_page(spec: Office, hint: str) -> None:
    assert spec.send("GET", f"/launch/{hint}").status == 404


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_answered(spec: Office, method: str) -> None:
    for path in (spec.platform.auth_url, spec.platform.keys_url, "/launch/none"):
        spec.send(method, path)


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[Office]:
    store = SqliteStore(tmp_path / "platform.db")
    yield office(store=store)
    store.close()


def test_odd_values_are_answered_over_a_file_too(lasting: Office) -> None:
    found = visit(lasting)
    for name in NAMES:
        for raw in (b"%00", b"%ED%A0%80", b"%FF", b"a" * 70_000):
            pairs = "&".join(f"{key}={value}" for key, value in found.pairs if key != name)
            body = f"{pairs}&{name}=".encode() + raw
            headers = (("Cookie", f"{COOKIE}={found.cookie}"), ("Content-Type", FORM))
            lasting.send("POST", lasting.platform.auth_url, body, headers)
    assert visit(lasting).claims()["nonce"] == "nonce-1"


TEXT = st.text(max_size=20) | st.sampled_from(ODD[:3])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(st.sampled_from((*NAMES, "x")) | TEXT, TEXT), max_size=12))
def test_no_request_makes_the_platform_fall_over(spec: Office, pairs: list[tuple[str, str]]) -> None:
    found = visit(spec)
    reply = found.ask((*pairs, *found.pairs), method="POST")
    assert reply.status in (200, 400)


def test_events_tell_what_was_refused_and_why() -> None:
    made = office()
    found = visit(made)
    found.ask(found.bent(scope="profile"))
    found.ask(found.bent(redirect_uri="https://other.example/"))
    told = [facts for name, facts in made.told if name == "authorize-refused"]
    assert [facts["error"] for facts in told] == ["invalid_scope", "no redirect"]
    assert json.dumps(told)
