"""Faults of a V1 server in what it posts: where to, bound how, with which result and login."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from harness.net.client import Request
from harness.wire.cloud_v1_answer import DECLARATION
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Rows
from mocks.engine.v1.domain import Course, Dispatch, Hook, Invitation, Posting, Registration
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

Fields = tuple[tuple[str, str], ...]


# --- when and where -------------------------------------------------------------------------------------------------


class PostsOnlyTheEnd(Fault, CloudBehaviour):
    """Changes before a course is complete are not posted, whether an invitation or a dispatch asks for it or not."""

    name = "v1.posts-only-the-end"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-01": "change-not-posted"}
    collateral = ("CLOUD-POSTBACK-15",)

    def hook_for(self, tx: Rows, app: str, registration: Registration) -> Hook | None:
        hook = super().hook_for(tx, app, registration)
        return hook if registration.result.complete == "complete" else None


class LosesTheQuery(Fault, CloudBehaviour):
    """The query of a postback URL is cut off."""

    name = "v1.loses-the-postback-query"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-01": "query-lost"}

    def hook_request(self, hook: Hook, xml: str) -> Request:
        return super().hook_request(replace(hook, url=hook.url.partition("?")[0]), xml)


class KeepsTheFirstUrl(Fault, CloudBehaviour):
    """Postback settings are looked up once for a registration and never again, be they its own or its dispatch's."""

    name = "v1.keeps-the-first-postback-url"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-14": "old-url"}
    collateral = ("CLOUD-POSTBACK-15",)

    def hook_of_try(self, tx: Rows, app: str, posting: Posting, registration: Registration | None) -> Hook | None:
        kept: dict[str, Hook | None] = vars(self).setdefault("_kept", {})
        return kept.setdefault(posting.regid, super().hook_of_try(tx, app, posting, registration))


class KeepsTheFirstFormat(Fault, CloudBehaviour):
    """A change of postback settings takes the URL alone; what is posted stays a form."""

    name = "v1.keeps-the-first-postback-form"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-14": "wrong-media"}

    def hook_of_try(self, tx: Rows, app: str, posting: Posting, registration: Registration | None) -> Hook | None:
        kept: dict[str, str] = vars(self).setdefault("_kept", {})
        hook = super().hook_of_try(tx, app, posting, registration)
        return hook and replace(hook, authtype=kept.setdefault(posting.regid, hook.authtype))


class CopiesNothing(Fault, CloudBehaviour):
    """A registration that comes of an invitation has no postback settings."""

    name = "v1.invitation-not-copied"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-15": "not-copied"}

    def hook_of_invited(self, invitation: Invitation) -> Hook | None:
        return None


class SharesTheInvitation(Fault, CloudBehaviour):
    """The registrations of an invitation share its settings: a change of one changes all."""

    name = "v1.invitation-shared"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-15": "shared"}

    def keep_hook(self, call: Call, registration: Registration, hook: Hook | None) -> None:
        super().keep_hook(call, registration, hook)
        for invitation in call.rows("invitations"):
            if registration.id in invitation.started.values():
                call.put("invitations", invitation.id, replace(invitation, hook=hook))


class CopiesTheDispatch(Fault, CloudBehaviour):
    """A registration keeps the settings that its dispatch had when it came to be."""

    name = "v1.dispatch-copied"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-15": "not-live"}

    def hook_for(self, tx: Rows, app: str, registration: Registration) -> Hook | None:
        return registration.hook

    def hook_of_dispatched(self, dispatch: Dispatch) -> Hook | None:
        return dispatch.hook


class DispatchPostsNothing(Fault, CloudBehaviour):
    """The settings of a dispatch are not looked at."""

    name = "v1.dispatch-posts-nothing"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-15": "not-posted"}

    def hook_for(self, tx: Rows, app: str, registration: Registration) -> Hook | None:
        return registration.hook


# --- bound how ------------------------------------------------------------------------------------------------------


def _form(
    name: str, kind: str, breaks: Mapping[str, str], doc: str, change: Callable[[Fields], Fields],
    collateral: tuple[str, ...] = (),
) -> type[Fault]:  # fmt: skip
    """Make a fault that changes the fields of a form."""

    def form_pairs(self: CloudBehaviour, hook: Hook, xml: str) -> Fields:
        return change(CloudBehaviour.form_pairs(self, hook, xml))

    body = {
        "__doc__": doc, "name": f"v1.{name}", "kind": kind, "breaks": breaks, "collateral": collateral,
        "form_pairs": form_pairs,
    }  # fmt: skip
    return type(name.title().replace("-", ""), (Fault, CloudBehaviour), body)


def _basic(
    name: str, kind: str, breaks: Mapping[str, str], doc: str, change: Callable[[Request], Request]
) -> type[Fault]:
    """Make a fault that changes the request of a postback with HTTP Basic."""

    def hook_request(self: CloudBehaviour, hook: Hook, xml: str) -> Request:
        request = CloudBehaviour.hook_request(self, hook, xml)
        return change(request) if hook.authtype == "httpbasic" else request

    body = {"__doc__": doc, "name": f"v1.{name}", "kind": kind, "breaks": breaks, "hook_request": hook_request}
    return type(name.title().replace("-", ""), (Fault, CloudBehaviour), body)


