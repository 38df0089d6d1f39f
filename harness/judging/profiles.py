"""Profiles: every place where implementations legitimately differ, as a named setting with its source."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemas
from harness.judging.nearest import nearest

AREAS = ("pens", "v1", "postback", "lti", "pns")
OF_SUBJECT: Mapping[str, tuple[str, ...]] = {
    "pens-target": ("pens",),
    "pens-client": ("pens",),
    "cloud-v1": ("v1", "postback"),
    "results-receiver": ("v1", "postback"),
    "lti-platform": ("pns", "lti"),
    "lti-tool": ("pns", "lti"),
}
"""The areas of a profile that bear on a subject; the first is meant when a setting is named without its area."""

DEFAULTS: Mapping[str, str] = {
    "cloud-v1": "scorm-cloud",
    "results-receiver": "scorm-cloud",
    "lti-platform": "pns-spec",
    "lti-tool": "pns-spec",
}
DEFAULT = "pens-1.0"


def default_profile(subject: str) -> str:
    """Return the profile under which a subject is judged unless somebody chooses another."""
    return DEFAULTS.get(subject, DEFAULT)


FOLDER = Path(schemas.__file__).parent / "profiles"


class ProfileError(Exception):
    """An unknown profile or setting; the message names the nearest valid one."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile after `extends` is resolved.

    ``settings`` maps ``area.name`` to a value; ``capabilities`` are what conditions of requirements refer to;
    ``field_verdict`` is what a MUST row of basis `field` becomes; ``tolerates`` maps a requirement to the source
    that excuses it.
    """

    name: str
    vendor: str = ""
    capabilities: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    field_verdict: str = "warn"
    tolerates: Mapping[str, str] = field(default_factory=dict)

    def area(self, name: str) -> dict[str, Any]:
        """Return the settings of one area, without its prefix."""
        prefix = name + "."
        return {key[len(prefix) :]: value for key, value in self.settings.items() if key.startswith(prefix)}

    def for_subject(self, subject: str) -> dict[str, Any]:
        """Return the settings that bear on a subject, without prefix; areas do not share names."""
        return {key: value for area in OF_SUBJECT[subject] for key, value in self.area(area).items()}

    def with_settings(self, changes: Mapping[str, Any]) -> Profile:
        """Return the profile with settings changed; an unknown setting is refused with the nearest name."""
        for key in changes:
            if key not in self.settings:
                raise ProfileError(f"unknown setting {key!r}; {nearest(key, self.settings)}")
        settings = {**self.settings, **{key: _typed(key, value, self.settings[key]) for key, value in changes.items()}}
        return Profile(self.name, self.vendor, self.capabilities, settings, self.field_verdict, self.tolerates)


def _typed(key: str, value: Any, old: Any) -> Any:
    """Read a setting given as text in the type that the profile has for it."""
    if not isinstance(value, str) or isinstance(old, str):
        return value
    if isinstance(old, bool):
        if value.lower() not in ("true", "false"):
            raise ProfileError(f"setting {key}: expected true or false, got {value!r}")
        return value.lower() == "true"
    if isinstance(old, list):
        return [word.strip() for word in value.split(",") if word.strip()]
    try:
        return type(old)(value)
    except ValueError:
        raise ProfileError(f"setting {key}: expected {type(old).__name__}, got {value!r}") from None


def profile_names() -> tuple[str, ...]:
    """Return the names of all profiles."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def load_profile(name: str) -> Profile:
    """Read a profile by name, with all that it extends. Raises `ProfileError` when there is none.

    ``without`` names capabilities of the extended profile that this one does not have.
    """
    path = FOLDER / f"{name}.toml"
    if not path.is_file():
        raise ProfileError(f"unknown profile {name!r}; {nearest(name, profile_names())}")
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    base = load_profile(data["extends"]) if "extends" in data else Profile("")
    settings = dict(base.settings)
    for area in AREAS:
        settings |= {f"{area}.{key}": value for key, value in data.get(area, {}).items()}
    without = data.get("without", ())
    kept = (capability for capability in base.capabilities if capability not in without)
    capabilities = tuple(dict.fromkeys((*kept, *data.get("capabilities", ()))))
    verdict = data.get("verdict", {}).get("field", base.field_verdict)
    tolerates = {**base.tolerates, **data.get("tolerates", {})}
    return Profile(name, data.get("vendor", base.vendor), capabilities, settings, verdict, tolerates)


def settings(words: Iterable[str], areas: Sequence[str] = ("pens",)) -> Mapping[str, str]:
    """Read ``NAME=VALUE``; a name without area is one of the first of ``areas``."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise ProfileError(f"--setting {word!r}: expected NAME=VALUE")
        found[name if "." in name else f"{areas[0]}.{name}"] = value
    return found
