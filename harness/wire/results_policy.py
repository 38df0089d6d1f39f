"""What a receiver of results may end up with: a policy of states that its user declares, as data.

Postbacks carry neither a time nor a number, may come twice, late and in any order ("Registration Postbacks" V1,
retries), so "the newest state" cannot be told from a delivery. Which values may go backwards is a decision of the
receiver's owner; a policy says it, and `allowed` gives every final state that the policy permits for a history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, Literal

Completion = Literal["unknown", "incomplete", "complete"]
Success = Literal["unknown", "failed", "passed"]

FIELDS: Final = ("complete", "success", "score", "totaltime")
"""What is compared of a state, in the words of a registration report."""

EXACT_UP_TO: Final = 8
"""So many distinct deliveries are followed through all their orders; beyond one, a reset weighs as two of them."""

GROWN_UP_TO: Final = 40
"""So many uncertain deliveries are combined where order does not matter; beyond, each field is judged by itself."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a registration: words as V1 writes them, score None while unknown, totaltime in seconds.

    ``attempt`` is the instance of the registration that the score is of, for the rule ``max-attempt``; no probe
    shows it.
    """

    complete: Completion = "unknown"
    success: Success = "unknown"
    score: Decimal | None = None
    totaltime: int = 0
    attempt: int = 0


BLANK: Final = State()


@dataclass(frozen=True, slots=True)
class Policy:
    """Which values may go backwards. The defaults are those of a receiver that keeps a learner's best.

    ``score``: best, latest to arrive, or best of the highest attempt. ``unknown``: whether an unknown value
    replaces a known one where the latest counts. ``reset``: whether a reset of the receiver's record forgets all.
    """

    keep_complete: bool = True
    failed_to_passed: bool = True
    passed_to_failed: bool = False
    score: Literal["best", "latest", "max-attempt"] = "best"
    totaltime: Literal["largest", "latest"] = "largest"
    reset: Literal["regresses", "keeps"] = "regresses"
    unknown: Literal["says-nothing", "replaces"] = "says-nothing"

    @property
    def ordered(self) -> bool:
        """Whether the order of arrival can matter."""
        grows = self.keep_complete and self.failed_to_passed and not self.passed_to_failed
        return not grows or self.score == "latest" or self.totaltime != "largest"


DEFAULT: Final = Policy()


@dataclass(frozen=True, slots=True)
class Reset:
    """A deliberate reset, after which the receiver begins anew if its policy says so."""


RESET: Final = Reset()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A result on its way: it may be lost unless ``certain``, and come more than once if ``repeated``."""

    state: State
    certain: bool = True
    repeated: bool = False


Event = Delivery | Reset


@dataclass(frozen=True, slots=True)
class Allowed:
    """The predicate: is an observed state one that the policy permits?

    Either ``states`` holds them all, or each field is judged by itself and ``values`` holds what it may be.
    """

    states: frozenset[State]
    values: Mapping[str, frozenset[Any]] | None = None

    def __call__(self, observed: State, fields: Collection[str] = FIELDS) -> bool:
        """Whether some permitted state agrees with the observed one in the named fields."""
        if self.values is not None:
            return all(getattr(observed, name) in self.values[name] for name in fields)
        return any(all(getattr(state, name) == getattr(observed, name) for name in fields) for state in self.states)

    @property
    def exact(self) -> bool:
        """Whether whole states are judged."""
        return self.values is None

    def possible(self, name: str) -> tuple[Any, ...]:
        """Return the values that a field may have, for a sentence that says what was expected."""
        found = self.values[name] if self.values else {getattr(state, name) for state in self.states}
        return tuple(sorted(found, key=lambda value: (value is not None, value)))


def merge(state: State, incoming: State, policy: Policy = DEFAULT) -> State:
    """Return what a receiver of that policy holds after ``incoming`` arrived at ``state``."""
    score, attempt = _score(state, incoming, policy)
    return State(
        _completion(state.complete, incoming.complete, policy),
        _success(state.success, incoming.success, policy),
        score,
        incoming.totaltime if policy.totaltime == "latest" else max(state.totaltime, incoming.totaltime),
        attempt,
    )


def _completion(old: Completion, new: Completion, policy: Policy) -> Completion:
    if new == "unknown":
        return old if policy.keep_complete or policy.unknown == "says-nothing" else new
    return old if old == "complete" and policy.keep_complete else new


def _success(old: Success, new: Success, policy: Policy) -> Success:
    if new == "unknown":
        latest = policy.passed_to_failed and policy.failed_to_passed
        return new if latest and policy.unknown == "replaces" else old
    if (old, new) == ("failed", "passed"):
        return new if policy.failed_to_passed else old
    if (old, new) == ("passed", "failed"):
        return new if policy.passed_to_failed else old
    return new


def _score(state: State, incoming: State, policy: Policy) -> tuple[Decimal | None, int]:
    old, new = (state.score, state.attempt), (incoming.score, incoming.attempt)
    if new[0] is None and (policy.unknown == "says-nothing" or policy.score == "best"):
        return old
    if policy.score == "latest":
        return new
    if policy.score == "max-attempt" and state.attempt != incoming.attempt and not _says_nothing(state, policy):
        return max(old, new, key=lambda pair: pair[1])
    return max(old, new, key=lambda pair: (pair[0] is not None, pair[0]))


def _says_nothing(state: State, policy: Policy) -> bool:
    return state.score is None and policy.unknown == "says-nothing"


