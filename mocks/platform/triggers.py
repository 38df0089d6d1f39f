"""What can be made to happen in a served platform: every act of its people, and what a tool's vendor wants to try."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from harness.wire.pns import TYPES
from mocks.control.controlled import FAILED, Trigger, TriggerOutcome, TriggerRefused
from mocks.platform import trying
from mocks.platform.acts import ACTS, ActError, act, output_of
from mocks.platform.admitting import AdmittingError
from mocks.platform.happening import WAYS, HappeningError
from mocks.platform.launching import LaunchError
from mocks.platform.people import PARTS

if TYPE_CHECKING:
    from mocks.platform.controlled import PlatformControlled

Json = Mapping[str, Any]
Run = Callable[["PlatformControlled", Json], Awaitable[TriggerOutcome]]
TEXT: Final[Json] = {"type": "string"}
# Whoever has but text, as the commands of stimuli have, may write a truth or a number as that.
TRUTH: Final[Json] = {"enum": [True, False, "true", "false"]}
COUNT: Final[Json] = {"type": ["integer", "string"], "minimum": 0, "maximum": 10_000, "pattern": "^[0-9]{1,4}$"}
TEXTS: Final[Json] = {"type": ["array", "string"], "items": {"type": "string"}}
TYPE: Final[Json] = {"enum": list(TYPES)}
NOTICES: Final = tuple(trying.NOTICES)

COPYING: Final[Json] = {"from": TEXT, "to": TEXT, "title": TEXT, "label": TEXT, "count": COUNT}
PLACE: Final[Json] = {"deployment": TEXT}
ACTING: Final[Mapping[str, tuple[str, Json]]] = {
    "launch": (
        "course", {"course": TEXT, "role": {"enum": list(PARTS)}, **PLACE, "person": TEXT, "link": TEXT, "target": TEXT}
    ),
    "register": ("register_url", {"register_url": TEXT, "approved": TRUTH}),
    **{name: ("client_id", {"client_id": TEXT}) for name in ("activate", "unregister")},
    **dict.fromkeys(("copy", "copy-bulk", "copy-api", "copy-import"), ("from", COPYING)),
    "submit": ("course", {"course": TEXT, "files": COUNT, "submission": TEXT}),
    "contribute": ("course", {"course": TEXT, "files": COUNT}),
    "hello": ("deployment", {**PLACE, "count": COUNT}),
    **{name: ("course", {"course": TEXT, **PLACE}) for name in ("share", "unshare")},
    "rotate-keys": ("", {"overlap": TRUTH}),
    **{name: ("notice_type", {"notice_type": TYPE, **PLACE}) for name in ("disable-type", "enable-type")},
    "disable-registration": ("client_id", {"client_id": TEXT, **PLACE}),
}  # fmt: skip
"""For acts: the value that may stand without its name, and the values; others take a deployment."""

SECRET_ACTS: Final = ("register",)
"""Acts that answer with an invitation."""

OWN: Final[Mapping[str, tuple[Run, str, Json, tuple[str, ...]]]] = {
    "course-copy": (trying.course_copy, "to", {**COPYING, "description": TEXT, "way": {"enum": list(WAYS)}}, ()),
    "notice": (
        trying.notice, "type",
        {"type": {"enum": list(NOTICES)}, "count": COUNT, "course": TEXT, "trial": TEXT, **PLACE}, ("type",),
    ),
    "delivery": (trying.delivery, "trial", {"trial": TEXT, "times": COUNT, **PLACE}, ("trial",)),
    "handler": (
        trying.handler, "url",
        {"url": TEXT, "types": TEXTS, "max_batch_size": {**COUNT, "minimum": 1}, **PLACE}, ("url",),
    ),
    "register-tool": (trying.register_tool, "", trying.TOOL, ("login_url", "redirect_urls")),
    "invitation": (trying.invitation, "", {}, ()),
    "change": (
        trying.change, "",
        {
            "client_id": TEXT, **PLACE, "enabled": TRUTH, "pns": TRUTH, "notice_types": TEXTS,
            "org_unit_information": TRUTH, "shared": TEXTS, "scopes": TEXTS, "domain": TEXT, "jwks_url": TEXT,
        }, (),
    ),
    "restart": (trying.restart, "", {}, ()),
}  # fmt: skip
"""Triggers that are no acts: what runs, the value that may stand without its name, the values, those needed."""


def triggers(controlled: PlatformControlled) -> dict[str, Trigger]:
    """Return what can be made to happen in a platform."""
    found = {
        name: Trigger(name, _what(run), _running(controlled, run), _schema(values, needed), argument)
        for name, (run, argument, values, needed) in OWN.items()
    }
    for name in ACTS:
        argument, values = ACTING.get(name, ("deployment", PLACE))
        # The values of a stimulus may be more than an act needs: they are the same for all.
        schema = _schema(values, (), more={"type": ["string", "number", "boolean"]})
        found.setdefault(name, Trigger(name, _what(ACTS[name]), _acting(controlled, name), schema, argument))
    return found


def _schema(values: Json, needed: Sequence[str], more: bool | Json = False) -> Json:
    return {"type": "object", "additionalProperties": more, "required": list(needed), "properties": dict(values)}


def _what(doing: Callable[..., Any]) -> str:
    text = " ".join((inspect.getdoc(doing) or "").partition("\n\n")[0].split())
    return text or "Change a switch of a deployment."


def _acting(controlled: PlatformControlled, name: str) -> Callable[[Json], Awaitable[TriggerOutcome]]:
    async def run(values: Json) -> TriggerOutcome:
        given = {key: trying.text_of(value) for key, value in values.items()}
        try:
            told = await act(controlled.platform, name, given)
        except (ActError, ValueError) as problem:
            return TriggerOutcome(FAILED, str(problem))
        return TriggerOutcome(output=output_of(told), shows_secrets=name in SECRET_ACTS)

    return run


def _running(controlled: PlatformControlled, run: Run) -> Callable[[Json], Awaitable[TriggerOutcome]]:
    async def running(values: Json) -> TriggerOutcome:
        try:
            return await run(controlled, values)
        except (ActError, AdmittingError, HappeningError, LaunchError) as problem:
            field = str(problem).partition(":")[0]
            raise TriggerRefused(str(problem), field=field, got=values.get(field)) from None

    return running
