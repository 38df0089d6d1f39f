"""Text as people may see it: cut with a mark, secrets named, nothing that a terminal or a page would obey."""

from __future__ import annotations

import re

LIMIT = 4096
"""The most of one text (bytes of a body, characters of a line) that a report holds."""

ENTRY = re.compile(r"E-\d{4,}")
"""The id of a journal entry inside other text."""

_SECRET = re.compile(r"secret-([a-z][a-z-]*?)-(\d+)")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


def cut(text: str, most: int = LIMIT) -> str:
    """Return at most ``most`` characters of a text, with a mark that says how long it was."""
    return text if len(text) <= most else f"{text[:most]}… (cut: {most} of {len(text)} characters)"


def named(text: str) -> str:
    """Return a text whose tokens for secrets have the form for readers: ‹secret:package-password#1›."""
    return _SECRET.sub(r"‹secret:\1#\2›", text)


def visible(text: str) -> str:
    """Return a text in which control characters are shown, not obeyed; so are those that turn the writing.

    Line feed and tab stay. The result is allowed in XML 1.0.
    """
    return _UNSEEN.sub(lambda found: f"‹U+{ord(found[0]):04X}›", text)


def one_line(text: str, most: int) -> str:
    """Return a text as one line of at most ``most`` characters, fit for a terminal."""
    flat = visible(named(" ".join(text.split())))
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def body_text(body: bytes, size: int, sha256: str, *, whole: bool = True, most: int = LIMIT) -> str:
    """Return a body as text of at most ``most`` bytes, or ``<N bytes, sha256 ...>`` when it is none.

    ``size`` and ``sha256`` are those of the original; ``whole`` is False when ``body`` is only its beginning.
    """
    if not size and not body:
        return ""
    label = f"{size} bytes, sha256 {sha256}"
    head = body[:most]
    text = head.decode("utf-8", "backslashreplace")
    spoilt = text.count("\\x") if b"\\x" not in head else 0
    if not body or "\x00" in text or spoilt * 10 > len(head):
        return f"<{label}>"
    if len(head) < len(body) or not whole:
        return f"{head.decode('utf-8', 'ignore') if not spoilt else text}\n… <cut: {len(head)} of {label}>"
    return text
