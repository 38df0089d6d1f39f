"""What a signature has to be, and who is refused with which code (SCORM Cloud "Communication Format" V1)."""

from __future__ import annotations

from harness.judging.expect import control, expect
from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Story
from suites.cloud_v1.rules import refused, succeeded
from suites.cloud_v1.rules_access import kept_out, let_in, looked_at


@checks("CLOUD-AUTH-01", "CLOUD-AUTH-02", "CLOUD-AUTH-08", "CLOUD-AUTH-09")
def test_a_right_signature_is_accepted(signing: Story) -> None:
    """A call whose names are sorted ignoring case, each once before its sorted values, is let in."""
    looked_at(signing)
    let_in(signing["signed"])


@checks("CLOUD-AUTH-03")
def test_a_signature_over_names_sorted_by_case_is_refused(by_case: Story) -> None:
    """A signature over names that were sorted with regard to case is refused with 104."""
    looked_at(by_case)
    control(by_case["signed"].is_ok, "the call is accepted with names sorted ignoring case")
    refused(by_case["by-case"], 104)


@checks("CLOUD-AUTH-04")
def test_hex_digits_of_either_case_are_accepted(hex_digits: Story) -> None:
    """A signature is accepted in lower-case and in upper-case hex digits."""
    both = [hex_digits["lower"], hex_digits["upper"]]
    control(any(called.is_ok for called in both), "the call succeeds with digits of one case")
    control(hex_digits["flipped"].failed, "the same call with a wrong signature is refused")
    for called in both:
        succeeded(called)


@checks("CLOUD-AUTH-05", "CLOUD-AUTH-06")
def test_decoded_utf_8_is_what_is_signed(encoded_values: Story) -> None:
    """A call is let in by a signature over its decoded values in UTF-8, however they are encoded in the URL."""
    looked_at(encoded_values)
    let_in(encoded_values["signed"])


@checks("CLOUD-AUTH-07")
def test_an_uploaded_file_is_not_signed(signed_upload: Story) -> None:
    """A file that is posted under the name filedata or file does not count for the signature."""
    looked_at(signed_upload)
    let_in(signed_upload["signed"])


@checks("CLOUD-AUTH-10")
def test_origin_and_applib_count_when_sent(origins: Story) -> None:
    """origin and applib count for the signature when they are sent, and need not be sent."""
    both = [origins["with"], origins["without"]]
    control(any(called.is_ok for called in both), "the call succeeds with or without origin and applib")
    for called in both:
        let_in(called)
    kept_out(origins["uncounted"])


@checks("CLOUD-AUTH-11", "CLOUD-AUTH-12", "CLOUD-AUTH-13", "CLOUD-AUTH-14")
def test_wrong_authentication_is_refused_by_its_code(refusing: Story) -> None:
    """A call that lacks appid, ts or sig, or has a wrong one, is refused with the code of that."""
    control(refusing["twin"].is_ok, "the same call with all in order succeeds")
    refused(refusing["broken"], *(int(code) for code in refusing.case["codes"]))


@checks("CLOUD-AUTH-18")
def test_a_signed_url_works_again(repeated_url: Story) -> None:
    """The same signed URL is accepted again while its timestamp is valid."""
    looked_at(repeated_url)
    control(repeated_url["try-1"].is_ok, "the signed URL works once")
    for number in range(2, 7):
        succeeded(repeated_url[f"try-{number}"])


@checks("CLOUD-AUTH-19")
def test_ping_and_get_time_ask_for_no_authentication(unauthenticated: Story) -> None:
    """debug.ping and debug.getTime are answered without authentication, and with one that is wrong."""
    looked_at(unauthenticated)
    succeeded(unauthenticated["called"])


@checks("CLOUD-AUTH-20")
def test_auth_ping_asks_for_authentication(unsigned_ping: Story) -> None:
    """debug.authPing without authentication does not succeed."""
    control(unsigned_ping["twin"].is_ok, "an authPing with authentication succeeds")
    called = unsigned_ping["bare"]
    expect(not called.is_ok, "accepted", expected="a refusal", got=called.got, at=called.at)


@checks("CLOUD-AUTH-21")
def test_objects_of_one_application_are_invisible_to_another(crossing: Story) -> None:
    """Another application finds neither course nor registration of ours, and cannot delete them."""
    control(crossing["other-app"].is_ok, "the other application is let in")
    control(crossing["own-registration"].rsp.text("result") == "true", "our own application finds its registration")
    for step in ("course", "registration"):
        called = crossing[f"other-{step}"]
        seen = called.rsp.text("result") == "true"
        expect(not seen, f"{step}-visible", expected="false, or a failure", got=called.got, at=called.at)
    result, listed, still = crossing["other-result"], crossing["other-list"], crossing["still"]
    expect(not result.is_ok, "result-visible", expected="a failure", got=result.got, at=result.at)
    count = len(listed.rsp.all("registrationlist/registration"))
    expect(not count, "listed", expected="an empty list, or a failure", got=listed.got, at=listed.at)
    kept = still.rsp.text("result") == "true"
    expect(kept, "deleted", expected="true after another application has tried to delete", got=still.got, at=still.at)
