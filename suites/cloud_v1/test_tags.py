"""The tagging service ("Tagging Service" V1)."""

from __future__ import annotations

from harness.judging.expect import control, expect
from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Called, Story
from suites.cloud_v1.rules import control_ok, succeeded


def _tags(called: Called) -> list[str]:
    return [tag.text or "" for tag in called.rsp.all("tags/tag")]


@checks("CLOUD-TAG-01")
def test_a_tag_is_added_and_removed_twice(tagged_twice: Story) -> None:
    """To add a tag that is there and to remove one that is not are no errors, and change nothing."""
    event = tagged_twice.event("tag")
    tag = str(event.facts["tag"]) if event else ""
    control_ok(tagged_twice["add"], "a tag is added")
    succeeded(tagged_twice["add-again"])
    held = tagged_twice["with"]
    control_ok(held, "tags are told")
    control(tag in _tags(held), "a tag that was added is told")
    expect(_tags(held).count(tag) == 1, "twice", expected="the tag once", got=_tags(held), at=held.at)
    control_ok(tagged_twice["remove"], "a tag is removed")
    succeeded(tagged_twice["remove-again"])
    left = tagged_twice["without"]
    expect(tag not in _tags(left), "not-removed", expected=f"not {tag}", got=_tags(left), at=left.at)


@checks("CLOUD-TAG-02")
def test_a_set_replaces_all_tags(retagged: Story) -> None:
    """The tags that are set are there, and those that were there before are gone."""
    _replaced(retagged)


@checks("CLOUD-TAG-02")
def test_a_set_replaces_all_tags_of_a_course(retagged_course: Story) -> None:
    """The tags that are set for a course are there, and those that were there before are gone."""
    _replaced(retagged_course)


def _replaced(story: Story) -> None:
    event = story.event("tags")
    red, blue, green = (str(event.facts[name]) if event else "" for name in ("red", "blue", "green"))
    control_ok(story["set-first"], "tags are set")
    control({red, blue} <= set(_tags(story["get-first"])), "tags that were set are told")
    succeeded(story["set-second"])
    called = story["get-second"]
    expect(green in _tags(called), "not-set", expected=green, got=_tags(called), at=called.at)
    for tag in (red, blue):
        expect(tag not in _tags(called), "kept", expected=f"not {tag}", got=_tags(called), at=called.at)
