"""The handlers service of the mock platform: settings of its profiles, and input that nobody makes in good faith."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.client import HttpClient
from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Reply
from harness.wire.pns import CONTEXT_COPY, HELLO_WORLD, SCOPE
from harness.wire.pns_handlers import put_body
from mocks.platform.admitting import admit, deploy
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import TOKENS, AccessToken, Deployment, Registration
from mocks.platform.mock import test_keys as known_keys
from mocks.platform.platform import Platform
from mocks.platform.routes import route

DOMAIN = "tool.example.com"
GOOD = f"https://{DOMAIN}/notices"
REDIRECT = "https://launch.other.example/lti/redirect"
JSON = (("Content-Type", "application/json"),)
HOUR = timedelta(hours=1)
NOTHING: Mapping[str, Any] = {}


@dataclass
class World:
    """A platform of a profile with two clients and a token of each; calls go past the network."""

    platform: Platform
    clock: ManualClock
    deployments: Mapping[str, Deployment]

    def call(
        self, method: str, body: bytes = b"", *, of: str = "ours", token: str | None = "ours", query: str = "",
        headers: tuple[tuple[str, str], ...] = JSON,
    ) -> Reply:  # fmt: skip
        """Call the service of a deployment; without ``token`` there is no Authorization."""
        target = self.platform.pns_url(self.deployments[of]).removeprefix(self.platform.base) + query
        bearer = (("Authorization", f"Bearer {token}"),) if token is not None else ()
        inbound = Inbound(f"{method} {target} HTTP/1.1", method, target, (*bearer, *headers), body)
        reply = asyncio.run(self.answer(inbound))
        assert reply.status < 500, reply
        return reply

    async def answer(self, inbound: Inbound) -> Reply:
        return await route(self.platform, inbound)

    def put(self, address: str, notice_type: str = CONTEXT_COPY, size: int | None = None, **more: Any) -> Reply:
        return self.call("PUT", put_body(notice_type, address, size), **more)

    def listed(self, **more: Any) -> dict[str, str]:
        found = json.loads(self.call("GET", **more).body)
        return {one["notice_type"]: one["handler"] for one in found["notice_handlers"]}


def world(profile: str = "pns-spec", changes: Mapping[str, Any] = NOTHING) -> World:
    clock = ManualClock()
    found = {**load_profile(profile).for_subject("lti-platform"), **changes}
    behaviour = PlatformBehaviour(found)
    client = HttpClient(Journal(clock.now, recording=False), 0.5)
    platform = Platform(clock, client, lambda tenant: behaviour, found, "http://127.0.0.1:1", known_keys)

    async def prepare() -> dict[str, Deployment]:
        await platform.prepare()
        made = {}
        async with platform.store.transaction() as tx:
            for name in ("ours", "other"):
                registration = Registration(
                    platform.next_client_id(tx), name, DOMAIN, f"https://{DOMAIN}/login", (f"{GOOD}/launch", REDIRECT),
                    f"https://{DOMAIN}/launch", scopes=(SCOPE,),
                )  # fmt: skip
                admit(tx, registration)
                made[name] = deploy(platform, tx, registration.client_id)
                token = AccessToken(name, registration.client_id, (SCOPE,), clock.now() + HOUR)
                tx.put(TOKENS, name, token)
                tx.put(TOKENS, f"narrow-{name}", replace(token, value=f"narrow-{name}", scopes=("another",)))
        return made

    return World(platform, clock, asyncio.run(prepare()))


@pytest.fixture(scope="module")
def spec() -> World:
    return world()


def test_a_platform_lists_all_its_types_and_what_was_set() -> None:
    made = world()
    assert made.put(GOOD, size=20).status == 200
    listed = made.listed()
    assert listed[CONTEXT_COPY] == GOOD
    assert listed[HELLO_WORLD] == ""
    found = json.loads(made.call("GET").body)
    assert found["client_id"] == made.deployments["ours"].client_id
    assert found["deployment_id"] == made.deployments["ours"].id
    assert {"notice_type": CONTEXT_COPY, "handler": GOOD, "max_batch_size": 20} in found["notice_handlers"]


def test_what_is_not_subscribed_is_left_out_of_the_list_when_the_profile_says_so() -> None:
    made = world(changes={"list-unsubscribed": False})
    assert made.listed() == {}
    made.put(GOOD)
    assert made.listed() == {CONTEXT_COPY: GOOD}


def test_put_answers_the_object_or_as_early_builds_of_canvas_did_the_list() -> None:
    assert json.loads(world().put(GOOD).body) == {"notice_type": CONTEXT_COPY, "handler": GOOD}
    answer = json.loads(world(changes={"put-answer": "catalogue"}).put(GOOD).body)
    assert {"notice_type": CONTEXT_COPY, "handler": GOOD} in answer["notice_handlers"]


def test_canvas_has_a_number_for_its_client_and_errors_of_its_own() -> None:
    made = world("canvas")
    assert isinstance(json.loads(made.call("GET").body)["client_id"], int)
    reply = made.call("GET", token="narrow-ours")
    assert reply.status == 401
    assert json.loads(reply.body) == {"errors": {"type": "unauthorized", "message": "Insufficient permissions"}}
    assert reply.header("WWW-Authenticate") is None
    assert made.put(GOOD, size=9).status == 400
    assert made.put(GOOD, size=10).status == 200
    assert made.put(GOOD.replace("https", "http")).status == 200


def test_blackboard_needs_the_deployment_in_the_query() -> None:
    made = world("blackboard")
    assert made.call("GET").status == 404
    assert made.call("GET", query="?deploymentId=another").status == 404
    assert made.call("GET", query=f"?deploymentId={made.deployments['ours'].id}&x=1").status == 200


@pytest.mark.parametrize("query", ["?deploymentId=x", "?a=1&a=2", "?%ff=%zz", "?", "?=&&"])
def test_queries_that_nobody_knows_are_ignored(spec: World, query: str) -> None:
    assert spec.call("GET", query=query).status == 200


@pytest.mark.parametrize("method", ["DELETE", "POST", "PATCH", "OPTIONS", "HEAD", "BREW"])
def test_only_get_and_put_are_known(spec: World, method: str) -> None:
    reply = spec.call(method, put_body(CONTEXT_COPY, GOOD))
    assert reply.status == 405
    assert reply.header("Allow") == "GET, PUT"


def test_each_refusal_of_a_token_has_its_status_and_its_challenge(spec: World) -> None:
    bare, unknown, narrow = (
        spec.call("GET", token=None),
        spec.call("GET", token="x"),
        spec.call("GET", token="narrow-ours"),
    )
    assert [reply.status for reply in (bare, unknown, narrow)] == [401, 401, 403]
    assert bare.header("WWW-Authenticate") == 'Bearer realm="notice-handlers"'
    assert 'error="invalid_token"' in (unknown.header("WWW-Authenticate") or "")
    assert f'error="insufficient_scope", scope="{SCOPE}"' in (narrow.header("WWW-Authenticate") or "")


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "ours", "Basic ours", "Bearer  ", "Bearer\x00"])
def test_an_authorization_that_holds_no_token_is_refused(spec: World, given: str) -> None:
    assert spec.call("GET", token=None, headers=(("Authorization", given),)).status in (400, 401)


def test_the_scheme_is_known_in_any_case(spec: World) -> None:
    for scheme in ("bearer", "BEARER", "bEaReR"):
        assert spec.call("GET", token=None, headers=(("Authorization", f"{scheme} ours"),)).status == 200


def test_a_token_ends_when_its_time_is_over() -> None:
    made = world()
    made.clock.advance(HOUR - timedelta(seconds=1))
    assert made.call("GET").status == 200
    made.clock.advance(timedelta(seconds=1))
    assert made.call("GET").status == 401


def test_a_client_has_nothing_to_do_with_the_deployments_of_another(spec: World) -> None:
    assert spec.call("GET", of="other").status == 403
    assert spec.put(GOOD, of="other").status == 403
    assert spec.listed(of="other", token="other")[CONTEXT_COPY] == ""


def test_what_is_refused_leaves_the_former_handler() -> None:
    made = world()
    made.put(GOOD)
    for address in ("http://tool.example.com/", "https://elsewhere.test/", "word", "https://tool.example.com/#part"):
        assert made.put(address).status == 400
        assert made.listed()[CONTEXT_COPY] == GOOD


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://tool.example.com/x", "handler must use https"),
        ("https://tool2.example.com/x", "handler must be rooted in the tool's domain"),
        ("/x", "handler must be a valid URL"),
        ("https://tool.example.com/#x", "handler must not have a fragment"),
        ("https://launch.other.example/unregistered", "or match a redirect URL"),
    ],
)
def test_a_refusal_names_the_rule(spec: World, address: str, said: str) -> None:
    reply = spec.put(address)
    assert reply.status == 400
    assert said in json.loads(reply.body)["error_description"]


def test_a_redirect_url_is_taken_wherever_it_is_unless_the_profile_knows_the_domain_alone() -> None:
    assert world().put(REDIRECT).status == 200
    assert world(changes={"domain-rule": "domain"}).put(REDIRECT).status == 400


def test_a_registration_without_domain_takes_its_redirect_urls_alone() -> None:
    made = world()

    async def forget() -> None:
        async with made.platform.store.transaction() as tx:
            for registration in tx.rows("registrations"):
                admit(tx, replace(registration, domain=""))

    asyncio.run(forget())
    assert made.put(GOOD).status == 400
    assert made.put(REDIRECT).status == 200


def test_a_further_domain_of_the_registration_counts_as_well() -> None:
    made = world()

    async def extend() -> None:
        async with made.platform.store.transaction() as tx:
            for registration in tx.rows("registrations"):
                admit(tx, replace(registration, secondary_domains=("second.example",)))

    asyncio.run(extend())
    assert made.put("https://second.example/notices").status == 200
    assert made.put("https://third.example/notices").status == 400


def test_http_on_this_machine_is_taken_where_it_is_allowed() -> None:
    made = world(changes={"allow-loopback-http": True})

    async def move() -> None:
        async with made.platform.store.transaction() as tx:
            for registration in tx.rows("registrations"):
                admit(tx, replace(registration, domain="127.0.0.1"))

    asyncio.run(move())
    assert made.put("http://127.0.0.1:8000/notices").status == 200


def test_what_is_switched_off_is_not_found() -> None:
    made = world()

    async def off() -> None:
        async with made.platform.store.transaction() as tx:
            for deployment in tx.rows("deployments"):
                tx.put("deployments", deployment.id, replace(deployment, pns=False))

    asyncio.run(off())
    assert made.call("GET").status == 404
    assert made.put(GOOD).status == 404


@pytest.mark.parametrize("media", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", ";;;"])
def test_a_body_that_is_not_said_to_be_json_is_refused(spec: World, media: str) -> None:
    assert spec.call("PUT", put_body(CONTEXT_COPY, GOOD), headers=(("Content-Type", media),)).status == 415


def test_parameters_of_the_media_type_do_not_matter(spec: World) -> None:
    headers = (("content-type", "Application/JSON; charset=utf-8"),)
    assert spec.call("PUT", put_body(CONTEXT_COPY, GOOD), headers=headers).status == 200


HOSTILE: Mapping[str, bytes] = {
    "nothing": b"",
    "binary": b"\x00\xff\xfe",
    "an array": b"[]",
    "a number": b"7",
    "null": b"null",
    "cut off": put_body(CONTEXT_COPY, GOOD)[:-1],
    "two documents": put_body(CONTEXT_COPY, GOOD) * 2,
    "deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "a type of the wrong kind": b'{"notice_type": [], "handler": ""}',
    "a type that is empty": b'{"notice_type": "", "handler": ""}',
    "a type of NUL": b'{"notice_type": "\\u0000", "handler": ""}',
    "a type of half a letter": b'{"notice_type": "\\ud800", "handler": ""}',
    "a long type": b'{"notice_type": "' + b"x" * 100_000 + b'", "handler": ""}',
    "a handler of the wrong kind": json.dumps({"notice_type": CONTEXT_COPY, "handler": {"url": GOOD}}).encode(),
    "a handler with NUL": json.dumps({"notice_type": CONTEXT_COPY, "handler": f"{GOOD}\0"}).encode(),
    "a handler of half a letter": b'{"notice_type": "LtiContextCopyNotice", "handler": "https://tool.example.com/\\udfff"}',
    "a handler with a line end": json.dumps({"notice_type": CONTEXT_COPY, "handler": f"{GOOD}\r\nX: y"}).encode(),
    "a broken bracket": json.dumps({"notice_type": CONTEXT_COPY, "handler": "https://[::1/x"}).encode(),
    "a size beyond all": json.dumps({"notice_type": CONTEXT_COPY, "handler": GOOD, "max_batch_size": 10**40}).encode(),
    "a size of true": json.dumps({"notice_type": CONTEXT_COPY, "handler": GOOD, "max_batch_size": True}).encode(),
    "no number": b'{"notice_type": "LtiContextCopyNotice", "handler": "", "max_batch_size": NaN}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_body_that_makes_no_sense_is_a_bad_request(spec: World, body: bytes) -> None:
    spec.put(GOOD)
    assert spec.call("PUT", body).status == 400
    assert spec.listed()[CONTEXT_COPY] == GOOD


def test_of_a_member_that_stands_twice_the_last_counts(spec: World) -> None:
    body = b'{"notice_type": "LtiContextCopyNotice", "handler": "", "handler": "%s/last"}' % GOOD.encode()
    assert spec.call("PUT", body).status == 200
    assert spec.listed()[CONTEXT_COPY] == f"{GOOD}/last"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(
        st.sampled_from(("notice_type", "handler", "max_batch_size", "other")),
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40)
        | st.sampled_from((CONTEXT_COPY, GOOD, HELLO_WORLD)) | st.lists(st.integers(), max_size=2),
    )
)  # fmt: skip
def test_whatever_is_put_is_set_or_refused(spec: World, members: dict[str, Any]) -> None:
    reply = spec.call("PUT", json.dumps(members).encode())
    assert reply.status in (200, 400)
    assert isinstance(json.loads(reply.body), dict)
    assert spec.call("GET").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/lti/pns/",
        "/lti/pns",
        "/lti/pns/%00",
        "/lti/pns/%ff%fe",
        "/lti/pns/../x",
        "/lti/pns/" + "x" * 5000,
        "/lti/pns/a/b",
    ],
)
def test_a_deployment_that_is_none_is_not_found(spec: World, path: str) -> None:
    headers = (("Authorization", "Bearer ours"),)
    reply = asyncio.run(spec.answer(Inbound(f"GET {path} HTTP/1.1", "GET", path, headers, b"")))
    assert reply.status == 404


def test_a_canvas_address_names_the_number_before_the_colon() -> None:
    made = world("canvas")
    url, deployment = made.platform.pns_url(made.deployments["ours"]), made.deployments["ours"].id
    assert url.endswith(f"/api/lti/notice-handlers/{deployment.partition(':')[0]}")
    assert json.loads(made.call("GET").body)["deployment_id"] == deployment


def _greeted(made: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    greeted: list[str] = []

    async def greet(self: Platform, deployment_id: str) -> None:
        greeted.append(deployment_id)

    monkeypatch.setattr(Platform, "greet", greet)
    return lambda: len(greeted)


def test_who_subscribes_to_greetings_is_greeted_where_the_profile_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for profile, wanted in (("canvas", 1), ("pns-spec", 0)):
        made = world(profile)
        count = _greeted(made, monkeypatch)
        made.put(GOOD)
        made.put(GOOD, HELLO_WORLD)
        made.put("", HELLO_WORLD)
        assert count() == wanted
