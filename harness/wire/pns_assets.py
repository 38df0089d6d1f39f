"""The claims of the asset processor's notices: submissions and contributions.

Source: Canvas API documentation, "Document Processor"; observed: Canvas source; documentation of a public test tool
for Blackboard Learn (its notices deviate, see `AP_CLAIMS`).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from harness.wire.json_text import as_object, as_text, as_texts, without_none
from harness.wire.lti import CONTEXT, CUSTOM, C

ACTIVITY: Final = C + "activity"
SUBMISSION_CLAIM: Final = C + "submission"
CONTRIBUTION_CLAIM: Final = C + "contribution"
FOR_USER: Final = C + "for_user"
ASSET_SERVICE: Final = C + "assetservice"
ASSET_REPORT: Final = C + "assetreport"
ASSET_SCOPE: Final = "https://purl.imsglobal.org/spec/lti/scope/asset.readonly"
REPORT_SCOPE: Final = "https://purl.imsglobal.org/spec/lti/scope/report"
STATUSES: Final = ("Draft", "Submitted", "Deleted", "Hidden")
"""What a contribution can be (observed: Canvas source)."""

_OTHER_PREFIXES = ("https://purl.imsglobal.org/spec/lti-aip/", "https://purl.imsglobal.org/spec/lti-ap/")

ApClaims = Literal["lti", "lti-aip", "blackboard"]


@dataclass(frozen=True, slots=True)
class ApNames:
    """How a platform writes the claims of the asset processor."""

    activity: str
    activity_id: str
    submission: str
    submission_id: str
    asset_service: str
    asset_scope: str


_BLACKBOARD: Final = ApNames(
    "https://purl.imsglobal.org/spec/lti-aip/claim/activity", "activity_id",
    "https://purl.imsglobal.org/spec/lti-aip/claim/submission", "submission_id",
    "https://purl.imsglobal.org/spec/lti-ap/claim/assetservice",
    "https://purl.imsglobal.org/spec/lti-ap/scope/asset.readonly",
)  # fmt: skip
AP_CLAIMS: Final[Mapping[str, ApNames]] = {
    "lti": ApNames(ACTIVITY, "id", SUBMISSION_CLAIM, "id", ASSET_SERVICE, ASSET_SCOPE),
    "lti-aip": _BLACKBOARD,
    "blackboard": _BLACKBOARD,
}
"""By a profile's ``ap-claims``, or by platform: the standard's names, and Blackboard's of July 2026 (observed)."""

Checksum = Literal["sha256_checksum", "checksum"]


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of a submission. ``size`` in bytes, ``timestamp`` an RFC 3339 text.

    ``sha256`` and ``md5`` are base64 texts of 32 and 16 bytes; Blackboard's ``checksum`` has 16 bytes, by which sum is
    not told.
    """

    id: str
    url: str
    size: int
    content_type: str
    timestamp: str
    sha256: str
    md5: str = ""
    title: str | None = None
    filename: str | None = None

    @classmethod
    def of(
        cls, id: str, url: str, content: bytes, content_type: str, timestamp: str,
        *, title: str | None = None, filename: str | None = None,
    ) -> Asset:  # fmt: skip
        """Return the asset that ``content`` is."""
        sums = [hashlib.sha256(content), hashlib.md5(content, usedforsecurity=False)]
        sha256, md5 = (base64.b64encode(sum_.digest()).decode() for sum_ in sums)
        return cls(id, url, len(content), content_type, timestamp, sha256, md5, title, filename)


def asset_object(
    asset: Asset, checksum: Checksum = "sha256_checksum", *, timestamp: bool | None = None
) -> dict[str, Any]:
    """Return an asset as a notice lists it; Blackboard's have ``checksum`` and no timestamp (observed).

    ``timestamp`` says whether it is listed; None means with ``sha256_checksum`` only.
    """
    standard = checksum == "sha256_checksum"
    return without_none(
        [
            ("asset_id", asset.id),
            ("url", asset.url),
            (checksum, asset.sha256 if standard else asset.md5),
            ("timestamp", asset.timestamp if (standard if timestamp is None else timestamp) else None),
            ("size", asset.size),
            ("content_type", asset.content_type),
            ("title", asset.title),
            ("filename", asset.filename),
        ]
    )


def submission_claims(
    *,
    activity: str,
    submission: str | None,
    for_user: str,
    assets: Sequence[Asset],
    report_url: str | None = None,
    custom: Mapping[str, str] | None = None,
    context: Mapping[str, Any] | None = None,
    ap_claims: ApClaims = "lti",
    checksum: Checksum = "sha256_checksum",
    asset_timestamp: bool | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what a submission notice adds to the frame.

    ``activity`` and ``submission`` are ids. Without ``report_url`` or ``custom`` their claims are left out, as
    Blackboard does; ``custom`` may be empty.
    """
    names = AP_CLAIMS[ap_claims]
    return {
        **({} if context is None else {CONTEXT: without_none(context.items())}),
        names.activity: {names.activity_id: activity},
        **({} if submission is None else {names.submission: {names.submission_id: submission}}),
        FOR_USER: {"user_id": for_user},
        **({} if custom is None else {CUSTOM: dict(custom)}),
        **({} if report_url is None else {ASSET_REPORT: {"scope": [REPORT_SCOPE], "report_url": report_url}}),
        names.asset_service: {
            "scope": [names.asset_scope],
            "assets": [asset_object(asset, checksum, timestamp=asset_timestamp) for asset in assets],
        },
        **(more or {}),
    }


