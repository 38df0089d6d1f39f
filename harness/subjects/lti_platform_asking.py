"""Authentication requests that our tool makes up: one launch that is held back, and what is asked in its session."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.net.patience import within
from harness.subjects.browser import Browser
from harness.subjects.lti_platform_hooks import Door
from harness.subjects.lti_platform_records import ANSWER
from harness.wire.binding import Pairs, decode_form

if TYPE_CHECKING:
    from harness.net.client import Request
    from harness.subjects.lti_platform_tooling import Tooling


@dataclass(slots=True)
class Held:
    """A launch that has come to our login: the browser with its session, and the request that was not sent yet."""

    browser: Browser
    pairs: Pairs


async def hold(tool: Tooling, *, step: str, **values: str) -> Held | None:
    """Begin a launch and stop before its authentication request.

    None when the launch did not come that far, or when it was not in a browser of ours: then it went on to its end.
    Raises `NotOffered` as stimuli do.
    """
    driver = tool.driver
    driver.journal.event(tool.where(step), "launching", {"values": dict(values)})
    driver.acting, driver.bend = tool.where(step), None
    told = await tool.stimulate("launch", step=f"{step}-stimulus", **values)
    address, held = told.get("open"), None
    if isinstance(address, str) and address:
        asks = tool.target.auth_url.partition("?")[0]

        def stops(request: Request) -> bool:
            return request.url.partition("?")[0] == asks

        browser = Browser(driver.client, tool.where(step))
        page = await browser.open(address, stop=stops)
        if page.stopped:
            held = Held(browser, decode_form(page.stopped.url.partition("?")[2].encode()).pairs)
    else:
        await within(driver.patience.callback, driver.visited(lambda: _arrived(tool, step)))
    await tool.verify(step)
    driver.acting = tool.where()
    return held


def _arrived(tool: Tooling, step: str) -> bool:
    found = tool.seen().launched(step)
    return found is not None and found.arrived is not None


def fresh(tool: Tooling, pairs: Pairs, step: str, *, tail: str = "") -> Pairs:
    """Return a request with a state and a nonce of that step's own, so that what comes back is known by them.

    ``tail`` ends both: characters that have to survive a form and an address.
    """
    digest = hashlib.sha256(f"{tool.token_}/{step}".encode()).hexdigest()
    own = {"state": digest[:32] + tail, "nonce": digest[32:] + tail}
    return tuple((name, own.get(name, value)) for name, value in pairs)


def changed(pairs: Pairs, **values: str | None) -> Pairs:
    """Return a request with parameters changed, None leaving one out; what it does not have is not added."""
    replaced = ((name, values.get(name, value)) for name, value in pairs)
    return tuple((name, value) for name, value in replaced if value is not None)


def strange_door(tool: Tooling, path: str) -> str:
    """Open an address of ours that is not registered as a redirect URI; what comes there is kept as an answer."""
    driver = tool.driver
    driver.host.mount(path, Door(ANSWER, lambda pairs: driver.acting, driver._welcome))
    return driver.host.url(path, driver.scheme)
