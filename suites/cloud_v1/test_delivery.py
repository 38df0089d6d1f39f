"""When a postback counts as delivered, when it is tried again, and when no more ("Registration Postbacks" V1)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Story
from suites.cloud_v1.rules import control_ok
from suites.cloud_v1.rules_postback import came, differ, gaps, has_login, is_basic, is_form, learnt, middle, sent, tries
from suites.cloud_v1.scenarios_postback import FAILED, MOST_TRIES, NAME, QUERY, TAKEN

MANY = 20
FEW = 3
"""How often a postback may come that was delivered: more often than once is allowed, a series of tries is none."""

SERIES = ("error", "hung-up")
SHORTEST, LONGEST = 0.9, 910.0  # seconds between arrivals: the way to us takes time as well


@checks("CLOUD-POSTBACK-08")
def test_a_redirect_is_not_followed(postback_redirected: Story) -> None:
    """A redirect that a receiver answers leads nowhere."""
    came(postback_redirected, "here")
    away = [postback.at for postback in postback_redirected.posted("elsewhere")]
    expect(not away, "followed", expected="no request to the other address", got=away, at=", ".join(away))


@checks("CLOUD-POSTBACK-08")
def test_what_is_no_error_counts_as_delivered(postback_answered: Story) -> None:
    """After a status outside of 4xx and 5xx, a redirect included, a postback is not sent again."""
    story = postback_answered
    again = [step for step in map(str, FAILED) if len(story.posted(step)) > 1]
    control(again, "a postback that failed is sent again in the same time")
    for step in map(str, TAKEN):
        found = story.posted(step)
        control(found, f"a postback comes that is answered {step}")
        got, at = len(found), found[-1].at
        expect(got <= FEW, "retried", expected=f"no retry after {step}", got=f"{got} postbacks", at=at)


@checks("CLOUD-POSTBACK-09")
def test_a_failed_postback_is_tried_again(postback_answered: Story) -> None:
    """After 4xx, 5xx, a closed connection and a refused one the postback is sent again within 15 minutes."""
    story = postback_answered
    control(came(story, "200"), "a postback comes at all")
    learnt(story)
    for step in (*map(str, FAILED), "hung-up"):
        found = story.posted(step)
        control(found, f"a postback comes that fails with {step}")
        got = len(found)
        expect(got > 1, "not-retried", expected=f"another postback after {step}", got=f"{got} in all", at=found[-1].at)
    if "create-refused" in story:
        expect(
            story.posted("refused"), "not-retried", expected="a postback once the receiver is there", got="none",
            at=story["create-refused"].at,
        )  # fmt: skip


@checks("CLOUD-POSTBACK-10")
def test_tries_come_to_an_end(postback_given_up: Story) -> None:
    """A postback that always fails is sent at most 71 times: once, and 70 times again."""
    for step in SERIES:
        found = postback_given_up.posted(step)
        control(len(found) > 1, "a failed postback is sent again")
        got = len(found)
        expect(got <= MOST_TRIES, "too-many", expected=f"at most {MOST_TRIES} postbacks", got=got, at=found[-1].at)
        remark("fewer-tries", unless=got == MOST_TRIES, got=got, at=found[-1].at)


@checks("CLOUD-POSTBACK-11")
def test_gaps_are_neither_too_short_nor_too_long(postback_given_up: Story) -> None:
    """Between two tries there are at least 1 second and at most 15 minutes."""
    for step in SERIES:
        found, spans = postback_given_up.posted(step), tries(postback_given_up, step)
        control(len(spans) > 1, "a failed postback is sent again")
        for number, (least, most) in enumerate(gaps(spans)):
            at = found[number + 1].at
            expect(most >= SHORTEST, "too-soon", expected="a gap of 1 s or more", got=f"at most {most:.2f} s", at=at)
            expect(
                least <= LONGEST, "too-late", expected="a gap of 900 s or less", got=f"at least {least:.0f} s", at=at
            )


@checks("CLOUD-POSTBACK-11")
def test_gaps_grow(postback_given_up: Story) -> None:
    """The gaps between tries grow: the last ones are clearly longer than the first ones."""
    for step in SERIES:
        spans = tries(postback_given_up, step)
        control(len(spans) > MANY, f"a failed postback is sent more than {MANY} times")
        found, at = gaps(spans), postback_given_up.posted(step)[-1].at
        early, late = middle(found[:5]), middle(found[-5:])
        wanted = "last gaps longer than the first"
        expect(late > 1.5 * early, "not-growing", expected=wanted, got=f"{early:.1f} s, then {late:.1f} s", at=at)


@checks("CLOUD-POSTBACK-11")
def test_gaps_have_jitter(postback_given_up: Story) -> None:
    """Two postbacks that fail alike are not tried again by one schedule."""
    ours, theirs = (tries(postback_given_up, step) for step in SERIES)
    control(min(len(ours), len(theirs)) > MANY, f"failed postbacks are sent more than {MANY} times")
    at = postback_given_up.posted(SERIES[0])[-1].at
    expect(differ(ours, theirs), "no-jitter", expected="two schedules", got="the same gaps", at=at)


@checks("CLOUD-POSTBACK-12")
def test_a_test_postback_is_sent_once(postback_tested: Story) -> None:
    """testRegistrationPostUrl posts once, and succeeds when the receiver takes it."""
    called, found = postback_tested["tested"], postback_tested.posted("")
    control(found or called.is_ok, "testRegistrationPostUrl is taken")
    expect(found, "not-posted", expected="one postback", got="none", at=called.at)
    expect(len(found) == 1, "several", expected="one postback", got=len(found), at=found[-1].at)
    expect(called.is_ok, "refused", expected='stat="ok"', got=called.got, at=called.at)
    query = f"?{found[0].exchange.request.query}"
    remark("query-lost", unless=query == QUERY, got=query, at=found[0].at, warn=True)


@checks("CLOUD-POSTBACK-12")
def test_a_test_postback_that_fails_tells_why(postback_test_failed: Story) -> None:
    """The answer about a test postback that was not delivered says fail, and gives a reason."""
    story = postback_test_failed
    control_ok(story["taken"], "a test postback that is taken succeeds")
    for step in ("error", "hung-up"):
        called = story[step]
        control(story.posted(step), "the test postback comes")
        expect(called.failed, "accepted", expected='stat="fail"', got=called.got, at=called.at)
        message = called.rsp.message.strip()
        expect(message, "no-reason", expected="a reason in msg", got=called.got, at=called.at)
    same = story["error"].rsp.message == story["hung-up"].rsp.message
    remark("same-reason", unless=not same, got=story["error"].rsp.message, at=story["error"].at)


@checks("CLOUD-POSTBACK-12")
def test_a_test_postback_is_never_sent_again(postback_answered: Story) -> None:
    """A test postback that failed does not come again, however long one waits."""
    again = [step for step in map(str, FAILED) if len(postback_answered.posted(step)) > 1]
    control(again, "a postback that is no test and failed is sent again in the same time")
    found = postback_answered.posted("test")
    control(found, "the test postback comes")
    expect(len(found) == 1, "retried", expected="one postback", got=len(found), at=found[-1].at)


@checks("CLOUD-POSTBACK-13")
def test_a_test_postback_is_sent_as_asked(postback_tested: Story) -> None:
    """A test postback has the authentication and the format that the call gives."""
    story, called = postback_tested, postback_tested["tested"]
    postback, wanted = came(story), str(story.case.get("resultsformat", "course"))
    password = sent(story, "tested", "urlpass")
    if story.case.get("authtype") == "httpbasic":
        is_basic(postback, NAME, password)
    else:
        is_form(postback)
    if story.case.get("authtype") == "form":
        has_login(postback, NAME, password)
    got = postback.report.format
    expect(got == wanted, "wrong-format", expected=wanted, got=got, at=called.at)


@checks("CLOUD-POSTBACK-16")
def test_a_receiver_that_is_down_delays_nobody_else(postback_beside: Story) -> None:
    """While one receiver does not answer, another gets its postback."""
    story = postback_beside
    down, released = came(story, "down"), story.event("released")
    learnt(story, "up")
    control(released is not None, "the receiver that does not answer is released at the end")
    before = [postback for postback in story.posted("up") if released and postback.exchange.seq < released.seq]
    expect(before, "delayed", expected="a postback to the other receiver", got="none meanwhile", at=down.at)


@checks("CLOUD-POSTBACK-17")
def test_pending_postbacks_survive_a_restart(postback_restarted: Story) -> None:
    """A postback that was to be tried again is tried again after a restart."""
    story = postback_restarted
    tried, restarted = story.event("tried"), story.event("restarted")
    control(tried and tried.facts["count"] == 1, "a postback comes once before the restart")
    control(restarted and restarted.facts["status"] == "succeeded", "the server is restarted")
    got = len(story.posted(""))
    expect(got > 1, "lost", expected="another postback after the restart", got=f"{got} in all", at=came(story).at)
