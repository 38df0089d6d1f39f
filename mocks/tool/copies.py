"""What notices do to the tool's state: contexts learn whence their content came, whatever order notices arrive in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from harness.wire.json_text import as_object, as_text
from harness.wire.lti import C
from harness.wire.pns import CONTEXT_COPY
from harness.wire.pns_notices import Notice
from mocks.tool.domain import Context, CopyEvent, Happening, Platform, key

_ABOUT = ("activity", "submission", "contribution")


class CopyBehaviour:
    """What a notice changes; faults override single methods."""

    def identity(self, notice: Notice) -> str:
        """Return what makes two notices one: the deployment's event, never the token, which is made anew each time."""
        return key(notice.iss or "", notice.deployment_id or "", notice.id or "")

    def place(self, platform: Platform, notice: Notice, context: str) -> tuple[str, str, str, str]:
        """Return where a context is kept: deployments know nothing of each other."""
        return platform.issuer, platform.client_id, notice.deployment_id or "", context

    def origins(self, notice: Notice) -> tuple[str, ...] | None:
        """Return whence the content came; None when that was not told. No origin need be known here."""
        return notice.origins

    def title(self, notice: Notice) -> str:
        """Return what the context is called, as far as it was told: a platform may keep it to itself."""
        context = notice.context or {}
        return as_text(context.get("title")) or as_text(context.get("label")) or ""

    def touched(self, context: Context, notice: Notice, now: datetime) -> Context:
        """Return a context after a notice; it may be one that nobody has ever been in."""
        context = replace(context, applied=context.applied + self.applications(notice))
        return self.copied(context, notice, now) if notice.type == CONTEXT_COPY else context

    def applications(self, notice: Notice) -> int:
        """Return how many effects one notice has."""
        return 1

    def copied(self, context: Context, notice: Notice, now: datetime) -> Context:
        """Add a copy: in the order of the events, which need not be that of their arrival."""
        event = CopyEvent(notice.id or "", notice.timestamp or now, self.origins(notice), self.title(notice))
        return replace(context, copies=self.ordered((*context.copies, event)))

    def ordered(self, copies: tuple[CopyEvent, ...]) -> tuple[CopyEvent, ...]:
        """Return copies by the time at which they happened."""
        return tuple(sorted(copies, key=lambda event: (event.at, event.id)))

    def happening(self, platform: Platform, notice: Notice, now: datetime) -> Happening:
        """Return what is kept of a notice of any type."""
        return Happening(
            platform.issuer, platform.client_id, notice.deployment_id or "", notice.id or "", notice.type or "",
            notice.timestamp or now, notice.context_id or "", about(notice.claims),
        )  # fmt: skip


def about(claims: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the ids of what a notice of the asset processor is about, under the standard's claim names alone."""
    found = {name: as_text((as_object(claims.get(C + name)) or {}).get("id")) for name in _ABOUT}
    user = as_text((as_object(claims.get(C + "for_user")) or {}).get("user_id"))
    return {name: value for name, value in {**found, "for_user": user}.items() if value is not None}


def ancestors(context: str, origins_of: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    """Return all contexts that content came from, nearest first, over copies of copies; circles end."""
    found: dict[str, None] = {}
    due = list(origins_of(context))
    while due:
        origin = due.pop(0)
        if origin not in found and origin != context:
            found[origin] = None
            due += origins_of(origin)
    return tuple(found)
