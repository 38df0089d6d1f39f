"""Faults of a results receiver in how it takes forms and Basic headers, and in whom it believes."""

from __future__ import annotations

from dataclasses import replace

from harness.net.listener import Inbound, Reply
from harness.wire.binding import Decoded
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.lms.behaviour import CREDENTIALS, TEXT, Account, ReceiverBehaviour, Submission


class BlindToForm(Fault, ReceiverBehaviour):
    """Takes XML bodies alone: 415 to a form."""

    name = "lms.blind-to-form"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-03": "form-refused"}

    def read_form(self, form: Decoded) -> Submission:
        return Submission()


class NamesOfV2(Fault, ReceiverBehaviour):
    """Looks for the user under the name that V2 gives the field, userName."""

    name = "lms.names-of-v2"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-03": "form-refused"}

    def read_form(self, form: Decoded) -> Submission:
        return replace(super().read_form(form), user=form.get("userName"))


class FormNeedsHeader(Fault, ReceiverBehaviour):
    """Wants a Basic header with a form, too, as its framework does of itself."""

    name = "lms.form-needs-header"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-03": "form-refused"}

    def intercept(self, inbound: Inbound) -> Reply | None:
        challenge = (*TEXT, ("WWW-Authenticate", 'Basic realm="site"'))
        return None if inbound.header("Authorization") else Reply(401, challenge, b"who is there\n")


class KeepsPlus(Fault, ReceiverBehaviour):
    """Does not decode the plus sign of a form, so that data with blanks are not well-formed."""

    name = "lms.keeps-plus"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-03": "form-refused"}

    def read_form(self, form: Decoded) -> Submission:
        read = super().read_form(form)
        return replace(read, data=read.data.replace(" ", "+") if isinstance(read.data, str) else None)


class IgnoresForm(Fault, ReceiverBehaviour):
    """Acknowledges a form and stores nothing of it."""

    name = "lms.ignores-form"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-03": "form-not-stored"}

    def is_repetition(self, submission: Submission) -> bool:
        return submission.authtype == "form"


class FallsOverMoreFields(Fault, ReceiverBehaviour):
    """Answers 500 to a form with a field that it does not know."""

    name = "lms.falls-over-more-fields"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-03": "server-error"}

    def read_form(self, form: Decoded) -> Submission:
        vars(self)["more"] = any(name not in ("data", "username", "password") for name, _ in form.pairs)
        return super().read_form(form)

    def authentic(self, submission: Submission, account: Account) -> bool:
        return not vars(self).get("more") and super().authentic(submission, account)

    def refused(self, reason: str, submission: Submission) -> Reply:
        fell = vars(self).pop("more", False)
        return Reply(500, TEXT, b"internal error\n") if fell else super().refused(reason, submission)


class BlindToXml(Fault, ReceiverBehaviour):
    """Takes forms alone: 415 to an XML body."""

    name = "lms.blind-to-xml"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-04": "httpbasic-refused"}

    def read_xml(self, inbound: Inbound) -> Submission:
        return Submission()


class IgnoresXml(Fault, ReceiverBehaviour):
    """Acknowledges an XML body and stores nothing of it."""

    name = "lms.ignores-xml"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-04": "httpbasic-not-stored"}

    def is_repetition(self, submission: Submission) -> bool:
        return submission.authtype == "httpbasic"


class LowerCaseScheme(Fault, ReceiverBehaviour):
    """Knows no scheme but one written basic."""

    name = "lms.lower-case-scheme"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-04": "httpbasic-refused"}

    def read_xml(self, inbound: Inbound) -> Submission:
        read = super().read_xml(inbound)
        known = inbound.header("Authorization").startswith("basic ")
        return read if known else replace(read, user=None, password=None)


class HeaderUnchecked(Fault, ReceiverBehaviour):
    """Checks the fields of a form, but not the Basic header of an XML body."""

    name = "lms.header-unchecked"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-04": "header-not-checked", "CLOUD-RECV-05": "wrong-credentials-taken"}

    def authentic(self, submission: Submission, account: Account) -> bool:
        return submission.authtype == "httpbasic" or super().authentic(submission, account)


class BelievesAll(Fault, ReceiverBehaviour):
    """Looks at no credentials."""

    name = "lms.believes-all"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-05": "wrong-credentials-taken", "CLOUD-RECV-04": "header-not-checked"}

    def authentic(self, submission: Submission, account: Account) -> bool:
        return True


class MissingWillDo(Fault, ReceiverBehaviour):
    """Refuses wrong credentials, but not missing ones."""

    name = "lms.missing-will-do"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-05": "missing-credentials-taken"}

    def authentic(self, submission: Submission, account: Account) -> bool:
        return submission.user is None or super().authentic(submission, account)


class UserWillDo(Fault, ReceiverBehaviour):
    """Compares the user and not the password."""

    name = "lms.user-will-do"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-05": "wrong-credentials-taken"}

    def authentic(self, submission: Submission, account: Account) -> bool:
        return not account.user or submission.user == account.user


class RefusesKindly(Fault, ReceiverBehaviour):
    """Answers wrong credentials by 200 and an excuse; nothing is stored, and nothing sent again."""

    name = "lms.refuses-kindly"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-05": "not-4xx"}

    def refused(self, reason: str, submission: Submission) -> Reply:
        return Reply(200, TEXT, b"sorry\n") if reason == CREDENTIALS else super().refused(reason, submission)


class FallsOverStrangers(Fault, ReceiverBehaviour):
    """Answers wrong credentials by 500."""

    name = "lms.falls-over-strangers"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-05": "not-4xx"}

    def refused(self, reason: str, submission: Submission) -> Reply:
        return Reply(500, TEXT, b"internal error\n") if reason == CREDENTIALS else super().refused(reason, submission)
