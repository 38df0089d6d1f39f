"""Which address of the V1 engine leads where: the API, the launch page, the widget, the reporting pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from harness.net.listener import Inbound, Reply
from harness.wire.cloud_v1 import parameters
from mocks.engine.v1 import player, widget
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.engine import CloudEngine

Page = Callable[[CloudEngine, CloudBehaviour, Inbound], Awaitable[Reply]]
PAGES: Mapping[str, Page] = {
    "/EngineWebServices/widget": widget.widget,
    "/preview/": widget.preview,
    "/launch/": player.page,
}
"""What stands beside the API, by the first segments of its path."""


def subject_of(engine: CloudEngine, inbound: Inbound) -> tuple[str, str]:
    """Return the application that a request names, the default one when it names none that is known, and its method."""
    given = parameters(inbound.query, inbound.header("Content-Type"), inbound.body).first
    named = given.get("appid", "")
    return named if named in engine.apps else engine.default_app, given.get("method", "")


def early(engine: CloudEngine, inbound: Inbound) -> Reply | None:
    """Refuse an upload by its headers alone, before its body is read: signature and time are judged here."""
    behaviour = engine.behaviour(*subject_of(engine, inbound), peek=True)
    if not behaviour.is_api(inbound):
        return None
    return engine.refuses(inbound, behaviour, behaviour.parameters(inbound))


async def route(engine: CloudEngine, inbound: Inbound) -> Reply:
    """Answer one request to the engine, whatever it asks for."""
    behaviour = engine.behaviour(*subject_of(engine, inbound))
    if behaviour.is_api(inbound):
        refused = behaviour.refuses_verb(inbound)
        return refused or await engine.call(inbound, behaviour, behaviour.parameters(inbound))
    path = behaviour.path_of(inbound)
    for prefix, page in PAGES.items():
        if path.startswith(prefix):
            return await page(engine, behaviour, inbound)
    return Reply(404, (("Content-Type", "text/plain"),), b"nothing is served here\n")
