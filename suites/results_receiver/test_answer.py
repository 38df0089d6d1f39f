"""What a receiver answers, from where, and to whom ("Registration Postbacks" V1; article 206163066)."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.net.reach import is_loopback
from harness.subjects.receiver_records import Reception
from suites.results_receiver.rules import by_status_only, control_known, control_works, stored, storm, ways, works

INSIDE = (".local", ".localhost", ".internal", ".lan", ".home", ".test", ".invalid")


@checks("CLOUD-RECV-01")
def test_a_postback_is_answered_directly(posted: Reception) -> None:
    """A sound postback is answered with 2xx: a redirect is never followed, and its data is lost."""
    found = ways(posted)
    for one in found:
        redirected = 300 <= one.status <= 399
        expect(not redirected, "redirected", expected="2xx", got=f"{one.got}: data lost", at=one.at)
    best = max(found, key=lambda one: (works(posted, one.step), one.taken))
    expect(best.response is not None, "no-answer", expected="2xx", got=storm(best), at=best.at)
    reason = "refused" if posted.case["probe"] and stored(posted, best.step) else "not-taken"
    expect(best.taken, reason, expected="2xx", got=storm(best), at=best.at)
    control_works(posted, best.step)
    by_status_only(posted)


@checks("CLOUD-RECV-02")
def test_the_status_is_200(posted: Reception) -> None:
    """A sound postback is answered with status 200."""
    found = [one for one in ways(posted) if works(posted, one.step)]
    control(found, "a sound postback is taken and stored")
    for one in found:
        expect(one.status == 200, "not-200", expected="HTTP 200", got=one.got, at=one.at)
    by_status_only(posted)


@checks("CLOUD-RECV-11")
def test_no_session_is_needed(posted: Reception) -> None:
    """A postback is stored without a cookie, a token or a session: the sender is a server and has none."""
    failed = [one for one in ways(posted) if not any(works(posted, f"{one.step}{again}") for again in ("", "-again"))]
    helped = [one for one in failed if works(posted, f"{one.step}-cookie")]
    first = helped[0] if helped else ways(posted)[0]
    reason = "not-stored-without-session" if first.taken else "refused-without-session"
    expect(not helped, reason, expected="stored without a cookie", got=f"{first.got}, stored with one", at=first.at)
    control_works(posted, *(f"{one.step}{again}" for one in ways(posted) for again in ("", "-again")))
    by_status_only(posted)


@checks("CLOUD-RECV-13")
def test_an_answer_comes_at_once(posted: Reception) -> None:
    """A postback is answered at once, before anything is done that takes time."""
    late = [one for one in ways(posted) if one.exchange.error == "timeout"]
    if not late:
        control_known(ways(posted))
    remark("no-answer-in-time", unless=not late, got=late and late[0].got, at=late[0].at if late else "")


@checks("CLOUD-RECV-15")
def test_the_address_is_public(posted: Reception) -> None:
    """The address that the sender is told has a public host and port 80 or 443."""
    url = str(posted.case["public_url"])
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if is_loopback(host):
        remark("on-this-machine", got=f"{host}; set [receiver] public-url to the address that SCORM Cloud is told")
        return
    expect(is_public(host), "private-host", expected="a public host name", got=host)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    expect(port in (80, 443), "odd-port", expected="port 80 or 443", got=port)


def is_public(host: str) -> bool:
    """Whether a host looks public, as far as its name tells; no name server is asked."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(INSIDE)
