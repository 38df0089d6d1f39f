"""Where the settings of profiles come from: the comments of the profile files, read beside the values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.judging import profiles
from harness.judging.nearest import nearest

TOP = ("vendor", "capabilities")
"""What a profile says outside of its tables, and what one sees of it; ``without`` is seen in the capabilities."""

UNITS = frozenset({"bytes", "seconds", "minutes", "hours", "days"})
"""Comments that say how a value is counted and nothing of where it comes from."""

_TOKEN = re.compile(r""" "(?:\\.|[^"\\])*" | '[^']*' | (?P<open>[\[{]) | (?P<close>[\]}]) | (?P<comment>\#.*) """, re.X)


@dataclass(frozen=True, slots=True)
class Sourced:
    """A value, the comment that gives its source (``""``: none does), and the profile whose file says both."""

    value: Any
    source: str
    profile: str

    def same_value(self, other: Sourced | None) -> bool:
        """Whether the other has this very value; 1, 1.0 and true are three."""
        return other is not None and repr(self.value) == repr(other.value)


@dataclass(frozen=True, slots=True)
class Described:
    """A profile as a person reads it: what its head says, what it extends (nearest first), settings by full name.

    Full names are ``area.name``; ``vendor`` and ``capabilities`` stand alone. ``verdict.field`` and ``tolerates.ROW``
    are settings like any other; the source of a tolerated row is its value.
    """

    name: str
    about: str
    extends: tuple[str, ...]
    subjects: tuple[str, ...]
    settings: Mapping[str, Sourced]


@dataclass(frozen=True, slots=True)
class Notes:
    """The comments of one file: its head, and those of settings by full name. All are single lines."""

    about: str = ""
    of: Mapping[str, str] = field(default_factory=dict)


def notes(text: str) -> Notes:
    """Read the comments of a profile: behind a setting, on the lines directly above it, or indented below it.

    A comment above the first setting of all is the head of the file. Strings over several lines are not known.
    """
    found: dict[str, list[str]] = {}
    head: list[str] | None = None
    above: list[str] = []
    table, key, depth = "", "", 0
    for line in text.splitlines():
        stripped = line.strip()
        if depth == 0 and stripped.startswith("#"):
            # An indented comment goes on with that of the setting above.
            (found[key] if key and line[0] != "#" else above).append(_words(stripped))
            continue
        if depth == 0:
            key = ""
            if head is None:
                head, above = above, []
            if not stripped or stripped.startswith("["):
                above = []
                table = _table(stripped) if stripped else table
                continue
            name = stripped.partition("=")[0].strip().strip("\"'")
            key = f"{table}.{name}" if table else name
            found[key], above = above, []
        for token in _TOKEN.finditer(line):
            depth += bool(token["open"]) - bool(token["close"])
            if token["comment"]:
                found[key].append(_words(token["comment"]))
    return Notes(" ".join(above if head is None else head), {name: " ".join(lines) for name, lines in found.items()})


def _table(header: str) -> str:
    """Return the name in a table header such as ``[pns]  # comment``."""
    return header.partition("]")[0].strip("[] \t").strip("\"'")


def _words(comment: str) -> str:
    return " ".join(comment.lstrip("#").split())


def described(name: str) -> Described:
    """Return a profile with the source of each of its settings. Raises `ProfileError` for an unknown name."""
    if name not in profiles.profile_names():
        raise profiles.ProfileError(f"unknown profile {name!r}; {nearest(name, profiles.profile_names())}")
    profile = profiles.load_profile(name)
    files = _chain(name)
    values = {
        "vendor": profile.vendor,
        "capabilities": list(profile.capabilities),
        **profile.settings,
        "verdict.field": profile.field_verdict,
        **{f"tolerates.{row}": why for row, why in profile.tolerates.items()},
    }
    settings = {
        key: _sourced(key, value, files)
        for key, value in values.items()
        if value != "" or key not in TOP  # no vendor is no setting
    }
    areas = {key.partition(".")[0] for key in profile.settings}
    subjects = tuple(subject for subject, of in profiles.OF_SUBJECT.items() if areas & set(of))
    (_, _, own), *others = files
    return Described(name, own.about, tuple(other for other, _, _ in others), subjects, settings)


def _chain(name: str) -> list[tuple[str, Mapping[str, Any], Notes]]:
    """Return name, content and comments of a profile's file and of all that it extends, nearest first."""
    found: list[tuple[str, Mapping[str, Any], Notes]] = []
    while name:
        text = (profiles.FOLDER / f"{name}.toml").read_text(encoding="utf-8")
        data = tomllib.loads(text)
        found.append((name, data, notes(text)))
        name = str(data.get("extends", ""))
    return found


def _sourced(key: str, value: Any, files: list[tuple[str, Mapping[str, Any], Notes]]) -> Sourced:
    """Find the file that sets a value; what stands outside of the tables is vouched for by the head of its file."""
    area, dot, name = key.partition(".")
    for profile, data, comments in files:
        holds = name in data.get(area, {}) if dot else area in data or (area == "capabilities" and "without" in data)
        if holds:
            own = comments.of.get(key) or (comments.of.get("without") if key == "capabilities" else "")
            if area == "tolerates":
                own = str(value)
            elif not dot:
                own = own or comments.about
            return Sourced(value, "" if not own or own in UNITS else own, profile)
    return Sourced(value, "", "")


def differing(left: Described, right: Described) -> tuple[tuple[str, Sourced | None, Sourced | None], ...]:
    """Return the settings in which two profiles differ, by name, with None where one has no such setting.

    The order is that of `order`; it does not depend on which profile is named first.
    """
    names = sorted({*left.settings, *right.settings}, key=order)
    pairs = ((name, left.settings.get(name), right.settings.get(name)) for name in names)
    return tuple((name, a, b) for name, a, b in pairs if not (a.same_value(b) if a else b is None))


def order(name: str) -> tuple[int, str]:
    """Return what settings are sorted by: outside of tables first, then the areas of `AREAS`, verdict, tolerates."""
    area, dot, _ = name.partition(".")
    areas = (*profiles.AREAS, "verdict", "tolerates")
    if not dot:
        return TOP.index(name) - len(TOP), name
    return areas.index(area) if area in areas else len(areas), name
