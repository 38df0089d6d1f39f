"""The mock of a V1 server lets in who signs by the rules, refuses by the codes, and explains itself to its operator."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest

from harness.net.loop import Loop
from harness.wire.binding import FORM, Pairs, encode_query
from harness.wire.cloud_v1 import canonical_by_case, digest, signature, signed
from harness.wire.cloud_v1_answer import read_rsp
from tests.mocks.cloud_access_world import APP, NOW, OTHER, CloudWorld

VECTORS = tomllib.loads((files("fixtures") / "vectors/cloud_v1/signatures.toml").read_text(encoding="utf-8"))
CALLS = [vector for vector in VECTORS["vector"] if vector["secret"] == "secretkey"]
NAMES = [vector["name"] for vector in CALLS]
PING = (("method", "rustici.debug.authPing"),)
SECURITY = range(100, 109)
Make = Callable[..., CloudWorld]


@pytest.fixture
def make(loop: Loop) -> Make:
    return lambda *faults, **settings: CloudWorld(loop, faults, **settings)


@pytest.fixture
def world(make: Make) -> CloudWorld:
    return make()


def pairs_of(vector: Any, sig: str) -> Pairs:
    return (*((name, value) for name, value in vector["parameters"]), ("sig", sig))


def test_there_are_the_vectors_a_to_g() -> None:
    assert "".join(NAMES) == "ABCDEFG"


@pytest.mark.parametrize("vector", CALLS, ids=NAMES)
@pytest.mark.parametrize("form", [False, True], ids=["query", "form"])
def test_a_vector_is_let_in(world: CloudWorld, vector: Any, form: bool) -> None:
    for sig in (vector["sig"], vector["sig"].upper()):
        assert world.send(pairs_of(vector, sig), form=form).code not in SECURITY


@pytest.mark.parametrize("vector", CALLS, ids=NAMES)
def test_a_vector_with_one_digit_changed_is_refused(world: CloudWorld, vector: Any) -> None:
    sig = vector["sig"][:-1] + ("0" if vector["sig"][-1] != "0" else "1")
    assert world.send(pairs_of(vector, sig)).code == 104


@pytest.mark.parametrize("vector", [v for v in CALLS if "by_case" in v], ids=lambda vector: vector["name"])
def test_names_sorted_by_case_are_refused_unless_lenient(make: Make, vector: Any) -> None:
    strict, lenient = make(), make(signature_order="lenient")
    assert strict.send(pairs_of(vector, vector["by_case"])).code == 104
    assert "with regard to case" in strict.last["why"]
    assert strict.last["hashed"] == vector["hashed"].removeprefix("secretkey")
    assert lenient.send(pairs_of(vector, vector["by_case"])).code not in SECURITY
    assert "lenient-signature" in dict(lenient.told)


def test_lenient_mode_says_nothing_of_calls_that_are_strictly_right(make: Make) -> None:
    world = make(signature_order="lenient")
    for key in APP.secrets:
        assert world.send(signed(PING, "app", key, NOW)).is_ok
    assert world.told == []


def test_any_key_of_an_application_signs_but_none_of_another(world: CloudWorld) -> None:
    assert [world.send(signed(PING, "app", key, NOW)).is_ok for key in APP.secrets] == [True, True]
    assert world.send(signed(PING, "app", OTHER.secrets[0], NOW)).code == 104
    assert "'other'" in world.last["why"]


@pytest.mark.parametrize(("minutes", "code"), [(-16, 107), (-15, None), (0, None), (15, None), (16, 107)])
def test_the_window_is_fifteen_minutes_either_way(world: CloudWorld, minutes: int, code: int | None) -> None:
    assert world.send(signed(PING, "app", "secretkey", NOW + timedelta(minutes=minutes))).code == code


def test_a_stale_call_is_told_how_far_its_clock_is_off_but_not_in_the_answer(world: CloudWorld) -> None:
    answer = world.send(signed(PING, "app", "secretkey", NOW - timedelta(minutes=17, seconds=4)))
    assert answer.message == "Timestamp sent is outside of expiration limit."
    assert world.last["why"] == "your ts is 17 m 04 s behind"
    assert world.last["skew-seconds"] == -1024


def test_a_refused_signature_is_explained_in_the_event_alone(world: CloudWorld) -> None:
    pairs = (*PING, ("regid", "r 1"), ("appid", "app"), ("ts", "20260101000000"))
    wrong = digest("appidappmethodrustici.debug.authPingregidr%201ts20260101000000", "secretkey")
    reply = world.request(encode_query((*pairs, ("sig", wrong))))
    assert world.last["code"] == 104
    assert "as they stand in the URL" in world.last["why"]
    assert world.last["hashed-by-client"].endswith("regidr%201ts20260101000000")
    assert world.last["first-difference"] == world.last["hashed"].index(" 1ts")
    for hidden in (b"as they stand", b"r%201", b"hashed"):
        assert hidden not in reply.body


@pytest.mark.parametrize("form", [False, True], ids=["query", "form"])
def test_no_refusal_shows_a_key_or_a_password(world: CloudWorld, form: bool) -> None:
    plain = (*PING, ("urlpass", "hunter 22"), ("note", "secretkey"), ("appid", "app"), ("ts", "20260101000000"))
    for sig in (digest(canonical_by_case(plain), "x"), digest(encode_query(plain), "secretkey"), "0" * 40, "", "\0"):
        world.send((*plain, ("sig", sig)), form=form)
    assert len(world.told) == 5
    shown = repr(world.told)
    assert [word for word in ("secretkey", "second-key-88", "key-of-another-77", "hunter") if word in shown] == []


def without(name: str) -> Pairs:
    whole = (*PING, ("appid", "app"), ("ts", "20260101000000"))
    left = tuple(pair for pair in whole if pair[0] != name)
    return left if name == "sig" else (*left, ("sig", signature(left, "secretkey")))


@pytest.mark.parametrize(("name", "code"), [("method", 200), ("appid", 101), ("sig", 103), ("ts", 105)])
def test_what_is_missing_has_its_code(world: CloudWorld, name: str, code: int) -> None:
    assert world.send(without(name)).code == code
    assert world.send((*without(name), (name, ""))).code == code


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("debug.noSuch", (), 202),
        ("registration.exists", (), 203),
        ("registration.exists", (("regid", ""),), 203),
        ("registration.createRegistration", (("courseid", "c" * 256), ("regid", "r"), ("learnerid", "l")), 205),
    ],
)
def test_what_is_wrong_with_a_call_has_its_code(world: CloudWorld, method: str, params: Pairs, code: int) -> None:
    assert world.call(method, *params).code == code


@pytest.mark.parametrize("code", [100, 108, 201])
def test_failures_of_the_service_itself_can_be_switched_on(make: Make, code: int) -> None:
    world = make(f"v1.answers-{code}")
    assert world.call("debug.authPing").code == code
    assert world.send((("method", "rustici.debug.ping"),)).is_ok


def test_an_unknown_application_and_a_malformed_time_have_their_codes(world: CloudWorld) -> None:
    assert world.send(signed(PING, "nobody", "secretkey", NOW)).code == 102
    for ts in ("2026-01-01", "yesterday", "20261301000000", "2026010100000", "２０２６０１０１００００００"):
        pairs = (*PING, ("appid", "app"), ("ts", ts))
        assert world.send((*pairs, ("sig", signature(pairs, "secretkey")))).code == 106
        assert "14 digits" in world.last["why"]


@pytest.mark.parametrize("method", ["ping", "getTime"])
def test_methods_without_authentication_ignore_what_is_wrong_with_it(world: CloudWorld, method: str) -> None:
    wrong = (("appid", "nobody"), ("ts", "yesterday"), ("sig", "0"))
    for pairs in ((), wrong, *((pair,) for pair in wrong)):
        assert world.send((("method", f"rustici.debug.{method}"), *pairs)).is_ok
    assert world.told == []


def test_get_time_is_the_time_of_the_application(world: CloudWorld) -> None:
    assert world.send((("method", "rustici.debug.getTime"),)).text("currenttime") == "20260101000000"
    world.engine.clocks.move_to("other", NOW + timedelta(hours=1))
    assert world.send((("method", "rustici.debug.getTime"), ("appid", "other"))).text("currenttime") == "20260101010000"


@pytest.mark.parametrize("path", ["/api", "/EngineWebServices/api", "/EngineWebServices//api", "//api"])
def test_the_api_is_there_at_all_its_addresses(world: CloudWorld, path: str) -> None:
    assert read_rsp(world.request("method=rustici.debug.ping", path=path).body).is_ok


@pytest.mark.parametrize("path", ["/", "/apis", "/api/x", "/API", "/EngineWebServices"])
def test_nothing_is_served_elsewhere(world: CloudWorld, path: str) -> None:
    assert world.request("method=rustici.debug.ping", path=path).status == 404


def test_query_and_form_are_one_set(world: CloudWorld) -> None:
    pairs = signed((*PING, ("regid", "r +é")), "app", "secretkey", NOW)
    for cut in range(len(pairs) + 1):
        reply = world.request(
            encode_query(pairs[:cut]), body=encode_query(pairs[cut:]).encode(), kind=FORM, verb="POST"
        )
        assert read_rsp(reply.body).is_ok


def test_a_post_that_declares_parts_and_has_none_is_taken(world: CloudWorld) -> None:
    query = encode_query(signed(PING, "app", "secretkey", NOW))
    for kind in ("multipart/form-data; boundary=x", "multipart/form-data", "", "application/json", "x" * 5000):
        assert read_rsp(world.request(query, kind=kind, verb="POST").body).is_ok


def test_white_space_between_elements_is_a_setting(make: Make) -> None:
    plain, spread = make(), make(indent="true")
    query = encode_query(signed((("method", "rustici.registration.exists"), ("regid", "<r>")), "app", "secretkey", NOW))
    assert plain.request(query).body.endswith(b'\n<rsp stat="ok"><result>false</result></rsp>')
    assert spread.request(query).body.endswith(b'\n<rsp stat="ok">\n  <result>false</result>\n</rsp>\n')
    assert b'\n<rsp stat="fail"><err' in plain.request("method=<>").body
    assert b'\n<rsp stat="fail">\n  <err code="202" msg="Method [&lt;&gt;] not found" />\n</rsp>\n' in (
        spread.request("method=<>").body.replace(b'"/>', b'" />')
    )


def test_the_http_status_of_a_failure_is_a_setting(make: Make) -> None:
    world = make(failure_status=404)
    assert world.request("method=nothing").status == 404
    assert world.request("method=rustici.debug.ping").status == 200
    assert make().request("method=nothing").status == 200


@pytest.mark.parametrize(
    "query",
    [
        "",
        "&&==&=&",
        "method",
        "method=%00&appid=%00&ts=%00&sig=%00",
        "method=%ed%a0%80&appid=%ff%fe",
        "method=rustici.debug.authPing&method=rustici.debug.ping&appid=app&appid=other&ts=1&ts=2&sig=a&sig=b",
        "method=rustici.debug.authPing&appid=app&ts=20260101000000&sig=" + "f" * 32 + "&%ed%a0%80=%ff&a=%&b=+%00",
        "method=rustici.debug.authPing&appid=app&ts=20260101000000&sig=" + "f" * 32 + "&x=" * 5000,
        "method=" + "m" * 100_000,
        "method=rustici.debug.authPing&appid=" + "%C3%A9" * 30_000,
        "method=rustici.debug.authPing&appid=app&ts=" + "9" * 100_000,
        "method=rustici.debug.authPing&appid=app&ts=00010101000000&sig=x",
        "method=rustici.debug.authPing&appid=app&ts=99991231235959&sig=x",
        "method=rustici.debug.authPing&appid=app&ts=20260101000000&sig=" + "0" * 100_000,
        "method=rustici.debug.ping&" + "n=v&" * 20_000,
    ],
)
def test_hostile_parameters_are_answered_in_the_envelope(world: CloudWorld, query: str) -> None:
    for body, kind in ((b"", ""), (query.encode(), FORM), (b"\xff\0\xed\xa0\x80=&", FORM), (b"\0" * 999, "text/xml")):
        reply = world.request(query, body=body, kind=kind, verb="POST" if body else "GET")
        answer = read_rsp(reply.body)
        assert reply.status == 200
        assert answer.stat in ("ok", "fail")
        assert len(reply.body) < 5000


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH"])
def test_another_verb_is_refused_as_http_does_it(world: CloudWorld, verb: str) -> None:
    assert world.request("method=rustici.debug.ping", verb=verb).status == 405
