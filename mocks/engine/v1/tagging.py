"""The tagging service: tags of courses, learners and registrations ("Tagging Service" V1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.wire.cloud_v1 import NO_ARGUMENT
from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import Learner
from mocks.engine.v1.registrations import tags_of

Tags = tuple[str, ...]
KINDS = {"Course": "courses", "Learner": "learners", "Registration": "registrations"}


class Tagging:
    """What the tagging service does with the tags of any object; faults override single methods."""

    def tagged(self, call: Call, kind: str) -> Any:
        """Return the object whose tags are meant; a learner is there as soon as somebody tags one (assumed)."""
        if kind == "Course":
            return self.found_course(call)  # type: ignore[attr-defined]
        if kind == "Registration":
            return self.found(call, call.need("regid"))  # type: ignore[attr-defined]
        learner = call.need("learnerid")
        self.check_id("learnerid", learner)  # type: ignore[attr-defined]
        return call.row("learners", learner) or Learner(learner)

    def keep_tags(self, call: Call, kind: str, tagged: Any, tags: Tags) -> Nodes:
        """Write the tags of an object."""
        call.put(KINDS[kind], tagged.id, replace(tagged, tags=tags))
        return (Node("success"),)

    def get_tags(self, call: Call, kind: str) -> Nodes:
        """Tell the tags of an object."""
        tags = [Node("tag", text=tag, cdata=True) for tag in self.tagged(call, kind).tags]
        return (Node("tags", None, *tags),)

    def set_tags(self, call: Call, kind: str) -> Nodes:
        """Replace all tags of an object by those of the comma list ``tags``, which may be empty (text)."""
        tagged = self.tagged(call, kind)
        if not call.has("tags"):
            raise Failure(NO_ARGUMENT, "Required parameter [tags] is missing")
        return self.keep_tags(call, kind, tagged, self.tags_set(tagged.tags, tags_of(call.get("tags"))))

    def tags_set(self, old: Tags, given: Tags) -> Tags:
        """Return the tags after a set (text)."""
        return given

    def add_tag(self, call: Call, kind: str) -> Nodes:
        """Add a tag; one that is there already is no error (observed: LIB-NET tests)."""
        tagged, tag = self.tagged(call, kind), call.need("tag")
        return self.keep_tags(call, kind, tagged, self.tags_with(tagged.tags, tag))

    def tags_with(self, old: Tags, tag: str) -> Tags:
        """Return the tags after one was added: each stands once."""
        return old if tag in old else (*old, tag)

    def remove_tag(self, call: Call, kind: str) -> Nodes:
        """Remove a tag; one that is not there is no error (observed: LIB-NET tests)."""
        tagged, tag = self.tagged(call, kind), call.need("tag")
        return self.keep_tags(call, kind, tagged, self.tags_without(tagged.tags, tag))

    def tags_without(self, old: Tags, tag: str) -> Tags:
        """Return the tags after one was removed."""
        return tuple(one for one in old if one != tag)

    # --- the twelve methods -------------------------------------------------------------------------------------

    def get_course_tags(self, call: Call) -> Nodes:
        """Tell the tags of a course."""
        return self.get_tags(call, "Course")

    def set_course_tags(self, call: Call) -> Nodes:
        """Replace the tags of a course."""
        return self.set_tags(call, "Course")

    def add_course_tag(self, call: Call) -> Nodes:
        """Add a tag to a course."""
        return self.add_tag(call, "Course")

    def remove_course_tag(self, call: Call) -> Nodes:
        """Remove a tag from a course."""
        return self.remove_tag(call, "Course")

    def get_learner_tags(self, call: Call) -> Nodes:
        """Tell the tags of a learner."""
        return self.get_tags(call, "Learner")

    def set_learner_tags(self, call: Call) -> Nodes:
        """Replace the tags of a learner."""
        return self.set_tags(call, "Learner")

    def add_learner_tag(self, call: Call) -> Nodes:
        """Add a tag to a learner."""
        return self.add_tag(call, "Learner")

    def remove_learner_tag(self, call: Call) -> Nodes:
        """Remove a tag from a learner."""
        return self.remove_tag(call, "Learner")

    def get_registration_tags(self, call: Call) -> Nodes:
        """Tell the tags of a registration."""
        return self.get_tags(call, "Registration")

    def set_registration_tags(self, call: Call) -> Nodes:
        """Replace the tags of a registration."""
        return self.set_tags(call, "Registration")

    def add_registration_tag(self, call: Call) -> Nodes:
        """Add a tag to a registration."""
        return self.add_tag(call, "Registration")

    def remove_registration_tag(self, call: Call) -> Nodes:
        """Remove a tag from a registration."""
        return self.remove_tag(call, "Registration")
