"""How the tool behaves: every part that may be got wrong is one small method, and faults override single ones."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Sequence

from harness.net.listener import Inbound, Reply
from harness.wire.jose import KeySet, SigningKey
from harness.wire.pns_probe import write_probe
from mocks.tool.domain import Context
from mocks.tool.keysets import KeysBehaviour
from mocks.tool.launching import LaunchBehaviour
from mocks.tool.logins import LoginBehaviour
from mocks.tool.pages import JSON
from mocks.tool.receiving import ReceivingBehaviour
from mocks.tool.registering import RegisteringBehaviour
from mocks.tool.services import ServiceBehaviour
from mocks.tool.tokens import TokenBehaviour


class ToolBehaviour(
    ReceivingBehaviour, LaunchBehaviour, LoginBehaviour, ServiceBehaviour, TokenBehaviour, KeysBehaviour,
    RegisteringBehaviour,
):  # fmt: skip
    """The right behaviour. ``has_probe`` says whether the owner lets anybody see what notices have done."""

    has_probe: bool = True

    def serving_tls(self, context: ssl.SSLContext, another: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        """Return the context that serves https: TLS 1.2 and later (Security Framework 1.0, 3; Python's default)."""
        return context

    def intercept_all(self, inbound: Inbound) -> Reply | None:
        """Return an answer that is given to any public request without a look at it: none."""
        return None

    def published(self, keys: Sequence[SigningKey]) -> Reply:
        """Show the tool's keys, the public halves (RFC 7517, 5)."""
        body = json.dumps(KeySet.of(keys).document()).encode()
        return Reply(200, (*JSON, ("Cache-Control", "max-age=600")), body)

    def probed(self, context: str, found: Sequence[Context]) -> Reply:
        """Show what is known of a context in some deployments; 404 when none of them knows it."""
        if not found:
            return Reply(404, JSON, write_probe(context, known=False))
        told = [one.origins for one in found if one.origins is not None]
        origins = tuple(dict.fromkeys(origin for origins in told for origin in origins)) if told else None
        body = write_probe(
            context, origins=origins, title=next((one.name for one in found if one.name), None),
            applied=sum(one.applied for one in found), deployments=dict.fromkeys(one.deployment for one in found),
        )  # fmt: skip
        return Reply(200, JSON, body)
