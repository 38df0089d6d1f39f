"""The LMS for strangers: a receiver of results to post to by hand or from a server, and its owner's addresses."""

from __future__ import annotations

import shlex

from harness.net.clock import Clock, OffsetClock
from harness.subjects.counterpart import Surroundings
from harness.wire.binding import encode_query
from harness.wire.cloud_v1_results import report_for, write_report
from mocks.app import Serving, Wishes
from mocks.lms.behaviour import Account
from mocks.lms.mock import ACCOUNT, LmsMock

SAMPLE = "r1"


async def serve_lms(wishes: Wishes, clock: Clock | None = None) -> Serving:
    """Serve the receiver; the first credential is the one that postbacks must carry. ``r1`` is known from the start.

    The addresses of its owner (probe, enrol, reset, refresh, log) are on this machine alone, for they ask for no
    credentials. Raises UnknownFault or FaultConflict for faults, OSError when the address cannot be bound.
    """
    first = wishes.credentials[0] if wishes.credentials else None
    account = Account(first.id, first.secret) if first else ACCOUNT
    lms = LmsMock(account=account, port=wishes.port, tell=wishes.tell)
    names = tuple(dict.fromkeys(spec.name for spec in wishes.faults))
    around = Surroundings({}, names, clock or OffsetClock(), patience=wishes.patience, bind=wishes.host)
    try:
        facts = dict(await lms.start(around))
    except BaseException:
        await lms.stop()
        raise
    await lms.enrol(SAMPLE)
    if wishes.public_url:
        facts["url"] = wishes.public_url.rstrip("/") + "/postback"
    info = {"mock": "lms", "url": facts["url"], "auth_types": list(facts["auth_types"])}
    info |= {
        name: facts[name] for name in ("user", "password", "probe", "enrol", "reset", "refresh", "log") if name in facts
    }
    lines = [
        (name, str(facts[name]))
        for name in ("url", "user", "password", "probe", "enrol", "refresh", "log")
        if facts.get(name)
    ]
    return Serving(info, [*lines, ("try", _command(facts["url"], account))], lms.stop)


def _command(url: str, account: Account) -> str:
    """Return a command that posts a result of ``r1``."""
    xml = write_report(
        report_for(SAMPLE, "Golf", complete="complete", success="passed", score=85, totaltime=324)
    ).write()
    pairs = (("data", xml), ("username", account.user), ("password", account.password))
    return shlex.join(["curl", "-sS", "--data", encode_query(pairs), url])
