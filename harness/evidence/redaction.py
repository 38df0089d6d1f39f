"""Secrets leave no trace: replaced as they are captured, so that the message still parses and still compares.

A replacement is typed, equal for equal secrets and made of unreserved ASCII only
(``secret-package-password-1``): it stands in the encoding around it (percent, Base64, Basic) as the secret did.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import quopri
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from harness.wire.pens import SECRET_ELEMENTS

_SHORT, _LONG = 6, 4096
_KINDS = {
    **{name: name for name in SECRET_ELEMENTS},
    "package-url-password": "package-password",
    "urlpass": "postback-password",
    "password": "password",
    "secretkey": "secret-key",
    "access_token": "access-token",
    "registration_token": "registration-token",
    "registration_access_token": "registration-token",
}
"""What holds a secret by its name, and the kind of that secret.

The elements of PENS; the parameters of createRegistration and updatePostbackInfo, the field of a postback in a form
and the element of getPostbackInfo ("Registration Service" and "Registration Postbacks" V1); the members of a token
answer (RFC 6749, 5.1) and of a dynamic registration.
"""
_NAMES = "|".join(_KINDS)
_NAMED = ("password", "urlpass", "secretkey", "access_token", "registration_token")
"""One of these stands in every name."""
_MARKS = '=&:/@"'


def _encoded(mark: str, depth: int) -> str:
    return mark if not depth else "%" + "25" * (depth - 1) + f"{ord(mark):02X}"


_DEPTHS = tuple(tuple(_encoded(mark, depth) for mark in _MARKS) for depth in range(5))
"""The marks around a secret in a message that is percent-encoded not at all, once, and up to four times."""


def _parameter_pattern(equals: str, ampersand: str) -> re.Pattern[str]:
    """Find a password element; a quote that closes what is around the message is no part of its value."""
    value = rf"((?:(?!{ampersand})[^&\s#\"<>])*?)(?=['\\]*(?:{ampersand}|[&\s#\"<>]|\Z))"
    # What is encoded before the name may end in a letter or a digit.
    begin = rf"(?:(?<![A-Za-z0-9-])|(?<={ampersand[:-2] or '%'}[0-9A-Fa-f]{{2}}))"
    return re.compile(rf"{begin}({_NAMES})({equals}){value}", re.IGNORECASE)


def _userinfo_pattern(colon: str, slash: str, at: str) -> re.Pattern[str]:
    """Find the password in a URL."""
    user, password = (rf"(?:(?!{end})[^\s/@?#&\"<>])*" for end in (f"{colon}|{slash}|{at}", f"{slash}|{at}"))
    # What is encoded before the scheme may end in a letter, so that no word boundary is there.
    return re.compile(rf"((?:https?|ftps?){colon}{slash}{slash}{user}{colon})({password})({at})", re.IGNORECASE)


def _json_patterns(depth: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Find what stands before a password in JSON, and a quote that may end it, with the backslashes before it."""
    quote_mark, colon, backslash = (_encoded(mark, depth) for mark in '":\\')
    backslash = re.escape(backslash)
    # Only from the first of many backslashes on, or hostile input would cost the square of its length.
    escape, space = rf"(?<!{backslash})(?P<escape>(?:{backslash})*)", r"(?:\s|\+|%(?:25)*20)*"
    name = rf"{escape}{quote_mark}(?P<name>{_NAMES})(?P=escape){quote_mark}"
    head = rf"{name}{space}{colon}{space}(?P=escape){quote_mark}"
    end = rf"{escape}{quote_mark}"
    return re.compile(head, re.IGNORECASE), re.compile(end, re.IGNORECASE)


def _element_pattern(depth: int) -> re.Pattern[str]:
    """Find a password element of XML: its start tag, the text within, or the CDATA section."""
    less, more, colon, bang, opening, closing = (re.escape(_encoded(mark, depth)) for mark in "<>:![]")
    end = rf"(?!{less})." if not depth else rf"(?!{less})[^&\s\"<>]"
    tag = rf"{less}(?:[A-Za-z0-9_.-]+{colon})?({_NAMES})(?![A-Za-z0-9_.-])((?:(?!{more}).){{0,200}}?){more}"
    cdata = rf"{less}(?:!|{bang})(?:\[|{opening})CDATA(?:\[|{opening})"
    inside = rf"({cdata})((?:(?!(?:\]|{closing}){{2}}{more}).)*)|((?:{end})*)"
    return re.compile(rf"({tag})(?:{inside})", re.IGNORECASE | re.DOTALL)


