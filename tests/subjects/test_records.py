"""A record is built from the entries of its scenario alone."""

from __future__ import annotations

from harness.evidence.entries import AnyEntry, Event, Exchange, Half, Mail
from harness.subjects.pens_records import Collected, Series
from harness.subjects.records import BEGUN, case_values, events, exchanges, mails, steps
from harness.wire.binding import encode_query
from harness.wire.pens_answer import Answer

ASKED = Half(
    "POST /pens HTTP/1.1", (("Content-Type", "application/x-www-form-urlencoded"),), b"command=collect&client=x"
)


def exchange(
    seq: int, channel: str, direction: str = "in", step: str = "", error: int | None = None, **more: object
) -> Exchange:
    request, response = ASKED, Half("HTTP/1.1 200 OK", (), Answer(0).encode())
    if channel in ("receipt", "alert"):
        body = encode_query((("command", channel), ("error", str(error)))).encode()
        request = Half("POST /r?job=7 HTTP/1.1", ASKED.headers, body)
    if channel == "package":
        request = Half(f"{more.get('method', 'GET')} /a.zip HTTP/1.1")
        response = Half(f"HTTP/1.1 {more.get('status', 200)}", (), b"PK")
    if "answer" in more:
        response = Half("HTTP/1.1 200 OK", (), str(more["answer"]).encode())
    facts = {"whole": more.get("whole", True)}
    return Exchange(seq, "s", "c", step, "t", channel, direction, "http://h/", request, response, None, seq, facts)


MAIL = Mail(9, "s", "c", "", "t", "a@x", ("b@y",), "text")
BEGIN = Event(1, "s", "c", "", "t", BEGUN, {"element": "client"})


def collected(*entries: AnyEntry, answer: str = "error=0\r\n") -> Collected:
    return Collected.from_entries([BEGIN, exchange(2, "collect", "out", answer=answer), *entries])


def test_entries_are_told_apart_by_kind_channel_direction_and_name() -> None:
    entries: list[AnyEntry] = [BEGIN, exchange(2, "collect", "out"), exchange(3, "collect", "in"), MAIL]
    assert case_values(entries) == {"element": "client"}
    assert case_values([MAIL]) == {}
    assert [e.seq for e in exchanges(entries, "collect")] == [2, 3]
    assert [e.seq for e in exchanges(entries, "collect", "in")] == [3]
    assert exchanges(entries, "receipt") == ()
    assert mails(entries) == (MAIL,)
    assert (events(entries, BEGUN), events(entries, "other")) == ((BEGIN,), ())


def test_entries_without_step_belong_to_every_step() -> None:
    entries: list[AnyEntry] = [
        BEGIN,
        exchange(2, "collect", "out", "b"),
        exchange(3, "collect", "out", "a"),
        exchange(4, "package", "in", "b"),
    ]
    assert {name: [e.seq for e in own] for name, own in steps(entries).items()} == {"b": [1, 2, 4], "a": [1, 3]}
    assert list(steps(entries)) == ["b", "a"]
    series = Series.from_entries([*entries, exchange(5, "package", "in", "lonely")])
    assert list(series.steps) == ["b", "a"]
    assert series["b"].fetched
    assert not series["a"].fetched


def test_acceptance_rests_on_answer_fetch_and_receipt_together() -> None:
    fetch, receipt = exchange(3, "package"), exchange(4, "receipt", error=0)
    assert collected(fetch, receipt).accepted
    assert collected(fetch, MAIL).accepted
    assert collected(fetch, exchange(4, "receipt", error=1322), answer="error=1320\r\n").accepted
    assert not collected(fetch, receipt, answer="error=1310\r\n").accepted
    assert not collected(fetch, receipt, answer="hello").accepted
    assert not collected(receipt).accepted
    assert not collected(fetch).accepted
    assert not collected(fetch, exchange(4, "receipt", error=1432)).accepted


def test_a_package_is_fetched_by_a_whole_get_that_was_answered_200() -> None:
    assert collected(exchange(3, "package")).fetched
    for other in ({"method": "HEAD"}, {"status": 401}, {"status": 206}, {"whole": False}):
        assert not collected(exchange(3, "package", **other)).fetched


def test_every_code_that_was_given_is_listed_in_order() -> None:
    record = collected(exchange(3, "alert", error=1432), exchange(4, "receipt", error=1310))
    assert record.codes == (0, 1310, 1432)
    assert (record.receipt_error, record.error, record.understood) == (1310, 0, True)
    assert (collected().codes, collected().receipt, collected().receipt_error) == ((0,), None, None)


def test_a_callback_knows_its_elements_its_own_query_and_its_place() -> None:
    (callback,) = collected(exchange(12, "receipt", error=0)).receipts
    assert callback.message.get("command") == "receipt"
    assert callback.own_query.pairs == (("job", "7"),)
    assert callback.at == "E-0012 request"
    unreadable = [collected(exchange(3, "receipt", error=None)).receipts[0].error, collected().error]
    assert unreadable == [None, 0]


def test_what_answered_is_told_in_words() -> None:
    assert collected(answer="error=1310\r\nerror-text=no such host\r\n").got == "error=1310 no such host"
    assert collected(answer="error=0\r\n").got == "error=0"
    assert collected(answer="<html>").got == "HTTP 200 without a PENS answer: b'<html>'"
    assert collected().at == "E-0002 response"
    silent = Exchange(2, "s", "c", "", "t", "collect", "out", "u", ASKED, None, "refused")
    assert Collected.from_entries([silent]).got == "no response (refused)"
    assert Collected.from_entries([silent]).lines == ()


def test_what_was_sent_is_read_from_the_request_unless_the_scenario_states_it() -> None:
    assert collected().sent.pairs == (("command", "collect"), ("client", "x"))
    stated = Event(3, "s", "c", "", "t", "sent", {"binding": "get", "pairs": [["a", 1]]})
    assert collected(stated).sent.pairs == (("a", "1"),)
    assert collected(stated).sent.binding == "get"
