"""The upload service: token, file, list, delete (observed in client libraries)."""

from __future__ import annotations

import re

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Called, Story
from suites.cloud_v1.rules import answered, control_ok, succeeded
from suites.cloud_v1.rules_access import NOT_REACHED, SECURITY

FIGURES = ("percent_complete", "bytes_read", "content_length")


@checks("CLOUD-UPLOAD-01")
def test_a_file_is_taken_listed_and_deleted(uploaded: Story) -> None:
    """A file is taken for a token, has a location of two segments, is listed, and is gone when it was deleted."""
    control_ok(uploaded["twin"], "a signed call succeeds")
    token, sent, deleted = uploaded["token"], uploaded["upload"], uploaded["delete"]
    succeeded(token)
    expect(token.rsp.text("token/id"), "no-token", expected="token/id", got=token.got, at=token.at)
    succeeded(sent)
    location = sent.rsp.text("location") or ""
    expect(location, "no-location", expected="location", got=sent.got, at=sent.at)
    expect(location.count("/") == 1 and all(location.split("/")), "other-location", expected="domain/file",
           got=location, at=sent.at)  # fmt: skip
    name = location.rpartition("/")[2]
    for called in (uploaded["listed"], deleted, uploaded["left"]):
        succeeded(called)
    listed, left = _names(uploaded["listed"]), _names(uploaded["left"])
    expect(name in listed, "not-listed", expected=name, got=listed, at=uploaded["listed"].at)
    told = {result.get("file"): result.get("deleted") for result in deleted.rsp.all("results/result")}
    expect(told.get(name) == "true", "no-result", expected=f"{name} deleted=true", got=told, at=deleted.at)
    expect(name not in left, "not-deleted", expected=f"not {name}", got=left, at=uploaded["left"].at)


def _names(called: Called) -> list[str | None]:
    return [file.get("name") for file in called.rsp.all("dir/file")]


@checks("CLOUD-UPLOAD-02")
def test_the_token_may_be_called_token(uploaded: Story, uploaded_by_tokenid: Story) -> None:
    """uploadFile takes its token under the name token."""
    control(uploaded_by_tokenid["upload"].rsp.text("location"), "a file is taken for tokenid")
    _taken(uploaded["upload"])


@checks("CLOUD-UPLOAD-02")
def test_the_token_may_be_called_tokenid(uploaded_by_tokenid: Story, uploaded: Story) -> None:
    """uploadFile takes its token under the name tokenid."""
    control(uploaded["upload"].rsp.text("location"), "a file is taken for token")
    _taken(uploaded_by_tokenid["upload"])


def _taken(called: Called) -> None:
    succeeded(called)
    expect(called.rsp.text("location"), "not-taken", expected="location", got=called.got, at=called.at)


@checks("CLOUD-UPLOAD-03")
def test_an_unknown_token_takes_no_file(uploaded_without_right: Story, uploaded: Story) -> None:
    """uploadFile fails for a token that was not given out, with whatever code."""
    control(uploaded["upload"].rsp.text("location"), "a file is taken for a token that was given out")
    called = uploaded_without_right["upload"]
    location = called.rsp.text("location")
    expect(not location, "taken", expected="a failure", got=called.got, at=called.at)
    expect(not called.is_ok, "accepted", expected="a failure", got=called.got, at=called.at)


@checks("CLOUD-UPLOAD-04")
def test_progress_is_empty_before_and_whole_after(uploaded: Story) -> None:
    """getUploadProgress answers empty before the upload, and an id and three numbers above zero after it."""
    control(uploaded["upload"].rsp.text("location"), "a file is taken")
    before, after = uploaded["before"], uploaded["after"]
    for called in (before, after):
        answered(called)
    expect(before.rsp.find("empty") is not None, "not-empty", expected="<empty />", got=before.got, at=before.at)
    found = after.rsp.find("upload_progress")
    expect(found is not None, "no-progress", expected="upload_progress", got=after.got, at=after.at)
    upload = after.rsp.text("upload_progress/upload_id")
    expect(upload, "no-upload_id", expected="upload_id", got=after.got, at=after.at)
    for name in FIGURES:
        text = after.rsp.text(f"upload_progress/{name}") or ""
        above = re.fullmatch("[0-9]+", text) and int(text[:18])
        expect(above, f"no-{name}", expected="a number above 0", got=after.got, at=after.at)


@checks("CLOUD-UPLOAD-05")
def test_an_unknown_file_may_be_called_deleted(deleted_unknown_file: Story) -> None:
    """deleteFiles may say deleted=true of a file that is not there; what else it says is noted."""
    called = deleted_unknown_file["delete"]
    control(called.rsp.stat in ("ok", "fail"), "deleteFiles is answered")
    control(called.code not in (*SECURITY, *NOT_REACHED), "deleteFiles is served")
    told = [result.get("deleted") for result in called.rsp.all("results/result")]
    remark("told-apart", unless=told == ["true"], got=called.got, at=called.at)
