"""Strategies for notices that are changed in one thing: any claim, any header member, nested ones too, and batches.

A mutation says what it does in words, not in values, so that it can be applied to a fresh notice each time: what is
sent once may not be sent again. What is expected of the result is the oracle's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from hypothesis import strategies as st

from harness.wire.json_members import Members, dump, members
from harness.wire.lti import CUSTOM, DEPLOYMENT_ID, MESSAGE_TYPE, ROLES, TARGET_LINK_URI, VERSION_CLAIM
from harness.wire.pns import CLAIM, HELLO_WORLD, NOTICE
from harness.wire.pns_forging import Draft, Keyring, Message, header_of, write
from harness.wire.pns_oracle import Expectation, Knowledge, expected

__all__ = [
    "Case", "Mutation", "applied", "batches", "cases", "described", "focused", "forged", "message", "mutations",
]  # fmt: skip

Part = Literal["header", "claims"]
Operation = Literal["change", "drop", "retype", "duplicate", "add", "reorder"]
Path = tuple[str | int, ...]

STEPS: Final = (1, 4, 29, 30, 31, 59, 60, 61, 299, 300, 301, 599, 600, 601, 3_600, 86_400, 31_536_000, 2**53)
"""Seconds by which a time is moved: around every limit, and far beyond."""

TEXT_CHANGES: Final[Mapping[str, Callable[[str], str]]] = {
    "letter-behind": lambda text: text + "x",
    "other-case": lambda text: text.swapcase(),
    "slash-behind": lambda text: text + "/",
    "space-behind": lambda text: text + " ",
    "space-before": lambda text: " " + text,
    "cut": lambda text: text[:-1],
    "empty": lambda text: "",
    "other": lambda text: "something-else",
    "hello-world": lambda text: HELLO_WORLD,
    "long": lambda text: (text or "x") * (1 + 300 // max(1, len(text))),
    "nul-behind": lambda text: text + "\0",
    "surrogate-behind": lambda text: text + "\ud800",
    "letters-of-another-script": lambda text: text + "é漢",
}
"""How a text is changed."""

TYPE_CHANGES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "null": lambda value: None,
    "true": lambda value: True,
    "zero": lambda value: 0,
    "text": lambda value: value if isinstance(value, str) else dump(value).decode("ascii"),
    "number": lambda value: int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 16 else 1,
    "fraction": lambda value: value + 0.5 if isinstance(value, int) and abs(value) < 2**50 else 0.5,
    "empty-array": lambda value: [],
    "empty-object": lambda value: Members(),
    "array-of-it": lambda value: [value],
    "array-of-it-twice": lambda value: [value, value],
    "array-of-it-and-another": lambda value: [value, "something-else"],
    "array-of-another-and-it": lambda value: ["something-else", value],
    "object-of-it": lambda value: Members((("value", value),)),
}
"""How a value becomes one of another type."""

ADDED_CLAIMS: Final = (
    "https://vendor.example/claim/x", "https://www.instructure.com/hello_world", "x", "EXP", "Aud", "azp", "nbf", "sub",
    "jti", "email", MESSAGE_TYPE, ROLES, TARGET_LINK_URI, CUSTOM, CLAIM,
)  # fmt: skip
ADDED_HEADERS: Final = (
    "jku",
    "jwk",
    "x5u",
    "x5c",
    "x5t",
    "crit",
    "b64",
    "zip",
    "cty",
    "KID",
    "https://vendor.example/h",
)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change of a notice. ``how`` is a name of the tables here; ``amount`` the seconds of a moved time.

    ``value`` is what an added member holds. ``first`` says that a member that is there twice has its changed value
    first. ``resigned`` says that the platform's key signs what came out; otherwise the signature is of what was.
    """

    part: Part
    path: Path
    operation: Operation
    how: str = ""
    amount: int = 0
    value: Any = None
    first: bool = False
    resigned: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """A mutation with the token that it gave and what is expected of it."""

    mutation: Mutation
    text: str
    expectation: Expectation


