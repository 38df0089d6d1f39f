"""How a platform is moved to take or refuse addresses: known vectors, and such as nobody has thought of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fixtures
from harness.judging.properties import Budget, examine
from harness.judging.suite import Case, scenario
from harness.strategies.pns_handlers import EITHER, Address, OwnAddress, addresses, expected
from harness.subjects.driver import NotOffered
from harness.subjects.lti_platform_records import Tooled, Tools
from harness.subjects.lti_platform_tooling import Tooling
from harness.wire.pns_handlers import put_body
from suites.lti_platform.addresses import adapted
from suites.lti_platform.handling import NEEDS, body_of, chosen_type, of_step, own_handler
from suites.lti_platform.rules_handler_addresses import is_taken_or_refused

VECTORS = Path(fixtures.__file__).parent / "vectors" / "pns" / "handler_urls.json"

TAKEN, NO_HANDLER, SCHEME, NO_URL, FOREIGN, LOOK_ALIKE, REDIRECT, KEPT = (
    "PNS-HANDLER-07", "PNS-HANDLER-12", "PNS-HANDLER-15", "PNS-HANDLER-16", "PNS-HANDLER-17", "PNS-HANDLER-18",
    "PNS-HANDLER-19", "PNS-HANDLER-20",
)  # fmt: skip
ABOUT: Mapping[str, str] = {
    "null": NO_HANDLER, "absent": NO_HANDLER, "http": SCHEME, "ftp": SCHEME, "redirect-exact": REDIRECT,
    "ip-literal": FOREIGN, "ipv6-literal": FOREIGN, "subdomain": FOREIGN, "other-port": FOREIGN,
    "final-dot": FOREIGN, "redirect-other-case": FOREIGN, "redirect-plus-query": FOREIGN,
    "redirect-other-path": FOREIGN, "userinfo-at-own-host": FOREIGN, "look-alike-prefix": LOOK_ALIKE,
    "look-alike-suffix": LOOK_ALIKE, "userinfo": LOOK_ALIKE, "idna-look-alike": LOOK_ALIKE,
}  # fmt: skip
"""The requirement that a vector is about, where that is not the validity of URLs, or their being taken."""

OPEN = ("redirect-plus-query", "redirect-other-path")
"""At the host of a redirect URL; one platform is seen to look at the host alone (observed: Canvas source)."""

ELSEWHERE = "not configured: lti.elsewhere-url, a redirect URL of ours that is registered, outside our domain"
OURS_ALONE = ("redirect-with-query",)
"""About a registration that is not ours."""

SOME: Mapping[str, Budget] = {"proof": Budget(10, 6), "quick": Budget(8, 20), "full": Budget(60, 100)}


@cache
def vectors() -> Mapping[str, Mapping[str, Any]]:
    """Return the vectors by name."""
    listed = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    return {str(one["name"]): one for one in listed if one["name"] not in OURS_ALONE}


def _cases() -> list[Case]:
    found = []
    for name, vector in vectors().items():
        wanted = EITHER if name in OPEN else str(vector["expect"])
        row = ABOUT.get(name, TAKEN if wanted == "accept" else NO_URL)
        found.append(Case(name, {"expect": wanted}, (row, KEPT) if wanted == "refuse" else (row,)))
    return found


def wanted_of(case: Case, address: object, own: OwnAddress) -> str:
    """Return what has to come of a vector made of our addresses: what is right in general may be open about ours."""
    wanted = str(case.values["expect"])
    is_open = isinstance(address, str) and wanted == "accept" and expected(address, own) == EITHER
    return EITHER if is_open else wanted


def own_address(tool: Tooling) -> OwnAddress:
    """Return what addresses of our tool are derived from: domain, port, and a redirect URL outside the domain."""
    own, domain = urlsplit(tool.driver.tool.login_url), tool.driver.tool.domain
    host = (urlsplit(f"//{domain.partition('://')[2] or domain}").hostname or "").lower()
    port = own.port if own.hostname == host else None
    elsewhere = tool.driver.tool.elsewhere_url
    return OwnAddress(host, port, (elsewhere,) if elsewhere else ())


@scenario(cases=_cases(), packages=0, needs=NEEDS)
async def handler_addresses(tool: Tooling, case: Case) -> Tooled:
    """A handler of ours is set, and then one that a platform has to accept or to refuse."""
    if case.name == "redirect-exact" and not tool.driver.tool.elsewhere_url:
        raise NotOffered(ELSEWHERE)
    vector, chosen = vectors()[case.name], await chosen_type(tool)
    address = adapted(vector["handler"], case.name, own_address(tool))
    await tool.put(chosen, own_handler(tool, "plain"), step="set")
    await tool.listed(step="after-set")
    body = body_of(chosen) if vector.get("absent") else body_of(chosen, handler=address)
    if address is None and vector["handler"] is not None:
        return tool.seen()
    tool.note("wanted", expect=wanted_of(case, address, own_address(tool)))
    await tool.put(chosen, str(address or ""), step="tried", body=body)
    await tool.listed(step="after-tried")
    return tool.seen()


def _kind(name: str, row: str) -> Case:
    return Case(name, {"kind": name}, (row,))


@scenario(
    threaded=True,
    cases=[
        _kind("rooted", TAKEN), _kind("scheme", SCHEME), _kind("no-url", NO_URL), _kind("foreign", FOREIGN),
        _kind("look-alike", LOOK_ALIKE), _kind("redirect", REDIRECT),
    ],
    packages=0,
    needs=NEEDS,
)  # fmt: skip
def any_address(tool: Tooling, case: Case, seed: int) -> Tools:
    """Addresses that are derived from the rules for handlers; most break one, or keep them all."""
    own, kept = own_address(tool), {"type": ""}

    async def ahead() -> None:
        if case.name == "look-alike" and not own.is_name:
            raise NotOffered("nothing looks like an IP address")
        if case.name == "redirect" and not own.redirect_urls:
            raise NotOffered(ELSEWHERE)
        kept["type"] = await chosen_type(tool)
        await tool.put(kept["type"], own_handler(tool, "plain"), step="set")
        await tool.listed(step="after-set")

    async def act(example: Address, step: str) -> Tooled:
        address = example.of(own)
        await tool.put(kept["type"], address, step=step, body=put_body(kept["type"], address))
        return of_step(tool, step)

    def describe(example: Address) -> dict[str, object]:
        address = example.of(own)
        return {"handler": address, "expect": expected(address, own)}

    budget = SOME[tool.driver.budget]
    rule = is_taken_or_refused
    return examine(tool, addresses(case.name), act, rule, seed, describe=describe, budget=budget, ahead=ahead)
