"""How a tool is moved by notices that are wrong in one way each, and by right ones that a careless receiver loses."""

from __future__ import annotations

from harness.judging.suite import Case, scenario
from harness.subjects.lti_tool_hosting import Hosting
from harness.subjects.lti_tool_records import Hosted
from suites.lti_tool.notices import (
    BODIES,
    DOUBLED,
    FORGERIES,
    HOSTILE,
    MALFORMED,
    MISDIRECTED,
    UNTIMELY,
    cases,
    sent,
)


@scenario(cases=cases(FORGERIES), packages=0)
async def forgeries(platform: Hosting, case: Case) -> Hosted:
    """A notice whose signature or key is not what it should be, between two right ones."""
    return await sent(platform, case)


@scenario(cases=cases(MISDIRECTED), packages=0)
async def misdirected(platform: Hosting, case: Case) -> Hosted:
    """A notice from another issuer, for another client or another deployment, between two right ones."""
    return await sent(platform, case)


@scenario(cases=cases(UNTIMELY), packages=0)
async def untimely(platform: Hosting, case: Case) -> Hosted:
    """A notice that is expired, ahead of time or oddly dated, between two right ones."""
    return await sent(platform, case)


@scenario(cases=cases(MALFORMED), packages=0)
async def malformed(platform: Hosting, case: Case) -> Hosted:
    """A notice that lacks something, says too much or is of another form, between two right ones."""
    return await sent(platform, case)


@scenario(cases=cases(DOUBLED), packages=0)
async def doubled(platform: Hosting, case: Case) -> Hosted:
    """A notice that comes twice, as the same JWT or a new one, between two others."""
    return await sent(platform, case)


@scenario(cases=cases(BODIES), packages=0)
async def bodies(platform: Hosting, case: Case) -> Hosted:
    """A body of no, two, fifty or a hundred notices, of right and wrong ones, or of none, between two right ones."""
    return await sent(platform, case)


@scenario(cases=cases(HOSTILE), packages=0, needs=("ownership",))
async def hostile(platform: Hosting, case: Case) -> Hosted:
    """A body that is too large, too deep or packed too well, between two right ones."""
    return await sent(platform, case)
