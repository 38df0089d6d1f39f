"""Regular expressions of callers (``filter``, ``coursefilter``): matched whole, in time that no pattern can explode.

The backtracking engine of Python takes years for some patterns of ten characters. Here a pattern becomes an automaton
whose states are followed all at once, one character after the other, and the steps of one call are counted.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from harness.wire.cloud_v1 import BAD_ARGUMENT
from mocks.engine.v1.call import Failure

PATTERN_LIMIT: Final = 500
"""How many characters a pattern may have (ours; no limit is documented)."""
STATE_LIMIT: Final = 4000
STEP_LIMIT: Final = 2_000_000

# What the parser of the standard library gives; it is there from Python 3.11 on.
_parser: Any = re._parser  # type: ignore[attr-defined]
Test = Callable[[str], bool]
_WORDS: Final[Mapping[str, Test]] = {
    "DIGIT": lambda char: unicodedata.category(char) == "Nd",
    "SPACE": str.isspace,
    "WORD": lambda char: char.isalnum() or char == "_",
}
_MANY: Final = ("MAX_REPEAT", "MIN_REPEAT")


class _Unsupported(ValueError):
    """A pattern that is no regular expression in the strict sense, or too big."""


class Filter:
    """A pattern that has to match whole ids. Raises Failure 205 when it is none, too long, or takes too many steps.

    Back references, look-around and flags within a pattern are refused: no source says that the service takes them.
    """

    def __init__(self, pattern: str, name: str = "filter") -> None:
        self._name = name
        self._pattern = pattern
        self._steps = 0
        if len(pattern) > PATTERN_LIMIT:
            raise self._refused(f"has more than {PATTERN_LIMIT} characters")
        try:
            self._automaton = _Automaton(_parsed(pattern))
        except (re.error, _Unsupported, RecursionError, OverflowError, ValueError) as error:
            raise self._refused(f"is no regular expression that can be used: {error}") from None

    def matches(self, text: str) -> bool:
        """Whether the pattern matches the whole of a text."""
        found, steps = self._automaton.run(text, STEP_LIMIT - self._steps)
        self._steps += steps
        if self._steps >= STEP_LIMIT:
            raise self._refused("takes too long to match")
        return found

    def _refused(self, why: str) -> Failure:
        return Failure(BAD_ARGUMENT, f"Parameter [{self._name}] {why}")


def _parsed(pattern: str) -> Any:
    with warnings.catch_warnings():  # of what a later Python may read otherwise
        warnings.simplefilter("ignore")
        return _parser.parse(pattern)


class _Automaton:
    """States with what leads on from them: a character that passes a test, a place in the text, or nothing."""

    def __init__(self, tree: Any) -> None:
        self.tests: list[Test | None] = []
        self.free: list[list[int]] = []
        self.places: dict[int, str] = {}
        self._sequences = 0
        if tree.state.flags & (re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE | re.ASCII | re.LOCALE):
            raise _Unsupported("flags within the pattern")
        self.end = self._state()
        self.start = self._sequence(tree, self.end)

    def _state(self, free: Iterable[int] = (), test: Test | None = None) -> int:
        if len(self.tests) >= STATE_LIMIT:
            raise _Unsupported("it is too big")
        self.tests.append(test)
        self.free.append(list(free))
        return len(self.tests) - 1

    def _sequence(self, items: Any, then: int) -> int:
        self._sequences += 1
        if self._sequences > STATE_LIMIT:  # those that are empty need no state
            raise _Unsupported("it is too big")
        for operation, value in reversed(list(items)):
            then = self._item(str(operation), value, then)
        return then

    def _item(self, operation: str, value: Any, then: int) -> int:
        if operation in _MANY:
            return self._repeat(value, then)
        if operation == "SUBPATTERN":
            if value[1] or value[2]:
                raise _Unsupported("flags within the pattern")
            return self._sequence(value[3], then)
        if operation == "BRANCH":
            return self._state([self._sequence(branch, then) for branch in value[1]])
        if operation == "AT":
            state = self._state([then])
            self.places[state] = str(value)
            return state
        return self._state([then], _test(operation, value))

    def _repeat(self, value: Any, then: int) -> int:
        least, most, items = value
        if most == _parser.MAXREPEAT:
            loop = self._state()
            self.free[loop] = [self._sequence(items, loop), then]
            then = loop
        else:
            for _ in range(most - least):
                then = self._state([self._sequence(items, then), then])
        for _ in range(least):
            then = self._sequence(items, then)
        return then

    def run(self, text: str, limit: int) -> tuple[bool, int]:
        """Follow all states over a text; return whether the end is reached, and how many steps that took."""
        steps, states = 0, self._closure([self.start], text, 0)
        for at, char in enumerate(text):
            steps += len(states) + 1
            if not states or steps > limit:
                return False, steps
            onward = [self.free[s][0] for s in states if (test := self.tests[s]) is not None and test(char)]
            states = self._closure(onward, text, at + 1)
        return self.end in states, steps + len(states) + 1

    def _closure(self, states: list[int], text: str, at: int) -> set[int]:
        seen: set[int] = set()
        pending = list(states)
        while pending:
            state = pending.pop()
            if state in seen or not self._is_there(state, text, at):
                continue
            seen.add(state)
            if self.tests[state] is None:
                pending += self.free[state]
        return seen

    def _is_there(self, state: int, text: str, at: int) -> bool:
        place = self.places.get(state)
        if place is None:
            return True
        if place in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
            return at == 0
        if place == "AT_END_STRING":
            return at == len(text)
        if place == "AT_END":
            return at == len(text) or (at == len(text) - 1 and text[at] == "\n")
        word = _WORDS["WORD"]
        edge = (at > 0 and word(text[at - 1])) != (at < len(text) and word(text[at]))
        return edge == (place == "AT_BOUNDARY")


def _test(operation: str, value: Any) -> Test:
    if operation == "LITERAL":
        return lambda char: ord(char) == value
    if operation == "NOT_LITERAL":
        return lambda char: ord(char) != value
    if operation == "ANY":
        return lambda char: char != "\n"
    if operation == "IN":
        return _set_test(value)
    raise _Unsupported(f"{operation.lower().replace('_', ' ')} is not supported")


def _set_test(items: Any) -> Test:
    negated, tests = False, []
    for operation, value in items:
        if str(operation) == "NEGATE":
            negated = True
        elif str(operation) == "RANGE":
            tests.append(_range_test(*value))
        elif str(operation) == "CATEGORY":
            tests.append(_category_test(str(value)))
        else:
            tests.append(_test(str(operation), value))
    return lambda char: any(test(char) for test in tests) != negated


def _range_test(low: int, high: int) -> Test:
    return lambda char: low <= ord(char) <= high


def _category_test(name: str) -> Test:
    positive = _WORDS[name.removeprefix("CATEGORY_").removeprefix("NOT_")]
    wanted = "NOT_" not in name
    return lambda char: positive(char) == wanted
