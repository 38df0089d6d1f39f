"""The registration service: create, look, list, change, delete ("Registration Service" V1)."""

from __future__ import annotations

from dataclasses import replace

from harness.wire.cloud_v1 import BAD_ARGUMENT, ID_LIMIT
from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import Course, Hook, Registration

AUTHTYPES = ("form", "httpbasic")
FORMATS = ("course", "activity", "full")


def tags_of(text: str) -> tuple[str, ...]:
    """Read a comma list of tags; empty ones are dropped, each stands once."""
    return tuple(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))


class Registrations:
    """What the registration service does; faults override single methods."""

    id_limit = ID_LIMIT

    def create_registration(self, call: Call) -> Nodes:
        """Create a registration: 1 course unknown, 2 regid taken, 3 name without password (observed: NTI-APP)."""
        course_id, regid, learner = call.need("courseid"), call.need("regid"), call.need("learnerid")
        for name in ("regid", "learnerid", "courseid"):
            self.check_id(name, call.get(name))
        course = self.course_for(call, course_id)
        hook = self.hook_of(call, "postbackurl", "urlname", "urlpass")
        if self.is_taken(call, regid):
            raise Failure(2, f"Registration id [{regid}] already exists for appid [{call.app.id}]")
        self.keep_registration(call, self.new_registration(call, course, regid, learner, hook))
        return (Node("success"),)

    def check_id(self, name: str, value: str) -> None:
        """Refuse an id of more than 255 characters (limit: text; code 205: assumed)."""
        if len(value) > self.id_limit:
            raise Failure(BAD_ARGUMENT, f"Parameter [{name}] has more than {self.id_limit} characters")

    def course_for(self, call: Call, course_id: str) -> Course:
        """Return the course of a new registration; 1 when there is none of that id."""
        course: Course | None = call.row("courses", course_id)
        if course is None:
            raise Failure(1, f"Could not find course [{course_id}] associated with appid [{call.app.id}]")
        return course

    def is_taken(self, call: Call, regid: str) -> bool:
        """Whether a regid is in use: ids are opaque and case-sensitive (text)."""
        return call.row("registrations", regid) is not None

    def new_registration(self, call: Call, course: Course, regid: str, learner: str, hook: Hook | None) -> Registration:
        """Make a registration as the call asks; names may be absent (observed: LIB-PY)."""
        return Registration(
            regid, course.id, learner, call.get("fname"), call.get("lname"), call.now, call.get("email"), hook,
            tags=tags_of(call.any_case("registrationTags")), tracking=call.get("disableTracking").lower() != "true",
        )  # fmt: skip

    def keep_registration(self, call: Call, registration: Registration) -> None:
        """Write a new registration."""
        call.put("registrations", registration.id, registration)

    def hook_of(self, call: Call, url: str, name: str, password: str) -> Hook | None:
        """Read postback settings; the names of the parameters differ between methods (text)."""
        if call.get(name) and not call.get(password):
            raise Failure(3, f"Parameter [{name}] was given without [{password}]")
        authtype = call.one_of("authtype", AUTHTYPES, self.default_authtype)
        resultsformat = self.results_format(call)
        if not call.get(url):
            return None
        return Hook(call.get(url), authtype, call.get(name), call.get(password), resultsformat)

    default_authtype = "form"
    default_format = "course"

    def results_format(self, call: Call) -> str:
        """Read resultsformat; ``xml`` counts as the default (observed: LIB-PHP), another word fails with 205."""
        if call.get("resultsformat") == "xml":
            return self.default_format
        return call.one_of("resultsformat", FORMATS, self.default_format)

    def found(self, call: Call, regid: str) -> Registration:
        """Return a registration; 1 when there is none of that id in this application (observed: LIB-NET tests)."""
        registration: Registration | None = call.row("registrations", regid)
        if registration is None:
            raise Failure(1, f"Could not find registration [{regid}] associated with appid [{call.app.id}]")
        return registration

    def registration_exists(self, call: Call) -> Nodes:
        """Say whether there is a registration of that id."""
        known = call.row("registrations", call.need("regid")) is not None
        return (Node("result", text="true" if known else "false"),)

    def delete_registration(self, call: Call) -> Nodes:
        """Delete a registration, where the application allows it."""
        registration = self.found(call, call.need("regid"))
        self.check_delete(call)
        call.delete("registrations", registration.id)
        return (Node("success"),)

    def check_delete(self, call: Call) -> None:
        """Refuse to delete where the application forbids it (text: allowDeleteAPI; code: assumed)."""
        if not call.app.allow_delete:
            raise Failure(1, "Deleting through the API is not allowed for this application")

    def update_learner_info(self, call: Call) -> Nodes:
        """Change names, and the id, of a learner in all registrations."""
        learner = call.need("learnerid")
        for registration in call.rows("registrations"):
            if registration.learner_id == learner:
                changed = replace(
                    registration, fname=call.get("fname"), lname=call.get("lname"),
                    learner_id=call.get("newid") or learner, email=call.get("email") or registration.email,
                )  # fmt: skip
                call.put("registrations", registration.id, changed)
        return (Node("success"),)
