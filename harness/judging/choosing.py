"""What a person chose, as typed on a command line, made into the options of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.judging.catalogue import UnknownRequirementError, load
from harness.judging.nearest import nearest
from harness.judging.profiles import OF_SUBJECT, settings
from harness.judging.run import Options
from harness.judging.suite import SUBJECTS, SuiteError
from harness.net.patience import Patience
from harness.subjects.config import ADDRESSES, Config, ConfigError, read_config
from harness.subjects.stimuli import NULL_KINDS
from harness.subjects.targets import TargetError, parse_target

STIMULUS_KINDS = ("ask", "command", "http", "mock", *NULL_KINDS)
BUDGETS = ("quick", "full")
MAX_IMPORTS = 25
CONTROLLED = ("cloud-v1", "lti-platform")
"""Subjects whose protocol time and learners may be moved over a control API."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The words of a command line that pytest and the command have in common; None and empty mean unsaid."""

    target: str | None = None
    config: str | None = None
    profile: str | None = None
    seed: int | None = None
    jobs: int | None = None
    budget: str = "quick"
    patience: float | None = None
    only: str = ""
    owned: bool = False
    max_imports: int | None = None
    stimuli: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    strict: bool = False
    control: str | None = None


def choose(subject: str, typed: Typed, folder: Path | None = None) -> Options:
    """Return the options of a run; nothing is opened.

    Raises SuiteError, TargetError, ConfigError or UnknownRequirementError for what cannot be meant, with the
    nearest valid name.
    """
    if subject not in SUBJECTS:
        raise SuiteError(f"unknown subject {subject!r}; {nearest(subject, SUBJECTS)}")
    config = controlled(subject, read_config(Path(typed.config)) if typed.config else Config(), typed.control)
    target = typed.target or config.address(subject)
    if not target:
        raise TargetError("no target; name one with --target (mock, an http(s) URL or external) or as [target] url")
    spec = parse_target(target)
    if spec.kind == "external" and subject != "pens-client" and not config.address(subject):
        table, key = ADDRESSES.get(subject, ("target", "url"))
        where = f"set [{table}] {key} in --config"
        raise TargetError(f"target external: {subject} needs the address of the target; {where}")
    if typed.budget not in BUDGETS:
        raise ConfigError(f"--budget {typed.budget!r}: {nearest(typed.budget, BUDGETS)}")
    for name, number in (("--jobs", typed.jobs), ("--max-imports", typed.max_imports)):
        if number is not None and number < 1:
            raise ConfigError(f"{name} {number}: expected 1 or more")
    imports = typed.max_imports or int(config.get("run", "max-imports", 0)) or MAX_IMPORTS
    return Options(
        subject=subject,
        target=target,
        profile=typed.profile or "",
        config=config,
        seed=typed.seed,
        jobs=typed.jobs,
        patience=patience(typed.patience, config),
        folder=folder,
        budget=typed.budget,
        only=requirements(subject, typed.only),
        owned=typed.owned,
        max_imports=imports,
        stimuli=stimuli(typed.stimuli),
        settings=settings(typed.settings, OF_SUBJECT[subject]),
        strict=typed.strict,
    )


def controlled(subject: str, config: Config, url: str | None) -> Config:
    """Return the configuration with ``--control URL`` in the place of `[control] url`; ConfigError for no URL."""
    if url is not None and subject not in CONTROLLED:
        raise ConfigError(f"--control: no control API is used for {subject}, only for {', '.join(CONTROLLED)}")
    found = url if url is not None else str(config.get("control", "url", ""))
    if (found or url is not None) and not found.startswith(("http://", "https://")):
        where = "--control" if url is not None else f"{config.path}: [control] url"
        raise ConfigError(f"{where} {found!r}: expected an http(s) URL, as `invigil serve` prints it")
    return Config(config.path, {**config.tables, "control": {"url": found}}) if found else config


def patience(seconds: float | None, config: Config) -> Patience | None:
    """Return how long to wait: ``seconds`` for an answer, thrice that for what follows; else `[patience]`.

    None leaves it to the kind of target.
    """
    usual = Patience()
    if seconds is not None:
        if seconds <= 0:
            raise ConfigError(f"--patience {seconds:g}: expected seconds, more than 0")
        return Patience(seconds, 3 * seconds, min(seconds, usual.absence))
    if "patience" not in config.tables:
        return None
    return Patience(
        float(config.get("patience", "answer", usual.answer)),
        float(config.get("patience", "callback", usual.callback)),
        float(config.get("patience", "absence", usual.absence)),
    )


def requirements(subject: str, only: str) -> tuple[str, ...]:
    """Read ``ID,ID``; a shared row may be named without its side (``PENS-RESP-02`` for ``.../T``)."""
    rows = list(load(subject))
    found = []
    for word in filter(None, (word.strip() for word in only.split(","))):
        exact = [row for row in rows if word == row or row.startswith(word + "/")]
        if not exact:
            raise UnknownRequirementError(word, rows)
        found += exact
    return tuple(dict.fromkeys(found))


def stimuli(words: Iterable[str]) -> Mapping[str, str]:
    """Read ``NAME=KIND:VALUE`` into a mapping of name to ``KIND:VALUE``."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        kind = value.partition(":")[0]
        if not equals or not name:
            raise ConfigError(f"--stimulus {word!r}: expected NAME=KIND:VALUE")
        if kind not in STIMULUS_KINDS:
            raise ConfigError(f"--stimulus {word!r}: unknown kind {kind!r}; {nearest(kind, STIMULUS_KINDS)}")
        found[name] = value
    return found
