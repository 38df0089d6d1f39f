"""What notices of each type tell (Canvas API documentation, PNS and Document Processor; observed: Canvas source)."""

from __future__ import annotations

import base64
import hashlib

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Tooled
from harness.subjects.records import exchanges
from harness.wire.json_text import as_text, as_texts
from harness.wire.lti import CONTEXT
from harness.wire.pns import ORIGIN_CONTEXTS
from harness.wire.pns_assets import (
    ACTIVITY,
    ASSET_REPORT,
    ASSET_SCOPE,
    ASSET_SERVICE,
    CONTRIBUTION_CLAIM,
    FOR_USER,
    STATUSES,
    SUBMISSION_CLAIM,
)
from suites.lti_platform.provoking import came_to
from suites.lti_platform.rules_assets import asset_sets, assets_of, expect_asset, submissions
from suites.lti_platform.rules_notices import copy_notice, course_of, part

LONGEST_ID = 255
MEMBERS = (
    ("no-activity", ACTIVITY, "id"),
    ("no-submission", SUBMISSION_CLAIM, "id"),
    ("no-user", FOR_USER, "user_id"),
)
PERSONAL = (FOR_USER, "name", "given_name", "family_name", "email", "picture")


@checks("PNS-TYPE-01")
def test_a_copy_names_its_destination_as_launches_do(told: Tooled) -> None:
    """The context.id of a copy is the one that a launch from the new course carries."""
    one = copy_notice(told)
    expected = course_of(told, "from-copy", "the copy")
    got = one.notice.context_id
    reason = "no-context" if got is None else "wrong-context"
    expect(got == expected, reason, expected=expected, got=one.token.claims.get(CONTEXT), at=one.at)


@checks("PNS-TYPE-02")
def test_a_copy_names_its_origin_as_launches_do(told: Tooled) -> None:
    """The origin_contexts of a copy are an array with the id that a launch from the source carries."""
    one = copy_notice(told)
    expected = course_of(told, "from-origin", "the source")
    got = one.token.claims.get(ORIGIN_CONTEXTS)
    expect(got is not None, "no-origins", expected=[expected], got=got, at=one.at)
    expect(as_texts(got) is not None, "origins-form", expected="an array of strings", got=got, at=one.at)
    expect(expected in (as_texts(got) or ()), "wrong-origin", expected=expected, got=got, at=one.at)


@checks("PNS-TYPE-03")
def test_origins_may_be_missing_when_nobody_knows_them(imported: Tooled) -> None:
    """A copy whose source is unknown comes without origin_contexts, or with an array of what there is."""
    for one in came_to(imported, "imported"):
        told = ORIGIN_CONTEXTS in one.token.claims
        got = one.token.claims.get(ORIGIN_CONTEXTS)
        sound = not told or (as_texts(got) is not None and "" not in (as_texts(got) or ()))
        remark("unknown-origins-form", unless=sound, got=got, at=one.at)


@checks("PNS-TYPE-04")
def test_a_copy_is_nobodys(told: Tooled) -> None:
    """A context copy notice has no sub."""
    for one in came_to(told, "copied"):
        got = one.token.claims.get("sub")
        expect(got is None, "sub", expected="no sub", got=got, at=one.at)


@checks("PNS-TYPE-05")
def test_a_context_id_is_short_ascii(told: Tooled) -> None:
    """The context.id of a notice has 1 to 255 ASCII characters."""
    came = [one for one in told.notices if CONTEXT in one.token.claims]
    control(came, "a notice with a context comes")
    for one in came:
        got = part(one.token.claims, CONTEXT).get("id")
        sound = isinstance(got, str) and got.isascii() and 1 <= len(got) <= LONGEST_ID
        expect(sound, "context-id-form", expected="1 to 255 ASCII characters", got=got, at=one.at)


