"""Faults of a V1 server in who is let in and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from harness.wire import cloud_v1 as v1
from harness.wire.binding import Pairs
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import App
from mocks.faults.base import LEFT_OUT, WRONG_REASON, WRONG_VALUE, Fault


class NoExpiry(Fault, CloudBehaviour):
    """Timestamps are never compared with the clock."""

    name = "v1.no-expiry"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-15": "accepted", "CLOUD-AUTH-16": "accepted"}

    def is_stale(self, stamp: datetime, now: datetime) -> bool:
        return False


class StaleIsMalformed(Fault, CloudBehaviour):
    """A timestamp outside of the window is refused as malformed."""

    name = "v1.stale-is-malformed"
    kind = WRONG_VALUE
    breaks = {"CLOUD-AUTH-15": "wrong-code", "CLOUD-AUTH-16": "wrong-code"}

    def code(self, code: int) -> int:
        return 106 if code == 107 else code


class NarrowWindow(Fault, CloudBehaviour):
    """The window is five minutes wide."""

    name = "v1.narrow-window"
    kind = WRONG_VALUE
    breaks = {"CLOUD-AUTH-17": "refused"}

    window = timedelta(minutes=5)


class PastOnly(Fault, CloudBehaviour):
    """Tolerance for clocks that run ahead is left out."""

    name = "v1.no-future"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-17": "refused"}

    def is_stale(self, stamp: datetime, now: datetime) -> bool:
        return not timedelta(0) <= now - stamp <= self.window


class DefaultApp(Fault, CloudBehaviour):
    """A call that names no application, or none that is known, is taken for the first one."""

    name = "v1.default-app"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-13": "accepted"}

    def app_of(self, params: Pairs, apps: Mapping[str, App]) -> App:
        return apps.get(dict(params).get("appid", "")) or next(iter(apps.values()))


class NoTimestamp(Fault, CloudBehaviour):
    """A call without a timestamp, or with one that cannot be read, is let in."""

    name = "v1.no-timestamp"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-14": "accepted"}

    def check_time(self, params: Pairs, now: datetime) -> None:
        if self.read_time(dict(params).get("ts", "")):
            super().check_time(params, now)


class _Counting(CloudBehaviour):
    """Counts how often a signature was used; identical calls of other scenarios are told apart by their regid."""

    uses = 3

    def used_up(self, params: Pairs) -> bool:
        found = dict(params)
        counts: dict[str, int] = self.__dict__.setdefault("counts", {})
        counts[found["sig"]] = counts.get(found["sig"], 0) + ("regid" in found)
        return counts[found["sig"]] > self.uses


class NoReplay(Fault, _Counting):
    """A signature is good for three calls; what comes after is refused as wrong."""

    name = "v1.no-replay"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-18": "refused"}

    def check_signature(self, params: Pairs, app: App) -> None:
        super().check_signature(params, app)
        if self.used_up(params):
            raise Failure(v1.BAD_SIG)


class ReplayIsStale(Fault, _Counting):
    """From its fourth use on a signed URL counts as expired."""

    name = "v1.replay-is-stale"
    kind = WRONG_VALUE
    breaks = {"CLOUD-AUTH-18": "refused"}

    def check_signature(self, params: Pairs, app: App) -> None:
        super().check_signature(params, app)
        if self.used_up(params):
            raise Failure(v1.STALE_TS)


class PingNeedsKey(Fault, CloudBehaviour):
    """ping and getTime ask for authentication as all others do."""

    name = "v1.ping-needs-key"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-19": "refused"}

    def needs_authentication(self, method: str) -> bool:
        return True


class PingLooksAtSig(Fault, CloudBehaviour):
    """ping and getTime need no authentication, but refuse one that is wrong."""

    name = "v1.ping-looks-at-sig"
    kind = WRONG_VALUE
    breaks = {"CLOUD-AUTH-19": "refused"}

    def needs_authentication(self, method: str) -> bool:
        return True

    def authenticate(self, params: Pairs, apps: Mapping[str, App], now: datetime) -> App:
        named = dict(params)
        if named.get("method") in v1.UNAUTHENTICATED and "sig" not in named:
            return next(iter(apps.values()))
        return super().authenticate(params, apps, now)


class OpenAuthPing(Fault, CloudBehaviour):
    """authPing asks for no authentication."""

    name = "v1.open-auth-ping"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-20": "accepted"}

    def needs_authentication(self, method: str) -> bool:
        return not method.startswith("rustici.debug.")


class AnonymousIsDefault(Fault, CloudBehaviour):
    """A call with no authentication at all is taken for one of the first application."""

    name = "v1.anonymous-is-default"
    kind = WRONG_VALUE
    breaks = {"CLOUD-AUTH-20": "accepted"}

    def authenticate(self, params: Pairs, apps: Mapping[str, App], now: datetime) -> App:
        if not {"appid", "ts", "sig"} & {key for key, _ in params}:
            return next(iter(apps.values()))
        return super().authenticate(params, apps, now)


class OneForAll(Fault, CloudBehaviour):
    """All applications see and change the objects of the first."""

    name = "v1.one-for-all"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-21": "course-visible"}

    def authenticate(self, params: Pairs, apps: Mapping[str, App], now: datetime) -> App:
        return replace(super().authenticate(params, apps, now), id=next(iter(apps)))


class ExistsAnywhere(Fault, CloudBehaviour):
    """registration.exists looks into every application."""

    name = "v1.exists-anywhere"
    kind = WRONG_VALUE
    breaks = {"CLOUD-AUTH-21": "registration-visible"}

    def registration_exists(self, call: Call) -> Nodes:
        for app in call.engine.apps:
            if call.tx.get(f"registrations/{app}", call.get("regid")) is not None:
                return super().registration_exists(replace(call, app=replace(call.app, id=app)))
        return super().registration_exists(call)


def _answering(code: int, doc: str) -> type[Fault]:
    """Make a fault that refuses every authenticated call with a code, for clients to see what they make of it."""

    def authenticate(self: CloudBehaviour, params: Pairs, apps: Mapping[str, App], now: datetime) -> App:
        raise Failure(code)

    body: dict[str, Any] = {"__doc__": doc, "name": f"v1.answers-{code}", "kind": WRONG_REASON}
    return type("Answering", (Fault, CloudBehaviour), body | {"authenticate": authenticate})


FAMILY = (
    _answering(v1.SECURITY, "Every authenticated call is refused by a general security failure."),
    _answering(v1.STORAGE, "Every authenticated call is refused because keys cannot be looked up."),
    _answering(v1.UNAVAILABLE, "Every authenticated call is refused because its service is unavailable."),
)
