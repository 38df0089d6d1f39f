"""Each interaction has a path of its own; what meets none is answered 404 and kept as unexpected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.evidence.entries import Exchange
from harness.evidence.journal import Journal
from harness.net.client import NOWHERE, HttpClient, Request, Where
from harness.net.clock import ManualClock
from harness.net.host import CallbackHost
from harness.net.listener import Inbound, Reply
from harness.net.loop import Loop
from harness.net.tls import TlsMaterial


@dataclass
class Fixed:
    reply: Reply
    where: Where = ("plain", "case", "")
    channel: str = "receipt"
    keep: int = 1 << 20
    came: list[Inbound] = field(default_factory=list)

    async def answer(self, inbound: Inbound) -> Reply:
        self.came.append(inbound)
        return self.reply

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        return {"whole": whole}


async def visited(journal: Journal, endpoint: Fixed, *targets: str, mounted: str = "token/receipt") -> list[int]:
    host = CallbackHost(journal)
    await host.listen("http")
    host.mount(mounted, endpoint)
    async with HttpClient(Journal(ManualClock().now), 5.0) as client:
        requests = [Request("POST", host.url(target), (("X", "1"),), b"a=1") for target in targets]
        statuses = [(await client.send(NOWHERE, "c", request)).status for request in requests]
    await host.idle()
    await host.stop()
    return statuses


def exchanges(journal: Journal) -> list[Exchange]:
    return [entry for entry in journal.entries if isinstance(entry, Exchange)]


def test_a_visit_is_kept_under_the_scenario_of_its_endpoint(loop: Loop, journal: Journal) -> None:
    endpoint = Fixed(Reply(200, (("Content-Type", "text/plain"),), b"error=0\r\n"))
    assert loop.run(visited(journal, endpoint, "token/receipt?job=7")) == [200]
    (kept,) = exchanges(journal)
    assert (kept.scenario, kept.case, kept.channel, kept.direction) == ("plain", "case", "receipt", "in")
    assert kept.request.start == "POST /token/receipt?job=7 HTTP/1.1"
    assert kept.request.body == b"a=1"
    assert kept.url.startswith("http://127.0.0.1:")
    assert kept.url.endswith("/token/receipt?job=7")
    assert kept.response is not None
    assert (kept.response.status, kept.response.body, kept.facts, kept.error) == (
        200,
        b"error=0\r\n",
        {"whole": True},
        None,
    )
    assert len(endpoint.came) == 1


def test_what_meets_no_endpoint_is_unexpected(loop: Loop, journal: Journal) -> None:
    assert loop.run(visited(journal, Fixed(Reply()), "token/alert", "token", "")) == [404] * 3
    assert [(kept.channel, kept.scenario) for kept in exchanges(journal)] == [("unexpected", "")] * 3


def test_an_endpoint_that_belongs_to_nobody_now_makes_what_comes_unexpected(loop: Loop, journal: Journal) -> None:
    assert loop.run(visited(journal, Fixed(Reply(), where=NOWHERE), "token/receipt")) == [200]
    assert exchanges(journal)[0].channel == "unexpected"


def test_a_star_takes_every_name_in_its_folder(loop: Loop, journal: Journal) -> None:
    assert loop.run(visited(journal, Fixed(Reply()), "f/a.zip", "f/b.zip", "g/a.zip", mounted="f/*")) == [200, 200, 404]


def test_a_dropped_and_a_cut_answer_are_kept_as_such(loop: Loop, journal: Journal) -> None:
    loop.run(visited(journal, Fixed(Reply(drop=True)), "token/receipt"))
    loop.run(visited(journal, Fixed(Reply(body=b"abcdef", cut=2)), "token/receipt"))
    dropped, cut = exchanges(journal)
    assert (dropped.error, dropped.response, dropped.facts) == ("dropped", None, {"whole": False})
    assert (cut.error, cut.facts) == ("reset", {"whole": False})
    assert cut.response is not None


def test_only_the_beginning_of_a_large_answer_is_kept(loop: Loop, journal: Journal) -> None:
    loop.run(visited(journal, Fixed(Reply(body=b"abcdef"), keep=2), "token/receipt"))
    response = exchanges(journal)[0].response
    assert response is not None
    assert (response.body, response.size, response.cut) == (b"ab", 6, True)


def test_the_advertised_address_is_the_listeners_own_or_the_public_one(
    loop: Loop, journal: Journal, tls: TlsMaterial
) -> None:
    async def addresses() -> list[str]:
        host, public = CallbackHost(journal), CallbackHost(journal)
        await host.listen("http")
        await host.listen("https", tls=tls.server)
        await public.listen("http", public="https://harness.example/base/")
        found = [host.url("a"), host.url("a", "https"), public.url("t/receipt")]
        await host.stop()
        await public.stop()
        return found

    plain, secure, public = loop.run(addresses())
    assert plain.startswith("http://127.0.0.1:")
    assert secure.startswith("https://localhost:")
    assert public == "https://harness.example/base/t/receipt"
