"""How our tool registers itself with a platform, as it should and otherwise, and is launched from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from harness.judging.suite import scenario
from harness.subjects.driver import NotOffered
from harness.subjects.lti_platform_records import Tooled
from harness.subjects.lti_platform_registering import Invitation, Registering
from harness.subjects.lti_platform_tooling import Tooling
from harness.wire.binding import Pairs
from harness.wire.lti_registration import TOOL_CONFIGURATION

Document = Mapping[str, Any]
LONG = timedelta(days=31)
"""A registration token lives for an hour where it was seen (observed: Canvas, Moodle); after a month none should."""


def _without(name: str) -> Callable[[Document], Document]:
    return lambda document: {key: value for key, value in document.items() if key != name}


def _text_of_redirects(document: Document) -> Document:
    return {**document, "redirect_uris": document["redirect_uris"][0]}


BAD: Mapping[str, Callable[[Document], Document]] = {
    "no-client-name": _without("client_name"),
    "no-login": _without("initiate_login_uri"),
    "no-redirects": _without("redirect_uris"),
    "no-keys": _without("jwks_uri"),
    "other-method": lambda document: {**document, "token_endpoint_auth_method": "client_secret_basic"},
    "redirects-as-text": _text_of_redirects,
}
"""Metadata with one thing wrong, by name."""

ODD: Mapping[str, Callable[[Document], Document]] = {
    "other-response": lambda document: {**document, "response_types": ["code"]},
    "no-domain": lambda document: {
        **document, TOOL_CONFIGURATION: _without("domain")(document[TOOL_CONFIGURATION])
    },
}  # fmt: skip
"""Metadata that implementations refuse as well, while no row says so."""


@scenario(packages=0)
async def configured(tool: Tooling) -> Tooled:
    """The platform's configuration is fetched: from its known address, or from the one that an invitation tells."""
    registering = Registering(tool)
    if tool.target.configuration_url:
        await registering.configuration(Invitation("", ""))
    elif "register" in tool.driver.stimuli:
        await registering.configuration(await registering.invited())
    else:
        raise NotOffered("not configured: lti.configuration, or stimulus.register")
    return tool.seen()


@scenario(packages=0, needs=("stimulus.register",))
async def registered(tool: Tooling) -> Tooled:
    """Our tool is invited: it asks without token, with metadata that are wrong, rightly, and once more.

    A registration that comes of it is launched from before and after an administrator has enabled it, and removed.
    """
    registering = Registering(tool)
    try:
        invitation = await registering.invited()
        url = (await registering.configuration(invitation)).registration_endpoint
        if not url:
            return tool.seen()
        plain = registering.document()
        await registering.ask(url, plain, step="no-token")
        await registering.ask(url, plain, step="wrong-token", token="invigil-no-such-token")
        for name, bend in (*BAD.items(), *ODD.items()):
            await registering.ask(url, bend(plain), step=name, token=invitation.token)
        made = await registering.ask(url, plain, step="good", token=invitation.token)
        if not made.ok:  # a platform may count what it has refused as a use
            invitation = await registering.invited(step="invite-again")
            made = await registering.ask(url, plain, step="second", token=invitation.token)
        await registering.ask(url, plain, step="reuse", token=invitation.token)
        if made.ok:
            await _launches(tool, made.client_id)
    finally:
        await registering.withdraw()
    return tool.seen()


async def _launches(tool: Tooling, client_id: str) -> None:
    """Launch what was registered, let it be enabled, and launch it again, as far as somebody can be asked to."""

    def ours(pairs: Pairs) -> Pairs:
        return tuple((name, client_id if name == "client_id" else value) for name, value in pairs)

    for step in ("before", "after"):
        try:
            if step == "after":
                await tool.stimulate("activate", step="activate", client_id=client_id)
            await tool.launch(step=step, bend=ours, client_id=client_id, deployment="")
        except NotOffered as why:
            # A person to whom no launch is offered has none: of a tool that is not enabled that is right.
            tool.note("not-launched", step, why=str(why))


@scenario(alone=True, packages=0, needs=("control", "stimulus.register"))
async def overdue(tool: Tooling) -> Tooled:
    """Our tool is invited and asks a month later; then it is invited again and asks at once."""
    registering = Registering(tool)
    try:
        old = await registering.invited(step="old")
        url = (await registering.configuration(old)).registration_endpoint
        if not url:
            return tool.seen()
        await tool.advance(LONG)
        await registering.ask(url, registering.document(), step="late", token=old.token)
        fresh = await registering.invited(step="fresh")
        await registering.ask(url, registering.document(), step="in-time", token=fresh.token)
    finally:
        await registering.withdraw()
    return tool.seen()
