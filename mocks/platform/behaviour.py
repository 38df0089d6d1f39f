"""The whole behaviour of a platform, put together from its areas; faults override single methods of it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import Any

from mocks.platform.handlers import HandlerBehaviour
from mocks.platform.keys import KeyBehaviour
from mocks.platform.login import LoginBehaviour
from mocks.platform.noticing import NoticeBehaviour
from mocks.platform.registering import RegisteringBehaviour
from mocks.platform.switching import SwitchBehaviour
from mocks.platform.tokens import TokenBehaviour


class PlatformBehaviour(
    SwitchBehaviour, TokenBehaviour, HandlerBehaviour, LoginBehaviour, KeyBehaviour, RegisteringBehaviour,
    NoticeBehaviour,
):  # fmt: skip
    """The right behaviour under a profile. ``settings`` are those of its tables [lti] and [pns]."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    def notices_copies(self, way: str) -> bool:
        """Whether a copy made in a way (manual, bulk, api, import) is told: all are (D2L, Context Copy Notice)."""
        return True

    def serving_tls(self, context: ssl.SSLContext | None, another: Callable[[], ssl.SSLContext]) -> Any:
        """Return the context that serves https: TLS 1.2 and later (Security Framework 1.0, 3; Python's default)."""
        return context

    def intercept(self, inbound: Any) -> Any:
        """Return an answer that is given without a look at the request: none."""
        return None
