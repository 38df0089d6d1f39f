"""Which address of the platform is answered by what."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from harness.net.listener import Inbound, Reply
from mocks.platform.admin import resource_in, serve_admin
from mocks.platform.answers import json_reply
from mocks.platform.assets import serve_asset
from mocks.platform.handlers import serve_handlers
from mocks.platform.keys import stored
from mocks.platform.launching import authorize, open_launch
from mocks.platform.registering import register, serve_configuration
from mocks.platform.tokens import issue
from mocks.platform.trials import tried_keys

if TYPE_CHECKING:
    from mocks.platform.platform import Platform

LAUNCH, ASSETS = "/launch/", "/lti/ap/assets/"


async def route(platform: Platform, inbound: Inbound) -> Reply:
    """Answer one request."""
    settings, path = platform.settings, inbound.path
    intercepted = platform.behaviour("", "request").intercept(inbound)
    if isinstance(intercepted, Reply):
        return intercepted
    if path == settings["token-path"]:
        return await issue(platform, inbound)
    if path == settings["keys-path"]:
        return await serve_keys(platform)
    if path == settings["auth-path"]:
        return await authorize(platform, inbound)
    if path == "/.well-known/openid-configuration":
        return serve_configuration(platform)
    if path == "/lti/register":
        return await register(platform, inbound)
    if path.startswith(LAUNCH):
        return await open_launch(platform, inbound, path.removeprefix(LAUNCH))
    if path.startswith(ASSETS):
        return await serve_asset(platform, inbound, path.removeprefix(ASSETS))
    resource = resource_in(settings, path)
    if resource is not None:
        return await serve_admin(platform, inbound, resource)
    deployment = await deployment_in(platform, path)
    if deployment is not None:
        return await serve_handlers(platform, inbound, deployment)
    return json_reply(404, {"error": "not_found"})


async def deployment_in(platform: Platform, path: str) -> str | None:
    """Return the deployment that a path of the profile's form names; None for another path."""
    form = str(platform.settings["url-path"])
    place = "{n}" if "{n}" in form else "{deployment_id}"
    before, _, after = form.partition(place)
    if not path.startswith(before) or not path.endswith(after) or len(path) <= len(before) + len(after):
        return None
    name = unquote(path[len(before) : len(path) - len(after)])
    if place == "{n}":
        for deployment in await platform.rows("deployments"):
            if deployment.id.partition(":")[0] == name:
                return str(deployment.id)
    return name


async def serve_keys(platform: Platform) -> Reply:
    """Answer the key set, or what a trial answers instead."""
    async with platform.store.transaction() as tx:
        keys = stored(tx)
    platform.tell("keys-fetched", {})
    behaviour = platform.behaviour("", "keys")
    reply = behaviour.key_set_reply(keys)
    if platform.key_trials:
        signing = behaviour.signing_key(keys)
        reply = await tried_keys(platform, reply, behaviour.key_set_reply([key for key in keys if key != signing]))
    return reply
