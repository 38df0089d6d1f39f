"""The served platform: registrations from files, handlers, triggers that say what came of them, and what it keeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.keys import signing_key
from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.client import NOWHERE, HttpClient, Request
from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Listener, Reply
from harness.net.loop import Loop
from harness.subjects.control import ControlClient, ControlRefused, Triggered
from harness.wire.jose import KeySet, read, verify
from harness.wire.pns_notices import read_body, read_notice
from mocks.app import Serving, Wishes, WishRefused
from mocks.control.serving import ControlAt, serve_control
from mocks.faults.base import FaultSpec
from mocks.platform import serving as serving_module
from mocks.platform.serving import serve_platform
from mocks.platform.telling import lines_of
from mocks.platform.triggers import OWN
from mocks.platform.trying import NOTICES

TOOL: dict[str, Any] = {
    "name": "A vendor's tool", "login_url": "http://127.0.0.1:1/login", "redirect_urls": ["http://127.0.0.1:1/launch"],
    "jwks_url": "http://127.0.0.1:1/keys",
}  # fmt: skip
Told = list[tuple[str, Mapping[str, Any]]]


@pytest.fixture(autouse=True)
def known_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of the tests: making one takes a while."""
    numbers = iter(range(1000))
    names = ("platform-1", "platform-2", "platform-3")

    def key(number: int) -> Any:
        count = next(numbers)
        return signing_key(names[count % 3]).with_kid(f"key-{count}")

    monkeypatch.setattr(serving_module, "fresh_key", key)


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    with Loop() as made:
        yield made


@dataclass
class Handler:
    """A vendor's handler: keeps what comes, and answers as a test wishes."""

    loop: Loop
    came: list[Inbound] = field(default_factory=list)
    reply: Reply = field(default_factory=lambda: Reply(200))
    url: str = ""

    async def answer(self, inbound: Inbound) -> Reply:
        self.came.append(inbound)
        return self.reply


@pytest.fixture
def handler(loop: Loop) -> Iterator[Handler]:
    made = Handler(loop)
    listener = Listener(made.answer)
    loop.run(listener.start())
    made.url = f"http://127.0.0.1:{listener.port}/notices"
    yield made
    loop.run(listener.stop())


@dataclass
class Served:
    """A served platform and its control API."""

    loop: Loop
    serving: Serving
    client: HttpClient
    control: ControlClient
    told: Told

    def pull(self, name: str, /, **values: Any) -> Triggered:
        return self.loop.run(self.control.trigger(name, values))

    def refused(self, name: str, /, **values: Any) -> str:
        with pytest.raises(ControlRefused) as refused:
            self.pull(name, **values)
        return str(refused.value)

    def get(self, url: str) -> Any:
        return json.loads(self.loop.run(self.client.send(NOWHERE, "test", Request("GET", url))).body)

    def lines(self, name: str) -> list[str]:
        return [line for told, facts in self.told if told == name for line in lines_of(told, facts)]


def wished(**changes: Any) -> Wishes:
    return replace(Wishes(load_profile("pns-spec").for_subject("lti-platform"), patience=5.0), **changes)


@pytest.fixture
def serve(loop: Loop) -> Callable[..., Any]:
    @contextmanager
    def opened(**changes: Any) -> Iterator[Served]:
        told: Told = []
        wishes = wished(**{"tell": lambda name, facts: told.append((name, facts)), **changes})
        with ExitStack() as stack:
            serving = loop.run(serve_platform(wishes, ManualClock()))
            stack.callback(lambda: loop.run(serving.stop()))
            assert serving.controlled is not None
            control = loop.run(serve_control(serving.controlled, ControlAt(port=0)))
            stack.callback(lambda: loop.run(control.stop()))
            client = HttpClient(Journal(ManualClock().now), 20.0)
            stack.callback(lambda: loop.run(client.close()))
            yield Served(loop, serving, client, ControlClient(control.url, client), told)

    return opened


def written(folder: Path, value: Any) -> Path:
    path = folder / "tool.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def test_a_handler_that_is_named_receives_signed_notices_at_once(serve: Any, handler: Handler) -> None:
    with serve() as served:
        named = served.pull("handler", url=handler.url)
        assert named.facts["next"].startswith("invigil trigger course-copy --from BIO-101")
        done = served.pull("course-copy", **{"from": "BIO-101", "to": "BIO-101-SPRING", "title": "Été 2026 🎓"})
        keys = KeySet.parse(json.dumps(served.get(served.serving.info["keys_url"])).encode())
    assert done.status == "succeeded"
    assert "1 notice to" in done.output
    assert ": 200 in " in done.output
    (came,) = handler.came
    (jwt,) = read_body(came.body).jwts
    assert jwt
    assert verify(read(jwt), keys).ok
    notice = read_notice(read(jwt).claims())
    assert (notice.problems, notice.type) == ((), "LtiContextCopyNotice")
    assert notice.context == {**(notice.context or {}), "label": "BIO-101-SPRING", "title": "Été 2026 🎓"}
    assert notice.origins == (done.facts["origin"],)
    assert notice.context_id == done.facts["destination"]


