"""How the engine behaves as a PENS target: one small method for every thing that may be got wrong.

State lives in the store; this object is composed for a tenant, at the moment of use, from the profile's settings
and the faults that are planted. Each docstring says where the behaviour comes from: text, observed or assumed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from harness.net.listener import Inbound, Reply
from harness.net.reach import is_loopback
from harness.wire import pens
from harness.wire.binding import Decoded, Pairs, decode_message, encode_multipart, encode_query, join_query
from harness.wire.pens_answer import KEYS, UNDERSTOOD, Answer
from harness.wire.pens_rules import PREFERRED, Support, Violation, violations
from mocks.engine.domain import PENS_REQUEST, PENS_SCOPE, Credential, ImportJob, Tenant

SUCCESS_RECEIPT = "package successfully collected"
SUCCESS_ALERT = "package successfully deployed"


class PensBehaviour:
    """The right behaviour; faults override single methods or attributes of it."""

    content_type = "text/plain"
    status = 200
    answers_first = True
    outcome_in_answer = False
    receipt_copies = 1
    fetch_attempts = 1
    sends_alert_first = False
    mail_from = "engine@engine.example"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    # --- reading the command -------------------------------------------------------------------------------------

    def decode(self, inbound: Inbound) -> Decoded:
        """Read GET, urlencoded POST and multipart POST (text: CMI010 1.0a §A.1; multipart observed)."""
        query = self.message_query(inbound)
        return decode_message(inbound.method, query, inbound.header("Content-Type"), inbound.body)

    def message_query(self, inbound: Inbound) -> bytes:
        """Return the part of a query that is the message: all but the tenant, which belongs to the address."""
        parts = [part for part in inbound.query.split(b"&") if not part.startswith(b"configuration=")]
        return b"&".join(parts)

    def refuses_request(self, inbound: Inbound) -> Reply | None:
        """Refuse a request before it is read as a command; None lets it in."""
        if inbound.method not in ("GET", "POST", "HEAD"):
            return Reply(405, (("Allow", "GET, POST"), ("Content-Type", "text/plain")))
        if self.settings["post_only"] and inbound.method != "POST":
            return Reply(405, (("Allow", "POST"), ("Content-Type", "text/html")), b"<html><title>405</title></html>")
        if self.settings["bare_get_success"] and inbound.method == "GET" and not self.message_query(inbound):
            return self.reply(self.answer("collect", 0))
        return None

    def is_silent_on(self, message: Decoded) -> bool:
        """Whether a command is met with an empty body (observed: php-pens, for receipt, alert and ``process``)."""
        foreign = message.get("command") in pens.CALLBACK_COMMANDS
        internal = message.get("process") is not None
        return bool(self.settings["silent_on_foreign_command"]) and (foreign or internal)

    # --- who may ------------------------------------------------------------------------------------------------

    def lets_in(self, tenant: Tenant | None) -> bool:
        """Whether AllowedRequests, of the system and of the tenant, hold Pens_COLLECT (text: Rustici "PENS")."""
        allowed = PENS_REQUEST in self.settings["allowed_requests"]
        return allowed and tenant is not None and PENS_REQUEST in tenant.allowed_requests

    def may_collect(self, credential: Credential | None, tenant: Tenant, secret: str) -> bool:
        """Whether a credential is right, has the scope and is not another tenant's (text: Rustici "PENS")."""
        if not self.settings["auth_required"]:
            return True
        if credential is None or credential.secret != secret:
            return False
        scoped = not credential.scopes or PENS_SCOPE in credential.scopes
        return scoped and credential.tenant in ("", tenant.name)

    def credential_of(self, inbound: Inbound, message: Decoded) -> tuple[str, str]:
        """Return id and secret of a request: system-user-id and system-password; Basic where switched on (assumed)."""
        user, secret = message.get("system-user-id", "") or "", message.get("system-password", "") or ""
        basic = inbound.header("Authorization")
        if not user and self.settings["accepts_basic"] and basic.startswith("Basic "):
            user, _, secret = base64.b64decode(basic[6:]).decode("utf-8", "replace").partition(":")
        return user, secret

    def refusal(self) -> Answer:
        """Answer who may not collect (assumed: the standard has no code of its own; 1420 by its text column)."""
        return Answer(1420, "Insufficient permission")

    @property
    def refusal_status(self) -> int:
        """The HTTP status of a refusal (assumed)."""
        return int(self.settings["refusal_status"])

    # --- is it a valid collect ----------------------------------------------------------------------------------

    def support(self) -> Support:
        """What this target takes beyond the standard's floor."""
        fetch = (*pens.FETCH_SCHEMES, *(("ftp",) if self.settings["fetch_ftp"] else ()))
        return Support(
            types=frozenset(self.settings["package_types"]),
            formats=frozenset(self.settings["package_formats"]),
            fetch=frozenset(fetch),
            empty_is_null=bool(self.settings["empty_is_null"]),
        )

    def violations(self, message: Decoded, now: datetime) -> tuple[Violation, ...]:
        """Return all that is wrong with a collect (text: CMI010 1.0a §6.2, §6.3)."""
        if message.binding == "unknown" or not message.pairs:
            return (Violation("command", "unparseable"),)
        elements = self.lenient(self.read(message))
        found = violations(elements, self.support(), now)
        if not self.extension_fits(elements) and not any(v.element in ("command", "package-url") for v in found):
            found = (*found, Violation("package-url", "malformed"))
        return tuple(violation for violation in found if not self.overlooks(violation, message))

    def lenient(self, elements: dict[str, str]) -> dict[str, str]:
        """Read dates as PHP does and take ``0`` for missing, where switched on (observed: php-pens, Chamilo)."""
        if self.settings["php_dates"] and elements.get("package-url-expiry") in ("tomorrow", "1234567890"):
            elements = elements | {"package-url-expiry": "2099-01-01T00:00:00Z"}
        if self.settings["zero_is_missing"]:
            doubtful = ("client", "package-type-version")
            elements = {name: value for name, value in elements.items() if not (name in doubtful and value == "0")}
        return elements

    def overlooks(self, violation: Violation, message: Decoded) -> bool:
        """Whether a violation is not noticed at all (observed: php-pens, Chamilo)."""
        element, kind = violation.element, violation.kind
        if self.settings["loose_package_id"] and (element, kind) == ("package-id", "malformed"):
            return re.search(r".:.", message.get("package-id") or "") is not None
        return bool(self.settings["any_callback_scheme"]) and element in ("receipt", "alerts") and kind == "scheme"

    def extension_fits(self, elements: Mapping[str, str]) -> bool:
        """Whether the URL ends in ``.`` and the format, where that is demanded (observed: php-pens, Chamilo)."""
        if not self.settings["strict_extension"]:
            return True
        return elements.get("package-url", "").endswith("." + elements.get("package-format", ""))

    def read(self, message: Decoded) -> dict[str, str]:
        """Return the elements on which the message is judged and processed."""
        return message.elements

    def code(self, violation: Violation) -> int:
        """Return the code of a violation (text: CMI010 1.0a §6.3, the most specific one)."""
        if (violation.element, violation.kind) == ("package-format", "unsupported"):
            return int(self.settings["unsupported_format_code"])
        return PREFERRED[violation.element, violation.kind]

    def is_late(self, violation: Violation) -> bool:
        """Whether a violation is reported in the receipt, while the answer says 0 (observed: php-pens, Chamilo)."""
        return bool(self.settings["late_validation"]) and violation.kind in (
            "unsupported",
            "expired",
            "scheme",
            "ftp",
            "ftps",
        )

    def choose(self, codes: list[int]) -> int:
        """Choose among several codes: the highest (text: CMI010 1.0a §6.3), or the first (observed: php-pens)."""
        return codes[0] if self.settings["error_precedence"] == "first" else max(codes)

    def after_refusal(self, code: int) -> int | None:
        """Return the code with which work goes on after a refusal; None stops it (text: CMI010 1.0a §5.1)."""
        return None

    # --- the answer ---------------------------------------------------------------------------------------------

    def answer(self, command: str, code: int) -> Answer:
        """Compose the answer to a command."""
        text = UNDERSTOOD.format(command) if code == 0 else pens.CODES.get(code, "error")
        return Answer(code, text)

    def write_answer(self, answer: Answer) -> bytes:
        """Write an answer (text: CMI010 1.0a §A.1.2); bare LF by a switch (observed: Chamilo, on 1432)."""
        bare = {"never": False, "always": True, "internal": answer.error == 1432}[self.settings["lf_only"]]
        return answer.encode().replace(b"\r\n", b"\n") if bare else answer.encode()

    @property
    def waits(self) -> bool:
        """Whether the answer waits for download, receipt and alert (observed: Chamilo 2)."""
        return not self.answers_first or bool(self.settings["callbacks_before_response"])

    def reply(self, answer: Answer, status: int | None = None) -> Reply:
        """Wrap an answer for HTTP: 200 with a body, whatever its code (observed: all deployed targets)."""
        return Reply(status or self.status, (("Content-Type", self.content_type),), self.write_answer(answer))

    # --- fetching the package -----------------------------------------------------------------------------------

    def takes_up(self, job: ImportJob) -> bool:
        """Whether work on an accepted collect ever begins."""
        return True

    def fetches(self, job: ImportJob) -> bool:
        """Whether the package is fetched at all (text: CMI010 1.0a §5.1)."""
        return True

    def package_url(self, job: ImportJob) -> str:
        """Return the URL to request: exactly the decoded one (text: CMI010 1.0a §6.2.7)."""
        return job.elements.get("package-url", "")

    def package_credentials(self, job: ImportJob) -> tuple[str, str] | None:
        """Return user and password for the staging server, sent pre-emptively as Basic (observed)."""
        user = job.elements.get("package-url-user-id", "")
        return (user, job.elements.get("package-url-password", "")) if user else None

    def may_contact(self, host: str) -> bool:
        """Whether an address that a caller supplied may be contacted (setting ``outbound``: loopback or any)."""
        if self.settings["outbound"] == "none":
            return False
        return self.settings["outbound"] == "any" or is_loopback(host)

    def closed_off(self, host: str) -> int:
        """Return the code for an address that may not be contacted (observed: Chamilo)."""
        return 1310

    def fetch_code(self, status: int, error: str | None) -> int:
        """Return the code for the outcome of a fetch (text: CMI010 1.0a §6.3; 401 and 403 observed)."""
        if error == "too-large":
            return int(self.settings["too_large_code"])
        if error in ("truncated", "reset"):
            return 1301
        if error:
            return 1310
        if status in (401, 403) and not self.settings["ignore_http_status"]:
            return 1312
        return 0 if status == 200 or self.settings["ignore_http_status"] else 1310

    def package_code(self, reason: str | None) -> int:
        """Return the code for what the inspection of the archive said (text: CMI010 1.0a §6.3)."""
        if not self.settings["checks_package"]:
            return 0
        if reason == "not-an-archive":
            return int(self.settings["not_zip_code"])
        return 1432 if reason else 0

    # --- telling the client -------------------------------------------------------------------------------------

    def announcements(self, job: ImportJob) -> list[Pairs]:
        """Compose alerts that come before the package is fetched: none."""
        return []

    def undelivered(self, command: str, job: ImportJob) -> None:
        """Take note that a receipt or an alert could not be delivered: nothing depends on it."""

    def receipt_due(self, job: ImportJob) -> bool:
        """Whether a receipt is sent (text: obligatory, CMI010 1.0a §5.1)."""
        secure = job.elements.get("package-url", "").startswith(("https:", "file:"))
        return not (self.settings["drop_receipt"] == "secure" and secure and job.code)

    def receipt(self, job: ImportJob) -> Pairs:
        """Compose the receipt of a job."""
        return self.callback("receipt", job, job.code, job.text or SUCCESS_RECEIPT)

    def alerts(self, job: ImportJob) -> list[Pairs]:
        """Compose the alerts that follow the receipt: deployed, or what went wrong (text: §5.1, §6 note 6)."""
        if job.code == 0:
            return [self.callback("alert", job, 0, SUCCESS_ALERT)]
        return [self.callback("alert", job, job.code, job.text)] if job.code in (1432, 1440) else []

    def alert_due(self, job: ImportJob) -> bool:
        """Whether there is somebody to alert (text: CMI010 1.0a §6.2.16)."""
        return bool(self.alerts_url(job))

    def alerts_url(self, job: ImportJob) -> str:
        """Return where alerts go; empty when nobody asked for them."""
        return job.elements.get("alerts", "")

    def callback(self, command: str, job: ImportJob, code: int, text: str) -> Pairs:
        """Compose a receipt or an alert from the collect (samples: CMI010 1.0a §A.1.1)."""
        echoed = [(name, self.echo(name, job)) for name in pens.CALLBACK_ELEMENTS[1:9]]
        told = [
            ("error", str(code)),
            ("error-text", text),
            ("version", pens.VERSION),
            ("pens-data", self.details(code)),
        ]
        return (("command", command), *echoed, *told)

    def details(self, code: int) -> str:
        """Return what ``pens-data`` says: on an error, what it is about (text: CMI010 1.0a §5.1)."""
        return f"code {code}: {pens.CODES.get(code, 'no standard code')}" if code else ""

    def echo(self, name: str, job: ImportJob) -> str:
        """Return an element of the collect as callbacks carry it."""
        value = job.elements.get(name, "")
        if name == "client" and self.settings["callback_client"]:
            return str(self.settings["callback_client"])
        if name == "package-url-expiry" and self.settings["expiry_format"] != "echo":
            expiry = pens.read_expiry(value)
            return expiry.instant.strftime("%Y-%m-%dT%H:%M:%S+0000") if expiry else value
        return value

    def callback_request(self, url: str, pairs: Pairs) -> tuple[str, str, str, bytes]:
        """Return method, URL, content type and body of a callback (setting ``callback_encoding``)."""
        encoding = self.settings["callback_encoding"]
        if encoding == "get":
            return "GET", join_query(url, encode_query(pairs)), "", b""
        if encoding == "multipart":
            content_type, body = encode_multipart(pairs)
            return "POST", url, content_type, body
        return "POST", url, "application/x-www-form-urlencoded", encode_query(pairs).encode()

    def goes_on(self, acknowledged: int | None) -> bool:
        """Whether the package is processed after what the receipt was answered (observed: php-pens wants 0)."""
        return acknowledged == 0 or not self.settings["require_receipt_ack"]

    # --- mail ---------------------------------------------------------------------------------------------------

    def mail_recipients(self, url: str) -> tuple[str, ...]:
        """Return everybody whom a mailto URL names (text: CMI010 1.0a §6.2.15)."""
        return pens.mailto_addresses(url)

    def mail_acknowledged(self) -> int | None:
        """Return the code that stands for the answer to a mail: nobody answers it (text: CMI010 1.0a §6.3)."""
        return 0

    def mail_headers(self, command: str, job: ImportJob) -> dict[str, str]:
        """Return the headers of a mail (text: CMI010 1.0a §A.1 notes 1, 2)."""
        subject = f"PENS {command.title()} for {job.elements.get('package-id', '')}"
        return {"From": self.mail_from, "Reply-To": self.mail_from, "Subject": subject}

    def mail_body(self, pairs: Pairs) -> str:
        """Return the text of a mail: own words, an empty line, then ``name=value`` lines (text: notes 3 to 5)."""
        if self.settings["mail_body"] == "answer":
            return "".join(f"{name}={value}\r\n" for name, value in pairs if name in KEYS)
        own = "This is an automatic message about a package that you have published."
        return f"{own}\r\n\r\n" + "".join(f"{name}={value}\r\n" for name, value in pairs)
