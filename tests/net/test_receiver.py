"""A receiver reads receipts and alerts in any binding and acknowledges the message, not its outcome."""

from __future__ import annotations

import pytest

from harness.net.listener import Inbound, Reply
from harness.net.loop import Loop
from harness.net.receiver import Receiver, by_the_book, pens_reply, read
from harness.wire.binding import FORM, Decoded, encode_multipart, encode_query
from harness.wire.pens_answer import Answer, read_answer

PAIRS = (("command", "receipt"), ("package-id", "a:b"), ("error", "1310"))


def bound(binding: str) -> Inbound:
    query, media, body = "", "", b""
    if binding == "get":
        query = "?" + encode_query(PAIRS)
    elif binding == "form":
        media, body = FORM, encode_query(PAIRS).encode()
    else:
        media, body = encode_multipart(PAIRS)
    method = "GET" if binding == "get" else "POST"
    return Inbound("", method, f"/t/receipt{query}", (("content-type", media),), body)


@pytest.mark.parametrize("binding", ["get", "form", "multipart"])
def test_a_receipt_is_read_kept_and_acknowledged_in_every_binding(loop: Loop, binding: str) -> None:
    told: list[Decoded] = []
    receiver = Receiver(("s", "", ""), "receipt", listeners=[told.append])
    assert not receiver.arrived.is_set()
    reply = loop.run(receiver.answer(bound(binding)))
    assert reply.status == 200
    assert reply.body == Answer(0, "receipt command received and understood").encode()
    assert reply.headers == (("Content-Type", "text/plain"),)
    assert read(bound(binding)).pairs == PAIRS
    assert receiver.messages == told
    assert told[0].pairs == PAIRS
    assert receiver.arrived.is_set()
    assert receiver.facts(reply, True) == {}


@pytest.mark.parametrize(
    ("command", "code"), [("receipt", 0), ("alert", 0), ("", 2002), (None, 2002), ("collect", 1421), ("Receipt", 1421)]
)
def test_any_command_but_receipt_and_alert_is_refused(command: str | None, code: int) -> None:
    pairs = () if command is None else (("command", command),)
    assert read_answer(by_the_book(Decoded("form", pairs)).body).error == code


def test_an_answer_of_ones_own_is_given(loop: Loop) -> None:
    own = Receiver(("s", "", ""), "alert", answering=lambda message: Reply(204))
    assert loop.run(own.answer(bound("form"))).status == 204
    assert pens_reply(Answer(1), 500).status == 500
