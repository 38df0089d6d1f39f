"""How registrations come to be, what they are called, how they go (SCORM Cloud "Registration Service" V1)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Story
from suites.cloud_v1.rules import control_ok, refused, succeeded
from suites.cloud_v1.rules_registration import exists, learnt, lists, passes, report, sent


@checks("CLOUD-REG-01")
def test_a_registration_is_created(created: Story) -> None:
    """createRegistration with the five required arguments succeeds, and the registration is there."""
    control_ok(created["twin"], "a signed call is let in")
    succeeded(created["create"])
    called = created["exists"]
    expect(exists(called), "not-there", expected="true", got=called.got, at=called.at)


@checks("CLOUD-REG-02")
def test_a_course_that_is_not_there_has_no_registrations(courseless: Story) -> None:
    """createRegistration for an unknown course fails with 1."""
    control_ok(courseless["twin"], "a registration for a course that is there is created")
    refused(courseless["create"], 1)


@checks("CLOUD-REG-03")
def test_a_regid_is_used_once(created_twice: Story) -> None:
    """createRegistration for an existing regid fails with 2, and the registration stays as it was."""
    control_ok(created_twice["twin"], "the first registration is created")
    called = created_twice["detail"]
    who = tuple(called.rsp.text(f"registration/{name}") for name in ("learnerFirstName", "learnerLastName"))
    if called.is_ok:
        expect(who == ("Ada", "Byron"), "changed", expected=("Ada", "Byron"), got=who, at=called.at)
    refused(created_twice["again"], 2)


@checks("CLOUD-REG-04")
def test_a_login_needs_a_password(half_login: Story) -> None:
    """createRegistration with urlname and without urlpass fails with 3."""
    control_ok(half_login["twin"], "a registration with login and password is created")
    refused(half_login["create"], 3)


@checks("CLOUD-REG-05")
def test_a_learner_has_any_number_of_registrations(two_of_one: Story) -> None:
    """Two registrations of one learner stand side by side."""
    control_ok(two_of_one["twin"], "the first registration is created")
    succeeded(two_of_one["create"])
    for step in ("first-exists", "second-exists"):
        called = two_of_one[step]
        expect(exists(called), "gone", expected="true", got=called.got, at=called.at)


@checks("CLOUD-REG-06")
def test_ids_come_back_unchanged(odd_ids: Story) -> None:
    """Ids of up to 255 characters are taken and come back unchanged."""
    control_ok(odd_ids["twin"], "a registration with a plain id is created")
    called, detail, result = odd_ids["create"], odd_ids["detail"], odd_ids["result"]
    if odd_ids.case.get("may") and called.failed:
        remark("characters-refused", got=called.got, at=called.at)
        return
    succeeded(called)
    regid, learner = sent(called, "regid"), sent(called, "learnerid")
    for told in (detail, result):
        expect(told.is_ok, "not-found", expected="the registration", got=told.got, at=told.at)
    found = detail.rsp.find("registration")
    got = found.get("id") if found is not None else None
    expect(got == regid, "other-id", expected=regid, got=got, at=detail.at)
    for name, wanted in (("registrationId", regid), ("learnerId", learner)):
        text = detail.rsp.text(f"registration/{name}")
        expect(text == wanted, "other-id", expected=wanted, got=text, at=detail.at)
    expect(report(result).regid == regid, "other-id", expected=regid, got=report(result).regid, at=result.at)


@checks("CLOUD-REG-07")
def test_an_id_that_is_too_long_is_refused(long_ids: Story) -> None:
    """An id of 256 characters is refused."""
    control_ok(long_ids["twin"], "an id of 255 characters is taken")
    refused(long_ids["longer"])


@checks("CLOUD-REG-08")
def test_postbacks_are_forms_in_format_course_unless_said(posting_defaults: Story) -> None:
    """A registration with a postback URL alone has the authtype form and the results format course."""
    control_ok(posting_defaults["twin"], "a registration with a postback URL is created")
    called = posting_defaults["twin-info"]
    control_ok(called, "its postback settings are told")
    for name, wanted in (("authtype", "form"), ("resultsformat", "course")):
        text = called.rsp.text(f"postbackinfo/{name}")
        expect(text == wanted, f"other-{name}", expected=wanted, got=text, at=called.at)


@checks("CLOUD-REG-09")
def test_the_results_format_xml_means_course(posting_defaults: Story) -> None:
    """createRegistration takes resultsformat=xml and treats it as course."""
    control_ok(posting_defaults["twin"], "a registration with a postback URL is created")
    succeeded(posting_defaults["create"])
    called = posting_defaults["info"]
    text = called.rsp.text("postbackinfo/resultsformat")
    wrong = text in ("activity", "full")
    expect(not wrong, "other-resultsformat", expected="course", got=text, at=called.at)
    remark("echoes-xml", unless=text != "xml", got=text, at=called.at)


@checks("CLOUD-REG-20")
def test_a_deleted_registration_is_gone(deleted: Story) -> None:
    """After deleteRegistration a registration neither exists nor is listed; others are."""
    regid = sent(deleted["delete"], "regid")
    control(exists(deleted["before"]), "the registration exists before")
    control(lists(deleted["list-before"], regid), "it is listed before")
    control_ok(deleted["delete"], "it may be deleted")
    for step, wanted in (("exists", False), ("kept-exists", True)):
        called = deleted[step]
        control(called.is_ok, "exists is answered")
        reason = "other-deleted" if wanted else "still-there"
        expect(exists(called) is wanted, reason, expected=wanted, got=called.got, at=called.at)
    listed = deleted["list"]
    control_ok(listed, "a list is told")
    expect(not lists(listed, regid), "still-listed", expected="not in the list", got=regid, at=listed.at)


@checks("CLOUD-REG-21")
def test_an_application_may_forbid_deletion(undeletable: Story) -> None:
    """Where the application forbids it neither a registration nor a course is deleted by a call."""
    control_ok(undeletable["twin"], "another application deletes")
    control_ok(undeletable["create-kept"], "a registration is created in the application that forbids it")
    refused(undeletable["delete"])
    called = undeletable["exists"]
    expect(exists(called), "deleted", expected="true", got=called.got, at=called.at)
    refused(undeletable["delete-course"])
    course = undeletable["course-exists"]
    expect(exists(course), "deleted", expected="true", got=course.got, at=course.at)


@checks("CLOUD-REG-23")
def test_postback_settings_are_changed_and_told(changed_hook: Story) -> None:
    """updatePostbackInfo takes url, name and password; getPostbackInfo tells the name as login."""
    control_ok(changed_hook["before"], "postback settings are told")
    succeeded(changed_hook["update"])
    update, info = changed_hook["update"], changed_hook["info"]
    for name, wanted in (("url", sent(update, "url")), ("login", sent(update, "name"))):
        text = info.rsp.text(f"postbackinfo/{name}")
        expect(text is not None, f"no-{name}", expected=name, got=info.got, at=info.at)
        expect(text == wanted, f"other-{name}", expected=wanted, got=text, at=info.at)


@checks("CLOUD-REG-24")
def test_postbacks_end_when_they_are_deleted(unhooked: Story) -> None:
    """After deletePostbackInfo no result that is new is posted."""
    learnt(unhooked, "begun", "passed")
    control(unhooked.postbacks, "a postback comes before")
    control_ok(unhooked["delete"], "postback settings are deleted")
    passes(unhooked, "result")
    late = [posted for posted in unhooked.postbacks if posted.report.success == "passed"]
    got = late[0].xml if late else ""
    expect(not late, "posted", expected="no postback", got=got, at=late[0].at if late else "")
