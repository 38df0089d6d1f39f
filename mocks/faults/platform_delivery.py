"""Faults of a platform in how it posts notices, and to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.wire.jose import SigningKey
from harness.wire.json_text import write_json
from harness.wire.pns import NOTICE
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_VALUE, Fault
from mocks.platform.behaviour import PlatformBehaviour


class NoQuery(Fault, PlatformBehaviour):
    """The query of a handler's address is left out."""

    name = "platform.handler-without-query"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-01": "other-address"}

    def delivery_url(self, url: str) -> str:
        return url.partition("?")[0]


class SlashAfter(Fault, PlatformBehaviour):
    """A slash follows the path of a handler's address."""

    name = "platform.handler-with-slash"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-01": "other-address"}

    def delivery_url(self, url: str) -> str:
        path, mark, query = url.partition("?")
        return f"{path}/{mark}{query}"


class NoMedia(Fault, PlatformBehaviour):
    """A delivery has no content type."""

    name = "platform.delivery-without-type"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-02": "no-content-type"}

    def delivery_headers(self) -> tuple[tuple[str, str], ...]:
        return ()


class TextMedia(Fault, PlatformBehaviour):
    """A delivery is said to be plain text."""

    name = "platform.delivery-as-text"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-02": "other-content-type"}

    def delivery_headers(self) -> tuple[tuple[str, str], ...]:
        return (("Content-Type", "text/plain; charset=utf-8"),)


class MediaWithCharset(Fault, PlatformBehaviour):
    """The content type of a delivery has a charset, and is written in capitals."""

    name = "platform.delivery-with-charset"
    kind = VARIANT

    def delivery_headers(self) -> tuple[tuple[str, str], ...]:
        return (("Content-Type", "Application/JSON; charset=utf-8"), ("X-Delivery", "1"))


class ArrayBody(Fault, PlatformBehaviour):
    """The body is the array itself."""

    name = "platform.delivery-array"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-03": "notices-form"}

    def body(self, jwts: Sequence[str]) -> bytes:
        return write_json([{"jwt": jwt} for jwt in jwts])


class BareJwts(Fault, PlatformBehaviour):
    """The notices are bare strings."""

    name = "platform.delivery-bare-strings"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-03": "notices-form"}

    def body(self, jwts: Sequence[str]) -> bytes:
        return write_json({"notices": list(jwts)})


class MoreMembers(Fault, PlatformBehaviour):
    """The body has members of the vendor's own."""

    name = "platform.delivery-more-members"
    kind = VARIANT

    def body(self, jwts: Sequence[str]) -> bytes:
        return write_json({"vendor": {"batch": 1}, "notices": [{"jwt": jwt, "number": 1} for jwt in jwts]})


class AllAtOnce(Fault, PlatformBehaviour):
    """All notices go into one message, whatever the handler takes."""

    name = "platform.ignores-batch-size"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-04": "too-many"}

    def batches(self, count: int, limit: int | None) -> list[int]:
        return super().batches(count, None)


class OneTooMany(Fault, PlatformBehaviour):
    """A message holds one notice more than the handler takes."""

    name = "platform.batch-one-too-many"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-04": "too-many"}

    def batches(self, count: int, limit: int | None) -> list[int]:
        return super().batches(count, limit + 1 if limit else None)


class OneByOne(Fault, PlatformBehaviour):
    """Every notice travels alone."""

    name = "platform.batches-of-one"
    kind = VARIANT

    def batches(self, count: int, limit: int | None) -> list[int]:
        return [1] * count


class RestLost(Fault, PlatformBehaviour):
    """What does not fill a message is not sent."""

    name = "platform.loses-rest"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-05": "lost"}

    def batches(self, count: int, limit: int | None) -> list[int]:
        made = super().batches(count, limit)
        return made[:-1] if len(made) > 1 else made


class ToldTwice(Fault, PlatformBehaviour):
    """Every event is told twice."""

    name = "platform.tells-twice"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-05": "told-twice"}

    def destinations(self, notice_type: str, handlers: Mapping[str, Any]) -> list[Any]:
        return super().destinations(notice_type, handlers) * 2


class ToAllHandlers(Fault, PlatformBehaviour):
    """A notice goes to every handler of the deployment."""

    name = "platform.tells-all-handlers"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-06": "to-other-handler"}
    # The type of a notice is not that of the handler which it should never have come to.
    collateral = (
        "PNS-JWT-15", "PNS-TYPE-04", "PNS-TYPE-10", "PNS-TYPE-11", "PNS-TYPE-13", "PNS-TYPE-15", "PNS-TYPE-16",
    )  # fmt: skip

    def destinations(self, notice_type: str, handlers: Mapping[str, Any]) -> list[Any]:
        return list(handlers.values())


class WithoutHandler(Fault, PlatformBehaviour):
    """What has no handler of its own goes to the first one that there is."""

    name = "platform.tells-without-handler"
    kind = LEFT_OUT
    breaks = {"PNS-NOTICE-06": "without-handler"}
    # The type of a notice is not that of the handler which it should never have come to.
    collateral = ("PNS-JWT-15",)

    def destinations(self, notice_type: str, handlers: Mapping[str, Any]) -> list[Any]:
        return super().destinations(notice_type, handlers) or list(handlers.values())[:1]


class TypesMixed(Fault, PlatformBehaviour):
    """A message holds the last notice of another type too."""

    name = "platform.mixes-types"
    kind = WRONG_VALUE
    breaks = {"PNS-NOTICE-07": "types-mixed"}
    # The other notice comes to a handler that is not its own.
    collateral = (
        "PNS-NOTICE-06", "PNS-JWT-15", "PNS-TYPE-04", "PNS-TYPE-10", "PNS-TYPE-11", "PNS-TYPE-13", "PNS-TYPE-15",
        "PNS-TYPE-16",
    )  # fmt: skip

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._last: dict[str, str] = {}

    def notice_jwt(self, claims: Mapping[str, Any], key: SigningKey) -> str:
        made = super().notice_jwt(claims, key)
        self._last[claims[NOTICE]["type"]] = made
        return made

    def body(self, jwts: Sequence[str]) -> bytes:
        others = [jwt for jwt in self._last.values() if jwt not in jwts]
        return super().body([*jwts, *others[:1]])
