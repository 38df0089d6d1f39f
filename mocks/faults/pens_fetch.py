"""Faults of a PENS target in how the package is fetched, and in what is made of a fetch that failed."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

from harness.wire import pens
from harness.wire.pens_answer import Answer
from harness.wire.pens_rules import Support, Violation
from mocks.engine.domain import ImportJob
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

TRAVERSAL = "%2f"


class FetchesNothing(Fault, PensBehaviour):
    """The package is never fetched; the receipt says success all the same."""

    name = "pens.fetches-nothing"
    kind = LEFT_OUT
    breaks = {"PENS-DL-01": "not-fetched", "ENGINE-PENS-08": "not-fetched"}
    collateral = ("PENS-MSG-02",)

    def fetches(self, job: ImportJob) -> bool:
        return False


class FetchesBesideIt(Fault, PensBehaviour):
    """The last letter of the package's address is cut off before it is fetched."""

    name = "pens.fetches-beside-it"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-01": "not-fetched", "ENGINE-PENS-08": "not-fetched"}
    collateral = ("PENS-MSG-02",)

    def package_url(self, job: ImportJob) -> str:
        return super().package_url(job)[:-1]


class NoHttps(Fault, PensBehaviour):
    """Fetching by https is left out."""

    name = "pens.no-https"
    kind = LEFT_OUT
    breaks = {"PENS-DL-02": "https-refused"}

    def support(self) -> Support:
        return Support(fetch=frozenset({"http"}))


class DropsTls(Fault, PensBehaviour):
    """A package staged by https is asked for by http."""

    name = "pens.drops-tls"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-02": "not-fetched"}

    def package_url(self, job: ImportJob) -> str:
        return super().package_url(job).replace("https://", "http://", 1)


class SilentOnFtp(Fault, PensBehaviour):
    """A collect that names an FTP server is understood, and then nothing happens."""

    name = "pens.silent-on-ftp"
    kind = LEFT_OUT
    breaks = {"PENS-DL-04": "not-reported", "PENS-DL-03": "neither-fetched-nor-refused"}

    def support(self) -> Support:
        return Support(fetch=frozenset({"http", "https", "ftp", "ftps"}))

    def takes_up(self, job: ImportJob) -> bool:
        return not job.elements["package-url"].startswith("ftp")


class FtpCodesSwapped(Fault, PensBehaviour):
    """Missing ftp is reported with the code for ftps, and the other way round."""

    name = "pens.ftp-codes-swapped"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-04": "wrong-code", "PENS-DL-03": "neither-fetched-nor-refused"}

    def code(self, violation: Violation) -> int:
        swapped = {"ftp": 1306, "ftps": 1304}
        return swapped.get(violation.kind) or super().code(violation)


class NoPackageCredentials(Fault, PensBehaviour):
    """User id and password for the package are left out of the fetch."""

    name = "pens.no-package-credentials"
    kind = LEFT_OUT
    breaks = {"PENS-DL-05": "credentials-not-used", "PENS-DL-14": "account-hinders-fetch"}

    def package_credentials(self, job: ImportJob) -> tuple[str, str] | None:
        return None


class EncodedPackagePassword(Fault, PensBehaviour):
    """The password for the package is sent percent-encoded."""

    name = "pens.encoded-package-password"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-05": "credentials-not-used"}

    def package_credentials(self, job: ImportJob) -> tuple[str, str] | None:
        login = super().package_credentials(job)
        return (login[0], quote(login[1], safe="")) if login else None


class DeniedIsGone(Fault, PensBehaviour):
    """Credentials that the staging server refuses are reported as an unresponsive URL."""

    name = "pens.denied-is-gone"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-05": "wrong-code"}

    def fetch_code(self, status: int, error: str | None) -> int:
        return 1310 if status in (401, 403) else super().fetch_code(status, error)


