"""The registration service: create, look, change, reset, delete ("Registration Service" V1)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from harness.wire.cloud_v1 import BAD_ARGUMENT, ID_LIMIT, UNAVAILABLE
from harness.wire.cloud_v1_answer import Node, clean
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import Course, Hook, Instance, Learner, Registration, Result

AUTHTYPES = ("form", "httpbasic")
FORMATS = ("course", "activity", "full")


def tags_of(text: str) -> tuple[str, ...]:
    """Read a comma list of tags; empty ones are dropped, each stands once."""
    return tuple(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))


def joined(old: Iterable[str], new: Iterable[str]) -> tuple[str, ...]:
    """Return tags with others added; each stands once."""
    return tuple(dict.fromkeys((*old, *new)))


def is_private(url: str) -> bool:
    """Whether the host of a URL cannot be public, as far as its name alone tells; none is asked for."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        name = host.rstrip(".")
        return "." not in name or name.endswith((".local", ".localhost", ".internal", ".test", ".example", ".invalid"))


class Registrations:
    """What the registration service does; faults override single methods."""

    settings: Any
    id_limit = ID_LIMIT

    def create_registration(self, call: Call) -> Nodes:
        """Create a registration: 1 course unknown, 2 regid taken, 3 name without password (observed: NTI-APP)."""
        course_id, regid, learner = call.need("courseid"), call.need("regid"), call.need("learnerid")
        for name in ("regid", "learnerid", "courseid"):
            self.check_id(name, call.get(name))
        course = self.course_for(call, course_id)
        version = self.version_of(call, course)
        hook = self.hook_of(call, "postbackurl", "urlname", "urlpass")
        self.check_host(hook)
        if self.is_taken(call, regid):
            raise Failure(2, f"Registration id [{regid}] already exists for appid [{call.app.id}]")
        made = replace(self.new_registration(call, course, regid, learner, hook), version=version)
        self.keep_registration(call, made)
        self.add_tags(call, made)
        return (Node("success"),)

    def check_id(self, name: str, value: str) -> None:
        """Refuse an id of more than 255 characters (limit: text; code 205: assumed), or one that XML cannot hold."""
        if len(value) > self.id_limit:
            raise Failure(BAD_ARGUMENT, f"Parameter [{name}] has more than {self.id_limit} characters")
        if clean(value) != value:
            raise Failure(BAD_ARGUMENT, f"Parameter [{name}] has characters that no answer could give back")

    def course_for(self, call: Call, course_id: str) -> Course:
        """Return the course of a new registration; 1 when there is none of that id."""
        course: Course | None = call.row("courses", course_id)
        if course is None:
            raise Failure(1, f"Could not find course [{course_id}] associated with appid [{call.app.id}]")
        return course

    def version_of(self, call: Call, course: Course) -> int | None:
        """Return the version that is asked for, None for the newest; 0 is always there (observed: LIB-NET sends it)."""
        text = call.get("versionid")
        if text in ("", "latest"):
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise Failure(BAD_ARGUMENT, f"Parameter [versionid] has the invalid value [{text}]")
        number = int(text)
        if number and number not in [version.id for version in course.versions]:
            what = f"course [{course.id}], versionid [{number}]"
            raise Failure(1, f"Could not find {what} associated with appid [{call.app.id}]")
        return number

    def check_host(self, hook: Hook | None) -> None:
        """Refuse a postback host that is not public (observed: NTI-APP; a setting; code: assumed)."""
        if hook is not None and self.settings["private_hosts"] == "refuse" and is_private(hook.url):
            raise Failure(BAD_ARGUMENT, f"The host of [{hook.url}] cannot be reached")

    def is_taken(self, call: Call, regid: str) -> bool:
        """Whether a regid is in use: ids are opaque and case-sensitive (text); see `delete_cache`."""
        deleted: tuple[int, datetime] | None = call.row("deleted", regid)
        lasting = timedelta(seconds=float(self.settings["delete_cache"]))
        cached = lasting and deleted is not None and call.now < deleted[1] + lasting
        return call.row("registrations", regid) is not None or bool(cached)

    def new_registration(self, call: Call, course: Course, regid: str, learner: str, hook: Hook | None) -> Registration:
        """Make a registration as the call asks; names may be absent (observed: LIB-PY)."""
        return Registration(
            regid, course.id, learner, call.get("fname"), call.get("lname"), call.now, call.get("email"), hook,
            tracking=call.get("disableTracking").lower() != "true", updated=call.now, serial=self.serial(call, regid),
        )  # fmt: skip

    def serial(self, call: Call, regid: str) -> int:
        """Return the number of a registration among those that have had its id."""
        deleted: tuple[int, datetime] | None = call.row("deleted", regid)
        return 0 if deleted is None else deleted[0] + 1

    def keep_registration(self, call: Call, registration: Registration) -> None:
        """Write a new registration."""
        call.put("registrations", registration.id, registration)

    def tags_asked(self, call: Call, name: str) -> tuple[str, ...]:
        """Read a comma list of tags; the name may be written in any case (observed: LIB-PY writes it small)."""
        return tags_of(call.any_case(name))

    def add_tags(self, call: Call, registration: Registration) -> None:
        """Add the tags that a creation or a launch names to course, learner and registration."""
        own = self.tags_asked(call, "registrationTags")
        if own:
            kept: Registration = call.row("registrations", registration.id) or registration
            call.put("registrations", kept.id, replace(kept, tags=joined(kept.tags, own)))
        of_learner = self.tags_asked(call, "learnerTags")
        if of_learner:
            learner: Learner = call.row("learners", registration.learner_id) or Learner(registration.learner_id)
            call.put("learners", learner.id, replace(learner, tags=joined(learner.tags, of_learner)))
        course: Course | None = call.row("courses", registration.course_id)
        of_course = self.tags_asked(call, "courseTags")
        if of_course and course is not None:
            call.put("courses", course.id, replace(course, tags=joined(course.tags, of_course)))

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
        """Delete a registration, or with ``instanceid`` one instance of it, where the application allows it."""
        registration = self.found(call, call.need("regid"))
        instance = self.instance_of(call, registration)
        self.check_delete(call)
        others = tuple(one for one in registration.instances if instance is not None and one.id != instance.id)
        if others:
            call.put("registrations", registration.id, replace(registration, instances=others, updated=call.now))
        else:
            self.remove_registration(call, registration)
        return (Node("success"),)

    def instance_of(self, call: Call, registration: Registration) -> Instance | None:
        """Return the instance that ``instanceid`` names, None without one; 1 when there is none of that number.

        A word that is no number fails with 205 (observed: LIB-NET sends ``instanceId``; code: assumed).
        """
        text = call.get("instanceid")
        if not text:
            return None
        if text == "latest":
            return registration.latest
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise Failure(BAD_ARGUMENT, f"Parameter [instanceid] has the invalid value [{text}]")
        known = registration.instances or (registration.latest,)
        found = next((instance for instance in known if instance.id == int(text)), None)
        if found is None:
            what = f"registration [{registration.id}], instanceid [{int(text)}]"
            raise Failure(1, f"Could not find {what} associated with appid [{call.app.id}]")
        return found

    def remove_registration(self, call: Call, registration: Registration) -> None:
        """Remove a registration and its launches; that its id was in use stays known."""
        for launch in registration.launches:
            call.delete("launches", launch)
        call.delete("registrations", registration.id)
        call.put("deleted", registration.id, (registration.serial, call.now))

    def check_delete(self, call: Call) -> None:
        """Refuse to delete where the application forbids it (text: allowDeleteAPI; code: assumed)."""
        if not call.app.allow_delete:
            raise Failure(1, "Deleting through the API is not allowed for this application")

    def reset_registration(self, call: Call) -> Nodes:
        """Clear the results of the newest instance; the registration, its launches and settings stay (assumed)."""
        registration = self.found(call, call.need("regid"))
        call.put("registrations", registration.id, self.cleared(registration, call.now))
        return (Node("success"),)

    def cleared(self, registration: Registration, now: datetime) -> Registration:
        """Return a registration without results."""
        latest = replace(registration.latest, result=Result(), past=(), updated=now)
        kept = (*registration.instances[:-1], latest) if registration.instances else ()
        return replace(registration, instances=kept, completed=None, updated=now)

    def reset_global_objectives(self, call: Call) -> Nodes:
        """Take the call for a registration that exists; the mock keeps no global objectives."""
        self.instance_of(call, self.found(call, call.need("regid")))
        return (Node("success"),)

    def create_new_instance(self, call: Call) -> Nodes:
        """Refuse: a write of priority C."""
        raise Failure(UNAVAILABLE)

    def update_learner_info(self, call: Call) -> Nodes:
        """Change the names, e-mail and id of a learner in all registrations; what is not sent stays (assumed).

        A learner of whom nothing is known is no error: a change of the id may come twice.
        """
        learner, new = call.need("learnerid"), call.get("newid") or call.need("learnerid")
        self.check_id("newid", new)
        for registration in call.rows("registrations"):
            if registration.learner_id == learner:
                call.put("registrations", registration.id, self.renamed(call, registration, new))
        known: Learner | None = call.row("learners", learner)
        if known is not None and new != learner:
            there: Learner = call.row("learners", new) or Learner(new)
            call.delete("learners", learner)
            call.put("learners", new, Learner(new, joined(there.tags, known.tags)))
        return (Node("success"),)

    def renamed(self, call: Call, registration: Registration, learner: str) -> Registration:
        """Return a registration whose learner is called as the call says."""
        return replace(
            registration, learner_id=learner, fname=call.get("fname", registration.fname),
            lname=call.get("lname", registration.lname), email=call.get("email") or registration.email,
        )  # fmt: skip
