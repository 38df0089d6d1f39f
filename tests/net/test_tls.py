"""A run has an authority of its own: trusted by those who are told, by nobody else."""

from __future__ import annotations

import ssl

from harness.evidence.journal import Journal
from harness.net.client import HttpClient, Request
from harness.net.listener import Inbound, Listener, Reply
from harness.net.loop import Loop
from harness.net.tls import TlsMaterial


async def fetch(journal: Journal, tls: TlsMaterial, trust: ssl.SSLContext, host: str) -> tuple[int, str | None]:
    async def answer(inbound: Inbound) -> Reply:
        return Reply(200 if inbound.tls else 500)

    listener = Listener(answer, tls=tls.server)
    await listener.start()
    async with HttpClient(journal, 5.0, trust) as client:
        got = await client.send(("", "", ""), "c", Request("GET", f"https://{host}:{listener.port}/"))
    await listener.stop()
    return got.status, got.error


def test_its_certificate_is_good_for_localhost_by_name_and_address(
    loop: Loop, journal: Journal, tls: TlsMaterial
) -> None:
    assert loop.run(fetch(journal, tls, tls.trust, "localhost")) == (200, None)
    assert loop.run(fetch(journal, tls, tls.trust, "127.0.0.1")) == (200, None)


def test_who_was_not_told_does_not_trust_it(loop: Loop, journal: Journal, tls: TlsMaterial) -> None:
    assert loop.run(fetch(journal, tls, ssl.create_default_context(), "localhost")) == (0, "tls")
    assert loop.run(fetch(journal, tls, TlsMaterial.make().trust, "localhost")) == (0, "tls")


def test_the_authority_can_be_handed_out_as_a_file(tls: TlsMaterial) -> None:
    context = ssl.create_default_context(cadata=tls.pem.decode())
    assert any("trustme" in str(entry) for entry in context.get_ca_certs())
    assert tls.server is tls.server
    assert tls.trust is tls.trust