_ELEMENTS = tuple((_element_pattern(depth), depth, _encoded("<", depth).lower()) for depth in range(5))
_PARAMETERS = tuple((_parameter_pattern(*marks[:2]), depth) for depth, marks in enumerate(_DEPTHS, 1))
_USERINFO = tuple((_userinfo_pattern(*marks[2:5]), depth, marks[4].lower()) for depth, marks in enumerate(_DEPTHS))
_JSON = tuple((*_json_patterns(depth), depth, marks[5].lower()) for depth, marks in enumerate(_DEPTHS))
# A part that does not end was cut off: all that is left of it is its value.
_PART = re.compile(
    rf'(content-disposition:[^\r\n]*\bname="?({_NAMES})\b"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)'
    r"(.*?)(?=\r?\n--|\Z)",
    re.DOTALL | re.IGNORECASE,
)
# Header and claims of a signed message stay readable; what makes it worth stealing is its signature (RFC 7515, 7.1).
_JWS = re.compile(r"(?<![A-Za-z0-9_.-])(eyJ[A-Za-z0-9_-]*=*\.[A-Za-z0-9_-]*=*\.)([A-Za-z0-9_-]{16,}=*)")
# What follows the scheme in a challenge is a parameter and no credential (RFC 6750, 3; RFC 7617, 2): no token has a
# name and an equals sign in front.
_CHALLENGE = r"(?!(?:realm|error|error_description|error_uri|scope|charset)(?:=|%3D))"
_AUTHORIZATION = re.compile(rf"\b(Basic|Bearer)( +|%20|\+){_CHALLENGE}([A-Za-z0-9+/=_.~%-]+)", re.IGNORECASE)
_WORD = re.compile(
    r"(?<!%)(?<!%[0-9A-Fa-f])(?:(?<![A-Za-z0-9+/_-])|(?<=%[0-9A-Fa-f]{2}))"
    r"(?:[A-Za-z0-9+/_-]|%2[BbFf]){16,}(?:={1,2}|(?:%3[Dd]){1,2})?"
)
# All of a word stands within such a run, which is found much faster.
_RUN = re.compile(r"[A-Za-z0-9+/_%-]{16,}={0,2}")
_FOLDED = re.compile("[\u0130\u0131\u017f\u212a]")
"""Letters beyond ASCII that a pattern without regard to case takes for i, s and k, and that lower() does not."""
_DULL = 4096
_REMEMBERED = (2048, 1024)
"""How long a text may be that is remembered as innocent, and how many of them are."""
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ENCODED_MAIL = re.compile(rb"^Content-Transfer-Encoding: *(base64|quoted-printable)", re.IGNORECASE | re.MULTILINE)
_MARKERS = " ".join(
    f"secret-{kind}-1"
    for kind in (*_KINDS.values(), "basic", "bearer", "userinfo", "cookie", "set-cookie", "x-api-key", "jws-signature")
)
"""What replacements are made of: a secret that is such a word is replaced in its place only, as a short one is."""
_HEADER_SECRETS = frozenset({"cookie", "set-cookie", "x-api-key"})


