"""Registration postbacks: what is posted, when it counts as delivered, when it is tried again."""

from __future__ import annotations

import base64
import random
from datetime import timedelta
from typing import Any

from harness.net.client import Request
from harness.wire.binding import FORM, encode_query
from mocks.engine.v1.call import Rows
from mocks.engine.v1.domain import Dispatch, Hook, Posting, Registration


class Postbacks:
    """How results are posted ("Registration Postbacks" V1); faults override single methods or attributes."""

    settings: Any

    def hook_for(self, tx: Rows, app: str, registration: Registration) -> Hook | None:
        """Return where results of a registration go now; of a dispatched one its dispatch decides (text)."""
        if registration.dispatch:
            dispatch: Dispatch | None = tx.get(f"dispatches/{app}", registration.dispatch)
            return dispatch.hook if dispatch else None
        return registration.hook

    def content(self, tx: Rows, app: str, posting: Posting, registration: Registration | None) -> str:
        """Return what a try carries: what was queued, or what holds now (setting ``data``; not documented)."""
        if self.settings["data"] == "snapshot" or registration is None:
            return posting.body
        course = tx.get(f"courses/{app}", registration.course_id)
        return str(self.postback_xml(registration, course, posting.hook.resultsformat))  # type: ignore[attr-defined]

    def hook_request(self, hook: Hook, xml: str) -> Request:
        """Return the request of a postback: a form, or XML with HTTP Basic."""
        if hook.authtype == "httpbasic":
            token = base64.b64encode(f"{hook.name}:{hook.password}".encode()).decode()
            headers = (("Content-Type", "text/xml"), ("Authorization", f"Basic {token}"))
            return Request("POST", hook.url, headers, xml.encode("utf-8", "replace"))
        pairs = self.form_pairs(hook, xml)
        return Request("POST", hook.url, (("Content-Type", FORM),), encode_query(pairs).encode())

    def form_pairs(self, hook: Hook, xml: str) -> tuple[tuple[str, str], ...]:
        """Return the fields of a form: data, and the credentials when there are some (text)."""
        login = (("username", hook.name), ("password", hook.password)) if hook.name else ()
        return (("data", xml), *login)

    def delivered(self, status: int, error: str | None) -> bool:
        """Whether a postback counts as delivered: any status but 4xx and 5xx, redirects included (text)."""
        return error is None and not 400 <= status <= 599

    def gap(self, attempt: int, draw: random.Random) -> timedelta | None:
        """Return how long to wait after the n-th failure (0 first); None to give up after 70 retries (text)."""
        if attempt >= int(self.settings["retries"]):
            return None
        shortest, longest = float(self.settings["shortest_gap"]), float(self.settings["longest_gap"])
        middle = min(longest, shortest * 2.0 ** min(attempt, 40))
        return timedelta(seconds=min(longest, max(shortest, middle * draw.uniform(0.75, 1.25))))
