"""The pages that people see: whatever peers wrote is escaped, and nothing runs on them but the closing message."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from html import escape
from typing import Final

from harness.net.listener import Reply

TEXT: Final = (("Content-Type", "text/plain; charset=utf-8"),)
JSON: Final = (("Content-Type", "application/json"),)
CLOSING: Final = '(window.opener || window.parent).postMessage({subject: "org.imsglobal.lti.close"}, "*");'
"""What the last page of a dynamic registration does (LTI Dynamic Registration 1.0)."""

_SAFE = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store"))


def page(title: str, lines: Iterable[tuple[str, str]] = (), *, status: int = 200, script: str = "") -> Reply:
    """Return a page: a heading, and terms with what they are. ``script`` is allowed by its digest alone."""
    terms = "".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in lines)
    body = f"<h1>{escape(title)}</h1>" + (f"<dl>{terms}</dl>" if terms else "")
    run = f"<script>{script}</script>" if script else ""
    html = f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>{body}{run}</html>\n'
    digest = f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" if script else "'none'"
    policy = ("Content-Security-Policy", f"default-src 'none'; script-src {digest}; base-uri 'none'")
    headers = (("Content-Type", "text/html; charset=utf-8"), policy, *_SAFE)
    return Reply(status, headers, html.encode("utf-8", "replace"))


def refusal(status: int, what: str, why: str) -> Reply:
    """Return a page that says why something was refused."""
    return page(what, (("Reason", why),), status=status)
