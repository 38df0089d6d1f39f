"""Faults of an LTI tool: wrong reasons and legitimate variants stand here, vulnerable receivers by their area."""

from __future__ import annotations

import pkgutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import mocks.faults as package
from harness.net.listener import Inbound, Reply
from harness.wire.binding import Pairs
from harness.wire.lti import audiences
from harness.wire.lti_forms import form_page
from harness.wire.pns import CONTEXT_COPY
from harness.wire.pns_notices import Delivery, Notice
from harness.wire.pns_probe import write_probe
from mocks.faults.base import VARIANT, WRONG_REASON, Fault, gathered
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.domain import Context, Launch, Platform
from mocks.tool.pages import JSON, TEXT, refusal
from mocks.tool.receiving import ACCEPTED, DUPLICATE, IGNORED, Result

AREA = "tool_"
HTML = (("Content-Type", "text/html; charset=utf-8"),)


def _took(results: Sequence[Result]) -> bool:
    return any(one.outcome in (ACCEPTED, IGNORED, DUPLICATE) for one in results)


class Deaf(Fault, ToolBehaviour):
    """Answers 503 to every delivery of notices."""

    name = "tool.deaf"
    kind = WRONG_REASON

    def intercept(self, inbound: Inbound) -> Reply | None:
        return Reply(503, TEXT, b"maintenance\n")


class RefusesAll(Fault, ToolBehaviour):
    """Refuses every login, launch and notice by 403, whatever it is."""

    name = "tool.refuses-all"
    kind = WRONG_REASON

    def intercept_all(self, inbound: Inbound) -> Reply | None:
        return None if inbound.path == "/keys" else Reply(403, TEXT, b"no\n")


class FallsOver(Fault, ToolBehaviour):
    """Answers 500 to every delivery of notices."""

    name = "tool.falls-over"
    kind = WRONG_REASON

    def intercept(self, inbound: Inbound) -> Reply | None:
        return Reply(500, TEXT, b"internal error\n")


class RefusesLaunches(Fault, ToolBehaviour):
    """Answers 401 to every launch, so that it never learns of a notice service."""

    name = "tool.refuses-launches"
    kind = WRONG_REASON

    def intercept_all(self, inbound: Inbound) -> Reply | None:
        return refusal(401, "This launch is refused", "nobody is let in") if inbound.path == "/launch" else None


class ShowsNothing(Fault, ToolBehaviour):
    """Its probe is a page for people, so that nothing can be learned from it."""

    name = "tool.shows-nothing"
    kind = WRONG_REASON

    def probed(self, context: str, found: Sequence[Context]) -> Reply:
        return Reply(200, HTML, b"<!DOCTYPE html><title>Courses</title>\n")


class ForgetsAll(Fault, ToolBehaviour):
    """Answers 200 to every delivery and does nothing with it."""

    name = "tool.forgets-all"
    kind = WRONG_REASON

    def intercept(self, inbound: Inbound) -> Reply | None:
        return Reply(200, JSON, b"{}") if inbound.method == "POST" else None


# --- legitimate variants --------------------------------------------------------------------------------------------


class AnswersAccepted(Fault, ToolBehaviour):
    """Answers 202 when it has taken a notice, as receivers do that work later."""

    name = "tool.answers-202"
    kind = VARIANT

    def answered(self, results: Sequence[Result]) -> Reply:
        reply = super().answered(results)
        return Reply(202, reply.headers, reply.body) if reply.status == 200 else reply


class AnswersNothing(Fault, ToolBehaviour):
    """Answers 204 without a body when it has taken a notice."""

    name = "tool.answers-204"
    kind = VARIANT

    def answered(self, results: Sequence[Result]) -> Reply:
        return Reply(204) if _took(results) else super().answered(results)


class AnswersInText(Fault, ToolBehaviour):
    """Answers with a word instead of a report."""

    name = "tool.answers-in-text"
    kind = VARIANT

    def answered(self, results: Sequence[Result]) -> Reply:
        return Reply(super().answered(results).status, TEXT, b"noted\n")


class RefusedIsBadRequest(Fault, ToolBehaviour):
    """Answers 400 when no notice of a delivery is to be trusted."""

    name = "tool.refused-is-400"
    kind = VARIANT

    def status(self, results: Sequence[Result]) -> int:
        return 200 if _took(results) else 400


class RefusedIsForbidden(Fault, ToolBehaviour):
    """Answers 403 when no notice of a delivery is to be trusted."""

    name = "tool.refused-is-403"
    kind = VARIANT

    def status(self, results: Sequence[Result]) -> int:
        return 200 if _took(results) else 403


class RefusedIsOk(Fault, ToolBehaviour):
    """Answers 200 whatever it thinks of a notice, as receivers do that want no retries."""

    name = "tool.refused-is-200"
    kind = VARIANT

    def status(self, results: Sequence[Result]) -> int:
        return 200


class EmptyIsOk(Fault, ToolBehaviour):
    """Answers 200 to a delivery without notices, and to one that it cannot read."""

    name = "tool.empty-is-200"
    kind = VARIANT

    def refused_shape(self, reason: str, detail: str = "") -> Reply:
        reply = super().refused_shape(reason, detail)
        return Reply(200, reply.headers, reply.body) if reply.status == 400 else reply


class ObjectsOnly(Fault, ToolBehaviour):
    """Takes the body as it is documented and nothing else: no bare strings, no bare array."""

    name = "tool.objects-only"
    kind = VARIANT

    def body(self, inbound: Inbound) -> Delivery:
        found = super().body(inbound)
        return (
            Delivery((), found.oddities, "form") if {"bare-string", "top-level-array"} & set(found.oddities) else found
        )


