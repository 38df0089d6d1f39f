"""What is owed, in memory: which piece is due next for whom, without looking through all of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mocks.state.rows import row


@row
@dataclass(frozen=True, slots=True)
class Owed:
    """One piece of owed work: when it is due (protocol time), for which tenant, of which kind, about which key.

    ``attempt`` counts how often it was tried before: 0 the first time.
    """

    id: str
    due: datetime
    tenant: str
    kind: str
    key: str
    attempt: int = 0


def order(owed: Owed) -> tuple[datetime, str]:
    """Return by what pieces of one tenant are ordered: the instant, then who came first."""
    return owed.due, owed.id


class Waiting:
    """The pieces that are not under way, by tenant; kinds may be paused, for one tenant or (``""``) for all."""

    def __init__(self) -> None:
        self._pieces: dict[str, Owed] = {}
        self._heaps: dict[str, list[tuple[datetime, str]]] = {}
        self._paused: set[tuple[str, str]] = set()
        self._aside: list[Owed] = []

    def __contains__(self, id: str) -> bool:
        return id in self._pieces

    def __iter__(self) -> Iterator[Owed]:
        return iter(self._pieces.values())

    def add(self, owed: Owed) -> None:
        """Let a piece wait; one with the same id is replaced."""
        self._pieces[owed.id] = owed
        heapq.heappush(self._heaps.setdefault(owed.tenant, []), order(owed))

    def remove(self, id: str) -> None:
        """Forget a piece; its place in the heap is found empty later."""
        self._pieces.pop(id, None)

    def tenants(self) -> list[str]:
        """Return the tenants for whom something may wait."""
        return list(self._heaps)

    def first(self, tenant: str) -> Owed | None:
        """Return the piece of this tenant that is due first and not paused."""
        heap = self._heaps.get(tenant, [])
        while heap:
            due, id = heap[0]
            owed = self._pieces.get(id)
            if owed is not None and owed.due == due:
                if not self._is_paused(owed):
                    return owed
                self._aside.append(owed)
            heapq.heappop(heap)
        self._heaps.pop(tenant, None)
        return None

    def pause(self, kind: str, tenant: str) -> None:
        """Hold back a kind."""
        self._paused.add((kind, tenant))

    def resume(self, kind: str, tenant: str) -> None:
        """Hold it back no longer."""
        self._paused.discard((kind, tenant))
        aside, self._aside = self._aside, []
        for owed in aside:
            if self._pieces.get(owed.id) is owed:
                self.add(owed)

    def _is_paused(self, owed: Owed) -> bool:
        return bool(self._paused) and ((owed.kind, owed.tenant) in self._paused or (owed.kind, "") in self._paused)