class Redactor:
    """Knows the secrets of a run and replaces them wherever they occur.

    Secrets come from two sides: those that the run itself holds (`add`), and those that show themselves by their
    place (a password element, an Authorization header, userinfo of a URL). One that is shorter than six
    characters is replaced in its place only, since elsewhere it may be an innocent word.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._given: set[str] = set()
        self._placed: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._spellings: dict[str, str] = {}
        # The spellings by how they begin, the longest first; and what finds where one may begin.
        self._starts: dict[str, list[str]] = {}
        self._sieve: re.Pattern[str] | None = None
        # Words that are no base64 of a text, whatever secrets there are.
        self._dull: set[str] = set()
        # What was found innocent, as long as no secret has been learnt since: much is said again and again.
        self._innocent: set[str] = set()

    def add(self, kind: str, secret: str) -> str:
        """Register a secret of a kind (``package-password``, ``basic``); return its replacement."""
        if not secret or secret in self._given:
            return secret
        if secret not in self._known:
            self._innocent.clear()
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._known[secret] = f"secret-{kind}-{self._counts[kind]}"
            self._given.add(self._known[secret])
            if len(secret) >= _SHORT and secret not in _MARKERS:
                for spelling in _spellings(secret) - self._spellings.keys():
                    self._spellings[spelling] = self._known[secret]
                    beginning = self._starts.setdefault(spelling[:_SHORT], [])
                    beginning.append(spelling)
                    beginning.sort(key=len, reverse=True)
                self._sieve = None
        return self._known[secret]

    @property
    def replacements(self) -> tuple[str, ...]:
        """All replacements given out so far."""
        return (*self._known.values(), *self._placed.values())

    def text(self, text: str) -> str:
        """Return ``text`` with every secret replaced, those that show themselves by place learnt on the way."""
        # Known ones first: by its place alone a secret that holds a quote would be recognised only in part.
        # And what is base64 before those, since a secret within it would be replaced without being encoded anew.
        if self.innocent(text):
            return text
        known = len(self._known)
        if "eyJ" in text:
            text = _JWS.sub(self._unsigned, text)
        text = self._known_secrets(_RUN.sub(self._run, text))
        lower = text.lower()
        if any(name in lower for name in _NAMED):
            for pattern, depth in _PARAMETERS:
                text = pattern.sub(lambda found, depth=depth: self._parameter(found, depth), text)  # type: ignore[misc]
            text = _PART.sub(lambda found: found[1] + self.add(_kind(found[2]), found[3]), text)
            for head, end, depth, mark in _JSON:
                if mark in lower:
                    text = self._json(text, head, end, depth)
            for pattern, depth, mark in _ELEMENTS:
                if mark in lower:
                    text = pattern.sub(lambda found, depth=depth: self._element(found, depth), text)  # type: ignore[misc]
        text = _AUTHORIZATION.sub(self._authorization, text)
        for pattern, depth, mark in _USERINFO:
            if mark in lower:
                text = pattern.sub(lambda found, depth=depth: self._userinfo(found, depth), text)  # type: ignore[misc]
        if len(self._known) != known:
            text = self._known_secrets(_RUN.sub(self._run, text))
        return text

    def innocent(self, text: str) -> bool:
        """Whether one quick look shows that `text` would leave this as it is and learn nothing from it."""
        if text in self._innocent:
            return True
        lower = text.lower()
        if "password" in lower or "urlpass" in lower or "secretkey" in lower or "basic" in lower or "bearer" in lower:
            return False
        if "_token" in lower or ("eyJ" in text and _JWS.search(text)):
            return False
        if "@" in text or "%40" in text or "2540" in text or (not text.isascii() and _FOLDED.search(text)):
            return False
        if self._first(text) is not None or not all(map(self._is_dull, _RUN.findall(text))):
            return False
        if len(text) <= _REMEMBERED[0]:
            if len(self._innocent) >= _REMEMBERED[1]:
                self._innocent.clear()
            self._innocent.add(text)
        return True

    def message(
        self, start: str, headers: tuple[tuple[str, str], ...], body: bytes
    ) -> tuple[str, tuple[tuple[str, str], ...], bytes]:
        """Return start line, headers and body with every secret replaced, wherever in them it shows itself."""
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text = body.decode("latin-1")
        if self.innocent("\n".join([start, text, *[value for _, value in headers]])) and not any(
            name.lower() in _HEADER_SECRETS for name, _ in headers
        ):
            return start, headers, body
        known = -1
        # What one part teaches may stand in another: again, until nothing more is learnt.
        while known != len(self._known):
            known = len(self._known)
            clean = self.text(start), self.headers(headers), self.data(body)
        return clean

    def data(self, data: bytes) -> bytes:
        """Return ``data`` with every secret replaced; bytes that are not UTF-8 are kept one to one."""
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return self.text(data.decode("latin-1")).encode("latin-1", "replace")
        return self.text(text).encode()

    def mail(self, message: str) -> str:
        """Return a mail with every secret replaced, within the transfer encoding of its body too (RFC 2045 §6)."""
        head, gap, body = message.encode("utf-8", "surrogateescape").replace(b"\r\n", b"\n").partition(b"\n\n")
        encoding = _ENCODED_MAIL.search(head)
        if not encoding:
            return self.text(message)
        name = encoding[1].decode().lower()
        try:
            plain = base64.b64decode(body) if name == "base64" else quopri.decodestring(body)
        except binascii.Error:
            return self.text(message)
        clean = self.data(plain)
        if clean != plain:
            body = base64.encodebytes(clean) if name == "base64" else quopri.encodestring(clean)
        end = "\r\n" if "\r\n" in message else "\n"
        # The body is clean; as it stands encoded, what is right in it might look like another secret.
        whole = self.text(head.decode("utf-8", "surrogateescape")) + (gap + body).decode("utf-8", "surrogateescape")
        return whole.replace("\n", end)

    def facts(self, value: Any) -> Any:
        """Return a JSON value with every secret in it replaced; what is no JSON value becomes text."""
        if isinstance(value, Mapping):
            return {self.text(str(key)): self._fact(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            if len(value) == 2 and isinstance(value[0], str):
                return [self.text(value[0]), self._fact(value[0], value[1])]
            return [self.facts(item) for item in value]
        return value if value is None or isinstance(value, bool | int | float) else self.text(str(value))

    def _fact(self, name: str, value: Any) -> Any:
        """Return the value of an element: a password shows itself by the name beside it."""
        secret = isinstance(value, str) and name.lower() in _KINDS
        return self.add(_kind(name), value) if secret else self.facts(value)

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Return headers with secrets replaced; cookies and keys go whole."""
        return tuple((name, self._header(name.lower(), value)) for name, value in headers)

    def _header(self, name: str, value: str) -> str:
        if name not in _HEADER_SECRETS:
            return self.text(value)
        # Cookies and their attributes together stand nowhere else; a key may.
        return self.add(name, value) if name == "x-api-key" else self._in_place(name, value)

    def _parameter(self, found: re.Match[str], depth: int) -> str:
        value = found[3]
        for _ in range(depth):
            value = unquote_plus(value)
        return found[1] + found[2] + self.add(_kind(found[1]), value)

    def _unsigned(self, found: re.Match[str]) -> str:
        """Return a signed message without its signature."""
        return found[1] + self._in_place("jws-signature", found[2])

    def _in_place(self, kind: str, secret: str) -> str:
        """Return the replacement of what stands nowhere else, as a whole, and so is not looked for there."""
        if secret in self._given:
            return secret
        if secret not in self._placed:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._placed[secret] = f"secret-{kind}-{self._counts[kind]}"
            self._given.add(self._placed[secret])
        return self._placed[secret]

    def _authorization(self, found: re.Match[str]) -> str:
        scheme, token = found[1], unquote_plus(found[3]) if "%" in found[3] else found[3]
        if scheme.lower() == "bearer":
            return found[1] + found[2] + self.add("bearer", token)
        try:
            login = base64.b64decode(token, validate=True)
        except (binascii.Error, ValueError):
            return found[0]
        user, colon, password = _decoded(login).partition(":")
        if not colon:
            return found[0]
        hidden = self._known_secrets(f"{user}:{self.add('basic', password)}")
        return found[1] + found[2] + base64.b64encode(hidden.encode()).decode()

    def _userinfo(self, found: re.Match[str], depth: int) -> str:
        password = found[2]
        for _ in range(depth):
            password = unquote_plus(password)
        # Within a URL itself a plus is a plus.
        return found[1] + self.add("userinfo", unquote(password)) + found[3]

    def _json(self, text: str, head: re.Pattern[str], end: re.Pattern[str], depth: int) -> str:
        """Replace passwords in JSON, which may itself be a string of JSON, any number of times."""
        width, kept, at = len(_encoded("\\", depth)), [], 0
        while found := head.search(text, at):
            # Where JSON is nested k times, 2^k-1 backslashes stand before a quote of the inmost one.
            escapes = len(found["escape"]) // width
            ends = (
                e for e in end.finditer(text, found.end()) if len(e["escape"]) // width % (2 * escapes + 2) == escapes
            )
            closing = next(ends, None)
            until = closing.end("escape") - escapes * width if closing else len(text)
            value = text[found.end() : until]
            for _ in range(depth):
                value = unquote_plus(value)
            for _ in range((escapes + 1).bit_length()):
                value = _unescaped(value)
            kept += [text[at : found.end()], self.add(_kind(found["name"]), value)]
            at = until
        return "".join([*kept, text[at:]])

    def _element(self, found: re.Match[str], depth: int) -> str:
        """Replace a password in XML, without the white space around it."""
        if found[3].lower().endswith(_encoded("/", depth).lower()):
            return found[0]
        value = found[5] if found[4] else found[6]
        for _ in range(depth):
            value = unquote_plus(value)
        value = (value if found[4] else html.unescape(value)).strip()
        if not value:
            return found[0]
        return found[1] + (found[4] or "") + self.add(_kind(found[2]), value)

    def _run(self, found: re.Match[str]) -> str:
        return _WORD.sub(self._word, found[0]) if "%" in found[0] else self._word(found)

    def _is_dull(self, run: str) -> bool:
        """Whether a run holds no base64 in which something secret may be."""
        if run in self._dull:
            return True
        texts = [_hidden_text(word) for word in (_WORD.findall(run) if "%" in run else [run])]
        if any(texts):
            return all(text is None or text in self._known or self.innocent(text) for text in texts)
        if len(run) <= 64:
            if len(self._dull) >= _DULL:
                self._dull.clear()
            self._dull.add(run)
        return True

    def _word(self, found: re.Match[str]) -> str:
        """Look into what may be base64 of a text, and replace what is secret there."""
        text = _hidden_text(found[0])
        if text is None or text in self._known:
            return found[0]
        clean = self.text(text)
        if clean == text:
            return found[0]
        word = unquote(found[0]) if "%" in found[0] else found[0]
        is_url_safe = "-" in word or "_" in word
        encoded = (base64.urlsafe_b64encode if is_url_safe else base64.b64encode)(clean.encode()).decode()
        return quote(encoded, safe="") if "%" in found[0] else encoded

    def _first(self, text: str, at: int = 0) -> tuple[int, str] | None:
        """Return where the first known secret begins, and the longest spelling that stands there."""
        if not self._starts:
            return None
        if self._sieve is None:
            # One set of characters for each of the first places: most of a text falls through it at once.
            first, *rest = ("".join(map(re.escape, sorted(set(chars)))) for chars in zip(*self._starts, strict=True))
            self._sieve = re.compile(f"[{first}](?=" + "".join(f"[{chars}]" for chars in rest) + ")")
        for found in self._sieve.finditer(text, at):
            begin = found.start()
            for spelling in self._starts.get(text[begin : begin + _SHORT], ()):
                if text.startswith(spelling, begin):
                    return begin, spelling
        return None

    def _known_secrets(self, text: str) -> str:
        kept, at = [], 0
        while found := self._first(text, at):
            begin, spelling = found
            kept += [text[at:begin], self._spellings[spelling]]
            at = begin + len(spelling)
        return "".join([*kept, text[at:]]) if kept else text


def _hidden_text(word: str) -> str | None:
    """Return the text of which a word may be the base64; None when it is none."""
    plain = (unquote(word) if "%" in word else word).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(plain + "=" * (-len(plain) % 4)).decode()
    except ValueError:
        return None
    return None if _NO_TEXT.search(text) else text


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _unescaped(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value


def _kind(element: str) -> str:
    return _KINDS[element.lower()]


def _spellings(secret: str) -> set[str]:
    """Every way in which a secret may stand in a message; one of absurd length as it is only."""
    if len(secret) > _LONG:
        return {secret}
    plain = {secret, html.escape(secret, quote=False)}
    once = {write(text) for text in plain for write in (str, lambda s: quote(s, safe=""), quote, quote_plus)}
    once.add(quote(secret, safe="").lower())
    once |= {re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), spelling) for spelling in once}
    for _ in range(3):
        once |= {quote(spelling, safe="") for spelling in once}
    once |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    once |= {base64.b64encode(secret.encode()).decode(), base64.urlsafe_b64encode(secret.encode()).decode()}
    once |= {spelling.encode().decode("latin-1") for spelling in once}
    once |= {secret.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("'", "&#x27;")}
    return {spelling for spelling in once if len(spelling) >= _SHORT}