@checks("PNS-TYPE-10")
def test_a_submission_says_what_was_handed_in_where_by_whom(told: Tooled) -> None:
    """A submission notice has activity.id, submission.id, assetservice and for_user.user_id under the prefix lti."""
    for one in submissions(told):
        claims = one.token.claims
        for reason, name, member in MEMBERS:
            got = part(claims, name).get(member)
            expect(as_text(got), reason, expected=f"{name}, with {member}", got=claims.get(name), at=one.at)
        expect(part(claims, ASSET_SERVICE), "no-assets", expected=ASSET_SERVICE, got=sorted(claims), at=one.at)


@checks("PNS-TYPE-11")
def test_assets_can_be_fetched(told: Tooled) -> None:
    """The assetservice lists the scope asset.readonly, and its assets have asset_id and url."""
    for one in submissions(told):
        scopes = part(one.token.claims, ASSET_SERVICE).get("scope")
        listed = ASSET_SCOPE in (as_texts(scopes) or ())
        expect(listed, "no-asset-scope", expected=ASSET_SCOPE, got=scopes, at=one.at)
        assets = assets_of(one)
        expect(assets is not None, "assets-form", expected="an array of objects", got=assets, at=one.at)
        for asset in assets or ():
            found = as_text(asset.get("asset_id")) and as_text(asset.get("url"))
            expect(found, "asset-incomplete", expected="asset_id and url", got=asset, at=one.at)


@checks("PNS-TYPE-12")
def test_assets_are_what_the_notice_says(told: Tooled) -> None:
    """Assets come with checksum, size, type and time, and a download has that checksum and that size."""
    assets = [(asset, one) for one in submissions(told) for asset in assets_of(one) or ()]
    control(assets, "a submission lists an asset")
    for asset, one in assets:
        expect_asset(asset, one.at)
    by_url = {str(asset.get("url")): asset for asset, _ in assets}
    for fetched in exchanges(told.entries, "asset", "out"):
        half, said = fetched.response, by_url.get(fetched.url)
        if half is None or half.status != 200 or half.cut or said is None:
            continue
        summed = base64.b64encode(hashlib.sha256(half.body).digest()).decode()
        got, at = (said["sha256_checksum"], said["size"]), f"{fetched.id} response body"
        expect(got == (summed, half.size), "asset-differs", expected=(summed, half.size), got=got, at=at)


@checks("PNS-TYPE-13")
def test_a_submission_says_where_reports_go(told: Tooled) -> None:
    """A submission notice has assetreport with report_url."""
    for one in submissions(told):
        got = one.token.claims.get(ASSET_REPORT)
        url = as_text(part(one.token.claims, ASSET_REPORT).get("report_url"))
        expect(url, "no-report", expected="assetreport with report_url", got=got, at=one.at)


@checks("PNS-TYPE-14")
def test_a_submission_names_its_assets_alike_each_time(told: Tooled) -> None:
    """Notices with the same submission.id name the same assets."""
    for name, found in asset_sets(submissions(told)).items():
        first, *others = found
        for assets, one in others:
            expected = sorted(first[0])
            expect(assets == first[0], "other-assets", expected=expected, got=sorted(assets), at=f"{one.at} {name}")
    repeated = any(len(found) > 1 for found in asset_sets(submissions(told)).values())
    control(repeated, "a submission is told of twice")
    expect(repeated, "told-once")


@checks("PNS-TYPE-15")
def test_a_contribution_has_a_known_status(told: Tooled) -> None:
    """The status of a contribution is Draft, Submitted, Deleted or Hidden."""
    for one in came_to(told, "contributed"):
        entry = part(one.token.claims, CONTRIBUTION_CLAIM)
        got = entry.get("status")
        reason = "no-status" if got is None else "other-status"
        expect(got in STATUSES, reason, expected=" or ".join(STATUSES), got=got, at=one.at)


@checks("PNS-TYPE-16")
def test_a_greeting_tells_of_nobody(told: Tooled) -> None:
    """A hello-world notice has no sub and no data of a user."""
    for one in came_to(told, "greeted"):
        got = one.token.claims.get("sub")
        expect(got is None, "sub", expected="no sub", got=got, at=one.at)
        found = [name for name in PERSONAL if name in one.token.claims]
        expect(not found, "user-data", expected="no data of a user", got=found, at=one.at)
