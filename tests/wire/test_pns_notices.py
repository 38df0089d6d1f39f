"""Notices: the body that carries them, their claims, and how they are read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.lti import CONTEXT, DEPLOYMENT_ID, MESSAGE_TYPE, TARGET_LINK_URI, VERSION_CLAIM, C
from harness.wire.lti_schema import notice_problems, problems
from harness.wire.pns import CONTEXT_COPY, CONTRIBUTION, HELLO_WORLD, NOTICE, ORIGIN_CONTEXTS, SUBMISSION
from harness.wire.pns_assets import ASSET_REPORT, ASSET_SERVICE, CONTRIBUTION_CLAIM, FOR_USER, Asset, asset_object
from harness.wire.pns_notices import (
    NOTICE_REMARKS,
    NOTICE_RULES,
    context_copy_claims,
    contribution_claims,
    hello_world_claims,
    notice_frame,
    read_body,
    read_notice,
    rfc3339,
    submission_claims,
    write_body,
    write_time,
)  # fmt: skip

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TIMES = json.loads((files("fixtures") / "vectors" / "pns" / "times.json").read_text(encoding="utf-8"))
ASSET = Asset.of("as-1", "https://lms.example.edu/as-1", b"", "text/plain", "2026-01-01T00:00:00Z", filename="e.txt")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def frame(type_: str, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "iss": "https://lms.example.edu", "aud": "tool-1", "deployment_id": "dep-1", "id": "n-1",
        "timestamp": write_time(NOW), "type": type_, "now": NOW + timedelta(seconds=5), "lifetime": 600, "nonce": "o-1",
    }  # fmt: skip
    return notice_frame(**values | changes)


HANDED_IN: dict[str, Any] = {
    "activity": "act-1", "for_user": "user-7", "assets": [ASSET], "custom": {},
    "report_url": "https://lms.example.edu/reports", "context": {"id": "ctx-1", "title": None},
}  # fmt: skip
SOUND: dict[str, dict[str, Any]] = {
    HELLO_WORLD: frame(HELLO_WORLD) | hello_world_claims(),
    CONTEXT_COPY: frame(CONTEXT_COPY, azp="tool-1", nbf=True) | context_copy_claims({"id": "b"}, ["a"]),
    SUBMISSION: frame(SUBMISSION, sub="user-7") | submission_claims(submission="s-1", **HANDED_IN),
    CONTRIBUTION: frame(CONTRIBUTION) | contribution_claims(
        contribution="c-1", created=write_time(NOW), updated=write_time(NOW, True), parent="c-0", **HANDED_IN),
}  # fmt: skip


@pytest.mark.parametrize("type_", SOUND)
def test_a_notice_as_we_write_it_has_no_problem_and_fits_its_schema(type_: str) -> None:
    found = read_notice(SOUND[type_])
    assert (found.problems, found.remarks) == ((), ())
    assert notice_problems(SOUND[type_], type_) == ()
    assert (found.id, found.type, found.timestamp, found.deployment_id) == ("n-1", type_, NOW, "dep-1")
    assert (found.aud, found.iat, found.exp) == (("tool-1",), NOW.timestamp() + 5, NOW.timestamp() + 605)


def test_a_copy_tells_its_destination_and_its_sources() -> None:
    found = read_notice(SOUND[CONTEXT_COPY])
    assert (found.context_id, found.origins, found.azp, found.nbf) == ("b", ("a",), "tool-1", found.iat)
    assert ORIGIN_CONTEXTS not in context_copy_claims({"id": "b"}, None)
    assert context_copy_claims({"id": "b", "label": None}, []) == {CONTEXT: {"id": "b"}, ORIGIN_CONTEXTS: []}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("iss", "no-iss"), ("aud", "no-aud"), ("iat", "no-iat"), ("exp", "no-exp"), ("nonce", "no-nonce"),
        (VERSION_CLAIM, "no-version"), (DEPLOYMENT_ID, "no-deployment-id"), (CONTEXT, "no-context"),
    ],
)  # fmt: skip
def test_a_notice_names_the_claim_that_it_lacks(name: str, code: str) -> None:
    lacking = {key: value for key, value in SOUND[CONTEXT_COPY].items() if key != name}
    assert read_notice(lacking).problems == (code,)
    assert notice_problems(lacking, CONTEXT_COPY)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (None, "no-notice"), ("n-1", "notice-form"),
        ({"timestamp": write_time(NOW), "type": HELLO_WORLD}, "no-notice-id"),
        ({"id": "n", "timestamp": write_time(NOW)}, "no-notice-type"),
        ({"id": "n", "type": HELLO_WORLD}, "no-timestamp"),
        ({"id": "n", "type": HELLO_WORLD, "timestamp": "yesterday"}, "timestamp-form"),
        ({"id": 7, "type": HELLO_WORLD, "timestamp": write_time(NOW)}, "no-notice-id"),
        ({"id": "n", "type": HELLO_WORLD, "timestamp": 1767225600}, "timestamp-form"),
    ],
    ids=range(8),
)  # fmt: skip
def test_a_notice_names_what_its_event_lacks(event: object, code: str) -> None:
    assert read_notice(SOUND[HELLO_WORLD] | {NOTICE: event}).problems == (code,)
    assert notice_problems(SOUND[HELLO_WORLD] | {NOTICE: event}, HELLO_WORLD)


@pytest.mark.parametrize(
    ("type_", "change", "code"),
    [
        (HELLO_WORLD, {VERSION_CLAIM: "1.1"}, "wrong-version"), (HELLO_WORLD, {"exp": "9"}, "exp-not-number"),
        (HELLO_WORLD, {"sub": ""}, "empty-sub"), (HELLO_WORLD, {CONTEXT: {}}, "context-form"),
        (CONTEXT_COPY, {"sub": "u"}, "sub-in-context-copy"), (CONTEXT_COPY, {CONTEXT: {"id": 9}}, "context-form"),
        (CONTEXT_COPY, {CONTEXT: {"id": "é"}}, "context-id-form"),
        (CONTEXT_COPY, {ORIGIN_CONTEXTS: "a"}, "origin-contexts-form"),
        (CONTEXT_COPY, {ORIGIN_CONTEXTS: [1]}, "origin-contexts-form"),
        (SUBMISSION, {C + "activity": {}}, "no-activity"), (SUBMISSION, {C + "submission": None}, "no-submission"),
        (SUBMISSION, {FOR_USER: {"user_id": 1}}, "no-for-user"), (SUBMISSION, {ASSET_SERVICE: []}, "no-assetservice"),
        (SUBMISSION, {ASSET_SERVICE: {"assets": []}}, "no-asset-scope"),
        (CONTRIBUTION, {CONTRIBUTION_CLAIM: None}, "no-contribution"),
        (CONTRIBUTION, {CONTRIBUTION_CLAIM: {"id": "c", "status": "Draft"}}, "contribution-form"),
    ],
    ids=range(16),
)  # fmt: skip
def test_a_notice_of_the_wrong_form_is_named(type_: str, change: dict[str, Any], code: str) -> None:
    assert read_notice(SOUND[type_] | change).problems == (code,)
    assert notice_problems(SOUND[type_] | change, type_)


def test_a_contribution_has_one_of_four_states_and_needs_no_submission() -> None:
    claims = SOUND[CONTRIBUTION]
    other = claims | {CONTRIBUTION_CLAIM: claims[CONTRIBUTION_CLAIM] | {"status": "Published"}}
    assert read_notice(other).problems == ("contribution-status",)
    assert C + "submission" not in claims


@pytest.mark.parametrize(
    ("type_", "change", "code"),
    [
        (HELLO_WORLD, {"aud": ["a", "b"]}, "several-aud-no-azp"), (HELLO_WORLD, {MESSAGE_TYPE: "x"}, "message-type"),
        (HELLO_WORLD, {TARGET_LINK_URI: "x"}, "target-link-uri"), (HELLO_WORLD, {"vendor": 1}, "claim-name"),
        (CONTEXT_COPY, {ORIGIN_CONTEXTS: None}, "no-origin-contexts"),
        (SUBMISSION, {ASSET_REPORT: None}, "no-assetreport"),
        (SUBMISSION, {"https://purl.imsglobal.org/spec/lti-aip/claim/activity": {}}, "other-prefix"),
    ],
    ids=range(7),
)  # fmt: skip
def test_what_a_receiver_puts_up_with_is_remarked_on(type_: str, change: dict[str, Any], code: str) -> None:
    found = read_notice(SOUND[type_] | change)
    assert (found.problems, found.remarks) == ((), (code,))


def test_grades_endpoint_and_unknown_full_urls_are_no_remark() -> None:
    extra = {"https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {}, "https://vendor.example/x": 1}
    assert read_notice(SOUND[SUBMISSION] | extra).remarks == ()


def test_a_notice_of_an_unknown_type_is_read_by_its_frame() -> None:
    found = read_notice(frame("LtiFutureNotice", aud=["tool-1"]))
    assert (found.type, found.aud, found.problems) == ("LtiFutureNotice", ("tool-1",), ())


@given(
    st.sampled_from(sorted(SOUND)),
    st.dictionaries(st.sampled_from(sorted({name for claims in SOUND.values() for name in claims})), JSON),
)
def test_no_claims_break_the_reader_and_every_code_has_its_rule(type_: str, changes: dict[str, Any]) -> None:
    found = read_notice(SOUND[type_] | changes)
    assert set(found.problems) <= set(NOTICE_RULES)
    assert set(found.remarks) <= set(NOTICE_REMARKS)
    notice_problems(SOUND[type_] | changes, type_)


def test_blackboards_names_and_checksum_are_written_on_demand() -> None:
    claims = submission_claims(activity="a", submission="s", for_user="u", assets=[ASSET], ap_claims="lti-aip",
                               checksum="checksum")  # fmt: skip
    prefix = "https://purl.imsglobal.org/spec/lti-a"
    assert claims[f"{prefix}ip/claim/activity"] == {"activity_id": "a"}
    assert claims[f"{prefix}ip/claim/submission"] == {"submission_id": "s"}
    assert claims[f"{prefix}p/claim/assetservice"]["scope"] == [f"{prefix}p/scope/asset.readonly"]
    (asset,) = claims[f"{prefix}p/claim/assetservice"]["assets"]
    assert set(asset) == {"asset_id", "url", "checksum", "size", "content_type", "filename"}
    assert C + "custom" not in claims
    assert ASSET_REPORT not in claims


def test_an_asset_carries_the_checksum_of_its_content() -> None:
    assert asset_object(ASSET)["sha256_checksum"] == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    assert asset_object(ASSET, "checksum")["checksum"] == "1B2M2Y8AsgTpgAmY7PhCfg=="
    assert "timestamp" in asset_object(ASSET, "checksum", timestamp=True)
    assert "timestamp" not in asset_object(ASSET, timestamp=False)


def test_a_contribution_without_asset_has_no_report() -> None:
    claims = contribution_claims(contribution="c", created="x", updated="x", **HANDED_IN | {"assets": []})
    assert ASSET_REPORT not in claims
    assert claims[ASSET_SERVICE]["assets"] == []


@given(st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,9}(\.[A-Za-z0-9_-]{1,9}){2}", fullmatch=True), max_size=5))
def test_a_body_is_read_as_it_was_written(jwts: list[str]) -> None:
    found = read_body(write_body(jwts), "application/json; charset=utf-8")
    assert (found.jwts, found.oddities, found.problem) == (tuple(jwts), (), "" if jwts else "empty")
    assert bool(jwts) == (problems("delivery", json.loads(write_body(jwts))) == ())


@pytest.mark.parametrize(
    ("body", "jwts", "oddities", "problem"),
    [
        (b"", (), (), "not-json"), (b"\xff", (), (), "not-utf-8"), (b"[" * 10**5, (), (), "too-deep"),
        (b"7", (), (), "not-an-object"), (b"{}", (), (), "no-notices"), (b'{"notices": null}', (), (), "no-notices"),
        (b'{"notices": {}}', (), (), "notices-form"), (b'{"notices": []}', (), (), "empty"),
        (b'{"notices": ["a.b.c"]}', ("a.b.c",), ("bare-string",), ""),
        (b'[{"jwt": "a.b.c"}]', ("a.b.c",), ("top-level-array",), ""),
        (b'{"notices": [{"jwt": "a.b.c"}, 7, {}, {"jwt": 1}, {"jwt": ""}]}', ("a.b.c", None, None, None, None),
         ("element-form", "no-jwt", "jwt-form", "blank-jwt"), ""),
        (b'{"notices": [{"jwt": " a.b.c\\n", "x": 1}]}', ("a.b.c",), ("further-members", "white-space"), ""),
        (b'{"notices": [{"jwt": "a", "jwt": "b"}]}', ("b",), ("duplicate-member:jwt",), ""),
    ],
    ids=range(13),
)  # fmt: skip
def test_a_body_is_read_leniently_and_what_was_odd_is_kept(
    body: bytes, jwts: tuple[str | None, ...], oddities: tuple[str, ...], problem: str
) -> None:
    found = read_body(body)
    assert (found.jwts, found.oddities, found.problem) == (jwts, oddities, problem)


def test_a_form_is_no_delivery_and_its_media_type_is_told() -> None:
    found = read_body(b"notices=a.b.c", "application/x-www-form-urlencoded")
    assert (found.problem, found.oddities) == ("not-json", ("media-type:application/x-www-form-urlencoded",))


@given(st.binary(max_size=100), st.text(max_size=20))
def test_no_body_breaks_the_reader(body: bytes, content_type: str) -> None:
    found = read_body(body, content_type)
    assert bool(found.jwts) == (found.problem == "")


@pytest.mark.parametrize("text", TIMES["read"])
def test_a_date_time_is_read_as_its_vector_says(text: str) -> None:
    found = rfc3339(text)
    assert found is not None
    assert write_time(found, fraction=True) == TIMES["read"][text]


@pytest.mark.parametrize("text", TIMES["refuse"], ids=range(len(TIMES["refuse"])))
def test_a_text_that_is_no_date_time_is_none(text: str) -> None:
    assert rfc3339(text) is None


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)), st.booleans())
def test_a_date_time_is_read_as_it_was_written(instant: datetime, fraction: bool) -> None:
    aware = instant.replace(tzinfo=UTC)
    assert rfc3339(write_time(aware, fraction)) == (aware if fraction else aware.replace(microsecond=0))


@given(st.text(max_size=30) | JSON)
def test_no_value_breaks_the_reader_of_dates(value: object) -> None:
    rfc3339(value)