def described(mutation: Mutation) -> Mapping[str, Any]:
    """Return a mutation as facts for evidence, in words that a report can show."""
    facts: dict[str, Any] = {
        "part": mutation.part,
        "member": " / ".join(map(str, mutation.path)) or "(all)",
        "operation": mutation.operation,
        "signed-again": mutation.resigned,
    }
    if mutation.how:
        facts["how"] = mutation.how + (f" by {mutation.amount} s" if mutation.how == "moved" else "")
    if mutation.operation == "add":
        facts["value"] = dump(mutation.value).decode("ascii")
    if mutation.operation == "duplicate":
        facts["changed-value"] = "first" if mutation.first else "last"
    return facts


# --- applying -------------------------------------------------------------------------------------------------------


def applied(mutation: Mutation, draft: Draft, keyring: Keyring) -> Draft:
    """Return a draft with the mutation carried out; a member that it does not have stays away."""
    whole = header_of(draft, keyring) if mutation.part == "header" else members(draft.claims)
    made = dump(_at(whole, mutation.path, mutation))
    if mutation.part == "header":
        return replace(draft, head=made) if mutation.resigned else replace(draft, shown_head=made)
    return replace(draft, payload=made) if mutation.resigned else replace(draft, shown=made)


def forged(mutation: Mutation, draft: Draft, keyring: Keyring) -> str:
    """Return the token that a mutation makes of a draft."""
    return write(applied(mutation, draft, keyring), keyring)


def _at(value: Any, path: Path, mutation: Mutation) -> Any:
    """Carry a mutation out at the end of a path."""
    if not path:
        return _reordered(value)
    step, rest = path[0], path[1:]
    last = not rest
    if isinstance(value, Members) and isinstance(step, str):
        pairs: list[tuple[str, Any]] = []
        for name, inner in value.pairs:
            if name != step:
                pairs.append((name, inner))
            elif last:
                pairs += _member(name, inner, mutation)
            else:
                pairs.append((name, _at(inner, rest, mutation)))
        if last and mutation.operation == "add":
            pairs.append((step, members(mutation.value)))
        return Members(tuple(pairs))
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        inner = [new for _, new in _member("", value[step], mutation)] if last else [_at(value[step], rest, mutation)]
        return [*value[:step], *inner, *value[step + 1 :]]
    return value


def _member(name: str, value: Any, mutation: Mutation) -> list[tuple[str, Any]]:
    if mutation.operation == "drop":
        return []
    if mutation.operation == "add":
        return [(name, value)]
    if mutation.operation == "reorder":
        return [(name, _reordered(value))]
    changed = (name, _changed(value, mutation))
    if mutation.operation != "duplicate":
        return [changed]
    return [changed, (name, value)] if mutation.first else [(name, value), changed]


def _changed(value: Any, mutation: Mutation) -> Any:
    if mutation.how in TYPE_CHANGES:
        return TYPE_CHANGES[mutation.how](value)
    if mutation.how == "moved":
        return value + mutation.amount if isinstance(value, int) and not isinstance(value, bool) else value
    return TEXT_CHANGES[mutation.how](value) if isinstance(value, str) else value


def _reordered(value: Any) -> Any:
    """Turn the members of objects round, at every depth; arrays keep their order, which has a meaning."""
    if isinstance(value, Members):
        return Members(tuple((name, _reordered(inner)) for name, inner in reversed(value.pairs)))
    return [_reordered(inner) for inner in value] if isinstance(value, list) else value


# --- drawing --------------------------------------------------------------------------------------------------------


