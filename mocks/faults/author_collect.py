"""Faults of a PENS client in the elements of the collect that it sends."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from harness.wire import pens
from harness.wire.binding import Pairs
from mocks.author.behaviour import AuthorBehaviour, Publication
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

Changing = Callable[[list[tuple[str, str]]], list[tuple[str, str]]]
JUDGED = {
    "pens-version": "PENS-COLLECT-01",
    "command": "PENS-COLLECT-02",
    "package-type": "PENS-COLLECT-04",
    "package-type-version": "PENS-COLLECT-05",
    "package-format": "PENS-COLLECT-06",
    "package-id": "PENS-COLLECT-07",
    "package-url": "PENS-COLLECT-10",
    "package-url-expiry": "PENS-COLLECT-15",
    "client": "PENS-COLLECT-18",
    "receipt": "PENS-COLLECT-20",
}


def _changing(
    name: str,
    kind: str,
    doc: str,
    breaks: Mapping[str, str],
    changed: Changing,
    collateral: tuple[str, ...] = (),
) -> type[Fault]:
    """Make a fault that changes the elements of the collect."""

    def change(self: AuthorBehaviour, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return changed(pairs)

    members = {
        "__module__": __name__, "__doc__": doc, "name": f"author.{name}", "kind": kind, "breaks": breaks,
        "collateral": collateral, "change": change,
    }  # fmt: skip
    return type(name.title().replace("-", ""), (Fault, AuthorBehaviour), members)


def _without(*elements: str) -> Changing:
    return lambda pairs: [pair for pair in pairs if pair[0] not in elements]


def _with(element: str, value: str) -> Changing:
    return lambda pairs: [(name, value if name == element else old) for name, old in pairs]


def _leaves_out(element: str) -> type[Fault]:
    breaks = {"PENS-CONF-03": f"no-{element}", JUDGED[element]: "missing"}
    return _changing(f"no-{element}", LEFT_OUT, f"Sends no {element}.", breaks, _without(element))


def _says(name: str, element: str, value: str, kind: str, breaks: Mapping[str, str], *collateral: str) -> type[Fault]:
    return _changing(name, kind, f"Sends {value!r} as {element}.", breaks, _with(element, value))


FAMILY = (
    *(_leaves_out(element) for element in pens.REQUIRED),
    _changing(
        "capital-client",
        WRONG_VALUE,
        "Writes Client for client.",
        {"PENS-CONF-03": "no-client", "PENS-MSG-08": "misspelt", "PENS-COLLECT-18": "missing"},
        lambda pairs: [("Client" if name == "client" else name, value) for name, value in pairs],
    ),
    _changing(
        "process",
        WRONG_VALUE,
        "Adds an element that only its own target knows.",
        {"PENS-MSG-09": "extra-elements"},
        lambda pairs: [*pairs, ("process", "1")],
    ),
    _says("version-word", "pens-version", "PENS 1", WRONG_VALUE, {"PENS-COLLECT-01": "not-a-version"}),
    _says("version-2", "pens-version", "2.0.0", WRONG_VALUE, {"PENS-COLLECT-01": "unreleased"}),
    _says("command-capital", "command", "COLLECT", WRONG_VALUE, {"PENS-COLLECT-02": "not-collect"}),
    _says(
        "command-delete",
        "command",
        "Delete",
        WRONG_VALUE,
        {"PENS-COLLECT-02": "not-collect", "PENS-COLLECT-03": "reserved-word"},
    ),
    _changing(
        "command-revise",
        LEFT_OUT,
        "Leaves out that Revise is reserved for a later version, and sends it.",
        {"PENS-COLLECT-02": "not-collect", "PENS-COLLECT-03": "reserved-word"},
        _with("command", "Revise"),
    ),
    _says("type-scorm", "package-type", "scorm", WRONG_VALUE, {"PENS-COLLECT-04": "unknown-type"}),
    _says("type-ims-qti", "package-type", "ims-qti", WRONG_VALUE, {"PENS-COLLECT-04": "ims-qti"}),
    _says("type-version-blank", "package-type-version", " ", WRONG_VALUE, {"PENS-COLLECT-05": "empty"}),
    _says(
        "type-version-2004",
        "package-type-version",
        "2004",
        WRONG_VALUE,
        {"PENS-COLLECT-05": "manifest-differs"},
    ),
    _says("format-pif", "package-format", "pif", WRONG_VALUE, {"PENS-COLLECT-06": "unknown-format"}),
    _says(
        "id-number",
        "package-id",
        "4711",
        WRONG_VALUE,
        {"PENS-COLLECT-07": "not-absolute", "PENS-COLLECT-08": "same-id", "PENS-COLLECT-09": "no-authority"},
    ),
    _says(
        "expiry-by-words",
        "package-url-expiry",
        "31/12/2099 12:00",
        WRONG_VALUE,
        {"PENS-COLLECT-15": "not-iso"},
    ),
    _says("expiry-date-only", "package-url-expiry", "2099-12-31", WRONG_VALUE, {"PENS-COLLECT-15": "no-time"}),
    _says("expiry-null", "package-url-expiry", "", WRONG_VALUE, {"PENS-COLLECT-15": "null-expiry"}),
    _says(
        "expiry-fraction",
        "package-url-expiry",
        "2099-12-31T12:00:00.000Z",
        WRONG_VALUE,
        {"PENS-COLLECT-15": "other-form"},
    ),
    _says("client-null", "client", "", WRONG_VALUE, {"PENS-COLLECT-18": "empty-client"}),
    _says("receipt-bare", "receipt", "author@example.com", WRONG_VALUE, {"PENS-COLLECT-20": "bare-address"}),
    _says("receipt-gopher", "receipt", "gopher://author.example/", WRONG_VALUE, {"PENS-COLLECT-20": "not-a-url"}),
    _says("receipt-hostless", "receipt", "http:/pens", WRONG_VALUE, {"PENS-COLLECT-20": "not-complete"}),
    _says("alerts-bare", "alerts", "author@example.com", WRONG_VALUE, {"PENS-COLLECT-22": "bare-address"}),
    _says("alerts-word", "alerts", "yes", WRONG_VALUE, {"PENS-COLLECT-22": "not-a-url"}),
    _says(
        "mail-semicolon",
        "alerts",
        "mailto:a@example.com;b@example.com",
        WRONG_VALUE,
        {"PENS-COLLECT-21": "not-by-commas"},
    ),
    _changing(
        "mail-no-comma",
        LEFT_OUT,
        "Leaves out what separates the recipients, but for a space.",
        {"PENS-COLLECT-21": "not-by-commas"},
        _with("alerts", "mailto:a@example.com b@example.com"),
    ),
    _changing(
        "no-system-credentials",
        LEFT_OUT,
        "Sends no credentials for the target.",
        {"ENGINE-PENS-17": "no-user"},
        _without("system-user-id", "system-password"),
    ),
    _changing(
        "no-system-user",
        LEFT_OUT,
        "Sends a password for the target without the user to whom it belongs.",
        {"ENGINE-PENS-17": "no-user", "PENS-COLLECT-19": "password-without-user"},
        _without("system-user-id"),
    ),
    _changing(
        "no-system-password",
        LEFT_OUT,
        "Sends a user for the target without password.",
        {"ENGINE-PENS-17": "no-password"},
        _without("system-password"),
    ),
    _says("system-user-anonymous", "system-user-id", "anonymous", WRONG_VALUE, {"ENGINE-PENS-17": "other-user"}),
)


class NoZ(Fault, AuthorBehaviour):
    """Leaves the Z out of the expiry."""

    name = "author.expiry-no-z"
    kind = LEFT_OUT
    breaks = {"PENS-COLLECT-15": "no-z"}

    def expiry(self, now: datetime) -> str:
        return super().expiry(now).removesuffix("Z")


class LocalExpiry(Fault, AuthorBehaviour):
    """Writes the expiry in local time with its offset."""

    name = "author.expiry-local"
    breaks = {"PENS-COLLECT-15": "not-utc"}

    def expiry(self, now: datetime) -> str:
        return super().expiry(now + timedelta(hours=2)).replace("Z", "+02:00")


class AlreadyExpired(Fault, AuthorBehaviour):
    """Sends an expiry that is over, and serves the package no longer."""

    name = "author.expired"
    breaks = {"PENS-COLLECT-17": "expired"}
    collateral = ("PENS-COLLECT-13",)
    lifetime = timedelta(hours=-1)


class FreshId(Fault, AuthorBehaviour):
    """Invents a new package-id for every publication, also of the same content."""

    name = "author.fresh-id"
    breaks = {"PENS-COLLECT-08": "changed-id"}

    def package_id(self, namespace: str, digest: str) -> str:
        return f"{namespace}:{uuid.uuid4()}"


class OneId(Fault, AuthorBehaviour):
    """Leaves the content out of the package-id, which is the same for all packages."""

    name = "author.one-id"
    kind = LEFT_OUT
    breaks = {"PENS-COLLECT-08": "same-id"}

    def package_id(self, namespace: str, digest: str) -> str:
        return f"{namespace}:package"


class UrnId(Fault, AuthorBehaviour):
    """Sends a package-id without the address of a product."""

    name = "author.urn-id"
    breaks = {"PENS-COLLECT-09": "no-authority"}

    def package_id(self, namespace: str, digest: str) -> str:
        return f"urn:sha256:{digest}"


class WrongPackagePassword(Fault, AuthorBehaviour):
    """Sends a password that does not open the package."""

    name = "author.wrong-package-password"
    breaks = {"PENS-COLLECT-14": "refused"}

    def package_credentials(self, publication: Publication) -> Pairs:
        return (
            ("package-url-user-id", publication.package_user),
            ("package-url-password", "not-the-password"),
        )


class NoPackagePassword(Fault, AuthorBehaviour):
    """Sends the user for the package without password."""

    name = "author.no-package-password"
    kind = LEFT_OUT
    breaks = {"PENS-COLLECT-14": "refused"}

    def package_credentials(self, publication: Publication) -> Pairs:
        return (("package-url-user-id", publication.package_user),)
