"""What is expected of what is sent to a tool, as facts of an event; and where its effect is looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.wire.lti import CONTEXT, DEPLOYMENT_ID
from harness.wire.pns_forging import Message, Sending
from harness.wire.pns_notices import write_body
from harness.wire.pns_oracle import Expectation
from harness.wire.pns_oracle_body import Body


def told(expectation: Expectation) -> dict[str, Any]:
    """Return an expectation as facts of an event."""
    target = expectation.target
    place = target.context if askable(target.context) and askable(target.deployment) else None
    return {
        "outcome": expectation.outcome, "rule": expectation.rule, "row": expectation.row, "why": expectation.why,
        "level": expectation.level, "context": place, "deployment": target.deployment,
        "notice": target.notice_id, "origins": None if target.origins is None else list(target.origins),
    }  # fmt: skip


def askable(name: str | None) -> bool:
    """Whether a probe can be asked for a name: half a surrogate pair fits into no address."""
    try:
        return name is None or bool(name.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def placed(body: Body, sending: Sending) -> Body:
    """Give a notice that cannot be read the place that its draft names: a careless receiver may have its effect there.

    What is told of the notices otherwise stays as the oracle says it.
    """
    if body.whole is not None or len(body.elements) != len(sending.drafts):
        return body
    found = []
    for one, draft in zip(body.elements, sending.drafts, strict=True):
        claims = draft.claims if isinstance(draft.claims, Mapping) else {}
        context, deployment = claims.get(CONTEXT), claims.get(DEPLOYMENT_ID)
        if one.target.context is None and isinstance(context, Mapping) and isinstance(context.get("id"), str):
            where = deployment if isinstance(deployment, str) else None
            one = replace(one, target=replace(one.target, context=context["id"], deployment=where))
        found.append(one)
    return replace(body, elements=tuple(found))


def fitting(message: Message, most: int | None) -> Message:
    """Return a message in POSTs of at most so many notices each, as a handler with ``max_batch_size`` is to get them.

    A body that is made otherwise than as an array of notices stays as it is.
    """
    if most is None or most < 1 or all(len(one.drafts) <= most for one in message.sendings):
        return message
    found: list[Sending] = []
    for one in message.sendings:
        plain = one.body is write_body and len(one.drafts) > most
        step = most if plain else max(1, len(one.drafts))
        found += [replace(one, drafts=one.drafts[at : at + step]) for at in range(0, max(1, len(one.drafts)), step)]
    return Message(tuple(found))


def told_twice(bodies: Sequence[Body]) -> set[str]:
    """Return the contexts of which several notices tell: a further effect may show after the first."""
    named = [one.target.context for body in bodies for one in body.expectations if one.target.context is not None]
    return {name for name in named if named.count(name) > 1}


def last_of_each(bodies: Sequence[Body]) -> list[Expectation]:
    """Return one expectation for each context, the strongest: an effect that is due beats one that may not be."""
    found: dict[tuple[str | None, str | None], Expectation] = {}
    rank = {"refuse": 0, "either": 1, "accept": 2}
    for body in bodies:
        for one in body.expectations:
            place = (one.target.context, one.target.deployment)
            if place not in found or rank[one.outcome] > rank[found[place].outcome]:
                found[place] = one
    return list(found.values())
