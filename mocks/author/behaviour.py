"""How the author behaves as a PENS client: one small method for every thing that may be got wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from harness.net.client import Request
from harness.net.listener import Inbound, Reply
from harness.net.receiver import by_the_book, read
from harness.wire import pens
from harness.wire.binding import FORM, Decoded, Pairs, encode_query, join_query
from harness.wire.pens_answer import read_answer


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to be published: the package's identity and the addresses that this author offers."""

    package_id: str
    package_url: str
    receipt_url: str
    alerts_url: str
    title: str
    package_type: str = "scorm-pif"
    package_type_version: str = "1.2"
    user: str = ""
    password: str = ""
    package_user: str = ""
    package_password: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the author shows its user: whether it worked, the code where there is one, and a text."""

    ok: bool
    code: int | None
    text: str

    def __str__(self) -> str:
        if self.ok:
            return f"published: {self.text}"
        return (
            f"publishing failed: error {self.code}: {self.text}"
            if self.code is not None
            else f"publishing failed: {self.text}"
        )


LOST = "lost"


@dataclass(frozen=True, slots=True)
class Moment:
    """When a receipt or an alert comes: is the collect answered, what came earlier, when was the receipt."""

    now: datetime
    answered: bool = True
    earlier: tuple[str, ...] = ()
    receipted: datetime | None = None


class AuthorBehaviour:
    """The right behaviour; faults override single methods or attributes of it."""

    client_name = "invigil author"
    lifetime = timedelta(days=7)
    protects_package = True
    content_type = "application/zip"

    # --- the collect --------------------------------------------------------------------------------------------

    def elements(self, publication: Publication, now: datetime) -> Pairs:
        """Return all elements of the collect, required and optional (text: CMI010 1.0a §6.2)."""
        pairs = [
            ("pens-version", pens.VERSION),
            ("command", self.command()),
            ("package-type", publication.package_type),
            ("package-type-version", publication.package_type_version),
            ("package-format", "zip"),
            ("package-id", publication.package_id),
            ("package-url", publication.package_url),
            ("package-url-expiry", self.expiry(now)),
            ("client", self.client_name),
            ("receipt", publication.receipt_url),
            ("alerts", publication.alerts_url),
            *self.package_credentials(publication),
            *self.system_credentials(publication),
        ]
        return tuple(self.change(pairs))

    def change(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Leave the elements as they are: the seam for faults that drop, rename or add some."""
        return pairs

    def command(self) -> str:
        """Return the command (text: CMI010 1.0a §6.2.2)."""
        return "collect"

    def expiry(self, now: datetime) -> str:
        """Return until when the package is offered, in UTC with Z (text: CMI010 1.0a §6.2.11)."""
        return pens.write_expiry(now + self.lifetime)

    def package_id(self, namespace: str, digest: str) -> str:
        """Return the same id for the same content, another for other content (text: CMI010 1.0a §6.2.6)."""
        return f"{namespace}:{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"

    def file_name(self, digest: str) -> str:
        """Return the name, with extension, under which a package is staged (text: CMI010 1.0a §6.2.7)."""
        return f"course-{digest[:8]}.zip"

    def package_scheme(self, served: tuple[str, ...]) -> str:
        """Return the scheme under which packages are staged: https where it is served (text: §6 note 2)."""
        return "https" if "https" in served else "http"

    def package_credentials(self, publication: Publication) -> Pairs:
        """Return the credentials that open the package, when it is protected."""
        if not publication.package_user:
            return ()
        user, password = publication.package_user, publication.package_password
        return (("package-url-user-id", user), ("package-url-password", password))

    def system_credentials(self, publication: Publication) -> Pairs:
        """Return the credential for the target, when one is configured (observed: Engine and Cloud want it)."""
        if not publication.user:
            return ()
        return (("system-user-id", publication.user), ("system-password", publication.password))

    def request(self, target: str, pairs: Pairs) -> Request:
        """Return the request: POST urlencoded, the target's own query untouched (text: CMI010 1.0a §A.1 note)."""
        return Request("POST", target, (("Content-Type", FORM),), self.encode(pairs).encode())

    def encode(self, pairs: Pairs) -> str:
        """Write the pairs percent-encoded (text: CMI010 1.0a §A.1)."""
        return encode_query(pairs)

    def get_request(self, target: str, pairs: Pairs) -> Request:
        """Return the request of the GET binding, without a second ``?``."""
        return Request("GET", join_query(target, self.encode(pairs)))

    # --- what the user is shown ---------------------------------------------------------------------------------

    def judge_answer(self, status: int, body: bytes, error: str | None) -> Shown | None:
        """Read the answer leniently; return what to show when it is a failure, None to go on (text: §4.1, §5.1)."""
        if error:
            return Shown(False, None, f"no answer from the target ({error})")
        answer = read_answer(body)
        if answer.error is None:
            return Shown(False, None, f"HTTP status {status} without a PENS answer")
        if answer.error in self.warnings():
            return None
        if answer.error:
            return Shown(False, answer.error, answer.error_text or pens.CODES.get(answer.error, "unknown error"))
        return None if 200 <= status < 300 else Shown(False, None, f"HTTP status {status}")

    def warnings(self) -> frozenset[int]:
        """Return the codes that need not stop a publication (text: CMI010 1.0a §6.3, Warning)."""
        return pens.WARNINGS

    def judge_receipt(self, receipt: Decoded | None, package_id: str) -> Shown:
        """Return what to show for a receipt, or for none."""
        if receipt is None:
            return Shown(False, None, f"no receipt came for {package_id}")
        text = receipt.get("error", "") or ""
        code = int(text) if text.isdigit() else None
        if code == 0:
            return Shown(True, 0, f"{package_id}: {receipt.get('error-text') or 'collected'}")
        return Shown(False, code, f"{package_id}: {receipt.get('error-text') or 'no text'}")

    # --- receiving ----------------------------------------------------------------------------------------------

    def acknowledge(self, inbound: Inbound, moment: Moment) -> Reply:
        """Answer a receipt or an alert in PENS form, however it was bound (text: CMI010 1.0a §6.3)."""
        return by_the_book(self.decode(inbound))

    def kind_of(self, message: Decoded, moment: Moment) -> str:
        """Return as what a message is taken: ``receipt``, ``alert``, empty for neither (text: §A.2, by command).

        `LOST` is what faults return: a receipt that this author will never know of.
        """
        command = message.get("command", "") or ""
        return command if command in pens.CALLBACK_COMMANDS else ""

    def belongs_to(self, message: Decoded, awaited: Collection[str]) -> str:
        """Return the package-id of the publication that a receipt is about (text: §5.1)."""
        return message.get("package-id", "") or ""

    def decode(self, inbound: Inbound) -> Decoded:
        """Read a receipt or an alert in any binding (text: §A.1; multipart observed)."""
        return read(inbound)

    # --- staging ------------------------------------------------------------------------------------------------

    def staged(
        self, inbound: Inbound, content: bytes, login: Mapping[str, str], now: datetime, expires: datetime
    ) -> Reply | None:
        """Change how the staging server answers; None leaves it as it is."""
        return None