class FetchesKeysEachTime(Fault, ToolBehaviour):
    """Fetches the key set for every message, as some libraries do; a flood is cut off all the same."""

    name = "tool.fetches-keys-each-time"
    kind = VARIANT

    def is_stale(self, until: datetime, now: datetime) -> bool:
        return True


class HandlerForEachType(Fault, ToolBehaviour):
    """Has a handler of its own for every notice type."""

    name = "tool.handler-for-each-type"
    kind = VARIANT

    def handler_path(self, notice_type: str) -> str:
        return f"/notices/{notice_type}"


class AnyTypeAnywhere(Fault, ToolBehaviour):
    """Takes notices of any type at any handler, whatever it was registered for."""

    name = "tool.any-type-anywhere"
    kind = VARIANT

    def type_known(self, notice: Notice, types: Collection[str]) -> bool:
        return notice.type in self.knows


class CopiesOnly(Fault, ToolBehaviour):
    """Has a use for copies of courses and for nothing else."""

    name = "tool.copies-only"
    kind = VARIANT
    knows = (CONTEXT_COPY,)


class NamesNoDeployment(Fault, ToolBehaviour):
    """Its assertions never name the deployment, which they need not."""

    name = "tool.names-no-deployment"
    kind = VARIANT

    def assertion_deployment(self, deployment: str) -> str | None:
        return None


class LongAssertions(Fault, ToolBehaviour):
    """Its assertions live for five minutes."""

    name = "tool.long-assertions"
    kind = VARIANT
    assertion_lifetime = 300


class AudienceInArray(Fault, ToolBehaviour):
    """Writes the audience of its assertions as an array of one."""

    name = "tool.audience-in-array"
    kind = VARIANT

    def assertion_audience(self, platform: Platform) -> str | Sequence[str]:
        audience = super().assertion_audience(platform)
        return [audience] if isinstance(audience, str) else audience


class LimitsBatches(Fault, ToolBehaviour):
    """Asks for at most 50 notices at once."""

    name = "tool.limits-batches"
    kind = VARIANT
    max_batch_size = 50


class SubscribesFirst(Fault, ToolBehaviour):
    """Looks after its handlers before the user sees his page."""

    name = "tool.subscribes-first"
    kind = VARIANT

    def subscribes_before_answering(self) -> bool:
        return True


class SubscribesAgain(Fault, ToolBehaviour):
    """Sets its handlers at every launch, whether they stand or not."""

    name = "tool.subscribes-again"
    kind = VARIANT

    def differs(self, found: object, ours: object) -> bool:
        return True


class LogsInByForm(Fault, ToolBehaviour):
    """Sends its authentication request by a form that submits itself, instead of a redirect."""

    name = "tool.logs-in-by-form"
    kind = VARIANT

    def sent_on(self, endpoint: str, pairs: Pairs) -> Reply:
        return Reply(200, HTML, form_page(endpoint, pairs, "Going on"))


class ShortLeeway(Fault, ToolBehaviour):
    """Lets clocks be one minute apart."""

    name = "tool.short-leeway"
    kind = VARIANT
    notice_leeway = launch_leeway = timedelta(seconds=70)


class LongLeeway(Fault, ToolBehaviour):
    """Lets clocks be five minutes apart."""

    name = "tool.long-leeway"
    kind = VARIANT
    notice_leeway = launch_leeway = timedelta(minutes=5)


class TrustsAuthorizedParty(Fault, ToolBehaviour):
    """Puts up with further audiences as long as ``azp`` is its own client id."""

    name = "tool.trusts-azp"
    kind = VARIANT

    def audience(self, claims: Mapping[str, Any], platform: Platform) -> str:
        named = audiences(claims.get("aud"))
        if platform.client_id in named and claims.get("azp") == platform.client_id:
            return ""
        return super().audience(claims, platform)


class TakesNewDeployments(Fault, ToolBehaviour):
    """Lets a notice make a deployment known, on its own and apart from all others."""

    name = "tool.takes-new-deployments"
    kind = VARIANT

    def deployment(self, notice: Notice, platform: Platform) -> str:
        return "" if notice.deployment_id is not None else "no-deployment-id"


class ShowsNobody(Fault, ToolBehaviour):
    """Its page after a launch names neither user nor course."""

    name = "tool.shows-nobody"
    kind = VARIANT

    def launched(self, launch: Launch, context: Context | None) -> Reply:
        return Reply(200, HTML, b"<!DOCTYPE html><title>Welcome</title><h1>Welcome</h1>\n")


class HasNoProbe(Fault, ToolBehaviour):
    """Lets nobody see what notices have done."""

    name = "tool.has-no-probe"
    kind = VARIANT
    has_probe = False


class CountsNothing(Fault, ToolBehaviour):
    """Its probe does not count how many notices had an effect."""

    name = "tool.counts-nothing"
    kind = VARIANT

    def probed(self, context: str, found: Sequence[Context]) -> Reply:
        if not found:
            return super().probed(context, found)
        told = [one.origins for one in found if one.origins is not None]
        origins = dict.fromkeys(origin for origins in told for origin in origins) if told else None
        return Reply(200, JSON, write_probe(context, origins=origins, title=found[0].name or None))


def faults() -> Iterator[type[Fault]]:
    """Yield all faults of a tool, from this module and from every ``tool_*.py`` beside it."""
    modules = sorted(one.name for one in pkgutil.iter_modules(package.__path__) if one.name.startswith(AREA))
    return gathered(__name__, *(f"mocks.faults.{name}" for name in modules))
