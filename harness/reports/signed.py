"""Signed messages inside exchanges, as a person reads them: header and claims, decoded; nothing is verified here."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator

from harness.reports.text import cut

MOST = 5
"""How many messages of one half are shown decoded; the others stand in its body."""
LONGEST = 6000
"""How much of decoded claims is shown, in characters."""

_COMPACT = re.compile(rb"(?<![A-Za-z0-9_.-])(eyJ[A-Za-z0-9_-]{2,65536})\.([A-Za-z0-9_-]{2,65536})\.")
"""Header and claims of a compact JWS (RFC 7515, 7.1): a JSON object in base64url begins so; longer parts stay."""


def signed_json(body: bytes) -> list[dict[str, str]]:
    """Return the first signed messages of a body: ``header`` and ``claims`` as JSON, one member a line."""
    return list(_signed(body))


def _signed(body: bytes) -> Iterator[dict[str, str]]:
    if b"eyJ" not in body:
        return
    seen = 0
    for match in _COMPACT.finditer(body):
        header, claims = _shown(match[1]), _shown(match[2])
        if not header:
            continue
        yield {"header": header, "claims": claims or f"<{len(match[2])} characters that hold no JSON>"}
        seen += 1
        if seen == MOST:
            return


def _shown(part: bytes) -> str:
    """Return a part as JSON for people; empty when it is none."""
    try:
        value = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
        return cut(json.dumps(value, ensure_ascii=False, indent=2), LONGEST)
    except (ValueError, RecursionError, binascii.Error):
        return ""
