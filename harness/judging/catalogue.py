"""The requirement catalogue: what is demanded of each subject, and how much of it the checks cover."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import schemas
from harness.judging.requirement import ROLES, CatalogueError, Requirement, Source, read_file

__all__ = [
    "Catalogue",
    "CatalogueError",
    "Requirement",
    "Source",
    "UnknownRequirementError",
    "as_json",
    "coverage",
    "load",
]


class UnknownRequirementError(KeyError):
    """A requirement id that the catalogue does not hold; the message names the nearest one."""

    def __init__(self, name: str, known: Iterable[str] = ()) -> None:
        """Say which `name` was asked for and which of the `known` ids comes nearest."""
        super().__init__(name)
        self.name = name
        self.nearest = next(iter(difflib.get_close_matches(name, list(known), n=1)), None)

    def __str__(self) -> str:
        """Give the message as a sentence (KeyError alone would give the quoted key)."""
        hint = f"; did you mean {self.nearest}?" if self.nearest else "."
        return f"The catalogue holds no requirement {self.name!r}{hint}"


class Catalogue(Mapping[str, Requirement]):
    """Requirements by id, in the order of the files; looking up an unknown id names the nearest one."""

    __slots__ = ("_rows",)

    def __init__(self, requirements: Iterable[Requirement]) -> None:
        """Hold the `requirements`, whose ids must differ."""
        self._rows: dict[str, Requirement] = {}
        for requirement in requirements:
            if requirement.id in self._rows:
                raise CatalogueError(f"Two requirements have the id {requirement.id}; ids must be unique.")
            self._rows[requirement.id] = requirement

    def __getitem__(self, key: str) -> Requirement:
        """Return the requirement with the id `key`; raise UnknownRequirementError if there is none."""
        try:
            return self._rows[key]
        except KeyError:
            raise UnknownRequirementError(key, self._rows) from None

    def __contains__(self, key: object) -> bool:
        """Say whether there is a requirement with the id `key` (without a search for the nearest one)."""
        return key in self._rows

    def __iter__(self) -> Iterator[str]:
        """Go through the ids in the order of the files."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Count the requirements."""
        return len(self._rows)

    def subjects(self) -> tuple[str, ...]:
        """Return the subjects of which something is demanded here, sorted."""
        return tuple(sorted({requirement.subject for requirement in self._rows.values()}))

    def for_subject(self, subject: str) -> Catalogue:
        """Return what is demanded of one `subject`; raise CatalogueError for one that does not exist."""
        if subject not in ROLES:
            raise CatalogueError(f"There is no subject {subject!r}; the subjects are {', '.join(ROLES)}.")
        return Catalogue(row for row in self._rows.values() if row.subject == subject)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the requirements as canonical JSON, whatever their order in the files."""
        rows = [asdict(self._rows[name]) for name in sorted(self._rows)]
        text = json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def load(subject: str | None = None, *, folder: Path | None = None) -> Catalogue:
    """Read the catalogue, all of it or what is demanded of one `subject`.

    `folder` holds the TOML files, by default those that ship with invigil. Raises CatalogueError, with file,
    requirement and key in the message, for data that do not follow `schemas/requirement.schema.json`, for
    an id that occurs twice, and for a `same_as` that names no requirement of the same subject.
    """
    folder = folder or Path(schemas.__file__).parent / "requirements"
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise CatalogueError(f"There are no requirement files (*.toml) in {folder}.")
    rows: dict[str, tuple[str, Requirement]] = {}
    for file in files:
        for requirement in read_file(file):
            if requirement.id in rows:
                first = rows[requirement.id][0]
                raise CatalogueError(
                    f"{file.name}, {requirement.id}, id: expected an id of its own, but {first} has it too."
                )
            rows[requirement.id] = (file.name, requirement)
    for name, requirement in rows.values():
        _check_same_as(name, requirement, {key: row for key, (_, row) in rows.items()})
    catalogue = Catalogue(requirement for _, requirement in rows.values())
    return catalogue if subject is None else catalogue.for_subject(subject)


def coverage(catalogue: Catalogue, checks: Mapping[str, Sequence[str]]) -> dict[str, dict[str, int]]:
    """Count for each subject how many of its requirements have a check.

    `checks` gives the names of the checks by requirement id; an id that the catalogue does not hold raises
    UnknownRequirementError. `must_*` counts MUST and MUST NOT, `should_*` SHOULD and SHOULD NOT; the
    totals leave out what is attested or not testable, which is counted apart.
    """
    names = _checks_by_id(catalogue, checks)
    counts: dict[str, dict[str, int]] = {}
    for subject in catalogue.subjects():
        rows = catalogue.for_subject(subject).values()
        tested = [row for row in rows if row.disposition == "tested"]
        count: dict[str, int] = {}
        for word in ("MUST", "SHOULD"):
            demanded = [row for row in tested if row.level in (word, f"{word} NOT")]
            count[f"{word.lower()}_total"] = len(demanded)
            count[f"{word.lower()}_tested"] = sum(bool(names[row.id]) for row in demanded)
        count["attested"] = sum(row.disposition == "attested" for row in rows)
        count["not_testable"] = sum(row.disposition == "not-testable" for row in rows)
        counts[subject] = count
    return counts


def as_json(catalogue: Catalogue, checks: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """Return each requirement with the names of its `checks`, and the coverage of each subject, for JSON.

    A requirement that repeats another one (`same_as`) lists that one's checks after its own.
    """
    names = _checks_by_id(catalogue, checks)
    return {
        "requirements": [
            {
                "id": row.id,
                "subject": row.subject,
                "level": row.level,
                "basis": row.basis,
                "disposition": row.disposition,
                "checks": names[row.id],
            }
            for row in catalogue.values()
        ],
        "coverage": coverage(catalogue, checks),
    }


def _checks_by_id(catalogue: Catalogue, checks: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    own = {catalogue[name].id: found for name, found in checks.items()}
    return {
        row.id: list(dict.fromkeys([*own.get(row.id, ()), *own.get(row.same_as or "", ())]))
        for row in catalogue.values()
    }


def _check_same_as(file: str, requirement: Requirement, rows: Mapping[str, Requirement]) -> None:
    if requirement.same_as is None:
        return
    other = rows.get(requirement.same_as)
    # One step only: a chain would hide whose checks are shared, and could close into a ring.
    if other is None or other.subject != requirement.subject or other.same_as is not None:
        raise CatalogueError(
            f"{file}, {requirement.id}, same_as: expected the id of a requirement of "
            f"{requirement.subject} that repeats no other one, got {requirement.same_as!r}."
        )
