"""Destinations and dispatches: made and changed by calls; the postback settings of a dispatch stay with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.wire.cloud_v1 import NO_ARGUMENT
from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import Destination, Dispatch, Hook
from mocks.engine.v1.invitations import check_limits, flag, in_any_case
from mocks.engine.v1.registrations import AUTHTYPES, tags_of

FILTERS = ("dispatchid", "destinationid", "courseid", "tags")
HOOK = ("postbackurl", "authtype", "urlname", "urlpass", "resultsformat")


class Dispatches:
    """What the dispatch service does ("Dispatch Service" V1); faults override single methods."""

    settings: Any

    def create_destination(self, call: Call) -> Nodes:
        """Keep a destination and answer its id (text)."""
        asked = in_any_case(call)
        made = Destination(call.new_id("destination"), asked.need("name"), call.now, tags_of(asked.get("tags")))
        call.put("destinations", made.id, made)
        return (Node("destinationId", text=made.id),)

    def create_dispatch(self, call: Call) -> Nodes:
        """Keep a dispatch of a course to a destination and answer its id (text); 1 when one of both is unknown."""
        asked = in_any_case(call)
        destination = asked.need("destinationid")
        course = self.course_for(asked, asked.need("courseid"))  # type: ignore[attr-defined]
        if call.row("destinations", destination) is None:
            raise self.unknown(call, "destination", destination)
        check_limits(asked)
        hook: Hook | None = self.hook_of(asked, "postbackurl", "urlname", "urlpass")  # type: ignore[attr-defined]
        self.check_host(hook)  # type: ignore[attr-defined]
        made = Dispatch(
            call.new_id("dispatch"), destination, course.id, call.now, hook, tags=tags_of(asked.get("tags"))
        )  # fmt: skip
        call.put("dispatches", made.id, made)
        return (Node("dispatchId", text=made.id),)

    def update_dispatches(self, call: Call) -> Nodes:
        """Change the dispatches that the filters choose (text); a dispatchid that is unknown fails with 1 (assumed)."""
        asked = in_any_case(call)
        if not any(asked.get(name) for name in FILTERS):
            raise Failure(NO_ARGUMENT, f"One of the parameters {list(FILTERS)} is required")
        if asked.get("dispatchid") and call.row("dispatches", asked.get("dispatchid")) is None:
            raise self.unknown(call, "dispatch", asked.get("dispatchid"))
        self.check_changes(asked)
        for dispatch in call.rows("dispatches"):
            if self.is_chosen(asked, dispatch):
                call.put("dispatches", dispatch.id, self.changed_dispatch(asked, dispatch))
        return (Node("success"),)

    def check_changes(self, asked: Call) -> None:
        """Refuse words that are not valid with 205, also when no dispatch is chosen."""
        check_limits(asked)
        for name in ("enabled", "open", "instanced"):
            flag(asked, name)
        asked.one_of("authtype", AUTHTYPES, AUTHTYPES[0])
        self.results_format(asked)  # type: ignore[attr-defined]

    def is_chosen(self, asked: Call, dispatch: Dispatch) -> bool:
        """Whether the filters choose a dispatch: all of them, and of tags all."""
        own = (dispatch.id, dispatch.destination_id, dispatch.course_id)
        same = all(asked.get(name) in ("", value) for name, value in zip(FILTERS, own, strict=False))
        return same and set(tags_of(asked.get("tags"))) <= set(dispatch.tags)

    def changed_dispatch(self, asked: Call, dispatch: Dispatch) -> Dispatch:
        """Return a dispatch with what the call changes."""
        kept = [tag for tag in dispatch.tags if tag not in tags_of(asked.get("removetags"))]
        return replace(
            dispatch, enabled=flag(asked, "enabled", dispatch.enabled), open=flag(asked, "open", dispatch.open),
            tags=tuple(dict.fromkeys((*kept, *tags_of(asked.get("addtags"))))),
            hook=self.changed_hook(asked, dispatch.hook),
        )  # fmt: skip

    def changed_hook(self, asked: Call, old: Hook | None) -> Hook | None:
        """Return the postback settings after a change: what is not sent stays; an empty postbackurl ends them."""
        if not any(asked.has(name) for name in HOOK):
            return old
        before = Hook("") if old is None else old
        kept = (before.url, before.authtype, before.name, before.password, before.resultsformat)
        whole = {name: asked.get(name) if asked.has(name) else old for name, old in zip(HOOK, kept, strict=True)}
        rest = tuple(pair for pair in asked.params if pair[0] not in HOOK)
        given = replace(asked, params=(*rest, *whole.items()))
        hook: Hook | None = self.hook_of(given, "postbackurl", "urlname", "urlpass")  # type: ignore[attr-defined]
        self.check_host(hook)  # type: ignore[attr-defined]
        return hook

    def hook_of_dispatched(self, dispatch: Dispatch) -> Hook | None:
        """Return the postback settings that a dispatched registration has of its own: none (text)."""
        return None

    def unknown(self, call: Call, kind: str, id: str) -> Failure:
        """Return the failure of a call about an object that is not there."""
        return Failure(1, f"Could not find {kind} [{id}] associated with appid [{call.app.id}]")
