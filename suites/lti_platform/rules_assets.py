"""Rules of submissions and of the files that their notices list."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

from harness.judging.expect import expect
from harness.subjects.lti_platform_records import Told, Tooled
from harness.wire.json_text import as_text
from harness.wire.pns_assets import AP_CLAIMS, ASSET_SERVICE, SUBMISSION_CLAIM
from harness.wire.pns_times import rfc3339
from suites.lti_platform.provoking import came_to
from suites.lti_platform.rules_notices import part

Assets = frozenset[str]
OTHER = AP_CLAIMS["blackboard"]
"""How Blackboard names the claims (observed); whether that is right is for one check alone to say."""


def submissions(record: Tooled) -> tuple[Told, ...]:
    """Return the notices that came to the handler of submissions; nothing can be said when there are none."""
    return came_to(record, "submitted")


def assets_of(told: Told) -> list[Mapping[str, Any]] | None:
    """Return the assets that a notice lists, under another prefix too; None when they are no array of objects."""
    claims = told.token.claims
    found = (part(claims, ASSET_SERVICE) or part(claims, OTHER.asset_service)).get("assets")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return None
    return found


def asset_sets(notices: Iterable[Told]) -> Mapping[str, list[tuple[Assets, Told]]]:
    """Return the ids of assets by the submission that names them."""
    found: dict[str, list[tuple[Assets, Told]]] = {}
    for one in notices:
        claims = one.token.claims
        own = part(claims, SUBMISSION_CLAIM).get("id")
        name = as_text(own or part(claims, OTHER.submission).get(OTHER.submission_id))
        if name is not None:
            ids = frozenset(str(asset.get("asset_id")) for asset in assets_of(one) or ())
            found.setdefault(name, []).append((ids, one))
    return found


def expect_asset(asset: Mapping[str, Any], at: str) -> None:
    """Expect what implementations tell of a file: checksum, size, type, time."""
    size = asset.get("size")
    sized = isinstance(size, int) and not isinstance(size, bool) and size >= 0
    said = _is_checksum(asset.get("sha256_checksum")) and as_text(asset.get("content_type"))
    timed = rfc3339(as_text(asset.get("timestamp")) or "") is not None
    wanted = "sha256_checksum (Base64 of 32 bytes), size, content_type, timestamp"
    expect(sized and said and timed, "asset-untold", expected=wanted, got=dict(asset), at=at)


def _is_checksum(value: object) -> bool:
    try:
        return isinstance(value, str) and len(base64.b64decode(value, validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