def _paths(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give every member and element of a value with the way to it."""
    inner: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, Members):
        inner = iter(value.pairs)
    elif isinstance(value, list):
        inner = iter(enumerate(value))
    for name, one in inner:
        yield (*path, name), one
        yield from _paths(one, (*path, name))


def _values() -> st.SearchStrategy[Any]:
    """Return any small JSON value, with what some parsers and stores do not take."""
    texts = st.text(max_size=8) | st.sampled_from(("", "\0", "<script>", "{{7*7}}", "' OR 1=1 --"))
    plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
    return st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    )


@st.composite
def mutations(draw: st.DrawFn, draft: Draft, keyring: Keyring) -> Mutation:
    """Return mutations of notices of that draft's shape; half of them are signed again."""
    part: Part = draw(st.sampled_from(("claims", "claims", "claims", "header")))
    whole = header_of(draft, keyring) if part == "header" else members(draft.claims)
    resigned = draw(st.booleans())
    operation: Operation = draw(st.sampled_from(("change", "drop", "retype", "duplicate", "add", "reorder")))
    if operation == "reorder":
        return Mutation(part, (), operation, resigned=resigned)
    if operation == "add":
        roots: list[Path] = [(), *((path) for path, value in _paths(whole) if isinstance(value, Members))]
        root = draw(st.sampled_from(roots))
        taken = {path[-1] for path, _ in _paths(whole) if path[:-1] == root}
        names = [name for name in (ADDED_HEADERS if part == "header" else ADDED_CLAIMS) if name not in taken]
        return Mutation(
            part, (*root, draw(st.sampled_from(names))), operation, value=draw(_values()), resigned=resigned
        )
    path, value = draw(st.sampled_from(tuple(_paths(whole))))
    how, amount = "", 0
    if operation in ("change", "retype", "duplicate"):
        how, amount = draw(_ways(value, operation))
    return Mutation(part, path, operation, how, amount, first=draw(st.booleans()), resigned=resigned)


def _ways(value: Any, operation: str) -> st.SearchStrategy[tuple[str, int]]:
    """Return the ways in which a value may be changed; what is neither text nor number changes its type."""
    retyped = st.tuples(st.sampled_from(tuple(TYPE_CHANGES)), st.just(0))
    if operation == "retype" or isinstance(value, bool | Members | list | None):
        return retyped
    if isinstance(value, str):
        return st.tuples(st.sampled_from(tuple(TEXT_CHANGES)), st.just(0))
    signed = st.tuples(st.sampled_from(STEPS), st.sampled_from((1, -1))).map(lambda found: found[0] * found[1])
    return st.tuples(st.just("moved"), signed)


WEIGHTY: Final[tuple[tuple[Part, Path], ...]] = (
    ("claims", ("iss",)), ("claims", ("aud",)), ("claims", ("exp",)), ("claims", (VERSION_CLAIM,)),
    ("claims", (DEPLOYMENT_ID,)), ("claims", (NOTICE,)), ("claims", (NOTICE, "id")), ("claims", (NOTICE, "type")),
    ("header", ("kid",)), ("header", ("alg",)),
)  # fmt: skip
"""Members on which verification rests."""


def focused() -> st.SearchStrategy[Mutation]:
    """Return changes of what verification rests on, and claims that nobody knows; all of them signed again."""
    operations: tuple[Operation, ...] = ("drop", "change", "retype")

    def made(member: tuple[Part, Path], operation: Operation, text: str, kind: str) -> Mutation:
        part, path = member
        if operation == "drop":
            return Mutation(part, path, "drop")
        textual = operation == "change" and path not in ((NOTICE,), ("exp",))
        return Mutation(part, path, "change", text) if textual else Mutation(part, path, "retype", kind)

    texts, kinds = st.sampled_from(tuple(TEXT_CHANGES)), st.sampled_from(tuple(TYPE_CHANGES))
    weighty = st.builds(made, st.sampled_from(WEIGHTY), st.sampled_from(operations), texts, kinds)
    expired = st.builds(
        lambda far: Mutation("claims", ("exp",), "change", "moved", -far), st.sampled_from((1_199, 1_200, *STEPS[14:]))
    )
    added = st.builds(
        lambda name, value: Mutation("claims", (name,), "add", value=value),
        st.sampled_from(ADDED_CLAIMS[:3]),
        _values(),
    )
    return weighty | weighty | expired | added


def cases(draft: Draft, keyring: Keyring, knowledge: Knowledge) -> st.SearchStrategy[Case]:
    """Return mutations of one draft, each with its token and the oracle's word on it."""

    def case(mutation: Mutation) -> Case:
        text = forged(mutation, draft, keyring)
        return Case(mutation, text, expected(text, knowledge))

    return mutations(draft, keyring).map(case)


def batches(draft: Draft, keyring: Keyring, most: int = 8) -> st.SearchStrategy[tuple[Mutation | None, ...]]:
    """Return what one POST holds: right notices (None) and mutations of others, in any order, or nothing at all."""
    return st.lists(st.none() | mutations(draft, keyring), max_size=most).map(tuple)


def message(batch: tuple[Mutation | None, ...], draft: Draft, keyring: Keyring) -> Message:
    """Return the message of a batch: each of its notices is another event of the draft's kind."""
    events = [draft.another(number) for number in range(1, len(batch) + 1)]
    return Message.of(
        *(one if how is None else applied(how, one, keyring) for how, one in zip(batch, events, strict=True))
    )
