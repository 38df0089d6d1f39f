"""In which ways a receiver takes postbacks, and whom it believes (Registration Service V1; article 206163046)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.receiver_records import Reception
from suites.results_receiver.rules import (
    by_status_only,
    control_known,
    control_works,
    declares,
    demands_credentials,
    moved,
    stored,
    survived,
    usable,
    ways,
    works,
)
from suites.results_receiver.scenarios_trust import SUSPICIOUS


def taken_in(posted: Reception, way: str) -> None:
    """Expect that a postback in one way is taken and stored; it is the other way that shows a receiver at work."""
    declares(posted, way)
    one = posted[way]
    if not works(posted, way):
        control_works(posted, *(other.step for other in ways(posted) if other is not one))
    expect(one.taken, f"{way}-refused", expected="2xx", got=one.got, at=one.at)
    shown = usable(posted, way)
    got, at = (shown.got, shown.at) if shown else (one.got, one.at)
    expect(stored(posted, way), f"{way}-not-stored", expected=str(one.sent), got=got, at=at)
    by_status_only(posted)


@checks("CLOUD-RECV-03")
def test_forms_are_taken(posted: Reception) -> None:
    """A form with data, username and password is taken and stored."""
    taken_in(posted, "form")


@checks("CLOUD-RECV-03")
def test_other_fields_do_no_harm(reading: Reception) -> None:
    """A form with further fields, or with names of V2, causes no internal error; one that is taken is stored."""
    declares(reading, "form")
    control_works(reading, "form-course")
    survived(reading["form-other-names"])
    more = reading["form-more-fields"]
    survived(more)
    remark("more-fields-refused", unless=not more.refused, got=more.got, at=more.at)
    if more.taken:
        is_stored = stored(reading, "form-more-fields")
        expect(is_stored, "form-not-stored", expected=str(more.sent), got=more.got, at=more.at)
    by_status_only(reading)


@checks("CLOUD-RECV-04")
def test_xml_bodies_are_taken(posted: Reception) -> None:
    """A body of XML with a Basic header is taken and stored."""
    taken_in(posted, "httpbasic")


@checks("CLOUD-RECV-04")
def test_the_header_is_checked(suspicious: Reception) -> None:
    """The Basic header of a postback is checked: one of a stranger has no effect."""
    declares(suspicious, "httpbasic")
    demands_credentials(suspicious)
    control_works(suspicious, "httpbasic-right")
    one = suspicious["httpbasic-stranger"]
    expect(not moved(suspicious, one.step), "header-not-checked", expected="no effect", got=one.got, at=one.at)
    by_status_only(suspicious)


@checks("CLOUD-RECV-05")
def test_credentials_are_demanded(suspicious: Reception) -> None:
    """A postback with wrong or without credentials is refused with 4xx and has no effect."""
    demands_credentials(suspicious)
    judged = [way for way in suspicious.case["auth_types"] if works(suspicious, f"{way}-right")]
    control(judged, "a postback with the right credentials is taken and stored")
    for step in (f"{way}-{name}" for way in judged for name in SUSPICIOUS):
        one, kind = suspicious[step], "missing" if step.endswith("missing") else "wrong"
        got = one.got
        expect(not moved(suspicious, step), f"{kind}-credentials-taken", expected="no effect", got=got, at=one.at)
        expect(one.refused, "not-4xx", expected="4xx", got=got, at=one.at)
    by_status_only(suspicious)


@checks("CLOUD-RECV-17")
def test_credentials_are_not_echoed(suspicious: Reception, posted: Reception) -> None:
    """No answer repeats a password that came with the postback."""
    demands_credentials(suspicious)
    sent = (*suspicious.posted, *posted.posted)
    control_known(sent)
    for one in sent:
        expect(not one.echoed, "echoed", expected="no password in the answer", got=one.got, at=one.at)


@checks("CLOUD-RECV-17")
def test_credentials_are_not_logged(logging: Reception) -> None:
    """No password that came with a postback stands in the log."""
    demands_credentials(logging)
    control_known(logging.posted)
    looks = [event for event in logging.happened if event.name == "log"]
    control(looks and all(event.facts["readable"] for event in looks), "the log can be read")
    for event in looks:
        expect(not event.facts["shows"], "logged", expected="no password in the log", got="one", at=event.id)
