"""A fault gets one thing wrong, says which requirement that breaks, and composes with others or refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import pytest

from harness.judging.catalogue import Catalogue, load
from harness.wire.pens_answer import Answer
from mocks.author.behaviour import AuthorBehaviour
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.faults import author, cloud, lms, pens, platform, tool
from mocks.faults.base import Fault, FaultConflict, FaultSpec, compose, own_overrides
from mocks.faults.composing import UnknownFault, by_names, catalogue, pens_behaviour
from mocks.lms.behaviour import ReceiverBehaviour
from mocks.platform.behaviour import PlatformBehaviour
from mocks.tool.behaviour import ToolBehaviour

BASES: dict[str, type[Any]] = {
    "pens-target": PensBehaviour, "pens-client": AuthorBehaviour, "cloud-v1": CloudBehaviour,
    "results-receiver": ReceiverBehaviour, "lti-platform": PlatformBehaviour, "lti-tool": ToolBehaviour,
}  # fmt: skip
DECLARED: dict[str, Callable[[], Iterable[type[Fault]]]] = {
    "pens-target": pens.faults, "pens-client": author.faults, "cloud-v1": cloud.faults,
    "results-receiver": lms.faults, "lti-platform": platform.faults, "lti-tool": tool.faults,
}  # fmt: skip
AREAS = {
    "pens-target": "pens", "pens-client": "author", "cloud-v1": "v1", "results-receiver": "lms",
    "lti-platform": "platform", "lti-tool": "tool",
}  # fmt: skip
ALL = [(subject, fault) for subject in BASES for fault in catalogue(subject).values()]
IDS = [fault.name for _, fault in ALL]


@cache
def rows_of(subject: str) -> Catalogue:
    return load(subject)


@pytest.mark.parametrize("subject", BASES)
def test_names_are_unique(subject: str) -> None:
    names = [fault.name for fault in set(DECLARED[subject]())]
    assert len(names) == len(set(names)) == len(catalogue(subject)) > 0


@pytest.mark.parametrize(("subject", "fault"), ALL, ids=IDS)
def test_a_fault_says_what_it_is(subject: str, fault: type[Fault]) -> None:
    assert re.fullmatch(rf"{AREAS[subject]}\.[a-z0-9]+([.-][a-z0-9]+)*", fault.name)
    assert (fault.__doc__ or "").strip().partition("\n\n")[0].rstrip().endswith(".")
    assert fault.kind in ("left-out", "wrong-value", "wrong-reason", "variant")
    known = rows_of(subject)
    for name, reason in fault.breaks.items():
        assert name in known
        assert re.fullmatch(r"[a-z0-9]+([-_][A-Za-z0-9.]+)*", reason)
    assert all(name in known for name in fault.collateral)
    assert bool(fault.breaks) == (fault.kind in ("left-out", "wrong-value"))


@pytest.mark.parametrize(("subject", "fault"), ALL, ids=IDS)
def test_a_fault_overrides_what_the_right_behaviour_has(subject: str, fault: type[Fault]) -> None:
    overrides = {name for name in vars(fault) if name == "__init__"}
    overrides |= {name for name in own_overrides(fault) if not name.startswith("_")}
    assert overrides or any(
        own_overrides(base) for base in fault.__mro__[1:] if base.__module__.startswith("mocks.faults")
    )
    bent = compose(BASES[subject], (fault,))
    assert issubclass(bent, BASES[subject])
    assert bent.__name__ == BASES[subject].__name__


class Loud(Fault, PensBehaviour):
    """Shouts."""

    name = "pens.loud"

    def write_answer(self, answer: Answer) -> bytes:
        return answer.encode().upper()


class Teapot(Fault, PensBehaviour):
    """Answers 418."""

    name = "pens.teapot"
    status = 418


class Shrill(Fault, PensBehaviour):
    """Shouts, too."""

    name = "pens.shrill"

    def write_answer(self, answer: Answer) -> bytes:
        return answer.encode() + b"!"


def test_two_faults_that_bend_different_things_compose() -> None:
    both = compose(PensBehaviour, (Loud, Teapot))({})
    assert (both.status, both.write_answer(Answer(0))[:5]) == (418, b"ERROR")
    assert compose(PensBehaviour, ()) is PensBehaviour
    assert PensBehaviour.status == 200


def test_two_faults_that_bend_the_same_thing_are_refused_by_name() -> None:
    with pytest.raises(
        FaultConflict, match=r"faults pens\.loud and pens\.shrill both override write_answer; use one of them"
    ):
        compose(PensBehaviour, (Loud, Teapot, Shrill))


def test_an_unknown_fault_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownFault, match=r"unknown fault 'pens.no-receit'; did you mean 'pens.no-receipt'\?"):
        by_names("pens-target", ["pens.bare-lf", "pens.no-receit"])
    with pytest.raises(UnknownFault, match=r"unknown fault 'zzz'; see `invigil fault list`"):
        pens_behaviour({}, ("zzz",))
    assert [fault.name for fault in by_names("pens-target", ["pens.no-receipt", "pens.bare-lf"])] == [
        "pens.no-receipt",
        "pens.bare-lf",
    ]


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("pens.x", FaultSpec("pens.x")),
        ("pens.x:3", FaultSpec("pens.x", "", 3)),
        ("pens.x@closed", FaultSpec("pens.x", "closed")),
        ("pens.x@closed:2", FaultSpec("pens.x", "closed", 2)),
    ],
)
def test_a_fault_is_switched_on_for_a_tenant_and_a_number_of_times(text: str, spec: FaultSpec) -> None:
    assert FaultSpec.parse(text) == spec


@pytest.mark.parametrize("text", ["pens.x:often", "pens.x@t:often", "pens.x:-1"])
def test_a_number_of_times_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected NAME\[@TENANT\]\[:TIMES\] with a number"):
        FaultSpec.parse(text)
