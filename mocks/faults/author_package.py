"""Faults of a PENS client in where it stages its package and in how its staging server answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from harness.net.listener import Inbound, Reply
from mocks.author.behaviour import AuthorBehaviour
from mocks.faults.base import LEFT_OUT, Fault

PAGE = Reply(200, (("Content-Type", "text/html"),), b"<html><title>This link has expired</title></html>")


class NoExtension(Fault, AuthorBehaviour):
    """Stages the package under a name without extension."""

    name = "author.no-extension"
    breaks = {"PENS-COLLECT-10": "no-file-name"}

    def file_name(self, digest: str) -> str:
        return "download"


class RelativeUrl(Fault, AuthorBehaviour):
    """Leaves scheme and host out of package-url."""

    name = "author.relative-package-url"
    kind = LEFT_OUT
    breaks = {"PENS-COLLECT-10": "not-complete", "PENS-COLLECT-11": "not-http"}

    def change(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(n, "/" + v.split("/", 3)[3] if n == "package-url" else v) for n, v in pairs]


class FtpStaging(Fault, AuthorBehaviour):
    """Stages by ftp with credentials, as desktop tools do that nobody can reach."""

    name = "author.ftp-staging"
    breaks = {"PENS-COLLECT-11": "not-http", "PENS-COLLECT-12": "ftp"}

    def change(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(n, "ftp://ftp.author.example/" + v.split("/", 3)[3] if n == "package-url" else v) for n, v in pairs]


class NotYetStaged(Fault, AuthorBehaviour):
    """Sends the collect before the package is in place."""

    name = "author.not-yet-staged"
    kind = LEFT_OUT
    breaks = {"PENS-COLLECT-13": "not-there"}

    def staged(
        self, inbound: Inbound, content: bytes, login: Mapping[str, str], now: datetime, expires: datetime
    ) -> Reply | None:
        return Reply(404)


class EmptyPackage(Fault, AuthorBehaviour):
    """Stages a file that is still empty."""

    name = "author.empty-package"
    kind = LEFT_OUT
    breaks = {"PENS-COLLECT-13": "empty"}

    def staged(
        self, inbound: Inbound, content: bytes, login: Mapping[str, str], now: datetime, expires: datetime
    ) -> Reply | None:
        return Reply(200, (("Content-Type", "application/zip"),)) if inbound.header("Authorization") else None


class PageForPackage(Fault, AuthorBehaviour):
    """Stages a page about the download instead of the package."""

    name = "author.page-for-package"
    breaks = {"PENS-COLLECT-13": "other-format"}

    def staged(
        self, inbound: Inbound, content: bytes, login: Mapping[str, str], now: datetime, expires: datetime
    ) -> Reply | None:
        return PAGE if inbound.header("Authorization") else None


class RemovedEarly(Fault, AuthorBehaviour):
    """Removes the package a day after it was published, whatever the expiry."""

    name = "author.removed-early"
    kind = LEFT_OUT
    breaks = {"PENS-COLLECT-16": "not-available"}

    def staged(
        self, inbound: Inbound, content: bytes, login: Mapping[str, str], now: datetime, expires: datetime
    ) -> Reply | None:
        return Reply(404) if now > expires - self.lifetime + timedelta(days=1) else None


class PageAfterADay(Fault, AuthorBehaviour):
    """Answers with a page instead of the package a day after it was published."""

    name = "author.page-after-a-day"
    breaks = {"PENS-COLLECT-16": "other-content"}

    def staged(
        self, inbound: Inbound, content: bytes, login: Mapping[str, str], now: datetime, expires: datetime
    ) -> Reply | None:
        return PAGE if now > expires - self.lifetime + timedelta(days=1) else None


class NoHead(Fault, AuthorBehaviour):
    """Answers GET alone."""

    name = "author.no-head"
    kind = LEFT_OUT
    breaks = {"PENS-DL-12": "head-differs"}

    def staged(
        self, inbound: Inbound, content: bytes, login: Mapping[str, str], now: datetime, expires: datetime
    ) -> Reply | None:
        return Reply(405, (("Allow", "GET"),)) if inbound.method == "HEAD" else None


class HeadOfNothing(Fault, AuthorBehaviour):
    """Says in answer to HEAD that the package is empty."""

    name = "author.head-of-nothing"
    breaks = {"PENS-DL-12": "length-differs"}

    def staged(
        self, inbound: Inbound, content: bytes, login: Mapping[str, str], now: datetime, expires: datetime
    ) -> Reply | None:
        return Reply(200, (("Content-Length", "0"),)) if inbound.method == "HEAD" else None


class NoChallenge(Fault, AuthorBehaviour):
    """Refuses who comes without credentials, and does not ask for any."""

    name = "author.no-challenge"
    kind = LEFT_OUT
    breaks = {"PENS-DL-12": "no-challenge"}

    def staged(
        self, inbound: Inbound, content: bytes, login: Mapping[str, str], now: datetime, expires: datetime
    ) -> Reply | None:
        return None if inbound.header("Authorization") else Reply(401, (("Content-Type", "text/plain"),))


class PackageInClear(Fault, AuthorBehaviour):
    """Stages a protected package by http although it serves https."""

    name = "author.package-in-clear"
    breaks = {"PENS-SEC-01": "in-clear"}

    def package_scheme(self, served: tuple[str, ...]) -> str:
        return "http"
