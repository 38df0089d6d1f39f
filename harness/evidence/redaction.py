"""Secrets leave no trace: replaced as they are captured, so that the message still parses and still compares.

A replacement is typed, equal for equal secrets and made of unreserved ASCII only
(``secret-package-password-1``): it stands in the encoding around it (percent, Base64, Basic) as the secret did.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus, unquote_plus

from harness.wire.pens import SECRET_ELEMENTS

_SHORT = 6
_NAMES = "|".join(SECRET_ELEMENTS)
_PARAMETERS = tuple(
    (re.compile(rf"(?<![A-Za-z0-9-])({_NAMES})({equals})((?:(?!{ampersand})[^&\s#\"'<>])*)", re.IGNORECASE), depth)
    for depth, (equals, ampersand) in enumerate((("=", "&"), ("%3D", "%26"), ("%253D", "%2526")), 1)
)
_PART = re.compile(r'(name="(' + "|".join(SECRET_ELEMENTS) + r')"[^\r\n]*\r?\n\r?\n)(.*?)(?=\r?\n--)', re.DOTALL)
_AUTHORIZATION = re.compile(r"\b(Basic|Bearer)( +|%20|\+)([A-Za-z0-9+/=_.~%-]+)", re.IGNORECASE)
_USERINFO = re.compile(r"(?i)\b(https?|ftps?)(://|%3A%2F%2F)([^\s/@:%?#\"'<>]*)(:|%3A)((?:(?!%40|%2F)[^\s/@?#\"'<>])*)(@|%40)")
_HEADER_SECRETS = frozenset({"cookie", "set-cookie", "x-api-key"})


class Redactor:
    """Knows the secrets of a run and replaces them wherever they occur.

    Secrets come from two sides: those that the run itself holds (`add`), and those that show themselves by their
    place (a password element, an Authorization header, userinfo of a URL). One that is shorter than six
    characters is replaced in its place only, since elsewhere it may be an innocent word.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._pattern: re.Pattern[str] | None = None
        self._spellings: dict[str, str] = {}

    def add(self, kind: str, secret: str) -> str:
        """Register a secret of a kind (``package-password``, ``basic``); return its replacement."""
        if not secret or secret.startswith("secret-"):
            return secret
        if secret not in self._known:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._known[secret] = f"secret-{kind}-{self._counts[kind]}"
            if len(secret) >= _SHORT:
                for spelling in _spellings(secret):
                    self._spellings.setdefault(spelling, self._known[secret])
                self._pattern = None
        return self._known[secret]

    @property
    def replacements(self) -> tuple[str, ...]:
        """All replacements given out so far."""
        return tuple(self._known.values())

    def text(self, text: str) -> str:
        """Return ``text`` with every secret replaced, those that show themselves by place learnt first."""
        for pattern, depth in _PARAMETERS:
            text = pattern.sub(lambda found, depth=depth: self._parameter(found, depth), text)  # type: ignore[misc]
        text = _PART.sub(lambda found: found[1] + self.add(_kind(found[2]), found[3]), text)
        text = _AUTHORIZATION.sub(self._authorization, text)
        text = _USERINFO.sub(self._userinfo, text)
        return self._known_secrets(text)

    def data(self, data: bytes) -> bytes:
        """Return ``data`` with every secret replaced; bytes that are not UTF-8 are kept one to one."""
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return self.text(data.decode("latin-1")).encode("latin-1", "replace")
        return self.text(text).encode()

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Return headers with secrets replaced; cookies and keys go whole."""
        hide: Callable[[str, str], str] = (
            lambda name, value: self.add(name.lower(), value) if name.lower() in _HEADER_SECRETS else self.text(value)
        )
        return tuple((name, hide(name, value)) for name, value in headers)

    def _parameter(self, found: re.Match[str], depth: int) -> str:
        value = found[3]
        for _ in range(depth):
            value = unquote_plus(value)
        return found[1] + found[2] + self.add(_kind(found[1]), value)

    def _authorization(self, found: re.Match[str]) -> str:
        scheme, token = found[1], unquote_plus(found[3]) if "%" in found[3] else found[3]
        if scheme.lower() == "bearer":
            return found[1] + found[2] + self.add("bearer", token)
        try:
            user, colon, password = base64.b64decode(token, validate=True).decode("utf-8", "replace").partition(":")
        except (binascii.Error, ValueError):
            return found[0]
        hidden = f"{user}{colon}{self.add('basic', password)}"
        return found[1] + found[2] + base64.b64encode(self._known_secrets(hidden).encode()).decode()

    def _userinfo(self, found: re.Match[str]) -> str:
        return f"{found[1]}{found[2]}{found[3]}{found[4]}{self.add('userinfo', unquote_plus(found[5]))}{found[6]}"

    def _known_secrets(self, text: str) -> str:
        if not self._spellings:
            return text
        if self._pattern is None:
            longest_first = sorted(self._spellings, key=len, reverse=True)
            self._pattern = re.compile("|".join(re.escape(spelling) for spelling in longest_first))
        return self._pattern.sub(lambda found: self._spellings[found[0]], text)


def _kind(element: str) -> str:
    return {"package-url-password": "package-password", "system-password": "system-password"}[element.lower()]


def _spellings(secret: str) -> set[str]:
    """Every way in which a secret may stand in a message."""
    once = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), quote(secret, safe="").lower()}
    once |= {re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), spelling) for spelling in once}
    once |= {quote(spelling, safe="") for spelling in once}
    once |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    once |= {base64.b64encode(secret.encode()).decode(), base64.urlsafe_b64encode(secret.encode()).decode()}
    once |= {spelling.encode().decode("latin-1") for spelling in once}
    once |= {secret.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("'", "&#x27;")}
    return {spelling for spelling in once if len(spelling) >= _SHORT}
