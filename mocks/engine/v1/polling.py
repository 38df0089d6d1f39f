"""Answers to polls that are held back or out of date, when that is armed; see `mocks.engine.v1.chaos`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.net.patience import within
from harness.net.staging import Gate
from mocks.engine.v1 import chaos
from mocks.engine.v1.call import Call, Done, Later, Nodes, Rows
from mocks.engine.v1.domain import Registration, Result


class Polling:
    """Lets getRegistrationResult be answered late, or with the result before the last change, where that is armed."""

    def answer_poll(self, call: Call) -> Done:
        """Answer getRegistrationResult as it is armed for the registration; plainly, when nothing is."""
        regid = call.get("regid")
        arming = chaos.take(call.tx, call.app.id, regid, chaos.POLLS)
        if arming is not None and arming.behaviour == "stale-poll":
            call = replace(call, tx=Before(call.tx, call.table("registrations")))
        done: Done = self.get_registration_result(call)  # type: ignore[attr-defined]
        if arming is None or arming.behaviour != "withhold-poll" or isinstance(done, Later):
            return done
        gate = call.engine.gates.setdefault((call.app.id, regid), Gate())
        answer = done

        async def hold() -> Nodes | Any:
            await within(call.engine.client.patience, gate.pass_through())
            return answer

        return Later(hold)


@dataclass(frozen=True, slots=True)
class Before:
    """Rows as they are, but registrations as they were before their result changed last."""

    rows_now: Rows
    registrations: str

    def get(self, table: str, key: str) -> Any:
        """Return a row."""
        found = self.rows_now.get(table, key)
        return before(found) if table == self.registrations and found is not None else found

    def put(self, table: str, key: str, row: Any) -> None:
        """Write a row."""
        self.rows_now.put(table, key, row)

    def delete(self, table: str, key: str) -> None:
        """Remove a row."""
        self.rows_now.delete(table, key)

    def rows(self, table: str) -> list[Any]:
        """Return all rows of a table."""
        return self.rows_now.rows(table)


def before(registration: Registration) -> Registration:
    """Return a registration with the result that its newest instance had before the last change."""
    if not registration.instances:
        return registration
    last = registration.latest
    result = last.past[-1].result if last.past else Result()
    return replace(registration, instances=(*registration.instances[:-1], replace(last, result=result, past=())))


def release(gates: Mapping[tuple[str, str], Gate], app: str, regid: str) -> list[tuple[str, str]]:
    """Let held answers about a registration go, or (``""``) about all of an application; return which they were."""
    found = [key for key in gates if key[0] == app and regid in ("", key[1])]
    for key in found:
        gates[key].open()
    return found
