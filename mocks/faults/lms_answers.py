"""Faults of a results receiver in how it answers: redirects, statuses, sessions, retries, time, care for secrets."""

from __future__ import annotations

from harness.net.listener import Inbound, Reply
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.lms.behaviour import CREDENTIALS, TEXT, Account, ReceiverBehaviour, Record, Submission

COOKIE = ("Set-Cookie", "session=b6f1c0; Path=/; HttpOnly")


class UpgradesToHttps(Fault, ReceiverBehaviour):
    """Redirects http to https, as web servers are told to: the sender takes 301 for success and the data are lost."""

    name = "lms.upgrades-to-https"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-01": "redirected"}

    def intercept(self, inbound: Inbound) -> Reply | None:
        host = inbound.header("Host").partition(":")[0]
        return Reply(301, (*TEXT, ("Location", f"https://{host}{inbound.target}")))


class AddsSlash(Fault, ReceiverBehaviour):
    """Redirects to the same path with a slash at its end."""

    name = "lms.adds-slash"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-01": "redirected"}

    def intercept(self, inbound: Inbound) -> Reply | None:
        return Reply(308, (*TEXT, ("Location", inbound.path + "/"))) if not inbound.path.endswith("/") else None


class SendsToLogin(Fault, ReceiverBehaviour):
    """Redirects to a login page, for nobody is logged in."""

    name = "lms.sends-to-login"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-01": "redirected"}

    def intercept(self, inbound: Inbound) -> Reply | None:
        return Reply(302, (*TEXT, ("Location", "/login?next=" + inbound.path)))


class StoresAndRedirects(Fault, ReceiverBehaviour):
    """Stores the result and then redirects to a page that shows it, as forms for people do."""

    name = "lms.stores-and-redirects"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-01": "redirected"}

    def stored(self, record: Record) -> Reply:
        return Reply(303, (*TEXT, ("Location", "/results")))


class HangsUp(Fault, ReceiverBehaviour):
    """Stores the result and closes the connection without an answer."""

    name = "lms.hangs-up"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-01": "no-answer"}

    def stored(self, record: Record) -> Reply:
        return Reply(drop=True)


class ErrorAfterStoring(Fault, ReceiverBehaviour):
    """Stores the result and then fails, when a mail cannot be sent for example."""

    name = "lms.error-after-storing"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-01": "refused"}

    def stored(self, record: Record) -> Reply:
        return Reply(500, TEXT, b"internal error\n")


class NoContent(Fault, ReceiverBehaviour):
    """Answers 204."""

    name = "lms.no-content"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-02": "not-200"}

    def stored(self, record: Record) -> Reply:
        return Reply(204)


class AcceptsForLater(Fault, ReceiverBehaviour):
    """Answers 202."""

    name = "lms.accepts-for-later"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-02": "not-200"}

    def stored(self, record: Record) -> Reply:
        return Reply(202, TEXT, b"accepted\n")


class OddPort(Fault, ReceiverBehaviour):
    """Is posted to on a port of its own, which the sender may not reach."""

    name = "lms.odd-port"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-15": "odd-port"}
    public_url = "https://lms.example.com:8443/postback"


class PrivateHost(Fault, ReceiverBehaviour):
    """Is known under an address of the inner network alone."""

    name = "lms.private-host"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-15": "private-host"}
    public_url = "http://10.20.30.40/postback"


class WantsToken(Fault, ReceiverBehaviour):
    """Does not exempt its endpoint from the CSRF token: 403 without the cookie that comes with the refusal.

    So no postback is answered with 2xx.
    """

    name = "lms.wants-token"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-11": "refused-without-session"}
    collateral = ("CLOUD-RECV-01",)

    def intercept(self, inbound: Inbound) -> Reply | None:
        known = "session=b6f1c0" in inbound.header("Cookie")
        return None if known else Reply(403, (*TEXT, COOKIE), b"CSRF token missing\n")


class ShowsLogin(Fault, ReceiverBehaviour):
    """Answers 200 with a login page when there is no session, and stores nothing."""

    name = "lms.shows-login"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-11": "not-stored-without-session"}

    def intercept(self, inbound: Inbound) -> Reply | None:
        page = (("Content-Type", "text/html; charset=utf-8"), COOKIE)
        known = "session=b6f1c0" in inbound.header("Cookie")
        return None if known else Reply(200, page, b"<!DOCTYPE html><title>Log in</title>\n")


class RemembersRefused(Fault, ReceiverBehaviour):
    """Notes what it has seen before it stores: the retry of what was refused counts as a repetition."""

    name = "lms.remembers-refused"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-12": "retry-not-stored"}

    def is_repetition(self, submission: Submission) -> bool:
        seen: set[object] = vars(self).setdefault("seen", set())
        known = submission.data in seen
        seen.add(submission.data)
        return known


class StaysShut(Fault, ReceiverBehaviour):
    """Goes on refusing what it has refused once, because it keeps its answer."""

    name = "lms.stays-shut"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-12": "retry-refused"}

    def refused(self, reason: str, submission: Submission) -> Reply:
        vars(self).setdefault("shut", set()).add(submission.data)
        return super().refused(reason, submission)

    def authentic(self, submission: Submission, account: Account) -> bool:
        shut = submission.data is not None and submission.data in vars(self).get("shut", ())
        return not shut and super().authentic(submission, account)


class WorksFirst(Fault, ReceiverBehaviour):
    """Does all that follows from a result before it answers, which takes longer than a sender waits.

    For the sender there is no answer then.
    """

    name = "lms.works-first"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-13": "no-answer-in-time"}
    collateral = ("CLOUD-RECV-01",)
    hangs = True

    def delay(self, patience: float) -> float:
        return 1.5 * patience


class EchoesCredentials(Fault, ReceiverBehaviour):
    """Explains a refusal by repeating the credentials that came."""

    name = "lms.echoes-credentials"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-17": "echoed"}

    def refused(self, reason: str, submission: Submission) -> Reply:
        if reason != CREDENTIALS or submission.password is None:
            return super().refused(reason, submission)
        said = f"{submission.user} may not log in with {submission.password}\n"
        return Reply(403, TEXT, said.encode())


class LogsRequests(Fault, ReceiverBehaviour):
    """Logs each postback as it came."""

    name = "lms.logs-requests"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-17": "logged"}

    def line(self, inbound: Inbound, submission: Submission, reply: Reply) -> str:
        body = inbound.body[:4096].decode("utf-8", "replace")
        return f"{super().line(inbound, submission, reply)} {body} user={submission.user} pw={submission.password}"
