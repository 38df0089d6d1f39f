"""What happens to a served platform, in words for people: what was refused and by which rule, what a notice said."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.wire.jose import JoseError, read

Facts = Mapping[str, Any]
INDENT = "    "


def lines_of(name: str, facts: Facts) -> list[str]:
    """Return an event as lines; of a notice also the JWT as it was sent, and its claims one by one beneath."""
    write = WRITERS.get(name)
    return [_plain(name, facts)] if write is None else write(facts)


def _plain(name: str, facts: Facts) -> str:
    shown = (f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in facts.items() if value not in ([], ""))
    return " ".join([name, *shown])


def _one(form: str) -> Callable[[Facts], list[str]]:
    return lambda facts: [form.format_map(_Shown(facts))]


class _Shown(dict[str, Any]):
    """Facts of which one that is missing is shown as a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"


def _handler(facts: Facts) -> list[str]:
    what, where = facts.get("notice_type"), f"for {facts.get('deployment_id')}"
    url = facts.get("handler")
    return [f"PUT handlers ok: {what} -> {url} {where}" if url else f"PUT handlers ok: {what} removed {where}"]


def _handlers_refused(facts: Facts) -> list[str]:
    what = f"{facts.get('method', '')} handlers refused with {facts.get('status')}".strip()
    return [f"{what}: {facts.get('why')}"]


def _notice(facts: Facts) -> list[str]:
    count, attempt = facts.get("count", 1), facts.get("attempt", 1)
    many = "" if count == 1 else f", {count} notices"
    again = "" if attempt == 1 else f", attempt {attempt}"
    trial = f", as the trial {facts['trial']} has it" if facts.get("trial") else ""
    lines = [f"notice {facts.get('type')} -> {facts.get('to')}: {outcome(facts)}{many}{again}{trial}"]
    jwts: Sequence[str] = () if facts.get("trial") else facts.get("jwts", ())
    for jwt in jwts:
        lines += shown_jwt(jwt)
    if len(jwts) < count and jwts:
        lines.append(f"{INDENT}and {count - len(jwts)} more")
    return lines


def outcome(facts: Facts) -> str:
    """Return what came of a delivery: the status or what went wrong, and how long it took in milliseconds."""
    error = facts.get("error")
    if error == "not-allowed":
        return "not sent, the host is not on this machine; --setting outbound=any allows it"
    answered = f"no answer ({error})" if error else str(facts.get("status"))
    hint = "; is its certificate trusted? --trust FILE names an authority" if error == "tls" else ""
    return f"{answered} in {facts['ms']} ms{hint}" if "ms" in facts else answered + hint


def shown_jwt(jwt: str) -> list[str]:
    """Return a signed message as it is and, beneath, header and claims; what cannot be read is shown as it is alone."""
    lines = [f"{INDENT}jwt     {jwt}"]
    try:
        jws = read(jwt)
        claims = jws.claims()
    except JoseError as problem:
        return [*lines, f"{INDENT}        not readable: {problem}"]
    lines.append(f"{INDENT}header  {json.dumps(dict(jws.header), ensure_ascii=False)}")
    lines.append(f"{INDENT}claims")
    return lines + [f"{INDENT}  {name} = {json.dumps(value, ensure_ascii=False)}" for name, value in claims.items()]


WRITERS: Mapping[str, Callable[[Facts], list[str]]] = {
    "token": _one("token request ok: {client_id}, scope {scope}"),
    "token-refused": _one("token request refused with {error}: {why}"),
    "handler": _handler,
    "handlers-refused": _handlers_refused,
    "notice": _notice,
    "notice-dropped": _one("notice {type} for {deployment_id} not sent: switched off or without handler meanwhile"),
    "launch": _one("launch begun: {person} in course {course}, deployment {deployment_id}"),
    "launched": _one("launch ok: {person}, deployment {deployment_id}, notification service in it: {service}"),
    "authorize-refused": _one("authentication request refused ({error}): {why}"),
    "registered": _one("registered: {name} is client {client_id}"),
    "unregistered": _one("unregistered: client {client_id}"),
    "trial": _one("trial {trial} takes place"),
    "registration-refused": _one("registration refused with {error}: {why}"),
    "keys-fetched": _one("key set fetched"),
    "keys-rotated": _one("keys rotated: {kid} signs now, old keys stay published: {overlap}"),
}
"""How an event is written, by its name; any other one is written as name and facts."""
