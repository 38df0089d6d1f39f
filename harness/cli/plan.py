"""What a run would do to a system that is not ours: shown before anything is sent, kept within limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.net.reach import is_loopback

if TYPE_CHECKING:
    from harness.judging.run import Run
    from harness.judging.suite import Case, Scenario

OVER = "over --max-imports"
SMOKE = 1
LATE: Mapping[str, str] = {
    "cloud-v1": "postback", "results-receiver": "answer", "lti-platform": "notice", "lti-tool": "effect",
}  # fmt: skip
LTI = ("lti-platform", "lti-tool")
"""Subjects into which nothing is imported; people act there instead."""
FIXED: Mapping[str, int] = {"pens-target": 1, "pens-client": 1, "cloud-v1": 1}
"""How many packages a run imports whatever is selected: the smoke collect, or the course that scenarios share."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Scenarios to be acted, cases left out for ``--max-imports``, and what all that costs the other side.

    ``calls`` is the least number of messages sent; ``packages`` the most that may be imported; ``waiting``
    the seconds of watching that every run against a real system adds at its end.
    """

    subject: str
    target: str
    host: str
    scenarios: Sequence[Scenario]
    dropped: Sequence[tuple[Scenario, Case]]
    calls: int
    packages: int
    hostile: int
    allowed: bool
    waiting: float

    @property
    def is_elsewhere(self) -> bool:
        """Whether the run would send something to another machine."""
        return bool(self.host)

    def text(self) -> str:
        """Return the plan for a person."""
        cases = sum(len(scenario.cases) for scenario in self.scenarios)
        hostile = "would be sent" if self.allowed else "left out; --i-own-this-target allows them"
        late = LATE.get(self.subject, "receipt")
        lines = [
            f"plan for {self.subject} {self.target}",
            f"  scenarios        {len(self.scenarios)} with {cases} interactions",
            f"  calls            at least {self.calls}",
            self._brings(),
            f"  hostile inputs   {self.hostile}" + (f" ({hostile})" if self.hostile else ""),
            f"  waiting          {self.waiting:g} s at the end, and for each {late} that does not come",
        ]
        if self.dropped:
            needed = self.packages + sum(scenario.packages for scenario, _ in self.dropped)
            lines.append(
                f"  left out         {len(self.dropped)} interactions, {OVER}; --max-imports {needed} takes all"
            )
        return "\n".join(lines)

    def _brings(self) -> str:
        """Say what the run brings into the other system."""
        if self.subject in LTI:
            needs = {need for scenario in self.scenarios for need in scenario.needs if need.startswith("stimulus.")}
            names = ", ".join(need.removeprefix("stimulus.") for need in sorted(needs))
            return f"  stimuli          {names or 'none'}, as far as they are configured"
        return f"  packages         up to {self.packages} may be imported"

    def as_json(self) -> dict[str, object]:
        """Return the plan for a program."""
        return {
            "subject": self.subject,
            "target": self.target,
            "scenarios": [scenario.name for scenario in self.scenarios],
            "calls": self.calls,
            "packages": self.packages,
            "hostile": self.hostile,
            "hostile_allowed": self.allowed,
            "waiting": self.waiting,
            "dropped": [[scenario.name, case.name] for scenario, case in self.dropped],
        }


def plan(run: Run) -> Plan:
    """Plan a run; nothing is opened. Against another host, cases beyond ``--max-imports`` are left out."""
    from harness.net.patience import Patience

    options, elsewhere = run.options, host_elsewhere(run)
    fixed = FIXED.get(options.subject, 0)
    budget = options.max_imports - fixed
    kept: list[Scenario] = []
    dropped: list[tuple[Scenario, Case]] = []
    hostile = packages = calls = 0
    for scenario in run.wanted_scenarios():
        is_hostile = "ownership" in scenario.needs
        hostile += len(scenario.cases) if is_hostile else 0
        acts = not is_hostile or options.owned or not elsewhere
        cases = []
        for case in scenario.cases:
            cost = scenario.packages if acts and options.subject in FIXED else 0
            if elsewhere and cost and packages + cost > budget:
                dropped.append((scenario, case))
                continue
            packages += cost
            calls += max(1, cost) if acts else 0
            cases.append(case)
        if cases:
            kept.append(replace(scenario, cases=tuple(cases)))
    patience = options.patience or Patience()
    return Plan(
        subject=options.subject,
        target=run.journal.redactor.text(options.target),
        host=elsewhere,
        scenarios=kept,
        dropped=dropped,
        calls=calls + SMOKE,
        packages=packages + fixed,
        hostile=hostile,
        allowed=options.owned or not elsewhere,
        waiting=0.0 if run.spec.kind == "mock" else patience.absence,
    )


def host_elsewhere(run: Run) -> str:
    """Return the host to which the run would send; empty when nothing leaves this machine.

    An authoring tool is moved by its own stimuli and calls us: nothing is sent to it.
    """
    if run.options.subject == "pens-client" or run.spec.kind == "mock":
        return ""
    if not run.spec.is_loopback:
        return urlsplit(address(run)).hostname or run.journal.redactor.text(run.spec.text)
    hosts = (urlsplit(url).hostname or "" for url in run.options.config.contacted(run.options.subject))
    return next((host for host in hosts if host and not is_loopback(host)), "")


def address(run: Run) -> str:
    """Return the URL of the target; empty for a mock."""
    if run.spec.kind == "mock":
        return ""
    return run.spec.text if run.spec.kind == "url" else run.options.config.address(run.options.subject)
