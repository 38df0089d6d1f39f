"""Every method of the V1 engine is there as its page says, and no parameters bring one to its knees."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.net.loop import Loop
from harness.wire.binding import decode_form, encode_query
from harness.wire.cloud_v1 import signed
from harness.wire.cloud_v1_answer import read_rsp
from harness.wire.cloud_v1_schema import problems
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.methods import METHODS
from mocks.engine.v1.reporting import NOTHING
from tests.mocks.cloud_access_world import APP
from tests.mocks.cloud_postback_world import HOOK, PostbackWorld

PAGE = Path(__file__).parents[2] / "docs" / "cloud-v1.md"
ROWS = re.findall(
    r"^\| `(rustici\.[A-Za-z.]+)` \| ([ABC]) \| (\w+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.M
)
KINDS = {method: kind for method, _, kind, _ in ROWS}
MINE = ("rustici.invitation.", "rustici.dispatch.", "rustici.reporting.", "rustici.export.", "rustici.lrsaccount.",
        "rustici.application.")  # fmt: skip
PLAUSIBLE = {
    "courseid": "c1", "regid": "r1", "invitationId": "i1", "destinationid": "d1", "dispatchid": "x1", "page": "1",
    "exportid": "e1", "name": "n", "public": "true", "childappid": "app", "auth": "a", "reporturl": HOOK,
    "enable": "true", "lrsAuthCallbackUrl": HOOK, "accountkey": "k",
}  # fmt: skip


@pytest.fixture
def world(loop: Loop) -> Iterator[PostbackWorld]:
    made = PostbackWorld(loop)
    made.registered()
    yield made
    loop.run(made.engine.outbox.stop())


def ask(world: PostbackWorld, method: str, *pairs: tuple[str, str]) -> Any:
    """Make a signed call and return the whole reply."""
    now = world.engine.now(APP.id)
    return world.request(encode_query(signed((("method", method), *pairs), APP.id, APP.secrets[0], now)))


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_page_lists_every_method_with_its_priority() -> None:
    assert {method: priority for method, priority, _, _ in ROWS} == {
        method: found.priority for method, found in METHODS.items()
    }
    assert len(ROWS) == len(KINDS)


def test_every_method_has_a_member_that_carries_it_out() -> None:
    assert [
        name for name, method in METHODS.items() if not callable(getattr(CloudBehaviour, method.handler, None))
    ] == []


def test_what_the_page_calls_complete_is_all_of_priority_a_and_b() -> None:
    assert {kind for _, priority, kind, _ in ROWS if priority in "AB"} == {"complete"}
    assert {kind for _, _, kind, _ in ROWS} == {"complete", "empty", "refused"}


@pytest.mark.parametrize("method", [method for method, kind in KINDS.items() if kind == "refused"])
def test_a_method_that_is_refused_fails_with_201(world: PostbackWorld, method: str) -> None:
    reply = ask(world, method, *PLAUSIBLE.items())
    assert (reply.status, read_rsp(reply.body).code, problems(reply.body, method)) == (200, 201, ())


@pytest.mark.parametrize("method", [method for method, kind in KINDS.items() if kind == "empty"])
def test_a_method_that_is_empty_answers_what_the_schema_asks_for(world: PostbackWorld, method: str) -> None:
    reply = ask(world, method, *PLAUSIBLE.items())
    if reply.header("Content-Type") == "application/zip":
        assert zipfile.ZipFile(io.BytesIO(reply.body)).namelist() == []
        assert "filename=" in (reply.header("Content-Disposition") or "")
        return
    assert read_rsp(reply.body).is_ok
    assert problems(reply.body, method) == ()


@pytest.mark.parametrize("method", ["rustici.ftp.createUser", "rustici.lrsaccont.createActivityProvider", "rustici."])
def test_every_other_method_fails_with_202_and_http_status_200(world: PostbackWorld, method: str) -> None:
    reply = ask(world, method)
    assert (reply.status, read_rsp(reply.body).code) == (200, 202)


def test_an_empty_result_stands_for_a_method_that_exists() -> None:
    assert set(NOTHING) == {name for name, method in METHODS.items() if method.handler == "nothing"}


# --- invitations and dispatches -------------------------------------------------------------------------------------


def invited(world: PostbackWorld, **more: str) -> str:
    """Make an invitation and return its id."""
    answer = world.call("invitation.createInvitation", *({"courseid": "c1", "public": "true"} | more).items())
    assert problems(answer.body, "rustici.invitation.createInvitation") == ()
    return str(answer.root.text)


def dispatched(world: PostbackWorld, **more: str) -> str:
    """Make a dispatch to a destination of its own and return its id."""
    place = world.call("dispatch.createDestination", ("name", "elsewhere")).text("destinationId") or ""
    answer = world.call("dispatch.createDispatch", *({"destinationid": place, "courseid": "c1"} | more).items())
    return answer.text("dispatchId") or ""


@pytest.mark.parametrize(
    "spelt", [str.lower, str.upper, lambda name: name.replace("url", "Url").replace("type", "Type")]
)
def test_an_invitation_is_made_with_parameters_in_any_case(world: PostbackWorld, spelt: Callable[[str], str]) -> None:
    given = {"postbackurl": HOOK, "authtype": "httpbasic", "urlname": "u", "urlpass": "p", "resultsformat": "full"}
    id = invited(world, **{spelt(name): value for name, value in given.items()})
    hook = world.row("invitations", id).hook
    assert (hook.url, hook.authtype, hook.name, hook.password, hook.resultsformat) == tuple(given.values())


def test_each_learner_who_follows_an_invitation_gets_one_registration_with_a_copy(world: PostbackWorld) -> None:
    id = invited(world, postbackurl=HOOK, emailSubject="Come")
    first, again = (world.trigger("invitation", invitation=id, email="a@example.org") for _ in range(2))
    second = world.trigger("invitation", invitation=id, email="b@example.org")
    assert first["regid"] == again["regid"] != second["regid"]
    world.call("registration.updatePostbackInfo", ("regid", first["regid"]), ("url", HOOK + "/own"))
    for regid in (first["regid"], second["regid"]):
        world.learn(regid)
    assert [request.url for _, request in world.sent] == [HOOK + "/own", HOOK]
    assert world.registration(first["regid"]).email == "a@example.org"


def test_a_learner_may_follow_and_finish_in_one_go(world: PostbackWorld) -> None:
    id = invited(world, postbackurl=HOOK)
    told = world.trigger("registration", invitation=id, regid="", to="passed", launch_url="http://nowhere/")
    world.settle()
    assert told["status"] == "succeeded"
    assert world.states == ["complete"]


def test_settings_of_a_dispatch_act_at_once_also_on_what_is_tried_again(loop: Loop) -> None:
    world = PostbackWorld(loop, answer=lambda request: (500 if request.url == HOOK else 200, None))
    id = dispatched(world, postbackurl=HOOK)
    told = world.trigger("dispatch", dispatch=id, regid="d1", to="passed")
    assert told["regid"] == "d1"
    world.settle()
    change = (("dispatchid", id), ("postbackUrl", HOOK + "/new"), ("authType", "httpbasic"))
    assert world.call("dispatch.updateDispatches", *change).is_ok
    world.advance(2)
    assert [request.url for _, request in world.sent] == [HOOK, HOOK + "/new"]
    assert dict(world.sent[1][1].headers)["Content-Type"] == "text/xml"
    loop.run(world.engine.outbox.stop())


def test_a_change_of_dispatches_keeps_what_it_does_not_name(world: PostbackWorld) -> None:
    id = dispatched(world, postbackurl=HOOK, urlname="u", urlpass="p", tags="a,b")
    other = dispatched(world, postbackurl=HOOK, tags="c")
    change = (("tags", "a"), ("resultsformat", "full"), ("addtags", "d"), ("removetags", "b"), ("enabled", "FALSE"))
    assert world.call("dispatch.updateDispatches", *change).is_ok
    changed, kept = world.row("dispatches", id), world.row("dispatches", other)
    assert (changed.hook.url, changed.hook.name, changed.hook.resultsformat) == (HOOK, "u", "full")
    assert (changed.tags, changed.enabled) == (("a", "d"), False)
    assert (kept.tags, kept.hook.resultsformat, kept.enabled) == (("c",), "course", True)


@pytest.mark.parametrize(
    ("method", "given", "code"),
    [
        ("invitation.createInvitation", {"public": "true"}, 203),
        ("invitation.createInvitation", {"courseid": "c1"}, 203),
        ("invitation.createInvitation", {"courseid": "none", "public": "true"}, 1),
        ("invitation.createInvitation", {"courseid": "c1", "public": "maybe"}, 205),
        ("invitation.createInvitation", {"courseid": "c1", "public": "true", "urlname": "u"}, 3),
        ("invitation.createInvitation", {"courseid": "c1", "public": "true", "expirationdate": "soon"}, 205),
        ("invitation.createInvitation", {"courseid": "c1", "public": "true", "registrationCap": "-1"}, 205),
        ("invitation.createInvitation", {"courseid": "c1", "public": "true", "resultsFormat": "odd"}, 205),
        ("invitation.getInvitationInfo", {}, 203),
        ("invitation.getInvitationInfo", {"invitationid": " "}, 203),
        ("dispatch.createDestination", {}, 203),
        ("dispatch.createDispatch", {"courseid": "c1"}, 203),
        ("dispatch.createDispatch", {"courseid": "c1", "destinationid": "none"}, 1),
        ("dispatch.updateDispatches", {}, 203),
        ("dispatch.updateDispatches", {"enabled": "true"}, 203),
        ("dispatch.updateDispatches", {"dispatchid": "none"}, 1),
        ("dispatch.updateDispatches", {"courseid": "c1", "open": "ajar"}, 205),
    ],
)
def test_what_is_missing_or_wrong_gets_its_code(
    world: PostbackWorld, method: str, given: dict[str, str], code: int
) -> None:
    assert world.call(method, *given.items()).code == code


def test_invitations_and_dispatches_of_another_application_are_not_there(world: PostbackWorld) -> None:
    id, dispatch = invited(world), dispatched(world)
    for name, value in (("invitation", id), ("dispatch", dispatch)):
        assert world.trigger(name, **{name: value, "appid": "other"})["status"] == "failed"
        assert world.trigger("registration", **{name: value, "appid": "other"})["status"] == "failed"


@pytest.mark.parametrize("name", ["invitation", "dispatch"])
@pytest.mark.parametrize("value", ["", None, "none", 7, "\ud800", ["x"]])
def test_a_trigger_that_names_none_says_so(world: PostbackWorld, name: str, value: Any) -> None:
    told = world.trigger(name, **{name: value})
    assert told["status"] == "failed"
    assert name in told["output"]


def test_odd_values_of_a_learner_who_follows_do_no_harm(world: PostbackWorld) -> None:
    id = invited(world, postbackurl=HOOK)
    told = world.trigger("invitation", invitation=id, email="\ud800\x00", fname="<&>", regid="\udfff", to="passed")
    world.settle()
    assert told["status"] == "succeeded"
    assert world.states == ["complete"]


# --- hostile parameters ---------------------------------------------------------------------------------------------

ODD = (
    b"",
    b"%00",
    b"%ff%fe",
    b"%ED%A0%80",
    b"x" * 70000,
    b"%F0%9F%82%A1",
    b"..%2F..%2Fetc",
    b"%3C%21%5B",
    b"-1",
    b"%0d%0a",
)
NAMES = ("courseid", "name", "public", "destinationid", "dispatchid", "tags", "addtags", "enabled", "postbackurl",
         "authtype", "urlname", "urlpass", "resultsformat", "expirationdate", "registrationcap", "invitationid",
         "emailbody", "addresses", "page")  # fmt: skip


@pytest.mark.parametrize(
    "method", [m for m in METHODS if m.startswith(MINE)] + ["rustici.registration.testRegistrationPostUrl"]
)
def test_hostile_values_never_break_a_method(world: PostbackWorld, method: str) -> None:
    for value in ODD:
        everywhere = b"&".join(name.encode() + b"=" + value for name in NAMES)
        often = b"&".join([b"courseid=" + value[:24]] * 500)
        for query in (everywhere, often, b"courseid=c1&public=true&name=" + value + b"&destinationid=" + value):
            reply = call_signed(world, method, query)
            assert reply.status == 200
            assert reply.body.startswith((b"<?xml", b"PK"))
            if reply.body.startswith(b"<?xml"):
                assert problems(reply.body, method) == ()


def call_signed(world: PostbackWorld, method: str, query: bytes) -> Any:
    """Sign what stands in a query, whatever it is, and send it as it stands."""
    pairs = (("method", method), *decode_form(query).pairs)
    whole = signed(pairs, APP.id, APP.secrets[0], world.engine.now(APP.id))
    return world.request(query + b"&" + encode_query((("method", method), *whole[len(pairs) :])).encode())
