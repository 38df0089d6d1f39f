"""What a right receiver does with a notice: every vector, every rule, and whatever a mutation makes of one."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fixtures.keys import signing_key
from fixtures.notice_oracle import CLIENT, DEPLOYMENT, ISSUER, OTHER, page, scene, tell
from harness.wire.jose import KeySet
from harness.wire.jose_text import encode
from harness.wire.json_members import Members, members
from harness.wire.lti import CONTEXT, DEPLOYMENT_ID, MESSAGE_TYPE, VERSION_CLAIM
from harness.wire.pns import HELLO_WORLD, NOTICE, ORIGIN_CONTEXTS
from harness.wire.pns_forging import Draft, Message, Sending, write
from harness.wire.pns_oracle import Expectation, after, expected
from harness.wire.pns_oracle_body import Post, expected_post, expected_posts
from harness.wire.pns_vectors import VECTORS, by_name

ROOT = Path(__file__).parents[2]
SCENE = scene()
SOUND, ABOUT, RING, KNOWN = SCENE.sound, SCENE.about, SCENE.keyring, SCENE.knowledge
NOW = int(KNOWN.now.timestamp())
QUICK = settings(deadline=None, suppress_health_check=list(HealthCheck))


def judged(draft: Draft, knowledge=KNOWN) -> Expectation:
    return expected(write(draft, RING), knowledge)


def claims(values: Mapping[str, Any]) -> Expectation:
    return judged(SOUND.having(values))


# --- vectors --------------------------------------------------------------------------------------------------------

REFUSED: Mapping[str, str] = {
    "N01": "PNS-RECV-01", "N02": "PNS-RECV-01", "N03": "PNS-RECV-02", "N04": "PNS-RECV-02", "N05": "PNS-RECV-03",
    "N06": "PNS-RECV-03", "N07": "PNS-RECV-18", "N08": "PNS-RECV-12", "N09": "PNS-RECV-04", "N10": "PNS-RECV-04",
    "N11": "PNS-RECV-05", "N13": "PNS-RECV-08", "N14": "PNS-RECV-06", "N15": "PNS-RECV-06", "N20": "PNS-RECV-09",
    "N21": "PNS-RECV-09", "N22": "PNS-RECV-09", "N24": "PNS-RECV-09", "N25": "PNS-RECV-09", "N26": "PNS-RECV-09",
    "N28": "PNS-NOTICE-18", "N29": "PNS-RECV-11", "N38": "PNS-NOTICE-17", "N39": "PNS-NOTICE-17",
    "N41": "PNS-NOTICE-17", "N42": "PNS-NOTICE-17",
    "empty-signature": "PNS-RECV-01", "turned-signature": "PNS-RECV-01", "cut-signature": "PNS-RECV-01",
    "attacker-key": "PNS-RECV-01", "none-in-other-case": "PNS-RECV-02", "alg-repeated": "PNS-RECV-02",
    "jwk-header": "PNS-RECV-12", "jwk-under-right-kid": "PNS-RECV-12", "x5u-header": "PNS-RECV-12",
    "kid-as-path": "PNS-RECV-03", "kid-as-sql": "PNS-RECV-03", "kid-as-url": "PNS-RECV-03",
    "expired-by-1d": "PNS-RECV-06", "aud-without-us": "PNS-RECV-05", "aud-holds-ours-as-part": "PNS-RECV-05",
    "foreign-azp-beside-us": "PNS-RECV-08", "notice-as-launch": "PNS-RECV-11", "notice-as-array": "PNS-RECV-09",
    "payload-no-object": "PNS-RECV-09", "payload-no-json": "PNS-RECV-09", "huge-array": "PNS-NOTICE-17",
    "deep-body": "PNS-NOTICE-17", "huge-body": "PNS-RECV-01", "gzip-bomb": "PNS-NOTICE-17",
    "empty-body": "PNS-NOTICE-17", "unknown-kid-flood": "PNS-RECV-03",
}  # fmt: skip
ACCEPTED: Mapping[str, str] = {
    "N34": "PNS-RECV-14", "N35": "PNS-RECV-15", "N36": "PNS-RECV-16", "N43": "PNS-NOTICE-15", "N46": "PNS-RECV-13",
    "iat-ahead-1s": "", "iat-ahead-30s": "PNS-RECV-17", "iat-ahead-60s": "PNS-RECV-17",
    "several-origins": "PNS-TYPE-09",
}  # fmt: skip
EITHER: Mapping[str, str] = {
    "N12": "", "N16": "", "N17": "", "N23": "PNS-RECV-10", "N27": "", "N30": "", "N31": "", "N32": "PNS-TYPE-09",
    "N33": "", "N37": "", "N40": "", "N45": "", "N47": "",
    "jku-beside-right-key": "", "typ-of-another-kind": "", "crit-unknown": "", "expired-by-1s": "",
    "expired-by-30s": "", "expired-by-299s": "", "iat-ahead-5m": "", "nbf-ahead-1h": "", "aud-us-last": "",
    "deployment-with-space": "PNS-RECV-10", "message-type-beside-notice": "", "aud-repeated-wrong-last": "",
    "aud-repeated-wrong-first": "", "no-timestamp": "", "empty-origins": "PNS-TYPE-09", "deep-claim": "",
    "padded": "", "spaced": "", "gzip": "", "top-level-array": "", "wrong-content-type": "", "hundred": "",
    "withdrawn-key": "",
}  # fmt: skip
IN_ORDER: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "N18": (("accept",), ("refuse",)),
    "N19": (("accept",), ("refuse",)),
    "N44": (("accept", "refuse", "accept", "refuse", "accept"),),
    "same-nonce-other-event": (("accept",), ("either",)),
    "blank-elements": (("refuse", "refuse", "refuse", "refuse", "refuse", "accept"),),
    "twin-in-batch": (("accept", "refuse"),),
    "same-id-in-batch": (("accept", "refuse"),),
}


def test_the_expectation_of_every_vector_is_listed_here() -> None:
    listed = [by_name(name).id for table in (REFUSED, ACCEPTED, EITHER, IN_ORDER) for name in table]
    assert sorted(listed) == sorted(VECTORS)


@pytest.mark.parametrize(
    ("name", "outcome", "row"),
    [
        *((name, "refuse", row) for name, row in REFUSED.items()),
        *((name, "accept", row) for name, row in ACCEPTED.items()),
        *((name, "either", row) for name, row in EITHER.items()),
    ],
)
def test_a_vector_of_one_kind_is_expected_as_listed(name: str, outcome: str, row: str) -> None:
    found = {(one.outcome, one.row) for post in tell(by_name(name)).posts for one in post}
    assert found == {(outcome, row)}


@pytest.mark.parametrize("name", IN_ORDER)
def test_a_vector_of_several_notices_is_expected_in_order(name: str) -> None:
    assert tuple(tuple(one.outcome for one in post) for post in tell(by_name(name)).posts) == IN_ORDER[name]


def test_the_page_is_what_the_table_says() -> None:
    assert (ROOT / "docs" / "notice-oracle.md").read_text(encoding="utf-8") == page()
    assert re.findall(r"^\| ([NA]\d\d) \|", page(), re.M) == list(VECTORS)


def test_every_row_of_notice_verification_decides_about_some_vector_at_the_level_of_the_catalogue() -> None:
    rows = tomllib.loads((ROOT / "schemas/requirements/lti-tool.toml").read_text(encoding="utf-8"))["requirement"]
    levels = {row["id"]: row["level"].removesuffix(" NOT") for row in rows}
    found = [one for vector in VECTORS.values() for post in tell(vector).posts for one in post if one.row]
    assert {row for row in levels if row.startswith("PNS-RECV-")} <= {one.row for one in found}
    assert {(one.row, one.level) for one in found if one.level} <= set(levels.items())
    assert {one.row for one in found} <= set(levels)


# --- sound notices --------------------------------------------------------------------------------------------------


def test_a_sound_notice_is_accepted_and_its_target_told() -> None:
    found = judged(SOUND)
    assert (found.outcome, found.level, found.findings, found.authentic) == ("accept", "MUST", (), True)
    target = found.target
    assert (target.issuer, target.deployment, target.context, target.origins) == (ISSUER, DEPLOYMENT, "9052", ("6836",))
    assert target.notice_id == SOUND.mapping[NOTICE]["id"]


@given(st.permutations(list(SOUND.mapping)), st.booleans())
def test_the_order_of_members_and_white_space_mean_nothing(order: list[str], spaced: bool) -> None:
    turned = {name: SOUND.mapping[name] for name in order}
    payload = json.dumps(turned, indent=2 if spaced else None, ensure_ascii=not spaced).encode()
    assert judged(replace(SOUND, payload=payload)).outcome == "accept"


@pytest.mark.parametrize(
    "values",
    [
        {"azp": CLIENT}, {"nbf": NOW}, {"nbf": NOW - 5}, {"iat": NOW - 5}, {"iat": NOW + 60}, {"exp": NOW + 31},
        {"exp": NOW + 3600}, {"aud": [CLIENT]}, {"https://vendor.example/x": None}, {"x": {"deep": [[[]]]}},
        {CONTEXT: {"id": "never-seen"}}, {CONTEXT: {"id": "9052", "title": "Ünïcödé 漢"}},
        {ORIGIN_CONTEXTS: ["nobody-knows"]}, {ORIGIN_CONTEXTS: ["a", "b"]},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_allowed_is_accepted(values: Mapping[str, Any]) -> None:
    assert claims(values).outcome == "accept"


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T00:00:58Z",
        "2026-01-01T00:00:58.123456789Z",
        "2026-01-01T05:30:58+05:30",
        "2025-12-31T18:00:58.5-06:00",
    ],
)
def test_every_sound_form_of_the_event_time_is_accepted(text: str) -> None:
    assert judged(SOUND.notice(timestamp=text)).outcome == "accept"


@pytest.mark.parametrize(
    "text", ["", "2026-01-01", "2026-01-01 00:00:58Z", "2026-01-01T00:00:58", "2026-13-01T00:00:58Z", 1767225658, None]
)
def test_a_time_of_another_form_leaves_it_open(text: object) -> None:
    assert judged(SOUND.notice(timestamp=text)).outcome == "either"


# --- what is not decided --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"aud": [CLIENT, "x"]}, {"aud": [CLIENT, CLIENT]}, {"azp": None}, {"azp": ""}, {"azp": [CLIENT]},
        {"exp": str(NOW + 600)}, {"exp": NOW + 0.5}, {"exp": None}, {"exp": True}, {"exp": [NOW]}, {"exp": NOW - 599},
        {"exp": NOW + 10}, {"exp": NOW + 90_000}, {"exp": 2**70}, {"iat": NOW + 61}, {"iat": NOW - 6}, {"iat": "x"},
        {"nbf": NOW + 1}, {"nbf": "x"}, {"nonce": ""}, {"nonce": 5}, {"sub": "user-1"}, {DEPLOYMENT_ID: "unknown"},
        {DEPLOYMENT_ID: 5}, {CONTEXT: {}}, {CONTEXT: {"id": 5}}, {CONTEXT: {"id": "x" * 256}}, {CONTEXT: {"id": " x"}},
        {CONTEXT: {"id": "x", "title": 5}}, {CONTEXT: {"id": "x", "type": []}}, {CONTEXT: {"id": "x", "ID": "y"}},
        {CONTEXT: {"id": "x", "type": ["Account"]}}, {CONTEXT: {"id": "x", "type": "Course"}},
        {ORIGIN_CONTEXTS: None}, {ORIGIN_CONTEXTS: [5]}, {ORIGIN_CONTEXTS: ["9052"]}, {ORIGIN_CONTEXTS: ["a", "a"]},
        {"email": "x"}, {MESSAGE_TYPE: "x"}, {"EXP": 1}, {"x": "\0"}, {"x": 2**53}, {"x": "\ud800"},
        {VERSION_CLAIM: ["1.3.0"]}, {"https://purl.imsglobal.org/spec/lti/claim/roles": []},
    ],
    ids=str,
)  # fmt: skip
def test_what_no_rule_of_a_receiver_decides_is_left_open(values: Mapping[str, Any]) -> None:
    assert claims(values).outcome == "either"


def test_a_client_id_of_digits_as_a_number_is_left_open() -> None:
    digits = replace(KNOWN, registrations=(replace(KNOWN.registrations[0], client_id="10000000000007"),))
    assert judged(SOUND.setting(aud=10000000000007), digits).outcome == "either"
    assert judged(SOUND.setting(aud=10000000000008), digits).row == "PNS-RECV-05"


@pytest.mark.parametrize("name", ["platform-es256", "platform-es384", "platform-es512"])
def test_another_approved_algorithm_than_rs256_is_left_open(name: str) -> None:
    key = signing_key(name)
    ring = replace(RING, keys={"platform": key})
    known = replace(KNOWN, registrations=(replace(KNOWN.registrations[0], keys=KeySet.of([key])),))
    assert expected(write(SOUND, ring), known).outcome == "either"
    assert expected(write(replace(SOUND, text=("cut-signature",)), ring), known).row == "PNS-RECV-01"


@pytest.mark.parametrize(
    "header",
    [{"alg": "RS384"}, {"alg": "rs256"}, {"alg": "PS256"}, {"alg": None}, {"kid": None}, {"kid": ["platform-1"]},
     {"typ": "x"}, {"cty": "JWT"}, {"x": 1}],
    ids=str,
)  # fmt: skip
def test_a_flaw_of_the_header_alone_leaves_an_authentic_notice_open(header: Mapping[str, Any]) -> None:
    assert judged(replace(SOUND, header=header)).outcome == "either"
    assert judged(replace(SOUND, header=header, signer="attacker", named_as="platform")).outcome == "refuse"


def test_a_type_whose_effect_nobody_sees_is_left_open_until_a_probe_shows_it() -> None:
    draft = SOUND.notice(type=HELLO_WORLD).lacking(CONTEXT, ORIGIN_CONTEXTS)
    assert judged(draft).outcome == "either"
    subscribed = (replace(KNOWN.registrations[0], types=frozenset((HELLO_WORLD,))),)
    assert judged(draft, replace(KNOWN, registrations=subscribed)).outcome == "either"
    seen = replace(KNOWN, registrations=subscribed, visible=frozenset((HELLO_WORLD,)))
    assert judged(draft, seen).outcome == "accept"


# --- combinations ---------------------------------------------------------------------------------------------------


def test_a_refusal_beats_a_doubt_and_a_must_beats_a_should() -> None:
    found = judged(SOUND.setting(sub="", azp="another").lacking(VERSION_CLAIM))
    assert (found.outcome, found.row) == ("refuse", "PNS-RECV-09")
    assert {one.row for one in found.findings} == {"PNS-RECV-08", "PNS-RECV-09", ""}


def test_the_weakest_reason_is_named_for_what_is_to_be_accepted() -> None:
    found = judged(SOUND.setting(aud=[CLIENT], iat=NOW + 30))
    assert (found.outcome, found.row, found.level) == ("accept", "PNS-RECV-17", "SHOULD")


def test_a_name_that_is_there_twice_is_refused_only_when_both_readings_are() -> None:
    pairs = members(SOUND.mapping).pairs
    both = Members((("iss", "x"), *(pair for pair in pairs if pair[0] != "iss"), ("iss", "y")))
    assert judged(replace(SOUND, claims=both)).row == "PNS-RECV-04"
    assert judged(replace(SOUND, claims=Members((*pairs, ("iss", "y"))))).outcome == "either"
    assert judged(replace(SOUND, claims=Members((*pairs, ("x", 1), ("x", 2))))).outcome == "either"


def test_a_platform_cannot_speak_for_another_one() -> None:
    for draft in (
        replace(SOUND, signer="other-platform"),
        replace(SOUND, signer="other-platform", named_as="platform"),
        replace(SOUND.setting(iss=OTHER, aud="other-client"), signer="platform"),
    ):
        assert judged(draft).row == "PNS-RECV-18"
    own = replace(SOUND.setting(iss=OTHER, aud="other-client"), signer="other-platform")
    assert judged(own).outcome == "accept"


def test_an_event_is_told_by_issuer_deployment_and_id() -> None:
    known = after(KNOWN, judged(SOUND))
    again = judged(SOUND.again(), known)
    assert (again.outcome, again.row) == ("refuse", "PNS-NOTICE-19")
    assert judged(SOUND, known).row == "PNS-RECV-07"
    assert judged(SOUND.another(1), known).outcome == "accept"
    elsewhere = replace(SOUND.again().setting(iss=OTHER, aud="other-client"), signer="other-platform")
    assert judged(elsewhere, known).outcome == "accept"


def test_what_may_have_been_taken_leaves_its_second_arrival_open_and_what_was_forged_leaves_no_trace() -> None:
    doubtful = after(KNOWN, judged(SOUND.setting(sub="x")))
    assert judged(SOUND.again(), doubtful).outcome == "either"
    forged = after(KNOWN, judged(replace(SOUND, text=("turned-signature",))))
    assert judged(SOUND, forged).outcome == "accept"
    expired = after(KNOWN, judged(SOUND.setting(exp=NOW - 700)))
    assert judged(SOUND, expired).outcome == "either"  # the nonce was seen
    assert judged(SOUND.again(), expired).outcome == "accept"


def test_a_notice_grows_old() -> None:
    outcomes = [
        judged(SOUND, replace(KNOWN, now=KNOWN.now + timedelta(seconds=later))).outcome
        for later in (0, 5, 6, 600, 1199, 1200)
    ]
    assert outcomes == ["accept", "accept", "either", "either", "either", "refuse"]


# --- whole posts ----------------------------------------------------------------------------------------------------


def posted(post: Post) -> list[str]:
    return [one.outcome for one in expected_post(post, KNOWN)[0].expectations]


@pytest.mark.parametrize(
    ("content_type", "outcome"),
    [("application/json", "accept"), ("application/json; charset=UTF-8", "accept"), ("APPLICATION/JSON", "accept"),
     ("application/json; charset=utf-16", "either"), ("text/plain", "either"), ("", "either")],
)  # fmt: skip
def test_the_content_type_decides_about_right_notices_alone(content_type: str, outcome: str) -> None:
    bad = replace(SOUND.another(1), signer="attacker")
    (post,) = Message((Sending((SOUND, bad), content_type=content_type),)).posts(RING)
    assert posted(post) == [outcome, "refuse"]


def test_members_beside_what_is_known_leave_it_open() -> None:
    token = write(SOUND, RING)
    assert posted(Post(json.dumps({"notices": [{"jwt": token, "x": 1}]}).encode())) == ["either"]
    assert posted(Post(json.dumps({"notices": [{"jwt": token}], "x": 1}).encode())) == ["either"]
    assert posted(Post(b'{"notices":[],"notices":[{"jwt":"%s"}]}' % token.encode())) == ["either"]


def test_good_notices_of_a_post_count_though_others_are_bad() -> None:
    (post,) = Message.of(SOUND, replace(SOUND.another(1), signer="attacker")).posts(RING)
    first, second = expected_post(post, KNOWN)[0].elements
    assert (first.outcome, first.row, second.outcome) == ("accept", "PNS-NOTICE-15", "refuse")


@settings(QUICK, max_examples=200)
@given(
    st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")), st.text(max_size=9)
)
@example(b'{"notices":{"jwt":"x"}}', "application/json")
@example(b"[1e999]", "application/json")
def test_no_body_breaks_the_oracle(body: bytes, word: str) -> None:
    for post in (
        Post(body, word),
        Post(body, encoding=word),
        Post(body, encoding="gzip"),
        Post(body, word, to="launch"),
    ):
        assert "accept" not in posted(post)
    assert expected_posts((), KNOWN) == ()


@settings(QUICK, max_examples=200)
@given(
    st.text(max_size=40)
    | st.lists(st.binary(max_size=20).map(lambda part: encode(part).decode()), max_size=5).map(".".join)
)
def test_no_text_breaks_the_oracle_and_none_that_nobody_signed_is_accepted(text: str) -> None:
    found = expected(text, KNOWN)
    assert (found.outcome, found.authentic) == ("refuse", False)
    assert found.rule
    assert found.why
