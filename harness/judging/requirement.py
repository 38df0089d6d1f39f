"""A requirement, and how requirements are read from one file of the catalogue."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROLES: Mapping[str, tuple[str, ...]] = {
    "pens-target": ("target",),
    "pens-client": ("client", "receipt-receiver", "alert-processor"),
    "cloud-v1": ("server",),
    "results-receiver": ("receiver",),
    "lti-platform": ("platform",),
    "lti-tool": ("tool",),
}
"""The subjects of which something is demanded, each with the roles that it plays."""

LEVELS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY")
BASES = ("standard", "vendor", "derived", "field", "ours")
VENDORS = ("rustici", "d2l", "instructure", "anthology")
CONDITIONS = (
    *("always", "engine", "context-copy", "hello-world", "asset-processor", "contributions"),
    *("dynamic-registration", "several-deployments", "retries", "brightspace"),
)
"""When a rule applies: always, or under the profiles that name the condition among their capabilities."""
DISPOSITIONS = ("tested", "attested", "not-testable")

_ID = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)+(/[A-Z])?")
_KEYS = (
    *("id", "subject", "role", "level", "basis", "vendor", "sentence", "source", "condition"),
    *("disposition", "reason", "judged", "same_as"),
)
_SOURCE_KEYS = ("document", "section", "url")


class CatalogueError(ValueError):
    """The catalogue's data are wrong; the message names file, requirement and key."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is written; `url` is None where no public address is known."""

    document: str
    section: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """One rule for one subject, with the words that a report shows for it.

    `vendors` are those whose documents state a rule of basis "vendor", and under whose profiles it can fail.
    `condition` is "always" or the capability of a profile under which the rule applies. `judged` is "remarks" for
    a rule that can never fail. `same_as` is the id of the requirement that this one repeats.
    """

    id: str
    subject: str
    role: tuple[str, ...]
    level: str
    basis: str
    sentence: str
    source: Source
    condition: str
    disposition: str
    vendors: tuple[str, ...] = ()
    reason: str | None = None
    judged: str | None = None
    same_as: str | None = None


def read_file(file: Path) -> Iterator[Requirement]:
    """Read the requirements of one TOML `file`, in its order.

    Raises CatalogueError, with file, requirement and key in the message, for data that do not follow
    `schemas/requirement.schema.json`.
    """
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{file.name}: expected TOML in UTF-8, got this error: {error}.") from error
    rows = data.get("requirement")
    if set(data) != {"requirement"} or not isinstance(rows, list) or not rows:
        raise CatalogueError(f"{file.name}: expected [[requirement]] tables alone, got {', '.join(data) or 'nothing'}.")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise CatalogueError(f"{file.name}, requirement {number}: expected a table, got {row!r}.")
        yield _Table(file.name, str(row.get("id") or f"requirement {number}"), row).requirement()


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of a file while it is read; knows where it stands, so that each error can say so."""

    file: str
    name: str
    data: Mapping[str, object]
    inside: str = ""

    def wrong(self, key: str, expected: str) -> CatalogueError:
        got = repr(self.data[key]) if key in self.data else "nothing"
        return CatalogueError(f"{self.file}, {self.name}, {self.inside}{key}: expected {expected}, got {got}.")

    def only(self, keys: Sequence[str]) -> None:
        for key in self.data:
            if key not in keys:
                raise self.wrong(key, f"no key but {', '.join(keys)}")

    def text(self, key: str, form: str = r"\S(.*\S)?", called: str = "text that is not blank") -> str:
        value = self.data.get(key)
        if not isinstance(value, str) or not re.fullmatch(form, value):
            raise self.wrong(key, called)
        return value

    def word(self, key: str, words: Sequence[str]) -> str:
        value = self.data.get(key)
        if not isinstance(value, str) or value not in words:
            raise self.wrong(key, f"one of {', '.join(words)}" if len(words) > 1 else f"the word {words[0]}")
        return value

    def only_if(self, key: str, condition: bool, when: str) -> bool:
        """Say whether `key` is to be read; it must stand there if, and only if, the `condition` holds."""
        if (key in self.data) is not condition:
            raise self.wrong(key, f"a value, as {when}" if condition else f"no value unless {when}")
        return condition

    def roles(self, subject: str) -> tuple[str, ...]:
        value = self.data.get("role")
        allowed = ROLES[subject]
        if not isinstance(value, list) or not value or any(role not in allowed for role in value):
            raise self.wrong("role", f"a list of roles of {subject} ({', '.join(allowed)})")
        if len(set(value)) < len(value):
            raise self.wrong("role", "each role once")
        return tuple(value)

    def vendors(self) -> tuple[str, ...]:
        value = self.data.get("vendor")
        found = value if isinstance(value, list) else [value]
        if not found or any(vendor not in VENDORS for vendor in found) or len(set(found)) < len(found):
            raise self.wrong("vendor", f"one or more of {', '.join(VENDORS)}, each once")
        return tuple(found)

    def source(self) -> Source:
        value = self.data.get("source")
        if not isinstance(value, dict):
            raise self.wrong("source", "a table with document, section and url")
        table = _Table(self.file, self.name, value, inside="source.")
        table.only(_SOURCE_KEYS)
        url = table.text("url", r"https://\S+", "an https address") if "url" in value else None
        return Source(table.text("document"), table.text("section"), url)

    def requirement(self) -> Requirement:
        self.only(_KEYS)
        subject = self.word("subject", tuple(ROLES))
        basis = self.word("basis", BASES)
        disposition = self.word("disposition", DISPOSITIONS)
        of_vendor = self.only_if("vendor", basis == "vendor", "basis is vendor")
        excused = self.only_if("reason", disposition != "tested", "disposition is attested or not-testable")
        an_id = (_ID.pattern, "an id such as PENS-RESP-01 or PENS-RESP-01/T")
        return Requirement(
            id=self.text("id", *an_id),
            subject=subject,
            role=self.roles(subject),
            level=self.word("level", LEVELS),
            basis=basis,
            sentence=self.text("sentence", r"[A-Z].*[^.\s]\.", "one sentence, from capital to full stop"),
            source=self.source(),
            condition=self.word("condition", CONDITIONS),
            disposition=disposition,
            vendors=self.vendors() if of_vendor else (),
            reason=self.text("reason") if excused else None,
            judged=self.word("judged", ("remarks",)) if "judged" in self.data else None,
            same_as=self.text("same_as", *an_id) if "same_as" in self.data else None,
        )
