"""What notices a tool is sent: right ones, and the vectors, each with the requirements that it stands for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from harness.judging.suite import Case
from harness.subjects.lti_tool_hosting import Hosting
from harness.subjects.lti_tool_records import Hosted
from harness.wire.lti import CONTEXT
from harness.wire.pns import ORIGIN_CONTEXTS
from harness.wire.pns_forging import Draft, Message, Sending
from harness.wire.pns_vectors import VECTORS, About, Vector

TITLE: Final = "Biology, copied"
NEVER, BEFORE, AFTER, VECTOR, ELSEWHERE = "never", "before", "after", "vector", "elsewhere"

R01, R02, R03, R04, R05, R06, R07, R08, R09 = (f"PNS-RECV-0{number}" for number in range(1, 10))
R10, R11, R12, R13, R14, R15, R16, R17, R18 = (f"PNS-RECV-{number}" for number in range(10, 19))
BATCH, CRASH, UNKNOWN, AGAIN = "PNS-NOTICE-15", "PNS-NOTICE-17", "PNS-NOTICE-18", "PNS-NOTICE-19"
ORIGIN, NAMELESS, ORIGINS = "PNS-TYPE-07", "PNS-TYPE-08", "PNS-TYPE-09"


def _two(sound: Draft, about: About) -> Message:
    return Message.of(sound.another(1), sound.another(2))


def _redelivered(sound: Draft, about: About) -> Message:
    later = sound.again().setting(iat=about.seconds - 2, exp=about.seconds + 500)
    return Message((Sending((sound,)), Sending((later,))))


def _nameless(sound: Draft, about: About) -> Message:
    named = sound.mapping[CONTEXT]
    return Message.of(sound.having({CONTEXT: {key: named[key] for key in named if key not in ("title", "label")}}))


def _unknown_origin(sound: Draft, about: About) -> Message:
    return Message.of(sound.having({ORIGIN_CONTEXTS: [f"unknown-{about.foreign_deployment}"]}))


def _under_our_kid(sound: Draft, about: About) -> Message:
    return Message.of(replace(sound, signer="other-platform", named_as="platform"))


def _spare_member(sound: Draft, about: About) -> Message:
    return Message.of(sound.notice(future={"a": 1}))


OWN: Final[Mapping[str, Vector]] = {
    one.id: one
    for one in (
        Vector("S01", "two", "Two notices come in one POST.", "", _two),
        Vector("S02", "redelivered", "The same event comes again in a new JWT with other times.", "", _redelivered),
        Vector("S03", "nameless", "The context has neither title nor label.", "", _nameless),
        Vector("S04", "unknown-origin", "The origin is a context that nobody has heard of.", "", _unknown_origin),
        Vector(
            "S05", "other-platform-under-our-kid", "The kid is ours, the key is another platform's.", "", _under_our_kid
        ),
        Vector("S06", "unknown-member", "The notice has a member that nobody knows.", "", _spare_member),
    )
}
"""Vectors of this suite's own, beside those of `harness.wire.pns_vectors`."""


def vector(id: str) -> Vector:
    """Return a vector by its id."""
    return OWN.get(id) or VECTORS[id]


Table = Mapping[str, tuple[str, ...]]


def _rows(**rows: Iterable[str]) -> Table:
    return {id: tuple(names) for id, names in rows.items()}


FORGERIES: Final = _rows(
    N01=[R01], N02=[R01], N03=[R02], N04=[R02], N05=[R03], N06=[R03], N07=[R18], N08=[R12], S05=[R18], A01=[R01],
    A02=[R01], A03=[R01], A04=[R01], A05=[R02], A06=[R02], A07=[R12], A08=[R12], A09=[R12], A10=[R12, CRASH],
    A11=[R03], A12=[R03], A13=[R03, R12], A14=[CRASH], A15=[CRASH], A40=[CRASH], A41=[CRASH],
)  # fmt: skip
"""Whose signature it is."""

