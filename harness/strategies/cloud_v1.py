"""Strategies for calls of the V1 API: ids of any script, sound calls in every form, and calls that are bent."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from harness.strategies.pens import STYLES
from harness.wire.binding import Pairs
from harness.wire.cloud_v1 import ID_LIMIT, canonical, digest

ODD = "/&+%#?=;:@,.~!*'\"<>()[]{}|\\^`$ "
WIDE = "éßÅñ漢字שלוםعربहिन्दी\u200f😀𐍈ǅ"
DECOMPOSED = ("e\u0301", "A\u030a")
NAMES = ("a", "b", *ODD, "]]>", "&amp;", *WIDE, "\u200f\u200f", *DECOMPOSED)
IDS = (*NAMES, "0", "-", "_", "%2B", "%20", "..", "//")

# --- ids ------------------------------------------------------------------------------------------------------------

TWINS: Mapping[str, tuple[str, str]] = {
    "end": ("n1", "n2"),
    "form": (unicodedata.normalize("NFC", "Zoë"), unicodedata.normalize("NFD", "Zoë")),
    "plus": ("a+b", "a b"),
    "percent": ("a%20b", "a b"),
    "entity": ("a&amp;b", "a&b"),
    "blank": ("a b", "a  b"),
    "case": ("Ab", "aB"),
}
"""Pieces in which two ids differ that a careless server takes for one."""


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units, the shorter reading of "255 characters" that a server may have."""
    return len(text.encode("utf-16-le")) // 2


@dataclass(frozen=True, slots=True)
class Ids:
    """Two ids that differ in one piece: what stands before and behind it, how long they are, and two odd names."""

    kind: str
    head: str
    tail: str
    length: int = 0
    fname: str = "Ada"
    lname: str = "Byron"

    def pair(self, token: str) -> tuple[str, str]:
        """Return both ids, with a token of the run in them; neither has more than 255 characters."""
        one, other = (self._whole(token, piece) for piece in TWINS[self.kind])
        return one, other

    def _whole(self, token: str, piece: str) -> str:
        body, tail = f"{self.head}{token}-", f"{piece}{self.tail}"
        longest = max(units(twin) for twin in TWINS[self.kind]) + units(self.tail)
        return body + "x" * max(0, self.length - units(body) - longest) + tail