def _renamed(old: str, new: str) -> Callable[[Fields], Fields]:
    return lambda pairs: tuple((new if name == old else name, value) for name, value in pairs)


class FormAsXml(Fault, CloudBehaviour):
    """Encoding as a form is left out: the XML itself is the body, whatever authtype says."""

    name = "v1.form-as-xml"
    kind = LEFT_OUT
    breaks = {
        "CLOUD-POSTBACK-02": "not-urlencoded",
        "CLOUD-POSTBACK-03": "not-urlencoded",
        "CLOUD-POSTBACK-13": "not-urlencoded",
    }

    def hook_request(self, hook: Hook, xml: str) -> Request:
        return super().hook_request(replace(hook, authtype="httpbasic"), xml)


FAMILY = (
    _form(
        "form-without-login", LEFT_OUT, {"CLOUD-POSTBACK-02": "no-login", "CLOUD-POSTBACK-13": "no-login"},
        "A form lacks the login.", lambda pairs: pairs[:1],
    ),
    _form(
        "form-with-camel-case", WRONG_VALUE, {"CLOUD-POSTBACK-02": "no-login", "CLOUD-POSTBACK-13": "no-login"},
        "The field is called userName, as in V2.", _renamed("username", "userName"),
    ),
    _form(
        "form-with-other-password", WRONG_VALUE,
        {"CLOUD-POSTBACK-02": "wrong-login", "CLOUD-POSTBACK-13": "wrong-login"},
        "The password is sent in upper case.",
        lambda pairs: tuple((name, value.upper() if name == "password" else value) for name, value in pairs),
    ),
    _form(
        "form-with-empty-login", WRONG_VALUE, {"CLOUD-POSTBACK-03": "extra-fields"},
        "A form without login has the fields of one, empty.",
        lambda pairs: pairs if len(pairs) > 1 else (*pairs, ("username", ""), ("password", "")),
    ),
    _basic(
        "basic-without-header", LEFT_OUT, {"CLOUD-POSTBACK-04": "no-basic", "CLOUD-POSTBACK-13": "no-basic"},
        "The Authorization header is left out.", lambda request: replace(request, headers=request.headers[:1]),
    ),
    _basic(
        "basic-as-application-xml", WRONG_VALUE,
        {"CLOUD-POSTBACK-04": "wrong-media", "CLOUD-POSTBACK-13": "wrong-media"},
        "The XML is sent as application/xml.",
        lambda request: replace(request, headers=(("Content-Type", "application/xml"), *request.headers[1:])),
    ),
)  # fmt: skip


# --- with which data ------------------------------------------------------------------------------------------------


class NoScore(Fault, CloudBehaviour):
    """The score is left out of what is posted, and told when it is asked for."""

    name = "v1.posts-no-score"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-05": "other-result"}

    def postback_xml(self, registration: Registration, course: Course | None, resultsformat: str) -> str:
        return super().postback_xml(_scored(registration, None), course, resultsformat)


class FractionScore(Fault, CloudBehaviour):
    """The score is posted as a fraction of one, and told as 0 to 100 when it is asked for."""

    name = "v1.posts-fractions"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-05": "other-result"}

    def postback_xml(self, registration: Registration, course: Course | None, resultsformat: str) -> str:
        score = registration.result.score
        return super().postback_xml(_scored(registration, score and score / 100), course, resultsformat)


def _scored(registration: Registration, score: Decimal | None) -> Registration:
    latest = registration.latest
    changed = replace(latest, result=replace(latest.result, score=score))
    return replace(registration, instances=(*registration.instances[:-1], changed))


class Enveloped(Fault, CloudBehaviour):
    """The envelope of an answer is not taken off what is posted."""

    name = "v1.posts-envelopes"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-06": "not-bare"}

    def postback_xml(self, registration: Registration, course: Course | None, resultsformat: str) -> str:
        bare = super().postback_xml(registration, course, resultsformat)
        return f'{DECLARATION}<rsp stat="ok">{bare}</rsp>'


class Declared(Fault, CloudBehaviour):
    """What is posted begins with an XML declaration."""

    name = "v1.posts-declarations"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-06": "not-bare"}

    def postback_xml(self, registration: Registration, course: Course | None, resultsformat: str) -> str:
        return DECLARATION + super().postback_xml(registration, course, resultsformat)


class OneFormat(Fault, CloudBehaviour):
    """The results format that is set is not looked at: the format course is posted."""

    name = "v1.posts-course-format"
    kind = LEFT_OUT
    breaks = {"CLOUD-POSTBACK-07": "wrong-format", "CLOUD-POSTBACK-14": "old-format"}

    def postback_xml(self, registration: Registration, course: Course | None, resultsformat: str) -> str:
        return super().postback_xml(registration, course, "course")


class FullForActivity(Fault, CloudBehaviour):
    """Results in format full are posted where activity is set."""

    name = "v1.posts-full-for-activity"
    kind = WRONG_VALUE
    breaks = {"CLOUD-POSTBACK-07": "wrong-format"}

    def postback_xml(self, registration: Registration, course: Course | None, resultsformat: str) -> str:
        wanted = "full" if resultsformat == "activity" else resultsformat
        return super().postback_xml(registration, course, wanted)
