"""Authentication requests with one thing wrong each, and how a launch answers them one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from harness.subjects.lti_platform_asking import Held, changed, fresh, strange_door
from harness.subjects.lti_platform_target import REDIRECT
from harness.subjects.lti_platform_tooling import Tooling
from harness.wire.binding import Pairs
from harness.wire.lti_login import Initiation

PLAIN, NO_SESSION = "plain", "no-session"
ALONE: Final = "-alone"
"""Ends the step of a request that was asked in a launch of its own."""

Bending = Callable[[Pairs], Pairs]

FIELDS: Final[Mapping[str, Mapping[str, str | None]]] = {
    "no-scope": {"scope": None},
    "other-scope": {"scope": "profile"},
    "no-response-type": {"response_type": None},
    "other-response-type": {"response_type": "code"},
    "no-response-mode": {"response_mode": None},
    "other-response-mode": {"response_mode": "query"},
    "no-prompt": {"prompt": None},
    "other-prompt": {"prompt": "login"},
    "no-client-id": {"client_id": None},
    "unknown-client-id": {"client_id": "invigil-no-such-client"},
    "no-login-hint": {"login_hint": None},
    "unknown-login-hint": {"login_hint": "invigil-nobody"},
    "no-nonce": {"nonce": None},
}
"""What a required parameter is changed to; None leaves it out (1EdTech Security Framework 1.0, 5.1.1.2)."""

REPORTED: Final = tuple(
    name for name in FIELDS if not name.endswith(("client-id", "response-mode"))
)  # fmt: skip
"""Requests that name a client, a registered redirect URI and how to answer, so that an error can be posted there."""

REDIRECTS: Final = ("other-redirect", "deeper-redirect", "longer-redirect")
OTHER_USER, OTHER_LAUNCH = "other-user", "other-launch"


def bendings(tool: Tooling, other: Initiation | None) -> dict[str, Bending]:
    """Return by name what is done to a right request; ``other`` is the initiation of another user's launch."""
    made: dict[str, Bending] = {name: partial(_with, values) for name, values in FIELDS.items()}
    strange = {
        "other-redirect": strange_door(tool, "tool/not-registered"),
        "deeper-redirect": strange_door(tool, f"{REDIRECT}/deeper"),
        "longer-redirect": f"{tool.driver.tool.redirect_url}?invigil=1",
    }
    made |= {name: partial(_with, {"redirect_uri": url}) for name, url in strange.items()}
    if other and other.login_hint:
        made[OTHER_USER] = partial(_with, {"login_hint": other.login_hint})
        both = {"login_hint": other.login_hint, "lti_message_hint": other.lti_message_hint}
        made[OTHER_LAUNCH] = partial(_with, both)
    return made


def _with(values: Mapping[str, str | None], pairs: Pairs) -> Pairs:
    return changed(pairs, **values)


async def ask_all(tool: Tooling, held: Held, bent: Mapping[str, Bending]) -> bool:
    """Ask with each thing wrong and at last rightly, all in one launch; return whether the last was answered."""
    for step, bend in bent.items():
        await tool.ask(bend(fresh(tool, held.pairs, step)), step=step, browser=held.browser)
    await tool.ask(fresh(tool, held.pairs, PLAIN), step=PLAIN, browser=held.browser)
    return answered(tool, PLAIN)


async def ask_each(tool: Tooling, bent: Mapping[str, Bending], role: str) -> None:
    """Ask with each thing wrong, and rightly, in a launch of its own."""
    for step, bend in bent.items():
        await tool.launch(step=step + ALONE, bend=bend, role=role)
    await tool.launch(step=PLAIN + ALONE, role=role)


def answered(tool: Tooling, step: str) -> bool:
    """Whether a message has come in a step."""
    found = tool.seen().launched(step)
    return found is not None and found.has_message
