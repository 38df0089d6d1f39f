"""Forms that a browser submits by itself: how login and launch travel (OAuth 2.0 Form Post Response Mode 1.0)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from harness.wire.binding import Pairs

if TYPE_CHECKING:
    from lxml import etree

MEDIA_TYPE: Final = "text/html; charset=utf-8"
SCRIPT: Final = "document.forms[0].submit()"
POLICY: Final = (
    "default-src 'none'; base-uri 'none'; script-src 'sha256-"
    + base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    + "'"
)
"""Value of ``Content-Security-Policy`` that lets the page's one script run and nothing else."""

SIZE_LIMIT: Final = 2 * 1024 * 1024
_NO_VALUE = frozenset({"submit", "button", "image", "reset", "file"})
_MANY: Final = 1000


def form_page(action: str, pairs: Pairs, title: str = "Continue") -> bytes:
    """Return a page that posts ``pairs`` to ``action`` at once, or by a button where scripts do not run."""
    fields = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">\n' for name, value in pairs)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
        "<body>\n"
        f'<form method="post" action="{escape(action)}">\n{fields}'
        f'<noscript><button type="submit">{escape(title)}</button></noscript>\n</form>\n'
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n"
    ).encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Form:
    """A form as a browser would submit it: the absolute ``action``, ``GET`` or ``POST``, and its pairs in order."""

    action: str
    method: str
    pairs: Pairs

    def get(self, name: str) -> str | None:
        """Return the first value of a name, or None."""
        return next((value for found, value in self.pairs if found == name), None)


def read_form(html: bytes, base_url: str) -> Form | None:
    """Return the form that a page submits, or None when it has none.

    It is the first one that holds ``id_token``, ``error``, ``login_hint`` or ``iss``, else the first. Nothing is
    fetched, no script runs. Never raises.
    """
    from lxml import etree  # slow to import, and only browsers' pages need it

    text = html[:SIZE_LIMIT].decode("utf-8", "replace").replace("\0", "\ufffd")
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return None
    if root is None:
        return None
    base = next((found.get("href", "") for found in root.iter("base")), "")
    base_url = _join(base_url, base)
    forms = [_form(element, base_url) for element, _ in zip(root.iter("form"), range(_MANY), strict=False)]
    ours = {"id_token", "error", "login_hint", "iss"}
    return next((form for form in forms if ours & {name for name, _ in form.pairs}), forms[0] if forms else None)


def _join(base: str, url: str) -> str:
    try:
        return urljoin(base, url.strip())
    except ValueError:
        return url.strip()


def _form(element: etree._Element, base_url: str) -> Form:
    pairs = []
    for field in element.iter("input", "textarea"):
        name, kind = field.get("name"), field.get("type", "text").strip().lower()
        if not name or field.get("disabled") is not None:
            continue
        if field.tag == "textarea":
            pairs.append((name, "".join(str(piece) for piece in field.itertext()).removeprefix("\n")))
        elif kind not in _NO_VALUE and (kind not in ("checkbox", "radio") or field.get("checked") is not None):
            pairs.append((name, field.get("value", "on" if kind in ("checkbox", "radio") else "")))
    method = "POST" if element.get("method", "get").strip().lower() == "post" else "GET"
    return Form(_join(base_url, element.get("action", "") or base_url), method, tuple(pairs))
