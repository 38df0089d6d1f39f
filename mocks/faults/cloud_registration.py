"""Faults of a V1 server in how registrations are created, listed, changed and deleted."""

from __future__ import annotations

from dataclasses import replace

from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import Course, Hook, Registration
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault


class CreatesNothing(Fault, CloudBehaviour):
    """A registration is created in word alone."""

    name = "v1.creates-nothing"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-01": "not-there", "CLOUD-REG-05": "gone", "CLOUD-REG-06": "not-found"}

    def keep_registration(self, call: Call, registration: Registration) -> None:
        return


class DemandsAnAddress(Fault, CloudBehaviour):
    """A registration needs an e-mail address."""

    name = "v1.demands-email"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-01": "refused"}

    def create_registration(self, call: Call) -> Nodes:
        call.need("email")
        return super().create_registration(call)


class AnyCourse(Fault, CloudBehaviour):
    """A registration is created for a course that is not there."""

    name = "v1.any-course"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-02": "accepted"}

    def course_for(self, call: Call, course_id: str) -> Course:
        return call.row("courses", course_id) or Course(course_id, course_id, "scorm_12", call.now)


class MissingCourseIs2(Fault, CloudBehaviour):
    """A course that is not there is refused as if the regid were taken."""

    name = "v1.missing-course-is-2"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-02": "wrong-code"}

    def course_for(self, call: Call, course_id: str) -> Course:
        if call.row("courses", course_id) is None:
            raise Failure(2, "The course is not there")
        return super().course_for(call, course_id)


class RegidIsReused(Fault, CloudBehaviour):
    """A registration of an id that is taken replaces the one that is there."""

    name = "v1.regid-is-reused"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-03": "changed"}

    def is_taken(self, call: Call, regid: str) -> bool:
        return False


class TakenIsTaken(Fault, CloudBehaviour):
    """An id that is taken is answered with success, and nothing else happens."""

    name = "v1.taken-is-ok"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-03": "accepted"}

    def create_registration(self, call: Call) -> Nodes:
        if self.is_taken(call, call.get("regid")):
            return (Node("success"),)
        return super().create_registration(call)


class TakenIs1(Fault, CloudBehaviour):
    """An id that is taken is refused with 1."""

    name = "v1.taken-is-1"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-03": "wrong-code"}

    def is_taken(self, call: Call, regid: str) -> bool:
        if super().is_taken(call, regid):
            raise Failure(1, "The registration is there already")
        return False


class LoginAlone(Fault, CloudBehaviour):
    """A login without a password is taken."""

    name = "v1.login-alone"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-04": "accepted"}

    def hook_of(self, call: Call, url: str, name: str, password: str) -> Hook | None:
        params = ((key, "x" if key == password else value) for key, value in (*call.params, (password, "")))
        return super().hook_of(replace(call, params=tuple(params)), url, name, password)


class LoginAloneIs203(Fault, CloudBehaviour):
    """A login without a password is refused as a missing parameter."""

    name = "v1.login-alone-is-203"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-04": "wrong-code"}

    def hook_of(self, call: Call, url: str, name: str, password: str) -> Hook | None:
        if call.get(name):
            call.need(password)
        return super().hook_of(call, url, name, password)


class OneEach(Fault, CloudBehaviour):
    """A learner has one registration."""

    name = "v1.one-each"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-05": "refused"}

    def is_taken(self, call: Call, regid: str) -> bool:
        return super().is_taken(call, regid) or any(
            found.learner_id == call.get("learnerid") for found in call.rows("registrations")
        )


class NewestAlone(Fault, CloudBehaviour):
    """A learner's new registration takes the place of the one that is there."""

    name = "v1.newest-alone"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-05": "gone"}

    def keep_registration(self, call: Call, registration: Registration) -> None:
        for found in call.rows("registrations"):
            if found.learner_id == registration.learner_id:
                call.delete("registrations", found.id)
        super().keep_registration(call, registration)


class ShortIds(Fault, CloudBehaviour):
    """An id of more than 100 characters is refused."""

    name = "v1.short-ids"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-06": "refused"}

    id_limit = 100


class PlainIds(Fault, CloudBehaviour):
    """Ids are told in ASCII, the rest as question marks."""

    name = "v1.plain-ids"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-06": "other-id"}

    def facts(self, call: Call, registration: Registration, course: Course | None) -> list[tuple[str, object]]:
        told = super().facts(call, registration, course)
        return [
            (name, str(value).encode("ascii", "replace").decode() if name.endswith("Id") else value)
            for name, value in told
        ]


