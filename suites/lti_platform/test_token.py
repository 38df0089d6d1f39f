"""The token endpoint: what a right assertion gets and how wrong ones are refused (Security Framework 1.0, 4.1)."""

from __future__ import annotations

import re

from harness.judging.expect import control, expect, remark, untestable
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Tooled
from harness.wire.json_text import read_json
from harness.wire.lti_token import SHORTEST_TOKEN
from harness.wire.pns import SCOPE
from suites.lti_platform.rules_token import ERRORS, asked, control_at_work, control_granted, control_success

MEMBERS = (
    "not-json", "not-an-object", "no-access-token", "no-token-type", "wrong-token-type", "no-expires-in", "no-scope",
)  # fmt: skip
LIFE = 3600
NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


@checks("LTI-TOKEN-01")
def test_a_signed_assertion_gets_a_token(granted: Tooled) -> None:
    """A client that proves itself by a signed assertion is given a token for the noticehandlers scope."""
    issued = control_at_work(granted, "token")
    expect(issued.granted, "no-token", expected="200 with access_token", got=issued.got, at=issued.at)


@checks("LTI-TOKEN-02")
def test_an_answer_holds_token_type_life_and_scope(granted: Tooled) -> None:
    """The answer is a JSON object with access_token, token_type bearer, expires_in and scope."""
    issued = control_success(granted, "token")
    problems = issued.answer.problems
    for problem in MEMBERS:
        expect(problem not in problems, problem, expected="all four members", got=", ".join(problems), at=issued.at)
    for problem in ("media-type", "expires-in-not-number"):
        remark(problem, unless=problem not in problems, got=", ".join(problems), at=issued.at, warn=True)


@checks("LTI-TOKEN-03")
def test_never_more_is_granted_than_was_asked_for(granted: Tooled) -> None:
    """The scope of the answer names what was granted: of what was asked for, and known to the platform."""
    issued = control_granted(granted, "token")
    told = issued.answer.scopes or ()
    expect(set(told) <= {SCOPE}, "more-than-asked", expected=SCOPE, got=" ".join(told), at=issued.at)
    two = asked(granted, "two")
    remark("refused-whole", unless=two.granted, got=two.got, at=two.at)
    if two.granted:
        told = two.answer.scopes or ()
        expect(set(told) <= {SCOPE}, "unknown-granted", expected=SCOPE, got=" ".join(told), at=two.at)


@checks("LTI-TOKEN-04")
def test_a_token_lives_for_an_hour(granted: Tooled) -> None:
    """A token is told to live for 3600 seconds, as is recommended."""
    issued = control_granted(granted, "token")
    life = issued.answer.expires_in
    if life is None:  # another form than a number is what another check remarks
        written = (read_json(issued.response.body if issued.response else b"").object or {}).get("expires_in")
        life = float(written) if isinstance(written, str) and NUMBER.fullmatch(written) else None
    expect(life == LIFE, "other-life", expected=LIFE, got=life, at=issued.at)


@checks("LTI-TOKEN-05")
def test_a_token_is_ascii_and_long_enough(granted: Tooled) -> None:
    """A token is of ASCII characters, and of at least 15."""
    issued = control_granted(granted, "token")
    expect(issued.facts.get("ascii"), "not-ascii", expected="ASCII characters", got="others", at=issued.at)
    length = int(issued.facts.get("length", 0))
    remark("short", unless=length >= SHORTEST_TOKEN, got=f"{length} characters", at=issued.at, warn=True)


@checks("LTI-TOKEN-06")
def test_no_answer_may_be_kept(granted: Tooled) -> None:
    """Answers of success and errors alike carry Cache-Control: no-store."""
    control_granted(granted, "token")
    refused = asked(granted, "refused")
    control(not refused.granted, "another grant is refused")
    for issued in (asked(granted, "token"), refused):
        got = issued.response.header("Cache-Control") if issued.response else None
        stored = "stored" in issued.answer.problems
        expect(not stored, "stored", expected="Cache-Control: no-store", got=got or "none", at=issued.at)


@checks("LTI-TOKEN-07", "LTI-TOKEN-08", "LTI-TOKEN-09", "LTI-TOKEN-10", "LTI-TOKEN-11")
def test_a_wrong_assertion_gets_no_token(refusing: Tooled) -> None:
    """An assertion for another audience, past its end, forged, of another client or without jti gets no token."""
    control_granted(refusing, "twin")
    broken = asked(refusing, "broken")
    expect(not broken.granted, "accepted", expected="an error", got=broken.got, at=broken.at)


