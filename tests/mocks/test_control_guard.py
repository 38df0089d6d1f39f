"""Who may drive a mock, and what odd requests get: a refusal that says why, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.net.listener import Inbound
from harness.net.loop import Loop
from mocks.control.guard import Guard
from mocks.control.problems import Refused
from mocks.control.serving import ControlAt
from tests.mocks.control_caller import JSON, Caller, calling, hold_answer

ADVANCE = b'{"by": "16m"}'


@pytest.fixture(scope="module")
def caller(loop: Loop) -> Iterator[Caller]:
    with calling(loop) as made:
        yield made


def inbound(*headers: tuple[str, str], method: str = "GET", body: bytes = b"") -> Inbound:
    return Inbound("", method, "/_control/clock", headers, body)


def code(caller: Caller, method: str, path: str, body: bytes, *headers: tuple[str, str]) -> tuple[int, str]:
    """Send raw; the answer keeps to the description whatever was sent."""
    received = caller.send(method, path, body, headers)
    data = hold_answer(method, "/_control" + path.partition("?")[0], received.status, received.body)
    return received.status, data.get("error", {}).get("code", "")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8299", "localhost", "LOCALHOST:1", "localhost.", "[::1]:8299", "127.8.8.8",
     "mock.example:1"],
)  # fmt: skip
def test_a_host_of_this_machine_or_one_that_was_named_may_drive(host: str) -> None:
    Guard(["Mock.Example"]).check(inbound(("Host", host)))


@pytest.mark.parametrize(
    "hosts",
    [["evil.example"], ["127.0.0.1.evil.example"], ["localhost.evil.example"], ["192.0.2.7"], [""], [], ["a", "b"],
     ["127.0.0.1", "127.0.0.1"], ["evil.example@127.0.0.1.nip.example"], ["["], ["::ffff"],
     ["evil/127.0.0.1"], ["0x7f.1"]],
)  # fmt: skip
def test_a_name_that_a_stranger_points_to_this_machine_is_refused(hosts: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        Guard().check(inbound(*(("Host", host) for host in hosts)))
    assert (refused.value.status, refused.value.code) == (403, "foreign-host")


def test_on_an_open_address_an_ip_address_will_do_but_no_unknown_name() -> None:
    guard = Guard(addresses=True)
    for host in ("192.0.2.7:8299", "[2001:db8::1]:8299", "127.0.0.1"):
        guard.check(inbound(("Host", host)))
    with pytest.raises(Refused):
        guard.check(inbound(("Host", "evil.example")))


def test_a_page_of_another_origin_is_refused_and_one_of_our_own_is_not() -> None:
    Guard().check(inbound(("Host", "localhost:8299"), ("Origin", "http://localhost:8299")))
    for origin in ("http://localhost:3000", "https://evil.example", "null", "http://localhost:8299.evil.example"):
        with pytest.raises(Refused) as refused:
            Guard().check(inbound(("Host", "localhost:8299"), ("Origin", origin)))
        assert refused.value.code == "foreign-origin"


@pytest.mark.parametrize("media", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
@pytest.mark.parametrize("body", [ADVANCE, b""])
def test_what_a_page_can_send_unasked_moves_nothing(caller: Caller, media: str, body: bytes) -> None:
    before = caller.mock.now("")
    headers = (("Content-Type", media),) if media else ()
    for path in ("/clock/advance", "/quiesce", "/faults", "/triggers/registration"):
        assert code(caller, "POST", path, body, *headers) == (415, "not-json")
    assert caller.mock.now("") == before


def test_no_answer_allows_another_origin_to_read_it(caller: Caller) -> None:
    received = caller.send("OPTIONS", "/clock/advance", b"", (("Access-Control-Request-Method", "POST"),))
    assert received.status == 405
    assert [name for name, _ in received.headers if name.lower().startswith("access-control")] == []
    assert received.header("Allow") == "POST"


def test_json_may_name_its_charset(caller: Caller) -> None:
    assert code(caller, "POST", "/quiesce", b"{}", ("Content-Type", "Application/JSON; charset=utf-8")) == (200, "")


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (b"", 400, "bad-json"),
        (b"[]", 400, "bad-json"),
        (b"{", 400, "bad-json"),
        (b'{"by": NaN}', 400, "bad-json"),
        (b'{"by": Infinity}', 400, "bad-json"),
        (b'{"by": 1e999}', 422, "invalid-value"),
        (b'{"by": 1, "by": 2}', 400, "bad-json"),
        (b"\xff\xfe", 400, "bad-json"),
        (b"\xef\xbb\xbf{}", 400, "bad-json"),
        (b'{"by": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "bad-json"),
        (b'{"by": ' + b"[" * 200 + b"]" * 200 + b"}", 400, "bad-json"),
        (b'{"by": ' + b"9" * 5000 + b"}", 400, "bad-json"),
        (b'{"by": "' + b"9" * (1 << 19) + b'"}', 413, "too-large"),
        (b'{"by": 1, "tenant": "\\ud800"}', 404, "unknown-tenant"),
        (b'{"by": 1, "tenant": "\\u0000"}', 404, "unknown-tenant"),
        (b'{"by": 1, "tennant": ""}', 422, "unknown-field"),
        (b'{"by": 1, "tenant": null}', 422, "invalid-value"),
        (b"{}", 422, "missing-field"),
    ],
)
def test_an_odd_body_is_refused_by_name(caller: Caller, body: bytes, status: int, name: str) -> None:
    assert code(caller, "POST", "/clock/advance", body, JSON) == (status, name)


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("/clock?tenant=%FF", 400, "bad-query"),
        ("/clock?tenant=default&tenant=other", 422, "given-twice"),
        ("/clock?tennant=default", 422, "unknown-parameter"),
        ("/clock?" + "&".join(f"x{number}=1" for number in range(60)), 400, "bad-query"),
        ("/journal?after=-1", 422, "invalid-value"),
        ("/journal?after=" + "9" * 5000, 422, "invalid-value"),
        ("/journal?after=x", 422, "invalid-value"),
        ("/journal?limit=0", 422, "invalid-value"),
        ("/journal?limit=1.5", 422, "invalid-value"),
        ("/events?wait=nan", 422, "invalid-value"),
        ("/events?wait=1e1", 422, "invalid-value"),
        ("/state/%FF", 400, "bad-path"),
        ("/state/nowhere", 404, "unknown-table"),
        ("/state/", 404, "unknown-path"),
        ("/clok", 404, "unknown-path"),
        ("", 404, "unknown-path"),
    ],
)
def test_an_odd_address_is_refused_by_name(caller: Caller, path: str, status: int, name: str) -> None:
    assert code(caller, "GET", path, b"") == (status, name)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "TRACE", "OPTIONS"])
def test_a_method_that_is_not_offered_is_told_what_is(caller: Caller, method: str) -> None:
    received = caller.send(method, "/clock/advance")
    assert (received.status, received.header("Allow")) == (405, "POST")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["by", "tenant", "name", "times", "match", "id", "score"]) | st.text(max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    path=st.sampled_from(["/clock/advance", "/quiesce", "/faults", "/triggers/registration"]),
    values=st.dictionaries(NAMES, JSON_VALUES, max_size=4),
)
def test_whatever_values_come_no_answer_is_an_internal_error(caller: Caller, path: str, values: object) -> None:
    caller.pulled.clear()
    status, _ = code(caller, "POST", path, json.dumps(values).encode(), JSON)
    assert status in (200, 201, 404, 409, 422)
    caller.ask("DELETE", "/faults")


def test_by_default_only_this_machine_reaches_it(loop: Loop) -> None:
    assert ControlAt().host == "127.0.0.1"
    with calling(loop, ControlAt("0.0.0.0", 0, False, ("mock.example",))) as open_to_all:
        assert open_to_all.control.is_open
        assert open_to_all.control.url.startswith("http://127.0.0.1:")
        assert open_to_all.send("GET", "/clock", b"", (("Host", "mock.example"),)).status == 200
        assert open_to_all.send("GET", "/clock", b"", (("Host", "192.0.2.7"),)).status == 200
        assert open_to_all.send("GET", "/clock", b"", (("Host", "evil.example"),)).status == 403
