"""How clients read what they sign: the right way, and each way in which one is known, or likely, to go wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import quote, quote_plus, unquote

from harness.wire.binding import Pairs
from harness.wire.cloud_v1 import UNSIGNED

NAMES = 64
"""How many parameters are tried as left out at most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One parameter: name and value as the server reads them and as they stood, and whether it was in the body."""

    name: str
    value: str
    raw_name: str
    raw_value: str
    in_body: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of hashing parameters; the defaults are the right one. ``said`` tells what is wrong about it.

    ``place`` is where the key goes: before, behind, nowhere.
    """

    said: tuple[str, ...] = ()
    order: str = "folded"
    value: str = "decoded"
    several: str = "sorted"
    empty: bool = True
    left_out: frozenset[str] = frozenset(UNSIGNED)
    side: str = ""
    marks: tuple[str, str] = ("", "")
    charset: str = "utf-8"
    place: str = "before"
    appid: str = ""

    @property
    def visible(self) -> bool:
        """Whether it changes the string that is hashed, and not only how it is hashed."""
        return self.charset == "utf-8" and self.place == "before"

    def parts(self, entries: Sequence[Entry], secret: Collection[str] = ()) -> Iterator[tuple[str, bool]]:
        """Yield the hashed string in pieces, each with whether it is the value of a parameter named in ``secret``."""
        equals, ampersand = self.marks
        first = True
        for name, values in self._sorted(self._grouped(entries)):
            for number, value in enumerate(values):
                if number == 0 or self.several.startswith("repeated"):
                    yield ("" if first else ampersand) + name + equals, False
                    first = False
                yield value, name.lower() in secret

    def text(self, entries: Sequence[Entry]) -> str:
        """Return the string that is hashed, without the key."""
        return "".join(part for part, _ in self.parts(entries))

    def data(self, text: str, key: str) -> bytes:
        """Return the bytes that are hashed."""
        whole = {"before": key + text, "behind": text + key}.get(self.place, text)
        return whole.encode(self.charset, "surrogatepass" if self.charset == "utf-8" else "replace")

    def _grouped(self, entries: Sequence[Entry]) -> list[tuple[str, list[str]]]:
        groups: dict[str, list[str]] = {}
        read = _VALUES[self.value]
        for entry in entries:
            if entry.name in self.left_out or (self.side and (self.side == "body") != entry.in_body):
                continue
            if not entry.value and not self.empty:
                continue
            name, value = read(entry)
            if self.appid and entry.name == "appid":
                value = self.appid
            groups.setdefault(name, []).append("" if entry.name == "sig" else value)
        return [(name, _SEVERAL[self.several](values)) for name, values in groups.items()]

    def _sorted(self, groups: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
        if self.order == "folded":
            return sorted(groups, key=lambda group: (group[0].lower(), group[0]))
        return sorted(groups) if self.order == "case" else groups


RIGHT = Reading()

_VALUES: Mapping[str, Callable[[Entry], tuple[str, str]]] = {
    "decoded": lambda entry: (entry.name, entry.value),
    "raw": lambda entry: (entry.raw_name, entry.raw_value),
    "quoted": lambda entry: (entry.name, quote(entry.value, safe="", errors="replace")),
    "quoted-plus": lambda entry: (entry.name, quote_plus(entry.value, errors="replace")),
    "plus": lambda entry: (entry.name, unquote(entry.raw_value)),
    "twice": lambda entry: (entry.name, unquote(entry.value)),
    "stripped": lambda entry: (entry.name, entry.value.strip()),
    "lower": lambda entry: (entry.name, entry.value.lower()),
    "lower-names": lambda entry: (entry.name.lower(), entry.value),
}
_SEVERAL: Mapping[str, Callable[[list[str]], list[str]]] = {
    "sorted": sorted,
    "repeated": lambda values: values,
    "repeated-sorted": sorted,
    "sent": lambda values: values,
    "joined": lambda values: [",".join(values)],
    "first": lambda values: values[:1],
    "last": lambda values: values[-1:],
}
_WRONG: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("names are sorted with regard to case: they have to be sorted ignoring it", {"order": "case"}),
    ("parameters are hashed in the order in which they are sent: names have to be sorted", {"order": "sent"}),
    ("a + is sent for a plus sign, but means a space: it has to be sent as %2B", {"value": "plus"}),
    ("values are hashed as they stand in the URL: they have to be hashed decoded", {"value": "raw"}),
    ("values are hashed percent-encoded: they have to be hashed decoded", {"value": "quoted"}),
    ("values are hashed form-encoded: they have to be hashed decoded", {"value": "quoted-plus"}),
    ("values are percent-encoded twice on the way", {"value": "twice"}),
    ("blanks around a value are not hashed", {"value": "stripped"}),
    ("values are hashed in lower case", {"value": "lower"}),
    ("names are hashed in lower case", {"value": "lower-names"}),
    ("empty parameters are left out: they count by their names", {"empty": False}),
    ("sig itself is counted, without a value", {"left_out": frozenset({"filedata"})}),
    ("filedata is counted: it has to be left out", {"left_out": frozenset({"sig"})}),
    ("parameters of the form body are left out", {"side": "query"}),
    ("parameters of the query are left out", {"side": "body"}),
    ("a parameter with several values has its name before each of them: it counts once", {"several": "repeated"}),
    ("a parameter with several values has its name before each: it counts once", {"several": "repeated-sorted"}),
    ("the values of a parameter are hashed in the order sent: they have to be sorted", {"several": "sent"}),
    ("the values of a parameter are joined by commas", {"several": "joined"}),
    ("of several values of a parameter the first alone is hashed", {"several": "first"}),
    ("of several values of a parameter the last alone is hashed", {"several": "last"}),
    ("names and values are joined by = and &: nothing stands between them", {"marks": ("=", "&")}),
    ("names and values are joined by =: nothing stands between them", {"marks": ("=", "")}),
    ("the string is hashed as ISO 8859-1: it has to be UTF-8", {"charset": "latin-1"}),
    ("the string is hashed as UTF-16: it has to be UTF-8", {"charset": "utf-16-le"}),
    ("the secret key stands behind the parameters: it has to stand before them", {"place": "behind"}),
    ("the secret key is not hashed", {"place": "nowhere"}),
)