def reset(state: State, policy: Policy = DEFAULT) -> State:
    """Return what is held after a reset: nothing, if the policy says that a reset regresses."""
    return BLANK if policy.reset == "regresses" else state


def allowed(history: Iterable[Event], policy: Policy = DEFAULT, start: State = BLANK) -> Allowed:
    """Return every final state that a policy permits, whatever the order in which a history was delivered.

    A delivery may arrive late, that is also after a reset that follows it; none arrives before a reset that it
    follows. Results of a pull are deliveries like postbacks. Of a long history each field is judged by itself, which
    permits a little more: it never accuses wrongly.
    """
    events = _folded(history, policy)
    deliveries = [event for event in events if isinstance(event, Delivery)]
    resets = len(events) - len(deliveries)
    if len(deliveries) + 2 * max(0, resets - 1) <= EXACT_UP_TO:
        return Allowed(_reachable(events, policy, start))
    if not policy.ordered and RESET not in events and sum(not event.certain for event in deliveries) <= GROWN_UP_TO:
        return Allowed(_grown(deliveries, policy, start))
    return Allowed(frozenset(), _field_by_field(events, policy, start))


def _folded(history: Iterable[Event], policy: Policy) -> tuple[Event, ...]:
    """Make one of equal deliveries between two resets: certain if one is, repeated if there are several."""
    folded: list[Event] = []
    epoch: dict[State, int] = {}
    for event in history:
        if isinstance(event, Delivery) and policy.score != "max-attempt" and event.state.attempt:
            event = replace(event, state=replace(event.state, attempt=0))
        if isinstance(event, Delivery) and event.state in epoch:
            at = epoch[event.state]
            known = folded[at]
            assert isinstance(known, Delivery)
            folded[at] = Delivery(event.state, known.certain or event.certain, repeated=True)
            continue
        if isinstance(event, Delivery):
            epoch[event.state] = len(folded)
        else:
            epoch.clear()
        folded.append(event)
    return tuple(folded)


def _reachable(events: Sequence[Event], policy: Policy, start: State) -> frozenset[State]:
    """Follow all orders: a place is what has arrived so far and the state it left behind."""
    places = {(0, start)}
    open_ = list(places)
    while open_:
        arrived, state = open_.pop()
        for place in _steps(events, arrived, state, policy):
            if place not in places:
                places.add(place)
                open_.append(place)
    whole = sum(1 << at for at, event in enumerate(events) if not isinstance(event, Delivery) or event.certain)
    return frozenset(state for arrived, state in places if arrived & whole == whole)


def _steps(events: Sequence[Event], arrived: int, state: State, policy: Policy) -> Iterator[tuple[int, State]]:
    for at, event in enumerate(events):
        new = not arrived >> at & 1
        if isinstance(event, Delivery):
            if new or event.repeated:
                yield arrived | 1 << at, merge(state, event.state, policy)
        elif new:
            yield arrived | 1 << at, reset(state, policy)
            return  # what follows a reset was sent after it


def _grown(deliveries: Sequence[Delivery], policy: Policy, start: State) -> frozenset[State]:
    """Combine deliveries whose order does not matter: all certain ones, and any of the others."""
    states = {start}
    for delivery in sorted(deliveries, key=lambda delivery: not delivery.certain):
        after = {merge(state, delivery.state, policy) for state in states}
        states = after if delivery.certain else states | after
    return frozenset(states)


def _field_by_field(events: Sequence[Event], policy: Policy, start: State) -> Mapping[str, frozenset[Any]]:
    """Return the values that each field may have, seen by itself."""
    return {
        "complete": _words("complete", events, policy, start),
        "success": _words("success", events, policy, start),
        "score": _numbers("score", events, policy, start, bounded=policy.score == "best"),
        "totaltime": _numbers("totaltime", events, policy, start, bounded=policy.totaltime == "largest"),
    }


def _words(
    name: Literal["complete", "success"], events: Sequence[Event], policy: Policy, start: State
) -> frozenset[Any]:
    """Follow a field of three words through all orders; with many resets every word is permitted."""
    alone = (
        replace(event, state=replace(BLANK, **{name: getattr(event.state, name)}))
        if isinstance(event, Delivery)
        else event
        for event in events
    )
    folded = _folded(alone, policy)
    if len(folded) > 2 * EXACT_UP_TO:
        return frozenset(("unknown", "incomplete", "complete", "failed", "passed"))
    return frozenset(getattr(state, name) for state in _reachable(folded, policy, start))


def _numbers(
    name: Literal["score", "totaltime"], events: Sequence[Event], policy: Policy, start: State, *, bounded: bool
) -> frozenset[Any]:
    """Permit every number that was ever told; where the greatest counts, none below one that certainly came."""
    resets = RESET in events and policy.reset == "regresses"
    since = events[len(events) - tuple(reversed(events)).index(RESET) :] if resets else events
    told = {getattr(event.state, name) for event in events if isinstance(event, Delivery)}
    told |= {getattr(start, name)} | ({getattr(BLANK, name)} if resets else set())
    sure = [getattr(event.state, name) for event in since if isinstance(event, Delivery) and event.certain]
    sure += [] if resets else [getattr(start, name)]
    least = max((value for value in sure if value is not None), default=None)
    if not bounded or least is None:
        return frozenset(told)
    return frozenset(value for value in told if value is not None and value >= least)
