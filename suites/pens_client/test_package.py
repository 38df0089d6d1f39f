"""Where a client stages its package, and how its staging server answers (CMI010 1.0a §5, §6.2.7-11)."""

from __future__ import annotations

import re

from harness.evidence.entries import Exchange, Half
from harness.judging.expect import control, expect, inapplicable, remark, untestable
from harness.judging.suite import checks
from harness.subjects.publish_records import Published
from harness.wire import pens
from suites.pens_client.rules import came, element, present

SIGNATURES = {"zip": b"PK", "jar": b"PK", "war": b"PK"}
CREDENTIALS = ("package-url-user-id", "package-url-password")
LOCKED = (401, 403)


@checks("PENS-COLLECT-10")
def test_package_url_is_complete(published: Published) -> None:
    """package-url has scheme and host, and its path ends in a file name with extension."""
    url, at = present(published, "package-url"), published.at
    found = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]+([^?#]*)", url)
    expect(found, "not-complete", expected="scheme, host and path", got=url, at=at)
    path = found[1] if found else ""
    expect(
        re.search(r"/[^/]+\.[^/.]+$", path),
        "no-file-name",
        expected="a file name with extension",
        got=url,
        at=at,
    )


@checks("PENS-COLLECT-11")
def test_package_is_offered_by_http(published: Published) -> None:
    """package-url is an http or https URL."""
    url = element(published, "package-url")
    scheme = pens.scheme_of(url)
    expect(scheme in pens.FETCH_SCHEMES, "not-http", expected="http or https", got=url, at=published.at)


@checks("PENS-COLLECT-12")
def test_package_by_ftp_is_noted(published: Published) -> None:
    """That a package is offered by ftp or ftps is noted."""
    url = element(published, "package-url")
    remark("ftp", unless=pens.scheme_of(url) not in ("ftp", "ftps"), got=url, at=published.at)


def visited(record: Published) -> Exchange:
    """Return the first GET of the package with all credentials, or where its redirects led."""
    came(record)
    if not record.probes:
        untestable("the target has not taken the collect, so nobody visited the package")
    first = record.probes[0]
    if first.error == "tls":
        untestable("the certificate of the staging server cannot be verified; see [tls] in the configuration")
    redirected = first.response is not None and first.response.status // 100 == 3
    return record.fetches[-1] if redirected and record.fetches else first


def status_of(exchange: Exchange) -> int:
    """Return the status of a response; 0 when there was none."""
    return exchange.response.status if exchange.response and exchange.error is None else 0


def came_back(exchange: Exchange) -> str:
    """Return what a visit came back with, in words for a report."""
    return exchange.error or (exchange.response.start if exchange.response else "nothing")


def sends_credentials(record: Published) -> bool:
    """Whether the collect carries credentials for the package."""
    return any(record.element(name) for name in CREDENTIALS)


def is_package(record: Published, exchange: Exchange) -> bool:
    """Whether what came begins as a package of the announced format does."""
    body = (exchange.response or Half("")).body
    return body.startswith(SIGNATURES.get(record.element("package-format") or "", b""))


@checks("PENS-COLLECT-13")
def test_package_is_in_place(published: Published) -> None:
    """When the collect has come the package lies at package-url, in the format that was announced."""
    visit = visited(published)
    status, at = status_of(visit), f"{visit.id} response"
    locked = status in LOCKED and sends_credentials(published)
    control(not locked, "the credentials that were sent open the package")
    expect(status == 200, "not-there", expected="200", got=came_back(visit), at=at)
    size = visit.response.size if visit.response else 0
    expect(size, "empty", expected="a package", got=f"{size} bytes", at=at)
    form, body = element(published, "package-format"), (visit.response or Half("")).body[:16]
    expect(is_package(published, visit), "other-format", expected=f"the signature of {form}", got=body, at=at)


@checks("PENS-COLLECT-14")
def test_credentials_open_the_package(published: Published) -> None:
    """A protected package opens to the credentials that the collect carries."""
    visit = visited(published)
    if not sends_credentials(published) or len(published.probes) < 3 or status_of(published.probes[2]) not in LOCKED:
        inapplicable("package credentials")
    opened = status_of(visit) not in LOCKED
    expect(opened, "refused", expected="200", got=came_back(visit), at=f"{visit.id} response")


@checks("PENS-COLLECT-16")
def test_package_stays_until_its_expiry(kept: Published) -> None:
    """A minute before package-url-expiry the package can still be fetched."""
    came(kept)
    control(any(status_of(fetch) == 200 for fetch in kept.fetches), "the package is fetched at once")
    if not kept.probes:
        untestable(f"no visit shortly before package-url-expiry {kept.element('package-url-expiry')!r}")
    visit = kept.probes[-1]
    at = f"{visit.id} response"
    expect(status_of(visit) == 200, "not-available", expected="200", got=came_back(visit), at=at)
    same = visit.response is not None and visit.response.size and is_package(kept, visit)
    expect(same, "other-content", expected="the package", got=(visit.response or Half("")).body[:40], at=at)


@checks("PENS-DL-12")
def test_staging_server_answers_head_and_challenges(published: Published) -> None:
    """HEAD is answered as GET is; who comes to a protected package without credentials is asked for Basic."""
    visited(published)
    control(len(published.probes) > 2, "GET, HEAD and a GET without credentials")
    get, head, bare = published.probes[:3]
    control(status_of(get) // 100 in (2, 3), "the package opens to who comes with all credentials")
    at = f"{head.id} response"
    expect(status_of(head) == status_of(get), "head-differs", expected=came_back(get), got=came_back(head), at=at)
    sizes = [e.response.header("Content-Length") for e in (get, head) if e.response]
    expect(None in sizes or len(set(sizes)) == 1, "length-differs", expected=sizes[0], got=sizes[-1], at=at)
    if sends_credentials(published) and status_of(bare) // 100 not in (2, 3):
        challenge = (bare.response.header("WWW-Authenticate") if bare.response else None) or ""
        asked = status_of(bare) == 401 and re.search(r"\bbasic\b", challenge, re.IGNORECASE)
        got = f"{came_back(bare)}, WWW-Authenticate: {challenge}"
        expect(asked, "no-challenge", expected="401 with a Basic challenge", got=got, at=f"{bare.id} response")


@checks("PENS-SEC-01")
def test_package_password_travels_by_https(published: Published) -> None:
    """A password for the package belongs to an https URL; how the target is reached is not judged here."""
    url = element(published, "package-url")
    if not published.element("package-url-password"):
        inapplicable("package credentials")
    expect(pens.scheme_of(url) != "http", "in-clear", expected="an https package-url", got=url, at=published.at)
