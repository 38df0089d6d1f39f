"""The report of a run as data: the only source of every other output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from harness.evidence.curl import curl
from harness.evidence.entries import AnyEntry, Exchange, Mail
from harness.judging import verdicts
from harness.judging.expect import Observed
from harness.judging.profiles import Profile
from harness.judging.requirement import Requirement
from harness.judging.rows import Judgement, Row
from harness.judging.suite import Suite
from harness.reports.exchanges import (
    events_json,
    exchanges_json,
    is_unexpected,
    left_behind_json,
    unexpected_json,
)
from harness.reports.headline import headline
from harness.reports.text import ENTRY, LIMIT, cut

Json = dict[str, Any]
FORMAT = 1
_QUIET = (verdicts.PASS, verdicts.INAPPLICABLE)


def build(
    run_facts: Mapping[str, Any],
    rows: Sequence[Row],
    entries: Sequence[AnyEntry],
    suite: Suite,
    profile: Profile,
    *,
    interrupted: bool = False,
    strict: bool = False,
    problems: Sequence[str] = (),
) -> Json:
    """Return the report of a run in the form of ``schemas/report.schema.json``; equal input, equal output.

    ``run_facts`` is what the journal's header holds (``Run.facts()``), with ``ended`` where it is known, else
    the last entry says when. ``problems`` are sentences about the configuration; with ``strict`` warnings
    count as failures.
    """
    code = verdicts.exit_code([(row.requirement, row.verdict) for row in rows], interrupted=interrupted, strict=strict)
    counts = _counts(row.verdict for row in rows)
    must_rows = [row for row in rows if row.requirement.level in verdicts.MUSTS]
    musts = {"total": len(must_rows), "pass": 0, "fail": 0} | _counts(row.verdict for row in must_rows)
    undone = sum(_is_open(row) for row in must_rows)
    selected = bool(run_facts.get("only"))
    sentence = headline(suite.subject, code, musts, counts, selected=selected, open_musts=undone, problems=problems)
    evidence = _Evidence.of_entries(entries, suite)
    started = str(run_facts.get("started") or "")
    return {
        "format": FORMAT,
        "tool": {"name": "invigil", "version": _version()},
        "subject": suite.subject,
        "target": str(run_facts.get("target") or ""),
        "profile": profile.name,
        "settings": dict(run_facts.get("settings") or {}),
        "only": list(run_facts.get("only") or ()),
        "strict": strict,
        "seed": int(run_facts.get("seed") or 0),
        "budget": str(run_facts.get("budget") or ""),
        "started": started,
        "ended": str(run_facts.get("ended") or max((entry.at for entry in entries), default=started)),
        "catalogue": str(run_facts.get("catalogue") or ""),
        "headline": sentence,
        "complete": not interrupted and not undone,
        "exit_code": code,
        "counts": counts,
        "musts": musts,
        "problems": list(problems),
        "requirements": [_requirement(row, evidence) for row in rows],
        "scenarios": {name: scenario.sentence for name, scenario in suite.scenarios.items()},
        "exchanges": exchanges_json(entries),
        "events": events_json(entries),
        "unexpected": unexpected_json(entries),
        "left_behind": left_behind_json(entries, str(run_facts.get("marker") or "")),
    }


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The entries of a run, found by id and by what they belong to."""

    by_id: Mapping[str, AnyEntry]
    by_case: Mapping[tuple[str, str], Sequence[Exchange | Mail]]
    suite: Suite

    @classmethod
    def of_entries(cls, entries: Iterable[AnyEntry], suite: Suite) -> _Evidence:
        by_case: dict[tuple[str, str], list[Exchange | Mail]] = {}
        in_order = sorted(entries, key=lambda entry: entry.seq)
        for entry in in_order:
            if isinstance(entry, (Exchange, Mail)) and not is_unexpected(entry):
                by_case.setdefault((entry.scenario, entry.case), []).append(entry)
        return cls({entry.id: entry for entry in in_order}, by_case, suite)

    def of(self, judgement: Judgement) -> list[Exchange | Mail]:
        """The messages that a judgement rests on, in the order of its scenarios."""
        found: list[Exchange | Mail] = []
        for name in judgement.scenarios:
            scenario = self.suite.scenarios.get(name)
            cases = [case.name for case in scenario.cases] if scenario else [""]
            case = judgement.case if judgement.case in cases else cases[0]
            found += self.by_case.get((name, case), ())
        return found

    def sent(self, judgement: Judgement, at: str) -> Exchange | None:
        """What we sent that led to the place `at`: that exchange, else the last one before it, if there is one."""
        named = ENTRY.search(at)
        entry = self.by_id.get(named[0]) if named else None
        if isinstance(entry, Exchange) and entry.direction == "out":
            return entry
        around = self.by_case.get((entry.scenario, entry.case), ()) if entry else self.of(judgement)
        out = [other for other in around if isinstance(other, Exchange) and other.direction == "out"]
        if entry:
            same_step = [other for other in out if other.step == entry.step] or out
            earlier = [other for other in same_step if other.seq < entry.seq]
            return earlier[-1] if earlier else None
        return next(iter(out), None)


