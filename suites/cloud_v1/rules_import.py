"""Rules about imports: what a job says, how it ended, where a form was sent back to."""

from __future__ import annotations

from collections.abc import Iterable

from harness.judging.expect import control, expect, untestable
from harness.subjects.cloud_v1_records import Called, Story
from harness.wire.cloud_v1_redirects import ReadRedirect, read_redirect


def last(story: Story, step: str = "poll") -> Called:
    """Return the last answer about an import; without a token to ask with the check is untestable."""
    told = story.all(step)
    if not told:
        untestable("no import was begun, so that nobody could ask about it")
    return told[-1]


def was_imported(story: Story, step: str = "poll") -> bool:
    """Whether an import finished with a course."""
    results = [called.rsp.find("importresults/importresult") for called in story.all(step)[-1:]]
    return any(result is not None and result.get("successful") == "true" for result in results)


def control_imported(story: Story, what: str = "a plain package is imported") -> None:
    """Demand as positive control that an import succeeded."""
    control(was_imported(story), what)


def reported(*stories: tuple[Story, Iterable[str]]) -> list[Called]:
    """Return all answers of the API about imports, under the steps named."""
    found = [called for story, steps in stories for step in steps for called in story.all(step)]
    return [called for called in found if called.rsp.stat]


def reported_ok(called: Called) -> None:
    """Expect the state of an import to be told with success, whatever the state."""
    expect(called.is_ok, "stat-fail", expected='stat="ok"', got=called.got, at=called.at)


def filled(called: Called, path: str, name: str) -> str:
    """Expect an element that is not empty; return its text."""
    text = called.rsp.text(path)
    expect(text is not None, f"no-{name}", expected=name, got=called.got, at=called.at)
    expect(text, f"empty-{name}", expected=f"{name} that is not empty", got=called.got, at=called.at)
    return text or ""


def read_back(story: Story, step: str, given: str) -> ReadRedirect:
    """Expect a form to be sent back to its page; return what the address says."""
    called = story[step]
    expect(called.location, "no-redirect", expected=f"a redirect to {given}", got=called.got, at=called.at)
    read = read_redirect(called.location, given)
    expect(read.same_place, "elsewhere", expected=given, got=called.location, at=called.at)
    return read