@pytest.mark.parametrize("profile", ["pns-spec", "brightspace", "canvas", "blackboard"])
def test_a_named_handler_gets_what_each_profile_tells_of(serve: Any, handler: Handler, profile: str) -> None:
    settings = load_profile(profile).for_subject("lti-platform")
    with serve(settings=settings) as served:
        served.pull("handler", url=handler.url)
        done = [
            served.pull("notice", type=name) for name, type_ in NOTICES.items() if type_ in settings["notice-types"]
        ]
    assert [one.status for one in done] == ["succeeded"] * len(done)
    assert len(handler.came) == len(done) > 0


def test_people_see_the_message_as_it_was_sent_beside_its_claims(serve: Any, handler: Handler) -> None:
    with serve() as served:
        served.pull("handler", url=handler.url)
        served.pull("notice", type="hello-world")
        (came,) = handler.came
        lines = served.lines("notice")
        events = served.loop.run(served.control.events())
    (jwt,) = read_body(came.body).jwts
    assert lines[0].startswith(f"notice LtiHelloWorldNotice -> {handler.url}: 200 in ")
    assert lines[1] == f"    jwt     {jwt}"
    assert '      aud = "client-1"' in lines
    (kept,) = [one for one in events if one.name == "notice"]
    assert kept.facts["jwts"] != [jwt]  # the API shows no signature
    assert kept.facts["jwts"][0].rpartition(".")[0] == str(jwt).rpartition(".")[0]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"pns": False}, "off, or its scope not granted, at client"),
        ({"enabled": False}, "is not enabled"),
        ({"deployment": True, "pns": False}, "service is off at deployment"),
        ({"deployment": True, "notice_types": ["LtiContextCopyNotice"]}, "LtiHelloWorldNotice is off at deployment"),
        ({"scopes": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"]}, "its scope not granted"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_who_is_not_told_learns_why(serve: Any, handler: Handler, changes: dict[str, Any], why: str) -> None:
    with serve() as served:
        place = served.pull("handler", url=handler.url).facts
        key = "deployment" if changes.pop("deployment", False) else "client_id"
        served.pull("change", **{key: place["deployment_id" if key == "deployment" else "client_id"]}, **changes)
        done = served.pull("notice", type="hello-world")
    assert done.status == "failed"
    assert why in done.output
    assert not handler.came


def test_without_a_tool_a_notice_says_how_to_get_one(serve: Any) -> None:
    with serve() as served:
        done = served.pull("notice", type="hello-world")
        assert (done.status, "invigil trigger handler" in done.output) == ("failed", True)
        assert served.serving.next[0][0].startswith("invigil trigger handler ")


def test_several_notices_of_each_kind_come(serve: Any, handler: Handler) -> None:
    with serve() as served:
        served.pull("handler", url=handler.url, max_batch_size=2)
        served.pull("notice", type="hello-world", count=3)
        served.pull("notice", type="submission", count=2)
        served.pull("notice", type="contribution")
        served.pull("notice", type="context-copy", count=5)
    sizes = [len(read_body(one.body).jwts) for one in handler.came]
    types = [read_notice(read(jwt).claims()).type for one in handler.came for jwt in read_body(one.body).jwts if jwt]
    assert sizes == [2, 1, 1, 1, 1, 2, 2, 1]
    assert [types.count(name) for name in dict.fromkeys(types)] == [3, 2, 1, 5]


def test_a_trial_bends_the_next_delivery_alone(serve: Any, handler: Handler) -> None:
    with serve() as served:
        served.pull("handler", url=handler.url)
        assert "claim is changed after signing" in served.pull("delivery", trial="N02").output
        for _ in range(2):
            served.pull("notice", type="context-copy")
        keys = KeySet.parse(json.dumps(served.get(served.serving.info["keys_url"])).encode())
        assert "duplicate" in served.refused("delivery", trial="duplicat")
        assert "is answered" in served.pull("delivery", trial="keys-500").output
        assert served.pull("delivery", trial="none").output == "1 taken back"
    verdicts = [verify(read(str(read_body(one.body).jwts[0])), keys).ok for one in handler.came]
    assert verdicts == [False, True]


def test_a_registration_file_is_read_and_told_with_all_that_the_tool_must_know(serve: Any, tmp_path: Path) -> None:
    with serve(tools=[written(tmp_path, TOOL)]) as served:
        info = served.serving.info
        (tool,) = info["tools"]
        assert (tool["client_id"], tool["deployments"]) == ("client-1", ["deployment-1"])
        assert tool["token_endpoint"] == info["token_url"] == tool["audience"]
        assert served.serving.next[0][0].startswith("invigil launch ")
        assert served.pull("launch", role="learner", course="BIO-101").output.startswith('{"open": "http://127')


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("{", "no JSON"),
        ("[]", "expected a JSON object"),
        ({**TOOL, "login_url": ""}, "login_url is missing"),
        ({**TOOL, "login_url": "login"}, "login_url: expected an absolute URL"),
        ({**TOOL, "redirect_urls": "http://x/y"}, "redirect_urls: expected an array"),
        ({**TOOL, "redirect_urls": [7]}, "redirect_urls: expected an array"),
        ({**TOOL, "jwks_url": None}, "jwks_url is missing"),
        ({**TOOL, "logn_url": "x"}, "logn_url: there is no such field"),
        ({**TOOL, "scopes": "all"}, "scopes: expected an array"),
        ({**TOOL, "custom": {"a": 1}}, "custom: expected an object of texts"),
        ({**TOOL, "enabled": "yes"}, "enabled: expected true or false"),
        ({**TOOL, "name": 5}, "name: expected some text"),
        ({**TOOL, "client_id": ["x"]}, "client_id: expected some text"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_a_registration_that_cannot_be_read_names_file_and_field(
    loop: Loop, tmp_path: Path, content: Any, field: str
) -> None:
    with pytest.raises(WishRefused) as refused:
        loop.run(serve_platform(wished(tools=[written(tmp_path, content)])))
    assert "tool.json" in str(refused.value)
    assert field in str(refused.value)


def test_a_registration_file_that_is_not_there_is_named(loop: Loop, tmp_path: Path) -> None:
    with pytest.raises(WishRefused, match=r"nowhere\.json"):
        loop.run(serve_platform(wished(tools=[tmp_path / "nowhere.json"])))


def test_keys_registrations_and_handlers_outlive_the_process_with_the_store(
    serve: Any, handler: Handler, tmp_path: Path
) -> None:
    store, tools = f"sqlite:///{tmp_path / 'platform.db'}", [written(tmp_path, TOOL)]
    with serve(store=store, tools=tools) as served:
        before = served.get(served.serving.info["keys_url"])
        served.pull("handler", url=handler.url)
        handler.reply = Reply(drop=True)
        first = served.pull("course-copy", **{"from": "BIO-101", "to": "COPY-1"})
    handler.reply = Reply(200)
    with serve(store=store, tools=tools, seed=5) as served:
        assert served.get(served.serving.info["keys_url"]) == before
        assert [one["client_id"] for one in served.serving.info["tools"]] == ["client-1"]
        second = served.pull("course-copy", **{"from": "COPY-1", "to": "COPY-2"})
        assert second.facts["origin"] == first.facts["destination"]
        assert served.pull("restart").status == "succeeded"
        served.pull("rotate-keys")
        assert len(served.get(served.serving.info["keys_url"])["keys"]) == len(before["keys"]) + 1
    ids = [read_notice(read(str(read_body(one.body).jwts[0])).claims()).id for one in handler.came]
    assert len(ids) == len(set(ids)) == 2


def test_no_seed_makes_the_same_keys(serve: Any) -> None:
    with serve(seed=7) as one, serve(seed=7) as other:
        keys = [served.get(served.serving.info["keys_url"])["keys"] for served in (one, other)]
    assert not {key["kid"] for key in keys[0]} & {key["kid"] for key in keys[1]}


def test_a_fault_is_planted_for_one_client(serve: Any, loop: Loop, tmp_path: Path) -> None:
    tools = [written(tmp_path, TOOL)]
    with serve(tools=tools, faults=[FaultSpec("platform.falls-over", "client-1")]) as served:
        assert served.serving.controlled.switches.active()[0].spec.tenant == "client-1"
        served.pull("register-tool", **{**TOOL, "login_url": "http://127.0.0.1:1/other"})
        assert loop.run(served.control.plant("platform.refuses-all", "client-2", 1))["left"] == 1
        with pytest.raises(ControlRefused, match="client-3"):
            loop.run(served.control.plant("platform.refuses-all", "client-3"))
    with pytest.raises(WishRefused, match="unknown client 'client-9'"):
        loop.run(serve_platform(wished(tools=tools, faults=[FaultSpec("platform.falls-over", "client-9")])))


def test_an_invitation_is_told_whole_and_is_good_once(serve: Any, handler: Handler) -> None:
    with serve() as served:
        url = served.pull("invitation").facts["url"]
        assert "registration_token=rt-" in url
        assert url != served.serving.info["invitation"]
        told = json.loads(served.pull("register", register_url=handler.url).output)
        assert "registration_token=rt-" in told["open"]
        assert served.get(url)["registration_endpoint"] == served.serving.info["registration_url"]


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("course-copy", {"from": "NOPE"}, "from: no course 'NOPE'; there are BIO-101"),
        ("course-copy", {"count": 3, "to": "X"}, "leave to out"),
        ("notice", {}, "type is missing"),
        ("notice", {"type": "goodbye"}, "one of hello-world"),
        ("notice", {"type": "hello-world", "deployment": "d-9"}, "there is no 'd-9'"),
        ("notice", {"type": "submission", "deployment": "d-9"}, "hello-world goes to one alone"),
        ("notice", {"type": "hello-world", "count": -1}, "count"),
        ("notice", {"type": "hello-world", "trial": "nonsense"}, "trial: there is no"),
        ("delivery", {"trial": "drop", "times": 0}, "times"),
        ("delivery", {"trial": "drop", "deployment": "d-9"}, "there is no 'd-9'"),
        ("handler", {"url": "notices"}, "url: expected an absolute http"),
        ("handler", {"url": "http://["}, "url: expected an absolute http"),
        ("handler", {"url": "http://tool.example/x"}, "must use https"),
        ("handler", {"url": "https://user@tool.example/x"}, "user name"),
        ("handler", {"url": "https://tool.example/x#y"}, "fragment"),
        ("handler", {"url": "\ud800\x00"}, "url: expected an absolute http"),
        ("handler", {"url": "https://tool.example/x", "types": "LtiNoNotice"}, "type: expected one of"),
        ("handler", {"url": "https://tool.example/x", "deployment": "d-9"}, "there is no 'd-9'"),
        ("handler", {"url": "https://tool.example/x", "max_batch_size": 0}, "max_batch_size"),
        ("register-tool", {"login_url": "http://x/l"}, "redirect_urls is missing"),
        ("register-tool", {**TOOL, "jwks_url": "keys"}, "jwks_url: expected an absolute URL"),
        ("register-tool", {**TOOL, "nam": "x"}, "'name'"),
        ("change", {"pns": False}, "client_id: there is no"),
        ("change", {"client_id": "c-9", "pns": False}, "there is no 'c-9'"),
        ("change", {"client_id": "c-9"}, "nothing to change"),
        ("change", {"client_id": "c-9", "deployment": "d", "pns": False}, "not both"),
    ],
    ids=lambda value: "" if not isinstance(value, str) else ascii(value[:40]),
)
def test_what_cannot_be_done_names_the_value(serve: Any, name: str, values: dict[str, Any], said: str) -> None:
    with serve() as served:
        assert said in served.refused(name, **values)


def test_every_act_of_its_people_can_be_triggered_with_text_alone(serve: Any, handler: Handler) -> None:
    with serve() as served:
        served.pull("handler", url=handler.url)
        known = {one["name"] for one in served.loop.run(served.control.triggers())}
        assert {"course-copy", "notice", "rotate-keys", "handler", "register-tool", "change", "delivery"} <= known
        values = {"course": "BIO-101", "from": "BIO-101", "count": "1", "files": "1", "invented_by_others": "x"}
        values |= {"notice_type": "LtiHelloWorldNotice", "register_url": handler.url, "client_id": "client-1"}
        for name in sorted(known - set(OWN), key=lambda name: (name.startswith("unregister"), name)):
            done = served.pull(name, **values)
            assert done.status == "succeeded", (name, done.output)
            assert isinstance(json.loads(done.output), dict)


def test_a_host_that_others_reach_needs_https(loop: Loop) -> None:
    with pytest.raises(WishRefused, match="--tls DIR"):
        loop.run(serve_platform(wished(host="0.0.0.0")))


def test_a_public_address_with_a_path_is_the_platforms_own(serve: Any, tmp_path: Path) -> None:
    tools = [written(tmp_path, TOOL)]
    with serve(public_url="https://lms.example/invigil/", tools=tools) as served:
        info = served.serving.info
        assert info["issuer"] == "https://lms.example/invigil"
        assert info["keys_url"].startswith("https://lms.example/invigil/")
