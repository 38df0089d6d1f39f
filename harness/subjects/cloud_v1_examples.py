"""Records of properties of the subject cloud-v1: every example is a story of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from harness.evidence.entries import AnyEntry
from harness.subjects.cloud_v1_records import Story
from harness.subjects.records import case_values, events

EXAMPLE, FALSIFIED = "example", "falsified"


def retold(entries: Sequence[AnyEntry], step: str) -> Story:
    """Return what belongs to one example; its calls are named in order as the example says they are (``calls``)."""
    own = [entry for entry in entries if entry.step == step]
    story = Story.from_entries(own)
    names = next((event.facts.get("calls", ()) for event in events(own, EXAMPLE)), ())
    named = [replace(call, step=str(name)) for call, name in zip(story.calls, names, strict=False)]
    return replace(story, calls=(*named, *story.calls[len(named) :]))


@dataclass(frozen=True, slots=True)
class CloudExamples:
    """Stories that a property was tried on, by step, and the step of the shrunk counterexample, if there is one.

    ``described`` says what each example was; the counterexample comes first in ``steps``. ``before`` holds the calls
    that were made ahead of all examples: the controls.
    """

    case: Mapping[str, Any]
    steps: Mapping[str, Story]
    described: Mapping[str, Mapping[str, Any]]
    falsified: str = ""
    before: Story = field(default_factory=lambda: Story({}, ()))

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build one `Story` for every example; what belongs to none came before."""
        falsified = next((event.step for event in events(entries, FALSIFIED)), "")
        described = {event.step: event.facts for event in events(entries, EXAMPLE)}
        stories = {step: retold(entries, step) for step in sorted(described, key=lambda step: step != falsified)}
        before = Story.from_entries([entry for entry in entries if entry.step not in described])
        told = {step: story for step, story in stories.items() if story.calls}
        return cls(case_values(entries), told, described, falsified, before)