def _requirement(row: Row, evidence: _Evidence) -> Json:
    requirement = row.requirement
    return _rule(requirement) | {
        "verdict": row.verdict,
        "why": row.why or _why(row),
        "checks": [_check(judgement, evidence) for judgement in row.judgements],
    }


def _rule(requirement: Requirement) -> Json:
    source = requirement.source
    return {
        "id": requirement.id,
        "level": requirement.level,
        "basis": requirement.basis,
        "vendor": ", ".join(requirement.vendors) or None,
        "sentence": requirement.sentence,
        "source": {"document": source.document, "section": source.section, "url": source.url},
        "condition": requirement.condition,
        "disposition": requirement.disposition,
        "same_as": requirement.same_as,
    }


def _check(judgement: Judgement, evidence: _Evidence) -> Json:
    outcome = judgement.outcome
    finding = outcome.finding
    told = finding or next(iter(outcome.remarks), None)
    sent = evidence.sent(judgement, told.at if told else "")
    check = next((check for check in evidence.suite.checks if check.name == judgement.check), None)
    return {
        "check": judgement.check,
        "sentence": check.sentence if check else judgement.check,
        "case": judgement.case,
        "verdict": judgement.verdict,
        "reason": finding.reason if finding else None,
        "expected": finding.expected if finding else None,
        "got": finding.got if finding else None,
        "at": finding.at if finding else None,
        "remarks": [_remark(remark) for remark in outcome.remarks],
        "why": outcome.why,
        "scenarios": list(judgement.scenarios),
        "exchanges": [entry.id for entry in evidence.of(judgement)],
        "sent": sent.id if sent else None,
        "curl": _curl(sent) if sent and judgement.verdict not in _QUIET else None,
    }


def _remark(remark: Observed) -> Json:
    return {"reason": remark.reason, "got": remark.got, "at": remark.at, "weight": remark.weight}


def _curl(exchange: Exchange) -> str:
    line = curl(exchange)
    if exchange.request.cut or len(line) > 2 * LIMIT:
        size = exchange.request.size + len(exchange.request.start)
        return f"# {exchange.id} is too long for one line ({size} bytes): take it from journal.ndjson"
    return line


def _why(row: Row) -> str:
    """Why a row is neither good nor bad: what the first of the judgements that decided it says."""
    deciding = (j.outcome.why for j in row.judgements if j.verdict == row.verdict)
    return cut(next(filter(None, deciding), ""))


def _is_open(row: Row) -> bool:
    return row.requirement.disposition == "tested" and row.verdict in (verdicts.UNTESTABLE, verdicts.NOT_RUN)


def _counts(found: Iterable[str]) -> dict[str, int]:
    listed = list(found)
    return {verdict: listed.count(verdict) for verdict in verdicts.WORST_FIRST if verdict in listed}


def _version() -> str:
    try:
        return version("invigil")
    except PackageNotFoundError:
        return "0"