class AccountIsUser(Fault, PensBehaviour):
    """A package-url-account is put before the user id."""

    name = "pens.account-is-user"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-14": "account-hinders-fetch"}

    def package_credentials(self, job: ImportJob) -> tuple[str, str] | None:
        login, account = super().package_credentials(job), job.elements.get("package-url-account")
        return (f"{account}\\{login[0]}", login[1]) if login and account else login


class EmptyCredentials(Fault, PensBehaviour):
    """The question whether there are credentials is left out: empty ones are sent."""

    name = "pens.empty-credentials"
    kind = LEFT_OUT
    breaks = {"PENS-DL-06": "credentials-sent"}

    def package_credentials(self, job: ImportJob) -> tuple[str, str] | None:
        return super().package_credentials(job) or ("", "")


class OwnCredentials(Fault, PensBehaviour):
    """Without credentials for the package the target's own account is sent to the staging server."""

    name = "pens.own-credentials"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-06": "credentials-sent"}

    def package_credentials(self, job: ImportJob) -> tuple[str, str] | None:
        return super().package_credentials(job) or ("engine", "engine-account-3c81")


class SilentOnFailure(Fault, PensBehaviour):
    """A collect whose package could not be fetched ends without a receipt (php-pens on PHP 8)."""

    name = "pens.silent-on-failure"
    kind = LEFT_OUT
    breaks = {"PENS-DL-07": "not-reported", "PENS-RCPT-02": "no-receipt"}
    collateral = ("PENS-DL-05", "PENS-DL-08", "PENS-DL-10")

    def receipt_due(self, job: ImportJob) -> bool:
        return job.code == 0


class UnreachableIsGeneral(Fault, PensBehaviour):
    """A package out of reach is reported as a general error."""

    name = "pens.unreachable-is-general"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-07": "wrong-code"}

    def fetch_code(self, status: int, error: str | None) -> int:
        return 1101 if error in ("refused", "dns", "timeout") else super().fetch_code(status, error)


class FailureIsSuccess(Fault, PensBehaviour):
    """The receipt of a failed fetch says 0."""

    name = "pens.failure-is-success"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-02": "no-error", "PENS-DL-07": "reported-success", "PENS-DL-08": "reported-success"}
    collateral = ("PENS-DL-05", "PENS-DL-10")

    def receipt(self, job: ImportJob) -> tuple[tuple[str, str], ...]:
        return self.callback("receipt", job, 0, "package successfully collected")


class IgnoresHttpStatus(Fault, PensBehaviour):
    """The HTTP status of the staging server is not looked at: its error page is the package (php-pens)."""

    name = "pens.ignores-http-status"
    kind = LEFT_OUT
    breaks = {"PENS-DL-08": "reported-success", "PENS-RCPT-02": "no-error"}

    def fetch_code(self, status: int, error: str | None) -> int:
        return super().fetch_code(200 if status and status not in (401, 403) else status, error)


class HttpErrorIsInternal(Fault, PensBehaviour):
    """An HTTP error of the staging server is reported as an internal package error."""

    name = "pens.http-error-is-internal"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-08": "wrong-code"}

    def fetch_code(self, status: int, error: str | None) -> int:
        return 1432 if status >= 404 else super().fetch_code(status, error)


class DropsPackageQuery(Fault, PensBehaviour):
    """The query of package-url is left out of the request."""

    name = "pens.drops-package-query"
    kind = LEFT_OUT
    breaks = {"PENS-DL-09": "other-address"}

    def package_url(self, job: ImportJob) -> str:
        return super().package_url(job).partition("?")[0]


class DecodesPackageQuery(Fault, PensBehaviour):
    """The query of package-url is decoded once more before it is requested."""

    name = "pens.decodes-package-query"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-09": "other-address"}

    def package_url(self, job: ImportJob) -> str:
        base, mark, query = super().package_url(job).partition("?")
        return base + mark + unquote(query)


class StrictExtension(Fault, PensBehaviour):
    """A package-url has to end with the extension: one with a query is refused (php-pens, Chamilo)."""

    name = "pens.query-refused"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-09": "refused"}

    def extension_fits(self, elements: Mapping[str, str]) -> bool:
        url = elements.get("package-url", "")
        return "?" not in url or url.endswith(".zip")


