"""What is posted, to where and how ("Registration Postbacks" V1, "Registration Service" V1)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Story
from suites.cloud_v1.rules import control_ok
from suites.cloud_v1.rules_postback import came, has_login, is_basic, is_form, learnt, sent, shape
from suites.cloud_v1.rules_registration import report as report_of
from suites.cloud_v1.scenarios_postback import NAME, QUERY


@checks("CLOUD-POSTBACK-01")
def test_every_change_is_posted(posted_at_changes: Story) -> None:
    """Each change of a registration is posted to the configured URL, with the query that the URL has."""
    story = posted_at_changes
    control_ok(story["create"], "the registration is created")
    learnt(story)
    seen = [postback.report.complete for postback in story.posted("")]
    for complete in ("incomplete", "complete"):
        at = story.posted("")[-1].at if story.posted("") else story["create"].at
        expect(complete in seen, "change-not-posted", expected=f"a postback that says {complete}", got=seen, at=at)
    for postback in story.posted(""):
        query = f"?{postback.exchange.request.query}"
        expect(query == QUERY, "query-lost", expected=QUERY, got=query, at=postback.at)


@checks("CLOUD-POSTBACK-02")
def test_a_form_carries_data_and_login(posted: Story) -> None:
    """A form postback is urlencoded and carries data, username and password."""
    postback = came(posted)
    is_form(postback)
    has_login(postback, NAME, sent(posted, "create", "urlpass"))


@checks("CLOUD-POSTBACK-03")
def test_a_form_without_login_carries_data_alone(posted: Story) -> None:
    """Without a login a form postback carries data and nothing else."""
    postback = came(posted)
    is_form(postback)
    names = list(postback.form.names)
    expect(names == ["data"], "extra-fields", expected=["data"], got=names, at=postback.at)


@checks("CLOUD-POSTBACK-04")
def test_basic_authentication_takes_the_xml_as_body(posted: Story) -> None:
    """An httpbasic postback is text/xml, its body the XML, its login in a Basic header."""
    postback = came(posted)
    is_basic(postback, NAME, sent(posted, "create", "urlpass"))


@checks("CLOUD-POSTBACK-05")
def test_a_postback_says_what_the_api_says(posted: Story) -> None:
    """The posted report is the one that getRegistrationResult gives in the same format."""
    postback = came(posted)
    report, asked = postback.report, posted["result"].rsp.find("registrationreport")
    control(asked is not None, "getRegistrationResult gives a report")
    settled = report_of(posted.all("settled")[-1]).success if posted.all("settled") else ""
    control(settled == "passed" or report.success != "passed", "what was posted shows in getRegistrationResult")
    control(report.format == asked.get("format"), "the report is posted in the format that is asked for")
    expect(report.element is not None, "no-report", expected="a report", got=postback.xml[:120], at=postback.at)
    ours, theirs = shape(report.element), shape(asked)
    got = (report.complete, report.success, report.totaltime, report.score)
    expect(ours == theirs, "other-result", expected=posted["result"].got, got=got, at=postback.at)


@checks("CLOUD-POSTBACK-06")
def test_data_begins_with_the_report(posted: Story) -> None:
    """What is posted begins with the element registrationreport, no envelope and no declaration before it."""
    postback = came(posted)
    expect(
        postback.report.begins_bare, "not-bare", expected="<registrationreport ...", got=postback.xml[:80],
        at=postback.at,
    )  # fmt: skip


@checks("CLOUD-POSTBACK-07")
def test_results_are_posted_in_the_format_that_is_set(posted: Story) -> None:
    """The report has the format course, activity or full that was set; course when none was."""
    postback, wanted = came(posted), str(posted.case.get("resultsformat", "course"))
    got = postback.report.format
    expect(got == wanted, "wrong-format", expected=wanted, got=got, at=postback.at)
    nested = postback.report.element is not None and postback.report.element.find("activity") is not None
    expect(nested == (wanted != "course"), "wrong-format", expected=wanted, got=postback.xml[:200], at=postback.at)


@checks("CLOUD-POSTBACK-14")
def test_changed_settings_hold_for_later_postbacks(postback_moved: Story) -> None:
    """After updatePostbackInfo results go to the new URL, with the new login and in the new format."""
    story = postback_moved
    control_ok(story["update"], "updatePostbackInfo succeeds")
    came(story, "old", "incomplete")
    learnt(story, "passes")
    late = [postback for postback in story.posted("old") if postback.report.complete == "complete"]
    at = late[0].at if late else ""
    expect(not late, "old-url", expected="later results at the new URL", got="the old one", at=at)
    new = story.posted("new")
    expect(new, "not-posted", expected="a postback to the new URL", got="none", at=story["update"].at)
    got = new[-1].report.format
    expect(got == "full", "old-format", expected="full", got=got, at=new[-1].at)
    is_basic(new[-1], NAME, sent(story, "update", "password"))


@checks("CLOUD-POSTBACK-15")
def test_an_invitation_hands_down_a_copy(postback_invited: Story) -> None:
    """A registration has the settings of its invitation from the beginning, and its own after a change."""
    story = postback_invited
    control_ok(story["invitation"], "createInvitation succeeds")
    learnt(story, "first")
    first = story.posted("invitation")
    expect(first, "not-copied", expected="a postback as the invitation says", got="none", at=story["invitation"].at)
    control("update" in story and story["update"].is_ok, "updatePostbackInfo succeeds")
    learnt(story, "again")
    own, regid = story.posted("own"), first[0].report.regid
    expect(own, "change-ignored", expected="a postback to the changed URL", got="none", at=story["update"].at)
    learnt(story, "second")
    others = [postback for postback in (*own, *first) if postback.report.regid != regid]
    expect(others, "not-copied", expected="a postback about the second learner", got="none", at=first[0].at)
    astray = [postback.at for postback in own if postback.report.regid != regid]
    expect(not astray, "shared", expected="no other registration at this URL", got=astray, at=", ".join(astray))


@checks("CLOUD-POSTBACK-15")
def test_a_dispatch_keeps_its_settings(postback_dispatched: Story) -> None:
    """A registration uses the settings of its dispatch as they stand: a change acts on it at once."""
    story = postback_dispatched
    control("dispatch" in story and story["dispatch"].is_ok, "createDispatch succeeds")
    learnt(story, "first")
    old = story.posted("old")
    expect(old, "not-posted", expected="a postback as the dispatch says", got="none", at=story["dispatch"].at)
    control("update" in story and story["update"].is_ok, "updateDispatches succeeds")
    learnt(story, "again")
    late = [postback for postback in old if postback.report.complete == "complete"]
    at = late[0].at if late else ""
    expect(not late, "not-live", expected="later results at the new URL", got="the old one", at=at)
    expect(story.posted("new"), "not-live", expected="a postback to the new URL", got="none", at=story["update"].at)


@checks("CLOUD-POSTBACK-18")
def test_order_and_number_of_deliveries_are_free(posted_at_changes: Story) -> None:
    """A postback may come twice, and an older one may come after a newer one."""
    came(posted_at_changes)
    postbacks = posted_at_changes.posted("")
    bodies = [postback.xml for postback in postbacks]
    remark(
        "delivered-twice", unless=len(set(bodies)) == len(bodies), got=f"{len(bodies)} postbacks", at=postbacks[-1].at
    )
    seen = [postback.report.complete for postback in postbacks]
    remark(
        "older-after-newer", unless="complete" not in seen[:-1] or seen[-1] == "complete", got=seen, at=postbacks[-1].at
    )
