"""The probe of a tool: how its owner shows what it knows of a course that was copied.

``GET`` of the probe's URL, with the percent-encoded context id in the place of ``{context}`` and, if the template has
it, the deployment id in that of ``{deployment}``, answers 200 with a JSON object: ``context`` (the id), ``origins``
(an array of the context ids that it was copied from; null or absent while no copy is known), ``title`` if one was
told, and, if it is counted, ``applied``: how many notices have had an effect on this course, in this deployment if one
was named, otherwise in all. ``deployments`` may list those that know the course. A course that the tool does not know
is answered 404.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from harness.wire.json_text import as_text, as_texts, read_json, without_none, write_json

PLACE: Final = "{context}"
DEPLOYMENT_PLACE: Final = "{deployment}"


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe said. ``refused`` says in a sentence why it cannot be used, and then nothing is known.

    ``origins``, ``title`` and ``applied`` are None when they were not told.
    """

    known: bool = False
    origins: tuple[str, ...] | None = None
    title: str | None = None
    applied: int | None = None
    refused: str = ""
    context: str | None = None
    deployments: tuple[str, ...] | None = None


def probe_url(template: str, context: str, deployment: str = "") -> str:
    """Return the address that shows a course; ValueError when the template has no place for its id."""
    if PLACE not in template:
        raise ValueError(f"probe: expected a URL that holds {PLACE}, got {template!r}")
    places = {PLACE: context, DEPLOYMENT_PLACE: deployment}
    # In one pass: an id may itself look like a place.
    head, *rest = template.split("{")
    for piece in rest:
        name, brace, tail = piece.partition("}")
        place = "{" + name + brace
        head += quote(places[place], safe="") + tail if place in places else "{" + piece
    return head


def write_probe(
    context: str,
    *,
    known: bool = True,
    origins: Iterable[str] | None = None,
    title: str | None = None,
    applied: int | None = None,
    deployments: Iterable[str] | None = None,
) -> bytes:
    """Return a probe's answer; for a course that is not ``known`` it goes with status 404."""
    if not known:
        return write_json({"context": context, "known": False}) + b"\n"
    lists = (("origins", origins), ("deployments", deployments))
    told = {"context": context, **{name: list(value) for name, value in lists if value is not None}}
    return write_json(told | without_none([("title", title), ("applied", applied)])) + b"\n"


def read_probe(status: int, body: bytes) -> Probed:
    """Read a probe's answer leniently; unknown further members are ignored. Never raises."""
    if status == 404:
        return Probed()
    if status != 200:
        return Probed(refused=f"expected status 200 or 404, got {status}")
    read = read_json(body)
    if read.problem:
        return Probed(refused=f"expected a JSON object, got something that cannot be read: {read.problem}")
    found = read.object
    if found is None:
        return Probed(refused=f"expected a JSON object, got {type(read.value).__name__}")
    lists: dict[str, tuple[str, ...] | None] = {}
    for name in ("origins", "deployments"):
        lists[name] = as_texts(found.get(name))
        if lists[name] is None and found.get(name) is not None:
            return Probed(refused=f"{name}: expected an array of texts or null, got {_shown(found[name])}")
    applied = found.get("applied")
    if applied is not None and (isinstance(applied, bool) or not isinstance(applied, int) or applied < 0):
        return Probed(refused=f"applied: expected a whole number or null, got {_shown(applied)}")
    if not {"context", "origins", "title", "applied", "deployments"} & set(found):
        return Probed(refused="expected members context, origins, title, applied, got none of them")
    return Probed(
        True, lists["origins"], as_text(found.get("title")), applied, "", as_text(found.get("context")),
        lists["deployments"],
    )  # fmt: skip


def _shown(value: Any) -> str:
    try:
        return repr(value)[:80]
    except ValueError:
        return "a very long number"
