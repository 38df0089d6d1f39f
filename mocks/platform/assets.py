"""Files that were handed in, as a tool downloads them (Canvas API documentation, Document Processor)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.net.listener import Inbound, Reply
from harness.wire.pns_assets import ASSET_SCOPE
from mocks.platform.answers import Refused
from mocks.platform.domain import TOKENS
from mocks.platform.happening import content_of

if TYPE_CHECKING:
    from mocks.platform.platform import Platform


async def serve_asset(platform: Platform, inbound: Inbound, asset_id: str) -> Reply:
    """Answer the content of a file to a token with the scope for it."""
    behaviour = platform.behaviour("", "asset")
    try:
        value = behaviour.bearer(inbound)
        async with platform.store.transaction() as tx:
            token = tx.get(TOKENS, value)
            behaviour.refuses_token(token, platform.now(token.client_id if token else ""))
            if ASSET_SCOPE not in token.scopes:
                raise Refused("insufficient_scope", "the token lacks the scope", 403, "insufficient_scope")
            known = any(
                asset["asset_id"] == asset_id for one in tx.rows("submissions") for asset in one.get("assets", ())
            )
    except Refused as refused:
        return behaviour.handler_error(refused)
    if not known:
        return behaviour.handler_error(Refused("not_found", "there is no such asset", 404))
    return Reply(200, (("Content-Type", "text/plain"),), content_of(asset_id))
