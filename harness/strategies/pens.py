"""Strategies for collects: sound ones in every form, ones with a single named fault, hostile ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_from_bytes, quote_plus

from hypothesis import strategies as st

from harness.wire.binding import FORM, Pairs, encode_query
from harness.wire.pens import ELEMENTS, RESERVED_COMMANDS, SECRET_ELEMENTS
from harness.wire.pens_rules import ACCEPTED

LETTERS = "ab cXYZ019-._~!*'();:@&=+$,/?%#[]<>\"\\éßÅñ\u0301漢字שלוםعربहिन्दी😀"
PASSWORD = "invigil-package-secret-of-properties"
INSTANTS = ("2099-05-20T16:05:39Z", "2038-01-19T03:14:08Z", "2100-02-28T23:59:59Z")
VENDOR_DATA = (1, 255, 256, 1000, 4096)
BULK = (1, 300, 5_000, 20_000, 70_000)


def _everything(text: str) -> str:
    """Percent-encode every byte: RFC 2396 §2.3 lets even unreserved characters be written so."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _small(text: str) -> str:
    """Percent-encode with small hexadecimal digits (RFC 2396 §2.4.1)."""
    return re.sub("%..", lambda found: found[0].lower(), quote(text, safe=""))


STYLES: Mapping[str, Callable[[str], str]] = {
    "percent": lambda text: quote(text, safe=""),
    "plus": quote_plus,
    "small": _small,
    "everything": _everything,
}


@dataclass(frozen=True, slots=True)
class Sound:
    """A valid collect, as a variation of a plain one: values set or added, elements dropped, order and encoding."""

    values: Mapping[str, str]
    drop: frozenset[str] = frozenset()
    order: tuple[str, ...] = ELEMENTS
    style: str = "percent"

    def pairs(self, plain: Mapping[str, str]) -> Pairs:
        """Return the pairs of the variation in its order."""
        elements = {**plain, **self.values}
        return tuple((name, elements[name]) for name in self.order if name in elements and name not in self.drop)

    def body(self, plain: Mapping[str, str]) -> bytes:
        """Return the urlencoded body of the variation; passwords stand plainly, so that redaction finds them."""

        def write(name: str, value: str) -> str:
            style = STYLES["percent" if name in SECRET_ELEMENTS else self.style]
            return f"{style(name)}={style(value)}"

        return "&".join(write(name, value) for name, value in self.pairs(plain)).encode()


@dataclass(frozen=True, slots=True)
class Flawed:
    """A collect with one named rule broken: the element, the kind of fault, the value (None: left out)."""

    element: str
    kind: str
    value: str | None

    @property
    def codes(self) -> frozenset[int]:
        """The codes that can be defended (CMI010 1.0a §6.3)."""
        return ACCEPTED[self.element, self.kind]