def entries_of(params: Pairs, raw: tuple[bytes, bytes]) -> tuple[Entry, ...]:
    """Return the parameters with what stood in query and form body for each.

    Where the two do not fit together (the body is no form), what stood there is written as browsers write it.
    """
    stood = [(part, body) for body, data in enumerate(raw) for part in data.split(b"&") if part]
    if len(stood) < len(params):
        stood = []
    found = []
    for number, (name, value) in enumerate(params):
        if stood:
            left, _, right = stood[number][0].decode("latin-1").partition("=")
            found.append(Entry(name, value, left, right, bool(stood[number][1])))
        else:
            found.append(
                Entry(name, value, quote_plus(name, errors="replace"), quote_plus(value, errors="replace"), False)
            )
    return tuple(found)


def variations(entries: Sequence[Entry], appids: Sequence[str]) -> tuple[Reading, ...]:
    """Return the readings that go wrong in one way, as far as they change anything for these parameters."""
    wrong = list(_WRONG)
    names = dict.fromkeys(entry.name for entry in entries if entry.name not in UNSIGNED)
    for name in list(names)[:NAMES]:
        wrong.append((f"the parameter {name!r} is left out", {"left_out": frozenset((*UNSIGNED, name))}))
    for appid in appids:
        wrong.append((f"the appid {appid!r} is hashed, not the one that is sent", {"appid": appid}))
    plain, found = RIGHT.text(entries), []
    for said, changes in wrong:
        reading = replace(RIGHT, said=(said,), **changes)
        if not reading.visible or reading.text(entries) != plain:
            found.append(reading)
    return tuple(found)


def twos(alone: Sequence[Reading]) -> Iterator[Reading]:
    """Yield the readings that go wrong in two ways at once."""
    for number, one in enumerate(alone):
        for other in alone[number + 1 :]:
            changed = _changes(other)
            if not changed.keys() & _changes(one).keys():
                yield replace(one, said=one.said + other.said, **changed)


def _changes(reading: Reading) -> dict[str, Any]:
    names = [field.name for field in fields(reading) if field.name != "said"]
    return {name: getattr(reading, name) for name in names if getattr(reading, name) != getattr(RIGHT, name)}