class LooksIntoNothing(Fault, PensBehaviour):
    """What was fetched is taken for a package without a look."""

    name = "pens.looks-into-nothing"
    kind = LEFT_OUT
    breaks = {
        "PENS-DL-10": "reported-success",
        "PENS-ALERT-02": "reported-success",
        "ENGINE-PENS-12": "reported-success",
    }

    def package_code(self, reason: str | None) -> int:
        return 0


class BadPackageIsArgument(Fault, PensBehaviour):
    """A package that is none is reported as an argument error."""

    name = "pens.bad-package-is-argument"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-10": "wrong-code", "PENS-ALERT-02": "wrong-code", "ENGINE-PENS-12": "wrong-code"}

    def package_code(self, reason: str | None) -> int:
        return 1201 if reason else 0


class OpensLocalFiles(Fault, PensBehaviour):
    """The scheme of package-url is not looked at; a local file is opened, and the receipt says success."""

    name = "pens.opens-local-files"
    kind = LEFT_OUT
    breaks = {"PENS-DL-11": "reported-success"}

    def violations(self, message: object, now: object) -> tuple[Violation, ...]:
        found = super().violations(message, now)  # type: ignore[arg-type]
        return tuple(violation for violation in found if violation.element != "package-url")

    def fetches(self, job: ImportJob) -> bool:
        return pens.scheme_of(job.elements["package-url"]) not in ("file", "jar")


class ShowsLocalFiles(Fault, PensBehaviour):
    """A local file is refused with an error text that shows its first line."""

    name = "pens.shows-local-files"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-11": "content-leaked"}

    def answer(self, command: str, code: int) -> Answer:
        return Answer(code, "no package: root:x:0:0:") if code == 1301 else super().answer(command, code)


class LocalFilesAreAbsent(Fault, PensBehaviour):
    """A local file is refused with the code for a missing client."""

    name = "pens.local-files-are-absent"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-11": "wrong-code"}

    def code(self, violation: Violation) -> int:
        return 2010 if violation.kind == "scheme" else super().code(violation)


class FetchesAgain(Fault, PensBehaviour):
    """What was fetched is not kept: the package is fetched once more."""

    name = "pens.fetches-again"
    kind = LEFT_OUT
    breaks = {"PENS-DL-13": "fetched-again"}

    fetch_attempts = 2


class ProbesByGet(Fault, PensBehaviour):
    """Two probes, each a complete GET, come before the fetch."""

    name = "pens.probes-by-get"
    kind = WRONG_VALUE
    breaks = {"PENS-DL-13": "fetched-again"}

    fetch_attempts = 3


class TakesInternalAddresses(Fault, PensBehaviour):
    """An internal address that a caller names is taken: the receipt says that a package was there."""

    name = "pens.takes-internal-addresses"
    kind = LEFT_OUT
    breaks = {"PENS-SEC-02": "internal-address-taken"}

    def closed_off(self, host: str) -> int:
        return 0


class StumblesOverNames(Fault, PensBehaviour):
    """Work on a package whose file name hides a path ends without a word."""

    name = "pens.stumbles-over-names"
    kind = LEFT_OUT
    breaks = {"PENS-SEC-03": "nothing-told"}

    def takes_up(self, job: ImportJob) -> bool:
        return TRAVERSAL not in urlsplit(job.elements["package-url"]).path.lower()


class OverwritesItself(Fault, PensBehaviour):
    """A file name that hides a path overwrites what the target needs: the caller's later collects fail."""

    name = "pens.overwrites-itself"
    kind = WRONG_VALUE
    breaks = {"PENS-SEC-03": "later-not-fetched"}

    def takes_up(self, job: ImportJob) -> bool:
        spoilt: set[str] = vars(self).setdefault("_spoilt", set())
        if TRAVERSAL in urlsplit(job.elements["package-url"]).path.lower():
            spoilt.add(job.elements["client"])
            return True
        return job.elements["client"] not in spoilt