@checks("LTI-TOKEN-12")
def test_an_error_is_400_with_json(refusing: Tooled) -> None:
    """A request that is refused is answered by status 400 and a JSON object with error."""
    control_granted(refusing, "twin")
    broken = asked(refusing, "broken")
    remark("accepted", unless=not broken.granted, got=broken.got, at=broken.at)
    if broken.granted or broken.status in refusing.case.get("also", ()):
        return
    error = broken.answer.error
    # RFC 6749, 5.2, permits 401 for invalid_client; the Security Framework says 400.
    unauthorized = broken.status == 401 and error == "invalid_client"
    expect(broken.status == 400 or unauthorized, "wrong-status", expected=400, got=broken.got, at=broken.at)
    expect(error is not None, "no-error", expected="JSON with error", got=broken.answer.problems, at=broken.at)
    remark("401-for-invalid-client", unless=not unauthorized, got=broken.got, at=broken.at, warn=True)
    remark("unknown-code", unless=error in ERRORS, got=error, at=broken.at, warn=True)


@checks("LTI-TOKEN-13")
def test_scopes_that_nobody_has_are_invalid(refusing: Tooled) -> None:
    """A request for scopes alone that are not known, or not granted to this client, ends with invalid_scope."""
    control_granted(refusing, "twin")
    broken = asked(refusing, "broken")
    expect(not broken.granted, "granted", expected="invalid_scope", got=broken.answer.scopes, at=broken.at)
    code = broken.answer.error
    expect(code == "invalid_scope", "wrong-code", expected="invalid_scope", got=broken.got, at=broken.at)


@checks("LTI-TOKEN-14")
def test_a_request_without_scope_is_an_error(refusing: Tooled) -> None:
    """A request without scope, or with an empty one, gets no token."""
    control_granted(refusing, "twin")
    broken = asked(refusing, "broken")
    expect(not broken.granted, "accepted", expected="an error", got=broken.got, at=broken.at)


@checks("LTI-TOKEN-15")
def test_unknown_claims_may_be_ignored(asserted: Tooled) -> None:
    """An assertion with further claims may be taken as one without."""
    control_granted(asserted, "string")
    issued = asked(asserted, "more-claims")
    remark("refused", unless=issued.granted, got=issued.got, at=issued.at)


@checks("LTI-TOKEN-16")
def test_aud_is_a_string_or_an_array(asserted: Tooled) -> None:
    """The aud of an assertion is accepted as a string and as an array that holds it."""
    both = [asked(asserted, step) for step in ("string", "array")]
    control(any(issued.granted for issued in both), "an assertion is accepted in one of the two forms")
    for issued in both:
        expect(issued.granted, "refused", expected="a token", got=issued.got, at=issued.at)
    two = asked(asserted, "array-of-two")
    remark("array-of-two-refused", unless=two.granted, got=two.got, at=two.at)


@checks("LTI-TOKEN-08")
def test_an_assertion_without_end_is_looked_at(asserted: Tooled) -> None:
    """An assertion without exp, which can never expire, had better be refused (RFC 7523, 3)."""
    control_granted(asserted, "string")
    issued = asked(asserted, "no-exp")
    remark("no-exp-accepted", unless=not issued.granted, got=issued.got, at=issued.at, warn=True)


@checks("LTI-TOKEN-11")
def test_an_assertion_is_good_for_once(repeated: Tooled) -> None:
    """An assertion, or its jti in another one, had better be refused before the first has expired."""
    control_granted(repeated, "first")
    control_granted(repeated, "fresh", "another assertion is accepted afterwards")
    for step in ("again", "same-jti"):
        issued = asked(repeated, step)
        remark("replayed", unless=not issued.granted, got=issued.got, at=issued.at, warn=True)


@checks("LTI-TOKEN-17")
def test_a_new_key_of_the_tool_is_fetched(rekeyed: Tooled) -> None:
    """An assertion signed by a key that our key set holds since now is accepted."""
    control_granted(rekeyed, "old-key")
    counts = {e.step: int(e.facts["count"]) for e in rekeyed.happened if e.name == "fetched"}
    issued = asked(rekeyed, "new-key")
    if not issued.granted and not any(counts.values()):
        untestable("the platform was never seen to fetch our key set; it may hold a copy")
    expect(issued.granted, "refused", expected="a token", got=issued.got, at=issued.at)


@checks("LTI-TOKEN-18")
def test_a_token_ends(outlived: Tooled) -> None:
    """A token that was taken is refused after its end, and a new one is taken."""
    for step in ("in-time", "with-new"):
        call = outlived.handled(step)
        control(call is not None and call.taken, f"the handlers service takes a token within its life ({step})")
    late = outlived.handled("too-late")
    if late is None:
        untestable("the token was not used again")
    expect(not late.taken, "still-taken", expected="401", got=late.got, at=late.at)


@checks("LTI-TOKEN-19")
def test_a_disabled_client_gets_no_token(disabled: Tooled) -> None:
    """A client whose registration is not enabled gets no token."""
    control_granted(disabled, "enabled")
    issued = asked(disabled, "disabled")
    expect(not issued.granted, "granted", expected="an error", got=issued.got, at=issued.at)
