"""The control API of a mock: each operation of its description has the handler of its name here."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from harness.evidence.entries import Exchange, to_json
from harness.net.listener import Inbound, Reply
from harness.net.patience import within
from mocks.control.controlled import Controlled, Trigger, TriggerRefused
from mocks.control.description import find, paths, text
from mocks.control.guard import JSON, Guard
from mocks.control.listing import belongs, plain, stamp
from mocks.control.problems import Refused, unknown
from mocks.control.reading import duration, judge, read_body, read_query
from mocks.control.switches import FaultNotForMessages, Planted
from mocks.faults.base import FaultConflict, FaultSpec
from mocks.faults.composing import UnknownFault

BODY_CAP = 1 << 19
QUIET_WITHIN = 60.0
ANSWER_CAP = 8 << 20
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: parameters of the query, values of the body, and the parameter of the path."""

    query: Mapping[str, Any]
    body: Mapping[str, Any]
    name: str = ""


class ControlApi:
    """Answers requests; whatever comes, the answer is JSON, and nothing is raised."""

    def __init__(self, controlled: Controlled, guard: Guard | None = None) -> None:
        self._mock = controlled
        self._guard = guard or Guard()
        self._schemas: dict[str, Draft202012Validator] = {}

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer one request."""
        try:
            return await self._answer(inbound)
        except Refused as refused:
            return _reply(refused.status, refused.as_json())
        except Exception as error:
            problem = Refused(500, "internal", f"internal error: {type(error).__name__}; the mock goes on")
            return _reply(500, problem.as_json())

    async def _answer(self, inbound: Inbound) -> Reply:
        self._guard.check(inbound)
        try:
            route = find(inbound.path)
        except ValueError:
            raise Refused(400, "bad-path", "the path is not UTF-8", field="path") from None
        if route is None:
            raise unknown("path", inbound.path, paths())
        operation = route.operations.get(inbound.method)
        if operation is None:
            allowed = ", ".join(route.operations)
            refused = Refused(
                405, "wrong-method", f"use {allowed} here", field="method", expected=allowed, got=inbound.method
            )
            return _reply(405, refused.as_json(), ("Allow", allowed))
        if len(inbound.body) >= BODY_CAP:
            raise Refused(413, "too-large", "the body is too large", expected=f"less than {BODY_CAP} bytes")
        query = read_query(inbound.query, operation.query)
        body = read_body(inbound.body, operation.body) if operation.body else {}
        done = getattr(self, f"_{operation.id}")(Asked(query, body, route.name))
        if inspect.isawaitable(done):
            done = await done
        return _reply(201 if operation.id == "plant" else 200, done)

    def _openapi(self, asked: Asked) -> Json:
        found: Json = json.loads(text())
        return found

    def _clock(self, asked: Asked) -> Json:
        tenant = self._tenant(asked.query["tenant"])
        return {"tenant": tenant, "now": stamp(self._mock.now(tenant))}

    async def _advance(self, asked: Asked) -> Json:
        tenant, step = self._tenant(asked.body["tenant"]), duration(asked.body["by"])
        try:
            ran = await self._mock.advance(tenant, step)
        except OverflowError:
            message = "by: protocol time would leave the calendar"
            raise Refused(422, "invalid-value", message, field="by", got=asked.body["by"]) from None
        return {"tenant": tenant, "now": stamp(self._mock.now(tenant)), "ran": ran}

    async def _quiesce(self, asked: Asked) -> Json:
        tenant = self._tenant(asked.body["tenant"])

        async def quiet() -> bool:
            await self._mock.quiesce(tenant)
            return True

        return {"tenant": tenant, "quiet": bool(await within(QUIET_WITHIN, quiet()))}

    def _faults(self, asked: Asked) -> Json:
        listed = [
            {
                "subject": subject, "name": fault.name, "kind": fault.kind,
                "what": " ".join((inspect.getdoc(fault) or "").split()), "breaks": dict(fault.breaks),
            }
            for subject, fault in self._mock.switches.catalogue()
        ]  # fmt: skip
        return {"faults": listed}

    def _active(self, asked: Asked) -> Json:
        return {"faults": [_planted(one) for one in self._mock.switches.active()]}

    def _plant(self, asked: Asked) -> Json:
        body = asked.body
        spec = FaultSpec(body["name"], self._tenant(body["tenant"]), int(body["times"]), body["match"])
        try:
            return _planted(self._mock.switches.add(spec))
        except UnknownFault:
            raise self._unknown_fault(spec.name) from None
        except FaultConflict as error:
            raise Refused(409, "fault-conflict", str(error), field="name", got=spec.name) from None
        except FaultNotForMessages as error:
            raise Refused(422, "invalid-value", str(error), field="match", expected="none", got=spec.match) from None

    def _clear(self, asked: Asked) -> Json:
        name = asked.query["name"]
        try:
            return {"cleared": self._mock.switches.clear(name, self._tenant(asked.query["tenant"]))}
        except UnknownFault:
            raise self._unknown_fault(name) from None

    def _triggers(self, asked: Asked) -> Json:
        return {"triggers": [_trigger(one) for one in self._mock.triggers.values()]}

    async def _trigger(self, asked: Asked) -> Json:
        trigger = self._mock.triggers.get(asked.name)
        if trigger is None:
            raise unknown("trigger", asked.name, self._mock.triggers, field="name")
        if trigger.name not in self._schemas:
            self._schemas[trigger.name] = Draft202012Validator(trigger.schema)
        judge(asked.body, self._schemas[trigger.name])
        try:
            outcome = await trigger.run(asked.body)
        except TriggerRefused as refused:
            field, expected, got = refused.field, refused.expected, refused.got
            raise Refused(422, "invalid-value", str(refused), field=field, expected=expected, got=got) from None
        if outcome.shows_secrets:
            return {**outcome.facts, "status": outcome.status, "output": outcome.output}
        redactor = self._mock.journal.redactor
        facts: Json = plain(outcome.facts, redactor)
        return facts | {"status": outcome.status, "output": redactor.text(outcome.output)}

    async def _state(self, asked: Asked) -> Json:
        async with self._mock.store.transaction() as tx:
            return {"tables": [{"name": name, "count": tx.count(name)} for name in tx.tables()]}

    async def _rows(self, asked: Asked) -> Json:
        table, tenant = asked.name, self._tenant(asked.query["tenant"])
        async with self._mock.store.transaction() as tx:
            tables = list(tx.tables())
            if table not in tables:
                raise unknown("table", table, tables, field="table")
            found = list(zip(tx.keys(table), tx.rows(table), strict=True))
        after, limit = asked.query["after"], asked.query["limit"]
        if after is not None:
            place = next((number for number, (key, _) in enumerate(found) if key == after), None)
            if place is None:
                message = "after: there is no row with that key any more; begin again without after"
                raise Refused(422, "invalid-value", message, field="after", expected="the key of a row", got=after)
            found = found[place + 1 :]
        if tenant:
            found = [(key, row) for key, row in found if belongs(table, row, tenant)]
        shown, redactor = found[:limit], self._mock.journal.redactor
        rows = [{"key": key, "row": plain(row, redactor)} for key, row in shown]
        return {"table": table, "rows": rows, "next": shown[-1][0] if len(found) > limit else None}

    def _journal(self, asked: Asked) -> Json:
        entries: list[Json] = []
        size, last = 0, asked.query["after"]
        for entry in list(self._mock.journal.entries):
            ended = entry.ended if isinstance(entry, Exchange) else entry.seq
            if ended <= asked.query["after"]:
                continue
            if len(entries) == asked.query["limit"] or size > ANSWER_CAP:
                break
            entries.append(to_json(entry))
            size += len(json.dumps(entries[-1]))
            last = ended
        return {"entries": entries, "next": last}

    async def _events(self, asked: Asked) -> Json:
        log, after = self._mock.events, asked.query["after"]
        await log.wait(after, asked.query["wait"])
        told = log.after(after, asked.query["limit"])
        listed = [{"number": one.number, "at": one.at, "name": one.name, "facts": dict(one.facts)} for one in told]
        return {"events": listed, "next": told[-1].number if told else after, "first": log.first}

    def _tenant(self, name: str) -> str:
        if name and name not in self._mock.tenants:
            raise unknown("tenant", name, self._mock.tenants, field="tenant")
        return name

    def _unknown_fault(self, name: str) -> Refused:
        return unknown("fault", name, (fault.name for _, fault in self._mock.switches.catalogue()), field="name")


def _planted(planted: Planted) -> Json:
    spec = planted.spec
    about = {"subject": planted.subject, "name": spec.name, "tenant": spec.tenant, "match": spec.match}
    return about | {"times": spec.times, "left": planted.left}


def _trigger(trigger: Trigger) -> Json:
    about = {"name": trigger.name, "what": trigger.what, "argument": trigger.argument or None}
    return about | {"values": dict(trigger.schema)}


def _reply(status: int, data: Json, *headers: tuple[str, str]) -> Reply:
    # A lone surrogate, which JSON can name and UTF-8 cannot hold, stays the escape that it came as.
    body = json.dumps(data, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
    head = (("Content-Type", JSON), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
    return Reply(status, (*head, *headers), body)
