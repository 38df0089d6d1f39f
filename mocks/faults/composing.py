"""Finding faults by name and composing behaviours from them."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from mocks.author.behaviour import AuthorBehaviour
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.faults.base import Fault, FaultConflict, compose
from mocks.lms.behaviour import ReceiverBehaviour

if TYPE_CHECKING:
    from mocks.platform.behaviour import PlatformBehaviour
    from mocks.tool.behaviour import ToolBehaviour

MODULES: Mapping[str, str] = {
    "pens-target": "pens",
    "pens-client": "author",
    "cloud-v1": "cloud",
    "results-receiver": "lms",
    "lti-platform": "platform",
    "lti-tool": "tool",
}
"""The module with the faults of each subject; loaded when they are first asked for."""


class UnknownFault(Exception):
    """No fault of that name; the message gives the nearest one."""


@cache
def catalogue(subject: str) -> Mapping[str, type[Fault]]:
    """Return the faults of a subject by name."""
    found: dict[str, type[Fault]] = {}
    module = importlib.import_module(f"mocks.faults.{MODULES[subject]}") if subject in MODULES else None
    for fault in module.faults() if module else ():
        if fault.name in found:
            raise FaultConflict(f"two faults are called {fault.name}: {found[fault.name].__doc__} and {fault.__doc__}")
        found[fault.name] = fault
    return found


def by_names(subject: str, names: Iterable[str]) -> tuple[type[Fault], ...]:
    """Return faults by name; raises `UnknownFault` with the nearest valid name."""
    wanted = tuple(names)
    if not wanted:  # most mocks are right ones; all faults together take a while to import
        return ()
    known, found = catalogue(subject), []
    for name in wanted:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            hint = f"did you mean {close[0]!r}?" if close else "see `invigil fault list`"
            raise UnknownFault(f"unknown fault {name!r}; {hint}")
        found.append(known[name])
    return tuple(found)


def pens_behaviour(settings: Mapping[str, Any], names: tuple[str, ...]) -> PensBehaviour:
    """Compose the behaviour of a PENS target from settings and planted faults."""
    behaviour: PensBehaviour = compose(PensBehaviour, by_names("pens-target", names))(settings)
    return behaviour


def cloud_behaviour(settings: Mapping[str, Any], names: tuple[str, ...]) -> CloudBehaviour:
    """Compose the behaviour of a V1 server from settings and planted faults."""
    behaviour: CloudBehaviour = compose(CloudBehaviour, by_names("cloud-v1", names))(settings)
    return behaviour


def author_behaviour(names: tuple[str, ...]) -> AuthorBehaviour:
    """Compose the behaviour of a PENS client from planted faults."""
    behaviour: AuthorBehaviour = compose(AuthorBehaviour, by_names("pens-client", names))()
    return behaviour


def lms_behaviour(names: tuple[str, ...]) -> ReceiverBehaviour:
    """Compose the behaviour of a results receiver from planted faults."""
    behaviour: ReceiverBehaviour = compose(ReceiverBehaviour, by_names("results-receiver", names))()
    return behaviour


def tool_behaviour(names: tuple[str, ...]) -> ToolBehaviour:
    """Compose the behaviour of an LTI tool from planted faults."""
    from mocks.tool.behaviour import ToolBehaviour  # signatures take a while to import, and other mocks have none

    behaviour: ToolBehaviour = compose(ToolBehaviour, by_names("lti-tool", names))()
    return behaviour


def platform_behaviour(settings: Mapping[str, Any], names: tuple[str, ...]) -> PlatformBehaviour:
    """Compose the behaviour of an LTI platform from settings and planted faults."""
    from mocks.platform.behaviour import PlatformBehaviour

    behaviour: PlatformBehaviour = compose(PlatformBehaviour, by_names("lti-platform", names))(settings)
    return behaviour
