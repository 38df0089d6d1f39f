"""How the tool verifies notices: one small method for each step, in the order in which they are taken.

Steps up to the nonce follow 1EdTech Security Framework 1.0, 5.1.3; the others are what receivers of notices do
(observed: packback LTI library, atomic_lti). A step returns what is wrong as a code, or the empty string.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from harness.net.listener import Inbound, Reply
from harness.wire.jose import JoseError, Jws, KeySet, read
from harness.wire.lti import VERSION
from harness.wire.pns_notices import Delivery, Notice, read_body
from mocks.tool.copies import CopyBehaviour
from mocks.tool.domain import Platform
from mocks.tool.keysets import KeySets
from mocks.tool.pages import JSON
from mocks.tool.verifying import (
    algorithm_problem,
    audience_problem,
    issuer_problem,
    registration_of,
    signature_problem,
    times_problem,
)

LIMIT = 8 << 20
"""How large a delivery may be, in bytes."""

ACCEPTED, IGNORED, DUPLICATE, REFUSED, MALFORMED = "accepted", "ignored", "duplicate", "refused", "malformed"
TOO_LARGE, TOO_MANY, ENCODED, CUT_SHORT, BODY = "too-large", "too-many", "content-encoding", "cut-short", "body"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one element of a delivery: one of the words above, and why it is not ``accepted``."""

    outcome: str
    reason: str = ""


class ReceivingBehaviour(CopyBehaviour):
    """The right behaviour of a receiver; faults override single methods or attributes."""

    notice_leeway: timedelta = timedelta(minutes=3)
    """How far the platform's clock may be from ours."""
    most_notices: int = 2000
    """How many notices one delivery may hold."""
    shape_statuses: Mapping[str, int] = {TOO_LARGE: 413, TOO_MANY: 413, ENCODED: 415, CUT_SHORT: 400, BODY: 400}

    # --- the delivery -------------------------------------------------------------------------------------------

    def intercept(self, inbound: Inbound) -> Reply | None:
        """Return an answer that is given without a look at the delivery: none; who knocks needs no credentials."""
        return None

    def refuses_shape(self, inbound: Inbound) -> str:
        """Return why a delivery is not read at all: it is too large, was cut, or is packed."""
        announced = inbound.header("Content-Length")
        if len(inbound.body) > LIMIT or (announced.isdecimal() and int(announced[:20]) > LIMIT):
            return TOO_LARGE
        if inbound.header("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            return ENCODED
        return CUT_SHORT if announced.isdecimal() and int(announced[:20]) > len(inbound.body) else ""

    def body(self, inbound: Inbound) -> Delivery:
        """Read the elements of a delivery."""
        return read_body(inbound.body, inbound.header("Content-Type"))

    # --- one element --------------------------------------------------------------------------------------------

    def parse(self, text: str | None) -> Jws:
        """Read a token of three parts with JSON in two of them; raises JoseError."""
        if text is None:
            raise JoseError("no-jwt", "the element holds no token")
        jws = read(text)
        jws.claims()
        return jws

    def algorithm(self, jws: Jws) -> str:
        """An approved algorithm, and a key is named."""
        return algorithm_problem(jws)

    def registration_for(self, claims: Mapping[str, Any], platforms: Sequence[Platform]) -> Platform | None:
        """Choose the registration by issuer and audience; None when the issuer is not known here."""
        of_issuer = [one for one in platforms if one.issuer == claims.get("iss")]
        return registration_of(claims, platforms) or next(iter(of_issuer), None)

    async def key_for(self, jws: Jws, platform: Platform, keysets: KeySets) -> KeySet:
        """Return the keys that the platform publishes, fetched again when the named one is not among those kept."""
        return await keysets.keys_for(platform, str(jws.header.get("kid", "")))

    def signature(self, jws: Jws, keys: KeySet) -> str:
        """Signed by the published key of that name."""
        return signature_problem(jws, keys)

    def issuer(self, claims: Mapping[str, Any], platform: Platform) -> str:
        """The issuer is the registered one, exactly."""
        return issuer_problem(claims, platform.issuer)

    def audience(self, claims: Mapping[str, Any], platform: Platform) -> str:
        """It is for this client, and for nobody else."""
        return audience_problem(claims, platform.client_id)

    def times(self, claims: Mapping[str, Any], now: datetime) -> str:
        """It has not expired and is not of the future."""
        return times_problem(claims, now, self.notice_leeway)

    def nonce(self, notice: Notice, is_seen: Callable[[str], bool]) -> str:
        """It has a nonce, and the same token never came before."""
        if notice.nonce is None:
            return "no-nonce"
        return "replayed-nonce" if is_seen(notice.nonce) else ""

    def version(self, notice: Notice) -> str:
        """It is a message of LTI 1.3."""
        return "" if notice.version == VERSION else "wrong-version"

    def deployment(self, notice: Notice, platform: Platform) -> str:
        """The deployment is known; only a launch can make one known."""
        if notice.deployment_id is None:
            return "no-deployment-id"
        return "" if notice.deployment_id in platform.deployments else "unknown-deployment"

    def notice_claim(self, notice: Notice) -> str:
        """It says which event it tells of, when that happened and of what type it is."""
        codes = ("no-notice", "notice-form", "no-notice-id", "no-notice-type", "no-timestamp", "timestamp-form")
        return next((code for code in codes if code in notice.problems), "")

    def type_known(self, notice: Notice, types: Collection[str]) -> bool:
        """Tell whether this endpoint takes notices of that type; platforms invent further ones."""
        return notice.type in types

    def is_duplicate(self, notice: Notice, is_seen: Callable[[str], bool]) -> bool:
        """Tell whether the event is known already, in whatever token it came."""
        return is_seen(self.identity(notice))

    def about_problem(self, notice: Notice) -> str:
        """What a notice of its type cannot do without: a copy needs its destination."""
        codes = ("no-context", "context-form") if self.needs_context(notice) else ()
        return next((code for code in codes if code in notice.problems), "")

    def needs_context(self, notice: Notice) -> bool:
        """Tell whether a type is about a context."""
        return notice.type == "LtiContextCopyNotice"

    # --- the answer ---------------------------------------------------------------------------------------------

    def refused_shape(self, reason: str, detail: str = "") -> Reply:
        """Answer a delivery that could not be read."""
        body = json.dumps({"error": reason, **({"detail": detail} if detail else {})}).encode()
        return Reply(self.shape_statuses[reason], JSON, body)

    def answered(self, results: Sequence[Result]) -> Reply:
        """Tell what became of each notice: one bad element loses no good one, and the others are not sent again."""
        return Reply(self.status(results), JSON, self.report(results))

    def status(self, results: Sequence[Result]) -> int:
        """Return 2xx when anything was taken; 400 when nothing could be read, 401 when nothing was to be trusted."""
        outcomes = {result.outcome for result in results}
        if outcomes & {ACCEPTED, IGNORED, DUPLICATE}:
            return 200
        return 400 if outcomes == {MALFORMED} else 401

    def report(self, results: Sequence[Result]) -> bytes:
        """Write what became of each notice, in order."""
        listed = [{"result": one.outcome, **({"reason": one.reason} if one.reason else {})} for one in results]
        return json.dumps({"notices": listed}).encode()

    def delay(self, patience: float) -> float:
        """Return how many seconds of real time an answer is held back: none."""
        return 0.0
