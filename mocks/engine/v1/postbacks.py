"""Registration postbacks: what is posted, to where, when it counts as delivered, when it is tried again."""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from harness.net.client import Request
from harness.net.patience import within
from harness.net.reach import is_loopback
from harness.wire.binding import FORM, encode_query
from harness.wire.cloud_v1_answer import DECLARATION, Node
from harness.wire.cloud_v1_results import report_for
from mocks.engine.v1.call import Call, Done, Failure, Later, Nodes, Rows
from mocks.engine.v1.domain import Dispatch, Hook, Posting, Registration

NOT_ALLOWED = "not-allowed"
REASONS: Mapping[str, str] = {
    "refused": "the connection was refused",
    "dns": "the host name could not be resolved",
    "timeout": "the receiver did not answer in time",
    "tls": "the certificate of the receiver is not trusted",
    "reset": "the receiver closed the connection",
    "truncated": "the answer of the receiver was cut off",
    "malformed": "the answer of the receiver is not HTTP",
    "bad-url": "the URL cannot be used",
    NOT_ALLOWED: "the host may not be contacted",
}
"""What is said of a postback that could not be delivered, by the name of the network failure."""


class Postbacks:
    """How results are posted ("Registration Postbacks" V1); faults override single methods or attributes."""

    settings: Any

    # --- what goes where ----------------------------------------------------------------------------------------

    def hook_for(self, tx: Rows, app: str, registration: Registration) -> Hook | None:
        """Return where results of a registration go now; of a dispatched one its dispatch decides (text)."""
        if registration.dispatch:
            dispatch: Dispatch | None = tx.get(f"dispatches/{app}", registration.dispatch)
            return dispatch.hook if dispatch else None
        return registration.hook

    def hook_of_try(self, tx: Rows, app: str, posting: Posting, registration: Registration | None) -> Hook | None:
        """Return where one try goes: where it went when it was owed, or where its dispatch has it now (text)."""
        if registration is not None and registration.dispatch:
            return self.hook_for(tx, app, registration)
        return posting.hook

    def content(self, tx: Rows, app: str, posting: Posting, registration: Registration | None) -> str:
        """Return what a try carries: what was queued, or what holds now (setting ``data``; not documented)."""
        gone = registration is None or registration.serial != posting.serial
        if self.settings["data"] == "snapshot" or registration is None or gone:
            return posting.body
        course = tx.get(f"courses/{app}", registration.course_id)
        return str(self.postback_xml(registration, course, posting.hook.resultsformat))  # type: ignore[attr-defined]

    def hook_request(self, hook: Hook, xml: str) -> Request:
        """Return the request of a postback: a form, or XML with HTTP Basic (text; media types: vendor's support)."""
        if hook.authtype == "httpbasic":
            token = base64.b64encode(f"{hook.name}:{hook.password}".encode("utf-8", "replace")).decode()
            headers = (("Content-Type", "text/xml"), ("Authorization", f"Basic {token}"))
            return Request("POST", hook.url, headers, xml.encode("utf-8", "replace"))
        pairs = self.form_pairs(hook, xml)
        return Request("POST", hook.url, (("Content-Type", FORM),), encode_query(pairs).encode())

    def form_pairs(self, hook: Hook, xml: str) -> tuple[tuple[str, str], ...]:
        """Return the fields of a form: data, and the credentials when there are some (text)."""
        login = (("username", hook.name), ("password", hook.password)) if hook.name else ()
        return (("data", xml), *login)

    # --- one try ------------------------------------------------------------------------------------------------

    async def post(self, engine: Any, hook: Hook, xml: str, regid: str) -> tuple[int, str | None]:
        """Post once and return status and error; redirects are never followed (text)."""
        if not self.may_contact(hook.url):
            return 0, NOT_ALLOWED
        sent = engine.client.send(engine.where(regid), "postback", self.hook_request(hook, xml))
        received = await within(float(self.settings["receiver_patience"]), sent)
        return (0, "timeout") if received is None else (received.status, received.error)

    def may_contact(self, url: str) -> bool:
        """Whether a host may be contacted at all: only this machine's unless the setting ``outbound`` says any."""
        if self.settings["outbound"] == "any":
            return True
        try:
            return is_loopback(urlsplit(url).hostname or "")
        except ValueError:
            return False

    def delivered(self, status: int, error: str | None) -> bool:
        """Whether a postback counts as delivered: any status but 4xx and 5xx, redirects included (text)."""
        return error is None and not 400 <= status <= 599

    def gap(self, attempt: int, draw: random.Random) -> timedelta | None:
        """Return how long to wait after the n-th failure (0 first); None to give up after 70 retries (text).

        Each gap is longer than the one before, until one is near the longest; from there on jitter alone differs.
        """
        if attempt >= int(self.settings["retries"]):
            return None
        return timedelta(seconds=self.backed_off(attempt, draw))

    def backed_off(self, attempt: int, draw: random.Random) -> float:
        """Return a gap in seconds: doubled each time and drawn around that, within the bounds (text)."""
        shortest, longest = float(self.settings["shortest_gap"]), float(self.settings["longest_gap"])
        middle = 1.25 * shortest * 2.0 ** min(attempt, 40)
        if middle * 1.2 < longest:
            return max(shortest, middle * draw.uniform(0.8, 1.2))
        return max(shortest, longest * draw.uniform(0.9, 1.0))

    def survives_restart(self, posting: Posting) -> bool:
        """Whether a pending postback is still there after a restart: the queue is durable (text)."""
        return True

    # --- test postbacks -----------------------------------------------------------------------------------------

    def test_registration_post_url(self, call: Call) -> Done:
        """Post a sample once, beside the queue, and tell how it went (text)."""
        call.need("postbackurl")
        hook = self.tested_hook(call)

        async def act() -> Nodes:
            status, error = await self.post(call.engine, hook, self.sample(hook.resultsformat), "")
            if not self.test_taken(status, error):
                raise self.test_failure(status, error)
            return (Node("success"),)

        return Later(act)

    def tested_hook(self, call: Call) -> Hook:
        """Read the settings that are tested: those of the call and no other (text)."""
        hook: Hook = self.hook_of(call, "postbackurl", "urlname", "urlpass")  # type: ignore[attr-defined]
        return hook

    def test_taken(self, status: int, error: str | None) -> bool:
        """Whether a test postback went well: as any other is delivered (assumed)."""
        return self.delivered(status, error)

    def test_failure(self, status: int, error: str | None) -> Failure:
        """Return the failure of a test postback: the reason in its message (text), code 1 (assumed)."""
        return Failure(1, f"The test postback failed: {self.reason(status, error)}")

    def reason(self, status: int, error: str | None) -> str:
        """Say in words why a postback was not delivered."""
        return REASONS.get(error, error) if error else f"the receiver answered HTTP status {status}"

    def sample(self, resultsformat: str) -> str:
        """Return the report that a test postback carries: a learner who has passed (assumed)."""
        report = report_for(
            "test-registration", "Test course", complete="complete", success="passed", score=Decimal(100), totaltime=60
        )
        bare = self.report_node(report, resultsformat).write()  # type: ignore[attr-defined]
        return f'{DECLARATION}<rsp stat="ok">{bare}</rsp>' if self.settings["wrapped"] else str(bare)
