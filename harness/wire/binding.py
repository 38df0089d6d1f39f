"""How name-value messages travel: URI query, urlencoded form and multipart form (CMI010 1.0a §A.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

Pairs = tuple[tuple[str, str], ...]

FORM = "application/x-www-form-urlencoded"
_BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_NOT_URI = re.compile(rb"[\x00-\x20\x7f-\xff<>\"#]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A message as read: its pairs in order, how it was bound, and what was odd about its writing."""

    binding: str
    pairs: Pairs
    oddities: tuple[str, ...] = ()

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the first value of element ``name``, or ``default`` when it is absent."""
        return next((value for key, value in self.pairs if key == name), default)

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of element ``name``, in order of appearance."""
        return tuple(value for key, value in self.pairs if key == name)

    @property
    def names(self) -> tuple[str, ...]:
        """The element names in order of first appearance."""
        return tuple(dict.fromkeys(key for key, _ in self.pairs))

    @property
    def elements(self) -> dict[str, str]:
        """The elements as a mapping; of duplicated elements the first value counts."""
        return dict(reversed(self.pairs))


def text_of(raw: bytes, oddities: list[str]) -> str:
    """Decode bytes as UTF-8; as ISO 8859-1, with a remark in ``oddities``, when they are not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        oddities.append("not-utf-8")
        return raw.decode("latin-1")


def decode_form(raw: bytes, binding: str = "form") -> Decoded:
    """Read ``name=value&...`` leniently: ``+`` is a space, percent-encoding is undone once.

    Oddities: ``not-uri`` (a character no URI may hold), ``bad-percent``, ``no-equals``, ``not-utf-8``.
    Source: CMI010 1.0a §A.1; field: PENSExampleCode writes spaces as ``+``.
    """
    oddities: list[str] = []
    if _NOT_URI.search(raw):
        oddities.append("not-uri")
    if _BAD_PERCENT.search(raw):
        oddities.append("bad-percent")
    pairs = []
    if raw.isascii() and b"%" not in raw and b"+" not in raw:
        # Nothing is encoded, as in most calls that programs make: all of it is text already.
        parts = [word.partition("=") for word in raw.decode("ascii").split("&") if word]
        if "" in [sign for _, sign, _ in parts]:
            oddities.append("no-equals")
        return Decoded(binding, tuple([(name, value) for name, _, value in parts]), tuple(oddities))
    for part in raw.split(b"&"):
        if not part:
            continue
        name, equals, value = part.partition(b"=")
        if not equals:
            oddities.append("no-equals")
        pairs.append((_unquoted(name, oddities), _unquoted(value, oddities)))
    return Decoded(binding, tuple(pairs), tuple(dict.fromkeys(oddities)))


def _unquoted(piece: bytes, oddities: list[str]) -> str:
    return text_of(unquote_to_bytes(piece.replace(b"+", b" ")), oddities)


def encode_query(pairs: Pairs) -> str:
    """Write pairs as a URI query, everything but unreserved characters percent-encoded (RFC 2396)."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def join_query(url: str, query: str) -> str:
    """Add ``query`` to ``url``: with ``&`` when the URL has a query already, so that no second ``?`` appears.

    Source: CMI010 1.0a §A.1 note.
    """
    if not query:
        return url
    base, hash_, fragment = url.partition("#")
    separator = "?" if "?" not in base else "" if base.endswith(("?", "&")) else "&"
    return f"{base}{separator}{query}{hash_}{fragment}"


def encode_multipart(pairs: Pairs, boundary: str = "invigil-boundary-8f14e45f") -> tuple[str, bytes]:
    """Write pairs as ``multipart/form-data``; return the content type and the body."""
    lines = []
    for name, value in pairs:
        lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n')
    return f"multipart/form-data; boundary={boundary}", ("".join(lines) + f"--{boundary}--\r\n").encode()


def decode_multipart(content_type: str, body: bytes) -> Decoded:
    """Read ``multipart/form-data`` parts in order; a body without usable boundary gives no pairs."""
    found = re.search(r'boundary="?([^";,]+)"?', content_type, re.IGNORECASE)
    oddities: list[str] = []
    if not found:
        return Decoded("multipart", (), ("no-boundary",))
    pairs = []
    for part in (b"\r\n" + body).split(b"\r\n--" + found[1].strip().encode())[1:]:
        if part.startswith(b"--"):
            break
        head, _, value = part.partition(b"\r\n\r\n")
        name = re.search(rb'\bname="([^"]*)"', head)
        if name:
            pairs.append((text_of(name[1], oddities), text_of(value, oddities)))
        else:
            oddities.append("unnamed-part")
    return Decoded("multipart", tuple(pairs), tuple(dict.fromkeys(oddities)))


def decode_message(method: str, query: bytes, content_type: str, body: bytes) -> Decoded:
    """Read a command from a request, whichever binding it used.

    A GET carries its elements in the query; a POST in its body, while the query of the URL belongs to the
    receiver (``?configuration=tenant``) and is not part of the message.
    """
    media = content_type.partition(";")[0].strip().lower()
    if method != "POST":
        return decode_form(query, "get")
    if media == "multipart/form-data":
        return decode_multipart(content_type, body)
    if media in (FORM, "", "text/plain"):
        decoded = decode_form(body)
        return Decoded("form", decoded.pairs, decoded.oddities + (() if media == FORM else (f"media-type:{media}",)))
    return Decoded("unknown", (), (f"media-type:{media}",))
