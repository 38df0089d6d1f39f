"""How a collect may come: binding, order, encoding, length, optional elements (CMI010 1.0a §A.1, §6.2)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.pens_records import Collected
from harness.wire.pens_rules import ACCEPTED
from suites.pens_target.rules import accepted_by_effect, control_taken, reported, taken

TOO_LONG = 414
STRANGE_PATH = "/course%20one.zip"
PLUS_CLIENT = "invigil+suite"


def _control_get(by_get: Collected) -> None:
    control(by_get.taken, "a plain collect by GET is taken up: understood, package fetched")


@checks("PENS-MSG-02", needs=["PENS-RESP-01/T"])
def test_post_is_taken(accepted: Collected) -> None:
    """A collect by urlencoded POST is taken."""
    taken(accepted)


@checks("PENS-MSG-01")
def test_get_is_taken(by_get: Collected, accepted: Collected) -> None:
    """A collect by GET is taken; one that is not proves something only where POST is taken."""
    if not by_get.taken:
        control_taken(accepted)
    accepted_by_effect(by_get)


@checks("PENS-CONF-01")
def test_optional_elements_are_optional(optional: Collected, accepted: Collected) -> None:
    """A collect with all required elements is accepted, whichever optional ones come with it."""
    control_taken(accepted)
    accepted_by_effect(optional)


@checks("PENS-MSG-06")
def test_order_is_irrelevant(shuffled: Collected, accepted: Collected) -> None:
    """A collect is accepted whatever the order of its elements."""
    control_taken(accepted)
    accepted_by_effect(shuffled)


@checks("PENS-MSG-07")
def test_percent_encoding_is_undone_once(encoded_path: Collected, accepted: Collected) -> None:
    """Percent-encoding is undone exactly once: %2520 in the message is %20 in the fetch."""
    control_taken(accepted)
    paths = [fetch.request.target.rpartition("/")[2] for fetch in encoded_path.fetches]
    at, wanted = encoded_path.at, STRANGE_PATH[1:]
    expect(paths, "not-fetched", expected=f"a GET for {wanted}", got=encoded_path.got, at=at)
    kept = any("%25" in path for path in paths)
    expect(not kept, "encoding-kept", expected=wanted, got=paths, at=at)
    expect(wanted in paths, "decoded-twice", expected=wanted, got=paths, at=at)


@checks("PENS-MSG-10")
def test_unknown_elements_are_ignored(unknown_element: Collected, accepted: Collected) -> None:
    """Elements that the standard does not know are ignored."""
    control_taken(accepted)
    accepted_by_effect(unknown_element)


@checks("PENS-MSG-11")
def test_long_uri_is_taken_or_414(long_uri: Collected, by_get: Collected) -> None:
    """A GET of 16 KiB is accepted, or refused with HTTP 414."""
    _control_get(by_get)
    status = long_uri.response.status if long_uri.response else 0
    expect(status, "no-response", expected="an HTTP response", got=long_uri.got, at=long_uri.at)
    fine = status == TOO_LONG or long_uri.taken
    expect(fine, "neither-taken-nor-414", expected="acceptance or HTTP 414", got=long_uri.got, at=long_uri.at)


@checks("PENS-MSG-12")
def test_old_http_is_taken(old_http: Collected, by_get: Collected) -> None:
    """A collect by HTTP/1.0, or with Connection: close, is accepted."""
    _control_get(by_get)
    accepted_by_effect(old_http)


@checks("PENS-MSG-13/T")
def test_answer_shows_in_a_browser(by_get: Collected) -> None:
    """A GET from a browser window is allowed; an answer that a browser would not show is noted."""
    _control_get(by_get)
    declared = (by_get.response.header("Content-Type") if by_get.response else None) or ""
    remark("not-displayed", unless=declared.lower().startswith("text/"), got=declared, at=by_get.at)


@checks("PENS-MSG-14")
def test_plus_is_a_space(plus_form: Collected, accepted: Collected) -> None:
    """A plus in a form is a space; a client name that comes back with its plus is noted."""
    control_taken(accepted)
    named = [callback.message.get("client") for callback in (*plus_form.receipts, *plus_form.alerts)]
    remark("plus-kept", unless=PLUS_CLIENT not in named, got=named, at=plus_form.at)
    remark("plus-refused", unless=plus_form.understood, got=plus_form.got, at=plus_form.at)


@checks("PENS-COLLECT-23", "PENS-COLLECT-24")
def test_vendor_data_does_no_harm(vendor_data: Collected, accepted: Collected) -> None:
    """A collect is accepted with 4096 characters of vendor-data, and with data that nobody can know."""
    control_taken(accepted)
    accepted_by_effect(vendor_data)


@checks("PENS-COLLECT-23")
def test_vendor_data_by_get_does_no_harm(vendor_data_by_get: Collected, by_get: Collected) -> None:
    """A collect by GET is accepted with 4096 characters of vendor-data."""
    _control_get(by_get)
    accepted_by_effect(vendor_data_by_get)


@checks("PENS-COLLECT-25")
def test_null_password_is_asked_for(null_password: Collected, accepted: Collected) -> None:
    """A target that has given us a login does not process a collect without the password."""
    control_taken(accepted)
    got = null_password.got
    remark("processed-without-password", unless=not null_password.fetched, got=got, at=null_password.at)


@checks("PENS-COLLECT-26", "PENS-COLLECT-27")
def test_mailto_receipt_is_accepted(mailed: Collected, accepted: Collected) -> None:
    """A collect is accepted when its receipt is a mailto URL, with one address or several."""
    control_taken(accepted)
    taken(mailed)


@checks("PENS-COLLECT-28")
def test_sample_package_id_is_accepted(sample_id: Collected, accepted: Collected) -> None:
    """A package-id of the standard's sample form is accepted: it is a URI, not an http address."""
    control_taken(accepted)
    accepted_by_effect(sample_id)


@checks("PENS-COLLECT-29")
def test_expiry_in_utc_is_accepted(far_expiry: Collected, accepted: Collected) -> None:
    """An expiry that is written in UTC with Z is accepted."""
    control_taken(accepted)
    accepted_by_effect(far_expiry)


@checks("PENS-COLLECT-29")
def test_loose_expiry_is_read(loose_expiry: Collected, accepted: Collected) -> None:
    """An expiry without zone should be read as UTC; as other forms it may be refused, with its own code."""
    control_taken(accepted)
    codes = ACCEPTED["package-url-expiry", "lenient"]
    code, at = reported(loose_expiry, codes), loose_expiry.at
    expect(code in codes, "wrong-code", expected=f"error in {sorted(codes)}", got=loose_expiry.got, at=at)
    fine = loose_expiry.taken or not loose_expiry.case["should"]
    remark("zone-less-refused", unless=fine, got=loose_expiry.got, at=at, warn=True)


@checks("PENS-COLLECT-30")
def test_vocabulary_is_taken_or_1430(vocabulary: Collected, accepted: Collected) -> None:
    """Each package-type of the vocabulary is taken, or answered with 1430 in the answer or the receipt."""
    control_taken(accepted)
    codes = ACCEPTED["package-type", "unsupported"]
    wanted, at = "a fetch, or error=1430", vocabulary.at
    code = reported(vocabulary, codes)
    expect(vocabulary.understood or code in codes, "wrong-code", expected=wanted, got=vocabulary.got, at=at)
    fine = vocabulary.fetched or code in codes
    expect(fine, "neither-taken-nor-1430", expected=wanted, got=vocabulary.got, at=at)
