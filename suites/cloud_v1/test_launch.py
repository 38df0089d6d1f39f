"""What a launch link does, and what comes of a launch (SCORM Cloud "LMS Integration" V1)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Called, Story
from suites.cloud_v1.rules import control_ok, with_code
from suites.cloud_v1.rules_registration import exists, last, launches, learnt, no_player, passes, report


def _leads(called: Called, what: str) -> None:
    control(called.location, f"{what} leads to the player")


@checks("CLOUD-LAUNCH-01")
def test_a_launch_redirects_to_the_player(opened: Story) -> None:
    """registration.launch answers 302 with a Location."""
    control(exists(opened["exists"]), "the registration exists")
    called = opened["launch"]
    redirects = called.status in (301, 302, 303, 307, 308)
    expect(redirects, "no-redirect", expected="302", got=called.got, at=called.at)
    expect(called.location, "no-location", expected="a Location", got=called.got, at=called.at)
    expect(called.status == 302, "not-302", expected=302, got=called.status, at=called.at)


@checks("CLOUD-LAUNCH-02")
def test_an_old_launch_link_is_refused(stale_link: Story) -> None:
    """A launch link that is more than 15 minutes old fails with 107."""
    _leads(stale_link["twin"], "a fresh link")
    called = stale_link["stale"]
    no_player(called, stale_link["twin"])
    if called.failed:
        with_code(called, (107,))
    else:
        remark("no-envelope", got=called.got, at=called.at)


@checks("CLOUD-LAUNCH-03")
def test_the_exit_leads_to_redirecturl(left_by_exit: Story) -> None:
    """A learner who leaves the course by its exit is sent to redirecturl."""
    learnt(left_by_exit, "exit")
    passes(left_by_exit, "exit-result")
    back = left_by_exit.returns
    expect(
        back, "no-return", expected="the browser at redirecturl", got="nobody", at=last(left_by_exit, "exit-result").at
    )


@checks("CLOUD-LAUNCH-04")
def test_a_closed_window_saves_and_leads_nowhere(window_closed: Story) -> None:
    """A learner who closes the window has their state saved and does not come to redirecturl."""
    learnt(window_closed, "exit", "closed")
    passes(window_closed, "exit-result")
    called = last(window_closed, "closed-result")
    success = report(called).success
    expect(success == "passed", "not-saved", expected="passed", got=called.got, at=called.at)
    back = [found for found in window_closed.returns if found.step == "closed"]
    where = back[0].url if back else ""
    expect(not back, "returned", expected="nobody", got=where, at=f"{back[0].id} request" if back else "")


@checks("CLOUD-LAUNCH-05")
def test_a_word_stands_for_a_page(words: Story) -> None:
    """A launch takes closer, blank and message as redirecturl."""
    _leads(words["twin"], "a launch without redirecturl")
    called = words["word"]
    expect(called.location, "refused", expected="a redirect to the player", got=called.got, at=called.at)


def _tags(called: Called) -> list[str]:
    return [(tag.text or "").strip() for tag in called.rsp.all("tags/tag")]


def _tagged(story: Story, step: str, parameter: str) -> None:
    called = story[step]
    control_ok(called, f"tags are told ({step})")
    sent = dict(story["launch-small" if step.startswith("small") else "launch"].params)
    expect(sent[parameter] in _tags(called), "no-tag", expected=sent[parameter], got=_tags(called), at=called.at)


@checks("CLOUD-LAUNCH-06")
def test_a_launch_adds_tags(tagged: Story) -> None:
    """The tags that a launch names are added to course, learner and registration."""
    _leads(tagged["launch"], "a launch with tags")
    for kind in ("Course", "Learner", "Registration"):
        _tagged(tagged, f"mixed-{kind}", f"{kind.lower()}Tags")


@checks("CLOUD-LAUNCH-07")
def test_a_launch_takes_the_names_of_tags_in_lower_case(tagged: Story) -> None:
    """The tags of a launch are taken under the names coursetags and learnertags, too."""
    _leads(tagged["launch-small"], "a launch with tags")
    mixed = dict(tagged["launch"].params)
    for kind in ("Course", "Learner"):
        control(mixed[f"{kind.lower()}Tags"] in _tags(tagged[f"mixed-{kind}"]), "a launch adds tags")
        _tagged(tagged, f"small-{kind}", f"{kind.lower()}tags")


@checks("CLOUD-LAUNCH-08")
def test_an_untracked_launch_changes_no_result(untracked: Story) -> None:
    """A launch with disableTracking=true leaves the results as they are."""
    learnt(untracked, "tracked", "untracked")
    passes(untracked, "tracked-result")
    before, called = report(untracked["untracked-before"]), last(untracked, "untracked-result")
    control(before.element is not None and called.is_ok, "results are told")
    found = report(called)
    wanted, got = (before.complete, before.success, before.score), (found.complete, found.success, found.score)
    expect(got == wanted, "tracked", expected=wanted, got=got, at=called.at)


@checks("CLOUD-LAUNCH-09")
def test_nobody_cannot_be_launched(stray_link: Story) -> None:
    """A launch for an unknown regid fails and does not lead to the player."""
    _leads(stray_link["twin"], "a link for a registration that is there")
    called = stray_link["stray"]
    no_player(called, stray_link["twin"])
    remark("no-envelope", unless=called.failed, got=called.got, at=called.at)


@checks("CLOUD-REG-25")
def test_each_launch_is_listed_and_can_be_looked_up(history: Story) -> None:
    """getLaunchHistory lists launches under ids that getLaunchInfo takes."""
    learnt(history, "one", "two")
    passes(history, "result")
    called = history["two-history"]
    expect(launches(called), "no-launch", expected="a launch", got=called.got, at=called.at)
    for number, launch in enumerate(launches(called)):
        expect(launch.get("id"), "no-id", expected="an id", got=called.got, at=called.at)
        info = history[f"info-{number}"]
        expect(info.is_ok, "unusable-id", expected="the launch", got=info.got, at=info.at)
        found = info.rsp.find("launch")
        got = found.get("id") if found is not None else None
        expect(got == launch.get("id"), "other-launch", expected=launch.get("id"), got=got, at=info.at)


@checks("CLOUD-LAUNCH-10")
def test_a_launch_leaves_its_traces(history: Story) -> None:
    """A launch sets the dates of first and last access and adds to the launch history."""
    learnt(history, "one", "two")
    passes(history, "result")
    detail = history["two-detail"]
    control_ok(detail, "a registration is told")
    for name in ("firstAccessDate", "lastAccessDate"):
        text = detail.rsp.text(f"registration/{name}")
        expect(text, f"no-{name}", expected="a date", got=detail.got, at=detail.at)
    counts = [len(launches(history[f"{step}-history"])) for step in ("none", "one", "two")]
    at = history["two-history"].at
    expect(counts[2] > counts[1] >= counts[0], "not-added", expected="more with each launch", got=counts, at=at)