class EndlessIds(Fault, CloudBehaviour):
    """Ids may be of any length."""

    name = "v1.endless-ids"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-07": "accepted"}

    id_limit = 10_000


class BasicUnlessSaid(Fault, CloudBehaviour):
    """A registration that names no authtype is posted with HTTP Basic."""

    name = "v1.basic-unless-said"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-08": "other-authtype"}

    default_authtype = "httpbasic"


class ActivityUnlessSaid(Fault, CloudBehaviour):
    """The results format is activity unless another is named, as in V2."""

    name = "v1.activity-unless-said"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-08": "other-resultsformat", "CLOUD-REG-09": "other-resultsformat"}

    default_format = "activity"


class NoDefaults(Fault, CloudBehaviour):
    """Settings that were not named stay empty."""

    name = "v1.no-defaults"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-08": "other-authtype"}

    def hook_of(self, call: Call, url: str, name: str, password: str) -> Hook | None:
        hook = super().hook_of(call, url, name, password)
        return hook and replace(hook, authtype=call.get("authtype"), resultsformat=call.get("resultsformat"))


class XmlIsNoFormat(Fault, CloudBehaviour):
    """resultsformat=xml is refused."""

    name = "v1.xml-is-no-format"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-09": "refused"}

    def results_format(self, call: Call) -> str:
        return call.one_of("resultsformat", ("course", "activity", "full"), self.default_format)


class DeletesNothing(Fault, CloudBehaviour):
    """A registration is deleted in word alone."""

    name = "v1.deletes-nothing"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-20": "still-there"}

    def remove_registration(self, call: Call, registration: Registration) -> None:
        return


class DeletesAll(Fault, CloudBehaviour):
    """With a registration all others of its learner are deleted; their ids are free to be created again."""

    name = "v1.deletes-all"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-20": "other-deleted"}
    collateral = ("CLOUD-REG-03",)

    def remove_registration(self, call: Call, registration: Registration) -> None:
        for found in call.rows("registrations"):
            if found.learner_id == registration.learner_id:
                call.delete("registrations", found.id)


class ListsTheDeleted(Fault, CloudBehaviour):
    """A deleted registration stays in lists, which then hold more than there is."""

    name = "v1.lists-the-deleted"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-20": "still-listed"}
    collateral = ("CLOUD-REG-16",)

    def remove_registration(self, call: Call, registration: Registration) -> None:
        super().remove_registration(call, registration)
        call.put("shadows", registration.id, registration)

    def listed_registrations(self, call: Call) -> list[Registration]:
        return [*super().listed_registrations(call), *call.rows("shadows")]


class DeletesAnyway(Fault, CloudBehaviour):
    """What the application forbids to delete is deleted."""

    name = "v1.deletes-anyway"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-21": "accepted"}

    def check_delete(self, call: Call) -> None:
        return


class RefusesAndDeletes(Fault, CloudBehaviour):
    """A deletion that is forbidden is refused, and what was to be deleted is gone all the same."""

    name = "v1.deletes-and-refuses"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-21": "deleted"}

    def registration_exists(self, call: Call) -> Nodes:
        if not call.app.allow_delete:
            return (Node("result", text="false"),)
        return super().registration_exists(call)


class KeepsTheHook(Fault, CloudBehaviour):
    """Postback settings are changed in word alone."""

    name = "v1.keeps-the-hook"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-23": "other-url"}

    def keep_hook(self, call: Call, registration: Registration, hook: Hook | None) -> None:
        if hook is None:
            super().keep_hook(call, registration, hook)


class NameIsName(Fault, CloudBehaviour):
    """getPostbackInfo tells the login as name."""

    name = "v1.login-is-name"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-23": "no-login"}

    login_element = "name"


class PostsOn(Fault, CloudBehaviour):
    """deletePostbackInfo changes nothing."""

    name = "v1.posts-on"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-24": "posted"}

    def keep_hook(self, call: Call, registration: Registration, hook: Hook | None) -> None:
        if hook is not None:
            super().keep_hook(call, registration, hook)


class ForgetsTheLogin(Fault, CloudBehaviour):
    """deletePostbackInfo removes credentials, and the URL stays."""

    name = "v1.posts-on-openly"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-24": "posted"}

    def keep_hook(self, call: Call, registration: Registration, hook: Hook | None) -> None:
        kept = registration.hook and replace(registration.hook, name="", password="")
        super().keep_hook(call, registration, hook or kept)
