"""Fetching the package: protocols, credentials, address, and what a failure brings (CMI010 1.0a §5, §6.3)."""

from __future__ import annotations

from urllib.parse import urlsplit

from harness.judging.expect import expect, remark, untestable
from harness.judging.suite import checks
from harness.subjects.pens_records import Collected
from harness.subjects.records import events
from harness.wire.pens_rules import ACCEPTED
from suites.pens_target.rules import control_accepted, control_taken
from suites.pens_target.rules_collection import problems, trouble_is_told

ANSWERED = ("PENS-RESP-01/T",)
UNREACHABLE = {1310, 1301}


@checks("PENS-DL-01", needs=ANSWERED)
def test_package_is_fetched_by_http(accepted: Collected) -> None:
    """The package is fetched by http."""
    expect(accepted.fetched, "not-fetched", expected="a complete GET", got=accepted.got, at=accepted.at)


@checks("PENS-DL-02", needs=ANSWERED)
def test_package_is_fetched_by_https(secured: Collected) -> None:
    """The package is fetched by https when its URL says so."""
    expect(1302 not in secured.codes, "https-refused", expected="https", got=list(secured.codes), at=secured.at)
    whole = secured.fetched and all(exchange.url.startswith("https:") for exchange in secured.fetches)
    expect(whole, "not-fetched", expected="a complete GET by https", got=secured.got, at=secured.at)


def _contacted(record: Collected) -> bool:
    return bool(events(record.happened, "ftp"))


@checks("PENS-DL-03", needs=ANSWERED)
def test_package_may_be_fetched_by_ftp(transferred: Collected) -> None:
    """A package-url with the scheme ftp is fetched, or refused by the code for it."""
    whole = any(event.facts.get("whole") for event in events(transferred.happened, "ftp"))
    refused = set(problems(transferred)) & ACCEPTED["package-url", "ftp"]
    remark("neither-fetched-nor-refused", unless=whole or refused, got=transferred.got, at=transferred.at)


@checks("PENS-DL-04", needs=ANSWERED)
def test_missing_ftp_is_reported(transferred: Collected, accepted: Collected) -> None:
    """A target that does not fetch by ftp says 1304, one that does not by ftps 1306; or 1301."""
    control_accepted(accepted)
    codes = ACCEPTED["package-url", transferred.case["scheme"]]
    told, near = problems(transferred), events(transferred.happened, "ftp-staged")[0].facts["near"]
    if not _contacted(transferred) and set(told) & UNREACHABLE and not near:
        untestable("an FTP server that the target can reach")
    expected = f"error in {sorted(codes)}"
    expect(
        told or _contacted(transferred),
        "not-reported",
        expected=expected,
        got=transferred.got,
        at=transferred.at,
    )
    expect(
        set(told) & codes or _contacted(transferred),
        "wrong-code",
        expected=expected,
        got=told,
        at=transferred.at,
    )


@checks("PENS-DL-05", needs=ANSWERED)
def test_credentials_open_the_package(protected: Collected) -> None:
    """The user id and password of the collect are used for the fetch."""
    statuses = [exchange.response.status for exchange in protected.fetches if exchange.response]
    expect(protected.fetched, "credentials-not-used", expected="a complete GET", got=statuses, at=protected.at)


@checks("PENS-DL-05", needs=ANSWERED)
def test_refused_credentials_are_reported(fetching: Collected, accepted: Collected) -> None:
    """Credentials that the staging server refuses are reported with 1312, 401 or 403."""
    control_accepted(accepted)
    trouble_is_told(fetching, {1312, 401, 403})


@checks("PENS-DL-06", needs=ANSWERED)
def test_no_credentials_are_invented(accepted: Collected) -> None:
    """No credentials are sent to the staging server when the collect names none."""
    control_taken(accepted)
    for exchange in accepted.fetches:
        sent = exchange.request.header("Authorization")
        expect(
            sent is None,
            "credentials-sent",
            expected="no Authorization",
            got=sent,
            at=f"{exchange.id} request",
        )


@checks("PENS-DL-07", needs=ANSWERED)
def test_unreachable_package_is_reported(fetching: Collected, accepted: Collected) -> None:
    """A host or port of package-url that cannot be reached is reported with 1310 or 1301."""
    control_accepted(accepted)
    trouble_is_told(fetching, UNREACHABLE)


@checks("PENS-DL-08", needs=ANSWERED)
def test_http_error_is_never_a_success(fetching: Collected, accepted: Collected) -> None:
    """An HTTP error of the staging server is reported: 1310, 1301 or the HTTP status, and never 0."""
    control_accepted(accepted)
    at = fetching.receipt.at if fetching.receipt else fetching.at
    expect(
        fetching.receipt_error != 0,
        "reported-success",
        expected="an error in the receipt",
        got="error=0",
        at=at,
    )
    trouble_is_told(fetching, UNREACHABLE | {int(fetching.case["status"])})


@checks("PENS-DL-09", needs=ANSWERED)
def test_exact_address_is_requested(queried: Collected, accepted: Collected) -> None:
    """Exactly the URL that package-url holds is requested, its query included."""
    control_taken(accepted)
    expect(queried.understood, "refused", expected="a package-url with a query", got=queried.got, at=queried.at)
    url = urlsplit(queried.sent.get("package-url", "") or "")
    expect(queried.fetches, "not-fetched", expected="a GET", got="none", at=queried.at)
    target = queried.fetches[0].request.target
    expected = f"{url.path}?{url.query}"
    expect(
        target == expected,
        "other-address",
        expected=expected,
        got=target,
        at=f"{queried.fetches[0].id} request",
    )


@checks("PENS-DL-10", needs=ANSWERED)
def test_bad_package_is_reported(fetching: Collected, accepted: Collected) -> None:
    """Content that is cut short or no package is reported with 1432, 1301 or 1310."""
    control_accepted(accepted)
    trouble_is_told(fetching, UNREACHABLE | {1432})


@checks("PENS-DL-11", needs=ANSWERED)
def test_local_files_are_refused(local: Collected, accepted: Collected) -> None:
    """A package-url that names a local file is refused, and nothing of the file is told."""
    control_accepted(accepted)
    told = [local.response.body if local.response else b""]
    told += [callback.exchange.request.body for callback in (*local.receipts, *local.alerts)]
    leaked = any(b"root:" in body or b"root%3A" in body for body in told)
    expect(not leaked, "content-leaked", expected="nothing of the file", got="lines of the file", at=local.at)
    trouble_is_told(local, ACCEPTED["package-url", "scheme"])


@checks("PENS-DL-13", needs=(*ANSWERED, "PENS-DL-01"))
def test_package_is_fetched_once(accepted: Collected) -> None:
    """The package is fetched once, and again only after a failure."""
    whole = [
        exchange.id for exchange in accepted.fetches if exchange.request.method == "GET" and exchange.facts.get("whole")
    ]
    expect(len(whole) == 1, "fetched-again", expected="one complete GET", got=whole, at=accepted.at)


@checks("PENS-DL-14", needs=ANSWERED)
def test_account_does_not_hinder_the_fetch(accounted: Collected) -> None:
    """A package-url-account has no part in a fetch by http."""
    remark("account-hinders-fetch", unless=accounted.fetched, got=accounted.got, at=accounted.at)
