"""The faults of a running mock: planted, counted and cleared at run time, for one tenant or for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Generic, TypeVar

from mocks.control.problems import closest
from mocks.faults.base import Fault, FaultSpec, own_overrides
from mocks.faults.composing import UnknownFault, catalogue

B = TypeVar("B")


class FaultNotForMessages(Exception):
    """A fault was to bend some messages only, where messages cannot be told apart."""


@dataclass(slots=True)
class Planted:
    """A fault that is switched on, the subject whose mock it bends, and how many messages it has bent."""

    spec: FaultSpec
    subject: str
    used: int = 0

    @property
    def left(self) -> int | None:
        """How many messages it will still bend; None when it bends all that come."""
        return max(0, self.spec.times - self.used) if self.spec.times else None

    def bends(self, tenant: str, about: str) -> bool:
        """Whether the next message of a tenant, which is about ``about``, is bent."""
        spec = self.spec
        if self.left == 0 or spec.tenant not in ("", tenant):
            return False
        return not spec.match or fnmatchcase(about, spec.match)


class Switches(Generic[B]):
    """The faults of one face of a mock: composes the behaviour for one message, counting those for a few only.

    ``compose`` makes a behaviour of the names of faults. ``matchable`` says that the face tells what a message is
    about (a method's name), so that a fault can be planted for some of them.
    """

    def __init__(
        self, subject: str, compose: Callable[[tuple[str, ...]], B], faults: Iterable[FaultSpec] = (), *,
        matchable: bool = False,
    ) -> None:  # fmt: skip
        self.subject = subject
        self._compose = compose
        self._matchable = matchable
        self._planted: list[Planted] = []
        self._known: dict[tuple[str, ...], B] = {}
        self._right = self._composed(())
        for spec in faults:
            self.add(spec)

    def __call__(self, tenant: str, about: str = "") -> B:
        """Return the behaviour for the next message of a tenant."""
        names = []
        for planted in self._planted:
            if planted.bends(tenant, about):
                planted.used += 1
                names.append(planted.spec.name)
        return self._composed(tuple(names))

    def peek(self, tenant: str, about: str = "") -> B:
        """Return the behaviour for a message of a tenant as `__call__` does, but count nothing."""
        if not self._planted:
            return self._right
        return self._composed(tuple(one.spec.name for one in self._planted if one.bends(tenant, about)))

    def using(self, tenant: str, about: str = "") -> B:
        """Return a behaviour for what happens next, a call or owed work: whether a fault bends it, its use tells.

        A fault for a few messages is used up by one when what it overrides is first asked for. So a fault of
        deliveries waits for a delivery, whatever calls come before.
        """
        if not self._planted:
            return self._right
        behaviour = self.peek(tenant, about)
        few = [one for one in self._planted if one.spec.times and one.bends(tenant, about)]
        return _noticing(behaviour, few) if few else behaviour

    def add(self, spec: FaultSpec) -> Planted:
        """Plant a fault; one of that name for the same tenant and messages is planted anew.

        Raises UnknownFault, FaultConflict when another one that is active overrides the same thing for some tenant,
        and FaultNotForMessages. Nothing has changed then.
        """
        if spec.match and not self._matchable:
            raise FaultNotForMessages(f"faults of {self.subject} bend all messages alike; leave match out")
        place = (spec.name, spec.tenant, spec.match)
        kept = [one for one in self.active() if (one.spec.name, one.spec.tenant, one.spec.match) != place]
        planted = Planted(spec, self.subject)
        for tenant in {"", *(one.spec.tenant for one in (*kept, planted))}:
            self._composed(tuple(one.spec.name for one in (*kept, planted) if one.spec.tenant in ("", tenant)))
        self._planted = [*kept, planted]
        return planted

    def clear(self, name: str = "", tenant: str = "") -> int:
        """Take faults away, all or those of a name or for a tenant; return how many were still active."""
        going = [one for one in self.active() if one.spec.name == (name or one.spec.name)]
        going = [one for one in going if one.spec.tenant == (tenant or one.spec.tenant)]
        self._planted = [one for one in self.active() if one not in going]
        return len(going)

    def active(self) -> list[Planted]:
        """Return the faults that still bend something, in the order in which they were planted."""
        return [one for one in self._planted if one.left != 0]

    def _composed(self, names: tuple[str, ...]) -> B:
        names = tuple(dict.fromkeys(names))
        if names not in self._known:
            self._known[names] = self._compose(names)
        return self._known[names]


def _noticing(behaviour: B, few: Sequence[Planted]) -> B:
    """Return a copy of a behaviour that counts each of a few faults once, when it is asked for what that overrides."""
    waiting = {name: one for one in few for name in own_overrides(catalogue(one.subject)[one.spec.name])}
    kind: Any = type(behaviour)

    class Noticing(kind):  # type: ignore[misc]
        def __getattribute__(self, name: str) -> Any:
            if name in waiting and (planted := waiting[name]) in unused:
                unused.remove(planted)
                planted.used += 1
            return super().__getattribute__(name)

    unused = list(few)
    found = copy(behaviour)
    found.__class__ = Noticing
    return found


class Switchboard:
    """All faces of a mock together: a fault's name says which of them it bends."""

    def __init__(self, *faces: Switches[Any]) -> None:
        self._faces = {face.subject: face for face in faces}

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects that the mock plays."""
        return tuple(self._faces)

    def catalogue(self) -> list[tuple[str, type[Fault]]]:
        """Return what can be planted, each with its subject."""
        return [(subject, fault) for subject in self._faces for fault in catalogue(subject).values()]

    def add(self, spec: FaultSpec) -> Planted:
        """Plant a fault in the face that it bends; raises as `Switches.add` does."""
        return self._face(spec.name).add(spec)

    def clear(self, name: str = "", tenant: str = "") -> int:
        """Take faults away; return how many. Raises UnknownFault for a name that is none."""
        faces = [self._face(name)] if name else list(self._faces.values())
        return sum(face.clear(name, tenant) for face in faces)

    def active(self) -> list[Planted]:
        """Return the faults that still bend something."""
        return [planted for face in self._faces.values() for planted in face.active()]

    def _face(self, name: str) -> Switches[Any]:
        for subject, face in self._faces.items():
            if name in catalogue(subject):
                return face
        near = closest(name, (fault.name for _, fault in self.catalogue()))
        raise UnknownFault(
            f"unknown fault {name[:120]!r}; " + (f"did you mean {near!r}?" if near else "see `invigil fault list`")
        )