@dataclass(frozen=True, slots=True)
class Hostile:
    """A body that nobody sends in good faith: what is done to a plain collect, with which bytes, how often."""

    kind: str
    junk: bytes = b""
    times: int = 1
    element: str = "client"
    content_type: str = FORM

    def body(self, plain: Mapping[str, str]) -> bytes:
        """Return the body, made from the elements of a plain collect."""
        sound = encode_query(tuple(plain.items())).encode()
        others = encode_query(tuple((n, v) for n, v in plain.items() if n != self.element)).encode()
        bulk = self.junk * (self.times // max(len(self.junk), 1) or 1)
        if self.kind == "duplicated":
            return b"&".join([sound] * min(self.times, 200))
        if self.kind == "many":
            return b"&".join([sound, *(f"x-{n}={n}".encode() for n in range(min(self.times, 1_000)))])
        if self.kind == "binary":
            return bulk
        value = bulk if self.kind == "unencoded" else quote_from_bytes(bulk, safe="").encode()
        return others + b"&" + self.element.encode() + b"=" + value


def texts(longest: int = 60) -> st.SearchStrategy[str]:
    """Return texts in many scripts that begin with a plain word, so that nothing trims them to nothing."""
    return st.text(LETTERS, max_size=longest - 8).map(lambda text: f"invigil {text}")


def vendor_data() -> st.SearchStrategy[str]:
    """Return vendor-data of up to 4096 characters, the floor of CMI010 1.0a §6.2.17."""
    pieces = st.text(LETTERS, min_size=1, max_size=12)
    return st.builds(lambda piece, size: (piece * size)[:size], pieces, st.sampled_from(VENDOR_DATA))


def package_ids() -> st.SearchStrategy[str]:
    """Return absolute URIs, in the form of the standard's sample and as URNs (CMI010 1.0a §6.2.6)."""
    forms = st.sampled_from(
        ("http://author.example:{0:08x}-1573-4720-b4c6-8701f960dccc", "urn:uuid:{0:08x}-1573-4720-b4c6-8701f960dccc")
    )
    return st.builds(str.format, forms, st.integers(0, 2**32 - 1))


def orders() -> st.SearchStrategy[tuple[str, ...]]:
    """Return orders of the elements; the plainest is that of the standard."""
    return st.permutations(ELEMENTS).map(tuple)


def sound_collects() -> st.SearchStrategy[Sound]:
    """Return valid collects of any order, encoding and length, with any optional elements; the plainest comes first."""
    values = st.fixed_dictionaries(
        {},
        optional={
            "client": texts(200),
            "package-type-version": st.sampled_from(("2004", "1.2", "2004 3rd Edition", "CAM 1.3")),
            "package-id": package_ids(),
            "package-url-expiry": st.sampled_from(INSTANTS),
            "package-url-user-id": texts(),
            "package-url-account": texts(),
            "package-url-password": st.just(PASSWORD),
            "vendor-data": vendor_data(),
        },
    )
    drop = st.sampled_from((frozenset[str](), frozenset({"alerts"})))
    return st.builds(Sound, values, drop, orders(), st.sampled_from(tuple(STYLES)))


def shuffled_collects() -> st.SearchStrategy[Sound]:
    """Return plain collects whose elements stand in any order."""
    return st.builds(Sound, st.just({}), st.just(frozenset[str]()), orders())


WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20).map(lambda text: f"invalid{text}")
BAD_VALUES: Mapping[tuple[str, str], st.SearchStrategy[str]] = {
    ("command", "unknown"): WORD,
    ("command", "reserved"): st.sampled_from(RESERVED_COMMANDS),
    ("pens-version", "malformed"): WORD | st.sampled_from(("1", "1.0", "1.0.0.0")),
    ("pens-version", "unknown"): st.sampled_from(("0.8.0", "1.0.1", "9.9.9")),
    ("package-type", "unknown"): WORD,
    ("package-format", "unknown"): WORD,
    ("package-id", "malformed"): WORD,
    ("package-url", "malformed"): WORD,
    ("package-url", "scheme"): WORD.map(lambda word: f"gopher://author.example/{word}.zip"),
    ("package-url-expiry", "malformed"): WORD,
    ("receipt", "malformed"): WORD | WORD.map(lambda word: f"{word}@author.example"),
    ("alerts", "malformed"): WORD,
}
"""Values that are wrong by every reading. What some target may support (FTP, other formats, other callbacks) is not
here, nor are the commands of the other role: the tables of the suite judge those one by one."""


def _of_kind(element: str, kind: str) -> st.SearchStrategy[Flawed] | None:
    if (element, kind) in BAD_VALUES:
        return st.builds(Flawed, st.just(element), st.just(kind), BAD_VALUES[element, kind])
    if kind != "missing":
        return None
    # An empty expiry and an empty client stand in the value space (§6.2.11, §6.2.12): only absence is a fault.
    empty = () if (element, "empty") in ACCEPTED else ("",)
    return st.builds(Flawed, st.just(element), st.just(kind), st.sampled_from((None, *empty)))


def flawed_collects() -> st.SearchStrategy[Flawed]:
    """Return collects with exactly one fault of the catalogue of faults: those that no target may take as valid."""
    kinds = [_of_kind(element, kind) for (element, kind), codes in ACCEPTED.items() if 0 not in codes]
    return st.one_of([kind for kind in kinds if kind is not None])


def hostile_bodies() -> st.SearchStrategy[Hostile]:
    """Return hostile bodies: huge, binary, duplicated, with control characters, in unknown charsets, mislabelled.

    None holds an element in which a secret travels, and none has the form of an answer.
    """
    size = st.sampled_from(BULK)
    junk = st.binary(min_size=1, max_size=12).map(lambda data: data.replace(b"=", b"\x00"))
    control = st.binary(min_size=1, max_size=6).map(lambda data: bytes(byte % 32 for byte in data) + b"\x7f")
    where = st.sampled_from(("client", "package-id", "package-url", "package-url-expiry", "command", "pens-version"))
    types = (
        f"{FORM}; charset=x-unheard-of", f"{FORM}; charset=utf-16", "application/octet-stream", "text/xml",
        "multipart/form-data", 'multipart/form-data; boundary="', "application/json", ";;;",
    )  # fmt: skip
    return st.one_of(
        st.builds(Hostile, st.just("duplicated"), times=st.sampled_from((1, 2, 200))),
        st.builds(Hostile, st.just("control"), control, size, where),
        st.builds(Hostile, st.just("unencoded"), junk, size, where),
        st.builds(Hostile, st.just("binary"), junk, size, content_type=st.sampled_from((FORM, *types))),
        st.builds(Hostile, st.just("charset"), junk, st.just(1), where, st.sampled_from(types[:2])),
        st.builds(Hostile, st.just("many"), times=size),
        st.builds(Hostile, st.just("duplicated"), content_type=st.sampled_from(types)),
    )