def _texts(pieces: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.just("") | st.lists(st.sampled_from(pieces), min_size=3, max_size=16).map("".join)


def names() -> st.SearchStrategy[str]:
    """Return names of people with markup, quotes and any script; nothing at their ends that might be trimmed."""
    return _texts(NAMES).map(lambda text: f"N{text}n")


def id_pairs() -> st.SearchStrategy[Ids]:
    """Return pairs of ids of up to 255 characters that XML can hold, without line ends and other control characters."""
    letters, blanks = _texts(IDS), st.sampled_from(("", " ", "  "))
    return st.builds(
        Ids, st.sampled_from((*TWINS, "case", "form")), st.builds(str.__add__, blanks, letters),
        st.builds(str.__add__, letters, blanks), st.sampled_from((0, 100, 128, ID_LIMIT)), names(), names(),
    )  # fmt: skip


# --- sound calls ----------------------------------------------------------------------------------------------------

SMALL = tuple(f"{letter}{number}" for letter in "abkmnrtz" for number in range(1, 5))
ALL = 99
MIXED = tuple(name.upper() if at % 2 else name for at, name in enumerate(SMALL))
FEATURES = ("order", "mixed-case", "hex", "spelling", "scripts", "repeated", "empty", "places", "unknown")
"""In what a sound call may differ from a plain one; each is tried by itself, so that a server is told what it lacks."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a call is written: parameters beside its own, order, encoding, how many stand in the body, digits of sig.

    Without ``order`` names stand sorted and sig last, so that a server that forgets to sort is told of that once only.
    """

    extra: Pairs = ()
    order: tuple[int, ...] = ()
    style: str = "percent"
    inside: int = 0
    digits: str = "lower"

    def pairs(self, signed: Pairs) -> Pairs:
        """Return signed parameters in the order of this form, the signature in its digits."""
        pairs = sorted(signed, key=lambda pair: (pair[0] == "sig", pair[0].lower()))
        ranked = sorted(enumerate(pairs), key=lambda found: self.order[found[0] % len(self.order)] if self.order else 0)
        return tuple((name, _digits(value, self.digits) if name == "sig" else value) for _, (name, value) in ranked)

    def parts(self, signed: Pairs) -> tuple[str, str]:
        """Return query and form body of a call that has been signed, as text; the body holds its last parameters."""
        pairs = self.pairs(signed)
        cut = max(0, len(pairs) - self.inside)
        outer, inner = pairs[:cut], pairs[cut:]
        if outer and inner and inner[-1][0] == "sig":
            outer, inner = (*outer, inner[-1]), inner[:-1]
        return self._written(outer), self._written(inner)

    def _written(self, pairs: Pairs) -> str:
        def write(name: str, value: str) -> str:
            # Who signs stands plainly: in a journal it has to be found.
            style = STYLES["percent" if name in ("appid", "ts", "sig", "method") else self.style]
            return f"{style(name)}={style(value)}"

        return "&".join(write(name, value) for name, value in pairs)


def _digits(sig: str, digits: str) -> str:
    if digits == "mixed":
        return "".join(digit.upper() if at % 2 else digit.lower() for at, digit in enumerate(sig))
    return sig.upper() if digits == "upper" else sig.lower()


def extras(names: tuple[str, ...], values: st.SearchStrategy[str], least: int, most: int) -> st.SearchStrategy[Pairs]:
    """Return parameters that no method needs, each name once."""
    name = st.sampled_from(names)
    pairs = st.lists(st.tuples(name, values), min_size=least, max_size=most, unique_by=lambda pair: pair[0].lower())
    return pairs.map(tuple)


def _repeated() -> st.SearchStrategy[Pairs]:
    words = st.text("abcxyz019", min_size=1, max_size=3)
    values = st.lists(words, min_size=2, max_size=5)
    return st.builds(lambda name, found: tuple((name, value) for value in found), st.sampled_from(SMALL), values)


def forms(feature: str) -> st.SearchStrategy[Form]:
    """Return forms of a sound call that differ from a plain one in one feature."""
    words = st.text("ab019-._~", min_size=1, max_size=12)
    order = st.permutations(range(16)).map(tuple)
    some = extras(SMALL, words, 1, 6)
    odd = extras(SMALL, st.text("ab" + ODD, max_size=12).map(lambda text: f"c +{text}"), 1, 4)
    wide = extras(
        SMALL, st.text("a" + WIDE + "é", min_size=1, max_size=200).filter(lambda text: not text.isascii()), 1, 3
    )
    many = extras(SMALL, st.text("ab019", min_size=1, max_size=300), 2, len(SMALL))
    whole = st.sampled_from((0, ALL))
    found: Mapping[str, st.SearchStrategy[Form]] = {
        "order": st.builds(Form, some, order),
        "mixed-case": st.builds(Form, extras(MIXED, words, 3, 6)),
        "hex": st.builds(Form, some, digits=st.sampled_from(("mixed", "upper", "lower"))),
        "spelling": st.builds(Form, odd, st.just(()), st.sampled_from(tuple(STYLES)), whole),
        "scripts": st.builds(Form, wide),
        "repeated": st.builds(Form, _repeated()),
        "empty": st.builds(Form, extras(SMALL, st.just(""), 1, 6)),
        "places": st.builds(Form, some, inside=st.integers(2, 8)),
        "unknown": st.builds(Form, many),
    }
    return found[feature]


# --- bent calls -----------------------------------------------------------------------------------------------------

BENDS = ("digit", "value", "renamed", "dropped", "added", "swapped", "secret")


@dataclass(frozen=True, slots=True)
class Bent:
    """A sound call in some form, and what is changed of it after it was signed; ``at`` says where."""

    form: Form
    kind: str
    at: int = 0

    def applied(self, signed: Pairs, extra: Pairs) -> Pairs:
        """Return signed parameters bent; ``extra`` are those of them that no method needs, two at least."""
        place, other = extra[self.at % len(extra)], extra[(self.at + 1) % len(extra)]
        new = {"value": [(place[0], f"{place[1]}q")], "renamed": [(f"q{place[0]}", place[1])], "dropped": []}
        if self.kind in new:
            return tuple(found for pair in signed for found in (new[self.kind] if pair == place else [pair]))
        if self.kind == "added":
            return (*signed, ("q9", f"{self.at}"))
        if self.kind == "swapped":
            swap = {place: (place[0], other[1]), other: (other[0], place[1])}
            return tuple(swap.get(pair, pair) for pair in signed)
        if self.kind == "secret":
            wrong = digest(canonical(signed), f"invigil-wrong-key-{self.at}")
            return tuple((n, wrong if n == "sig" else v) for n, v in signed)
        return tuple((n, _bent_digit(v, self.at) if n == "sig" else v) for n, v in signed)


def _bent_digit(sig: str, at: int) -> str:
    place = at % len(sig)
    return sig[:place] + ("1" if sig[place] == "0" else "0") + sig[place + 1 :]


def bent_calls() -> st.SearchStrategy[Bent]:
    """Return calls whose signature was right before one thing about them was changed."""
    values = st.integers(0, 10**6).map(str)
    extra = st.lists(st.tuples(st.sampled_from(SMALL), values), min_size=2, max_size=6, unique_by=(_first, _second))
    form = st.builds(Form, extra.map(tuple))
    return st.builds(Bent, form, st.sampled_from(BENDS), st.integers(0, 31))


def _first(pair: tuple[str, str]) -> str:
    return pair[0]


def _second(pair: tuple[str, str]) -> str:
    return pair[1]
