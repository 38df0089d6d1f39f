"""What a receiver does with what it cannot store, and afterwards ("Registration Postbacks" V1, retries)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.receiver_records import Reception
from suites.results_receiver.rules import by_status_only, control_works, moved, stored, storm, survived, usable
from suites.results_receiver.scenarios_troubles import UNKNOWN


@checks("CLOUD-RECV-10")
def test_an_unknown_registration_is_refused_for_good_or_noted(strangers: Reception) -> None:
    """A postback of an unknown registration is answered by 2xx or one fixed 4xx, and no record is made of it."""
    control_works(strangers, "known")
    sent = [strangers[step] for step in UNKNOWN]
    for one in sent:
        survived(one)
    statuses = [one.status for one in sent]
    steady = len(set(statuses)) == 1 and (sent[0].taken or sent[0].refused)
    expect(steady, "status-not-fixed", expected="2xx or one 4xx", got=statuses, at=sent[-1].at)
    shown = usable(strangers, sent[-1].step)
    made = shown is not None and not shown.probed.unknown and moved(strangers, sent[-1].step)
    expect(not made, "record-made", expected="no record", got=shown and shown.got, at=sent[-1].at)
    remark("sent-again", unless=sent[0].taken, got=storm(sent[0]), at=sent[0].at)
    by_status_only(strangers)


@checks("CLOUD-RECV-10")
def test_ids_are_compared_exactly(strangers: Reception) -> None:
    """A postback whose id differs from a known one in case does not change what is stored of that one."""
    control_works(strangers, "known")
    if not strangers.case["probe"]:
        by_status_only(strangers)
        return
    control("other-case" in strangers, "the id in the other case is not known")
    known, shown = usable(strangers, "known"), usable(strangers, "other-case")
    same = known is not None and shown is not None and known.probed.state == shown.probed.state
    got, at = (shown.got, shown.at) if shown else ("", "")
    expect(same, "other-record-changed", expected=known and known.got, got=got, at=at)


@checks("CLOUD-RECV-12")
def test_what_failed_is_stored_when_it_comes_again(recovered: Reception) -> None:
    """The first postback that gets through after a failure is taken and stored."""
    control_works(recovered, "twin")
    again = ["whole"]
    if "up" in recovered and recovered["down-1"].status >= 500 and not stored(recovered, "down-2"):
        again.append("up")
    if "enrolled" in recovered and recovered["early"].refused:
        again.append("enrolled")
    for step in again:
        one = recovered[step]
        expect(one.taken, "retry-refused", expected="2xx", got=one.got, at=one.at)
        shown = usable(recovered, step)
        is_stored = stored(recovered, step)
        got = shown.got if shown else one.got
        expect(is_stored, "retry-not-stored", expected=str(one.sent), got=got, at=one.at)
    by_status_only(recovered)


@checks("CLOUD-RECV-16")
def test_a_refresh_makes_up_for_lost_postbacks(refreshed: Reception, posted: Reception) -> None:
    """After all postbacks were lost, a refresh leaves what a postback would have left."""
    control_works(posted, *posted.case["auth_types"])
    told = refreshed.event("stimulus", "refresh")
    control(told is not None and told.facts["status"] == "succeeded", "the refresh succeeded")
    shown = usable(refreshed, "refresh")
    got, at = (shown.got, shown.at) if shown else ("", "")
    expect(moved(refreshed, "refresh"), "not-refreshed", expected="the result of the API", got=got, at=at)
    twin = next(posted.probe(way) for way in posted.case["auth_types"] if posted.probe(way))
    same = twin is not None and shown is not None and twin.probed.state == shown.probed.state
    expect(same, "refresh-differs", expected=twin and twin.got, got=got, at=at)
