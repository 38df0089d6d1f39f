"""Where a V1 server is reached, and by which kinds of request (SCORM Cloud "Communication Format" V1)."""

from __future__ import annotations

from typing import Any

from harness.judging.expect import control, expect
from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Called, Story
from suites.cloud_v1.rules import answered, succeeded
from suites.cloud_v1.rules_access import kept_out, looked_at
from suites.cloud_v1.scenarios_endpoint import METHODS

PLACES = ("api", "engine", "doubled")
UPLOADS = frozenset({"importCourse", "importCourseAsync", "updateAssets", "uploadFile", "getManifest", "getAssets"})


def _reached(story: Story, place: str) -> None:
    """Demand as control that some other address answers, then expect that this one does."""
    others = [other for other in PLACES if other != place]
    sound = any(story[f"{other}-twin"].is_ok and story[f"{other}-flipped"].failed for other in others)
    control(sound, "the API is served at one of its other addresses")
    succeeded(story[f"{place}-twin"])


def _said(called: Called) -> tuple[Any, ...]:
    return called.status, called.rsp.stat, called.code, called.rsp.text("result")


@checks("CLOUD-EP-01")
def test_the_api_is_served_at_its_documented_path(addressed: Story) -> None:
    """A sound call to /api succeeds."""
    _reached(addressed, "api")


@checks("CLOUD-EP-02")
def test_the_api_is_served_at_the_path_of_the_client_libraries(addressed: Story) -> None:
    """A call to /EngineWebServices/api is answered as it is at /api."""
    _reached(addressed, "engine")
    control(addressed["api-twin"].is_ok, "the API is served at /api")
    for step in ("twin", "flipped", "exists", "no-such"):
        here, there = addressed[f"engine-{step}"], addressed[f"api-{step}"]
        expect(_said(here) == _said(there), "other-answer", expected=there.got, got=here.got, at=here.at)


@checks("CLOUD-EP-03")
def test_a_doubled_slash_leads_to_the_api(addressed: Story) -> None:
    """A sound call to /EngineWebServices//api succeeds."""
    _reached(addressed, "doubled")


@checks("CLOUD-EP-04")
def test_every_method_is_taken_by_get_and_by_post(verbs: Story) -> None:
    """A method answers a POST as it answers a GET."""
    looked_at(verbs)
    for method in METHODS[str(verbs.case["service"])]:
        get, post = verbs[f"get-{method}"], verbs[f"post-{method}"]
        if method in UPLOADS and not (get.rsp.stat or post.rsp.stat):
            continue
        answered(get)
        answered(post)
        same = get.rsp.stat == post.rsp.stat and (get.code == post.code or method in UPLOADS)
        expect(same, "other-answer", expected=f"{method} by POST as by GET: {get.got}", got=post.got, at=post.at)


@checks("CLOUD-EP-05", "CLOUD-EP-06", "CLOUD-EP-07")
def test_a_post_may_have_its_parameters_in_query_or_body(posted_call: Story) -> None:
    """A POST is taken with all parameters in the query and no body, whatever type it declares, or in a form body."""
    looked_at(posted_call)
    succeeded(posted_call["posted"])


@checks("CLOUD-EP-08")
def test_parameters_of_query_and_body_count_together(query_and_body: Story) -> None:
    """Parameters of query and form body are one set, and the signature is over both."""
    looked_at(query_and_body)
    succeeded(query_and_body["mixed"])
    kept_out(query_and_body["uncounted"])


@checks("CLOUD-EP-09")
def test_the_api_is_served_over_https(secured: Story) -> None:
    """A sound call over HTTPS succeeds."""
    looked_at(secured)
    succeeded(secured["https-twin"])


@checks("CLOUD-EP-10")
def test_unknown_parameters_count_and_are_ignored(unknown_parameters: Story) -> None:
    """Parameters that no method knows count for the signature and are otherwise ignored."""
    looked_at(unknown_parameters)
    succeeded(unknown_parameters["extra"])
    kept_out(unknown_parameters["uncounted"])