def contribution_claims(
    *,
    activity: str,
    for_user: str,
    contribution: str,
    created: str,
    updated: str,
    status: str = "Submitted",
    parent: str | None = None,
    submission: str | None = None,
    assets: Sequence[Asset] = (),
    report_url: str | None = None,
    custom: Mapping[str, str] | None = None,
    context: Mapping[str, Any] | None = None,
    ap_claims: ApClaims = "lti",
    checksum: Checksum = "sha256_checksum",
    asset_timestamp: bool | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what a contribution notice adds to the frame; the report's URL only when there is an asset.

    ``created`` and ``updated`` are RFC 3339 texts, ``parent`` the entry that was replied to. Source: observed,
    Canvas source.
    """
    entry = [("id", contribution), ("parent", parent), ("status", status), ("created", created), ("updated", updated)]
    return {
        **submission_claims(
            activity=activity, submission=submission, for_user=for_user, assets=assets, custom=custom,
            report_url=report_url if assets else None, context=context, ap_claims=ap_claims, checksum=checksum,
            asset_timestamp=asset_timestamp,
        ),
        CONTRIBUTION_CLAIM: without_none(entry),
        **(more or {}),
    }  # fmt: skip


def submission_problems(claims: Mapping[str, Any]) -> list[str]:
    """Return the codes of what a submission notice lacks under its right names."""
    found = _common(claims)
    if as_text((as_object(claims.get(SUBMISSION_CLAIM)) or {}).get("id")) is None:
        found.append("no-submission")
    return found


def contribution_problems(claims: Mapping[str, Any]) -> list[str]:
    """Return the codes of what a contribution notice lacks."""
    found = _common(claims)
    entry = as_object(claims.get(CONTRIBUTION_CLAIM))
    if entry is None:
        return [*found, "no-contribution"]
    if any(as_text(entry.get(name)) is None for name in ("id", "created", "updated")):
        found.append("contribution-form")
    if entry.get("status") not in STATUSES:
        found.append("contribution-status")
    return found


def _common(claims: Mapping[str, Any]) -> list[str]:
    found = []
    for code, name, member in (("no-activity", ACTIVITY, "id"), ("no-for-user", FOR_USER, "user_id")):
        if as_text((as_object(claims.get(name)) or {}).get(member)) is None:
            found.append(code)
    service = as_object(claims.get(ASSET_SERVICE))
    if service is None:
        return [*found, "no-assetservice"]
    if ASSET_SCOPE not in (as_texts(service.get("scope")) or ()):
        found.append("no-asset-scope")
    assets = service.get("assets")
    if not isinstance(assets, list) or not all(_has(asset, ("asset_id", "url")) for asset in assets):
        found.append("assets-form")
    return found


def _has(asset: object, members: Iterable[str]) -> bool:
    found = as_object(asset)
    return found is not None and all(as_text(found.get(name)) is not None for name in members)


def remarks(claims: Mapping[str, Any], *, contribution: bool) -> list[str]:
    """Return the codes of what implementations expect of such a notice beyond what it must have."""
    found = []
    assets = (as_object(claims.get(ASSET_SERVICE)) or {}).get("assets")
    listed = assets if isinstance(assets, list) else []
    for asset in listed:
        size = (as_object(asset) or {}).get("size")
        if not _has(asset, ("sha256_checksum", "content_type", "timestamp")) or (
            not isinstance(size, int) or isinstance(size, bool)
        ):
            found.append("assets-incomplete")
    report = as_object(claims.get(ASSET_REPORT)) or {}
    if as_text(report.get("report_url")) is None and (listed or not contribution):
        found.append("no-assetreport")
    if any(name.startswith(_OTHER_PREFIXES) for name in claims):
        found.append("other-prefix")
    return found
