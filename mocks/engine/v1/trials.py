"""Triggers that try those who depend on the engine: deliveries and polls that go odd ways, and a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.engine.v1 import chaos, polling
from mocks.engine.v1.engine import CloudEngine


async def arm(engine: CloudEngine, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let the next ``times`` deliveries or polls of ``regid`` (empty: of all) go as ``behaviour`` says; ``by`` seconds.

    ``release`` lets held answers go and takes back what is armed for polls.
    """
    app, regid = str(values.get("appid") or engine.default_app), str(values.get("regid") or "")
    if values.get("behaviour") == chaos.RELEASE:
        return await _release(engine, app, regid)
    try:
        arming = chaos.arming_of(engine.new_id("arming"), values)
    except chaos.ChaosError as error:
        return {"status": "failed", "output": str(error)}
    async with engine.store.transaction() as tx:
        tx.put(f"armings/{app}", arming.id, arming)
    return {"status": "succeeded", "output": f"{arming.behaviour}, for the next {arming.left} of {regid or 'all'}"}


async def _release(engine: CloudEngine, app: str, regid: str) -> Mapping[str, Any]:
    async with engine.store.transaction() as tx:
        for arming in tx.rows(f"armings/{app}"):
            if arming.behaviour in chaos.POLLS and regid in ("", arming.regid):
                tx.delete(f"armings/{app}", arming.id)
    released = polling.release(engine.gates, app, regid)
    for key in released:
        del engine.gates[key]
    return {"status": "succeeded", "output": f"{len(released)} released"}


async def restart(engine: CloudEngine, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Stop in the middle of everything and begin anew with what the store holds."""
    for app in engine.apps:
        survives = engine.behaviours(app).survives_restart
        async with engine.store.transaction() as tx:
            for posting in tx.rows(f"postings/{app}"):
                if not survives(posting):
                    tx.delete(f"postings/{app}", posting.id)
    await engine.restart()
    return {"status": "succeeded", "output": "restarted"}
