"""What a driver offers is what the subject can really reach."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Listener, Reply
from harness.net.patience import Patience
from harness.net.reach import free_ports
from harness.net.receiver import pens_reply
from harness.net.tls import TlsMaterial
from harness.subjects.config import Config, ConfigError
from harness.subjects.opening import Opening, open_pens_target
from harness.subjects.pens_client import open_pens_client
from harness.subjects.pens_target import PensTargetDriver
from harness.subjects.targets import parse_target
from harness.wire.pens_answer import Answer


async def understands_all(inbound: Inbound) -> Reply:
    return pens_reply(Answer(0, "understood"))


def opening(target: str, tables: Mapping[str, Mapping[str, Any]] | None = None, **options: Any) -> Opening:
    clock = ManualClock()
    settings = load_profile("engine-22").area("pens")
    config = Config("run.toml", tables or {})
    return Opening(parse_target(target), Journal(clock.now), settings, b"PK", config, clock, **options)


def offered(target: str, tables: Mapping[str, Mapping[str, Any]] | None = None) -> set[str]:
    async def opened() -> set[str]:
        driver = await open_pens_target(opening(target, tables))
        await driver.stop()
        return set(driver.offers)

    return asyncio.run(opened())


def test_the_mock_can_be_reached_by_every_way() -> None:
    assert {"callback.http", "callback.https", "callback.smtp", "auth"} <= offered("mock:engine-22")


def test_a_peer_on_this_machine_is_offered_http_alone_unless_more_is_configured() -> None:
    found = offered("http://127.0.0.1:1/pens")
    assert {name for name in found if name.startswith("callback.")} == {"callback.http"}


def test_https_needs_a_certificate_that_the_target_trusts(tmp_path: Path) -> None:
    callback = {"bind": "127.0.0.1", "https": "https://localhost:0"}
    with pytest.raises(ConfigError, match=r"run.toml: \[callback\] https needs cert and key"):
        offered("http://127.0.0.1:1/pens", {"callback": callback})
    _, cert, key = TlsMaterial.make().write(tmp_path)
    found = offered("http://127.0.0.1:1/pens", {"callback": {**callback, "cert": str(cert), "key": str(key)}})
    assert {name for name in found if name.startswith("callback.")} == {"callback.https"}


def test_what_is_written_for_peers_is_a_certificate_of_the_authority(tmp_path: Path) -> None:
    authority, cert, key = TlsMaterial.make().write(tmp_path)
    trusting = ssl.create_default_context(cafile=str(authority))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)

    async def greeted() -> str:
        listener = Listener(understands_all, tls=server)
        await listener.start()
        _, writer = await asyncio.open_connection("127.0.0.1", listener.port, ssl=trusting, server_hostname="localhost")
        name = str(writer.get_extra_info("peercert")["subjectAltName"][0][1])
        writer.close()
        await listener.stop()
        return name

    assert asyncio.run(greeted()) == "localhost"


def test_a_target_that_sends_no_receipt_to_the_smoke_collect_is_not_waited_for_each_time() -> None:
    async def opened(listener: Listener) -> PensTargetDriver:
        await listener.start()
        patience = Patience(answer=5.0, callback=1.5, absence=0.0)
        driver = await open_pens_target(opening(f"http://127.0.0.1:{listener.port}/pens", patience=patience))
        assert driver.due == 1.5
        await driver.smoke()
        await driver.stop()
        await listener.stop()
        return driver

    async def run() -> PensTargetDriver:
        return await opened(Listener(understands_all))

    driver = asyncio.run(run())
    assert driver.silent
    assert driver.due == 1.0


def test_a_tool_elsewhere_is_given_the_public_address_of_the_counterpart() -> None:
    port = free_ports(1)[0]
    callback = {"http": f"http://localhost:{port}", "bind": "127.0.0.1"}
    tables: dict[str, dict[str, Any]] = {"callback": callback, "stimuli": {"publish": {"command": ["true"]}}}

    async def opened() -> tuple[str, int]:
        driver = await open_pens_client(opening("external", tables))
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await driver.stop()
        return str(driver.addresses["url"]), port

    url, taken = asyncio.run(opened())
    assert url == f"http://localhost:{taken}/RusticiEngine/PENS.jsp?configuration=default"