MISDIRECTED: Final = _rows(
    N09=[R04], N10=[R04], N11=[R05], N12=[CRASH], N13=[R08], N22=[R09], N23=[R10], N35=[R15], A26=[R05], A27=[CRASH],
    A28=[R05], A29=[R08], A30=[R10], A33=[CRASH], A34=[CRASH],
)  # fmt: skip
"""From whom to whom."""

UNTIMELY: Final = _rows(
    N14=[R06], N15=[R06], N16=[CRASH], N27=[CRASH], N36=[R16], N37=[CRASH], A16=[CRASH], A17=[CRASH], A18=[CRASH],
    A19=[R06], A20=[R17], A21=[R17], A22=[R17], A23=[CRASH], A24=[CRASH], A35=[CRASH],
)  # fmt: skip
"""When."""

MALFORMED: Final = _rows(
    N17=[CRASH], N20=[R09], N21=[R09], N24=[R09], N25=[R09], N26=[R09], N28=[UNKNOWN], N30=[CRASH], N31=[CRASH],
    N32=[ORIGINS], N33=[CRASH], N34=[R14], S03=[NAMELESS], S04=[ORIGIN], S06=[R14], A31=[CRASH], A36=[R09],
    A37=[ORIGINS], A38=[ORIGINS], A42=[R09], A43=[R09],
)  # fmt: skip
"""What it says."""

DOUBLED: Final = _rows(N18=[R07], N19=[AGAIN], S02=[AGAIN], A25=[CRASH], A53=[R07], A54=[AGAIN])
"""What comes twice."""

BODIES: Final = _rows(
    N38=[CRASH], N39=[CRASH], N40=[CRASH], N41=[CRASH], N42=[CRASH], N43=[BATCH], N44=[BATCH, R01], S01=[BATCH],
    A44=[CRASH], A49=[CRASH], A50=[CRASH], A51=[CRASH], A52=[CRASH], A55=[BATCH, CRASH],
)  # fmt: skip
"""How it is packed."""

HOSTILE: Final = _rows(N45=[CRASH], A39=[CRASH], A45=[CRASH], A46=[CRASH], A47=[CRASH], A48=[CRASH])
"""What wants to break a receiver."""

APART: Final = ("N29", "N46", "N47", "A32", "A56", "A57")
"""Vectors that have a scenario of their own: they need a launch, other keys, or another handler."""


def cases(table: Table) -> tuple[Case, ...]:
    """Return a case for each vector of a table."""
    return tuple(Case(vector(id).name, {"vector": vector(id).name, "id": id}, rows) for id, rows in table.items())


def right(platform: Hosting, **changes: Any) -> Draft:
    """Return a right notice in all that a tool may wish for: with a title, from a course that it knows."""
    return platform.sound(**{"title": TITLE, **changes})


Act = Callable[[], Awaitable[object]]


async def between(platform: Hosting, act: Act) -> Hosted:
    """Act between two right notices. A context of which nobody was ever told shows that the probe looks at all."""
    await untold(platform)
    await platform.send(right(platform), step=BEFORE)
    await act()
    await platform.send(right(platform), step=AFTER)
    await platform.look_back()
    return platform.seen()


async def untold(platform: Hosting) -> None:
    """Look at a context of which nobody was ever told; a person has been launched in our first course before."""
    await platform.acquainted()
    await platform.look(f"untold-{platform.fresh('context')}", step=NEVER)


async def sent(platform: Hosting, case: Case) -> Hosted:
    """Send one vector between two right notices."""

    async def act() -> None:
        chosen = vector(case.values["id"])
        platform.turn(VECTOR)
        sound = right(platform)
        await platform.send(chosen.make(sound, platform.about()), step=VECTOR, later=True)
        if R10 in case.requirements:
            await elsewhere(platform, sound)

    return await between(platform, act)


async def elsewhere(platform: Hosting, draft: Draft) -> None:
    """Look at the context of a notice in each deployment that the tool knows."""
    context = str(draft.mapping[CONTEXT]["id"])
    for deployment in platform.target.deployments:
        await platform.look(context, deployment, step=ELSEWHERE)
