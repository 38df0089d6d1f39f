"""Strategies for handlers: addresses derived from the rules for them, and histories of several types.

An address is made of parts about a tool that is only known when it is tried; what a platform has to do with it is said
by the rules themselves (`harness.wire.pns_handler_rules`), read as strictly and as widely as their sources allow.
"""

from __future__ import annotations

import ipaddress
import sys
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from harness.wire.pns_handler_rules import HandlerRule, broken_rule

ACCEPT, REFUSE, EITHER = "accept", "refuse", "either"
LONGEST: Final = 2000
"""Characters up to which an address has to be taken: no source sets a length, but some end there."""


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """What addresses are derived from: the tool's host, the port of its own addresses, and its redirect URLs."""

    host: str
    port: int | None = None
    redirect_urls: tuple[str, ...] = ()

    @property
    def authority(self) -> str:
        """Host and port as they stand in the tool's own addresses."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def is_name(self) -> bool:
        """Whether the host is a name: there is nothing below an IP address, and nothing looks like one."""
        try:
            ipaddress.ip_address(self.host.strip("[]"))
        except ValueError:
            return True
        return False


def expected(url: str, own: OwnAddress) -> str:
    """Return what a platform has to do with an address: accept, refuse, or either where no source decides.

    Left open: hosts below the domain, ports that are not the tool's own, names that are not ASCII, a final dot, user
    names before the tool's own host, fragments, escapes that are none, any length, other addresses at the host of a
    redirect URL.
    """
    widely = broken_rule(url, HandlerRule(own.host, own.redirect_urls))
    if widely is None:
        return ACCEPT if _plainly(url, own) else EITHER
    if widely.rule in ("userinfo", "fragment"):
        return EITHER if _host(url) == own.host.lower() or _host(url) in _redirect_hosts(own) else REFUSE
    if widely.rule == "domain":
        return EITHER if _host(url) in _redirect_hosts(own) else REFUSE
    if widely.rule == "not-a-url" and "%" in _path(url):
        return EITHER
    return REFUSE


def _plainly(url: str, own: OwnAddress) -> bool:
    strictly = broken_rule(url, HandlerRule(own.host, own.redirect_urls, subdomains=False, longest=LONGEST))
    if strictly is not None or not url.isascii():
        return False
    if url in own.redirect_urls:
        return True
    parts = urlsplit(url)
    port = parts.port if parts.port is not None else 443
    same_port = port == (own.port or 443)
    return same_port and not parts.netloc.partition(":")[0].endswith(".") and _host(url) == own.host.lower()


def _redirect_hosts(own: OwnAddress) -> set[str]:
    return {_host(url) for url in own.redirect_urls}


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _path(url: str) -> str:
    return url.partition("://")[2].partition("/")[2]


@dataclass(frozen=True, slots=True)
class Address:
    """An address in parts; ``{host}``, ``{HOST}``, ``{own}`` (with port) and ``{redirect}`` stand for the tool's."""

    text: str

    def of(self, own: OwnAddress) -> str:
        """Return the address for a tool."""
        redirect = next(iter(own.redirect_urls), f"https://{own.authority}/")
        named = {"{host}": own.host, "{HOST}": own.host.upper(), "{own}": own.authority, "{redirect}": redirect}
        made = self.text
        for name, value in named.items():
            made = made.replace(name, value)
        return made


_SEGMENT = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-._~", min_size=1, max_size=12)
_PATH = st.lists(_SEGMENT, max_size=4).map(lambda parts: "".join("/" + part for part in parts))
_QUERY = st.just("") | st.builds(lambda name, value: f"?{name}={value}", _SEGMENT, _SEGMENT)
_REST = st.builds(lambda path, query: (path or "/") + query, _PATH, _QUERY)
_LABEL = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=10)
_FOREIGN = st.builds(lambda one, two: f"{one}.{two}.test", _LABEL, _LABEL)


def _built(pattern: str, **parts: st.SearchStrategy[str]) -> st.SearchStrategy[Address]:
    names = tuple(parts)

    def build(*values: str) -> Address:
        text = pattern
        for name, value in zip(names, values, strict=True):
            text = text.replace(f"<{name}>", value)
        return Address(text)

    return st.builds(build, *parts.values())


def addresses(kind: str) -> st.SearchStrategy[Address]:
    """Return addresses of a kind; most break the rule that it is named after, or keep them all.

    Kinds: ``rooted``, ``redirect``, ``scheme``, ``no-url``, ``foreign``, ``look-alike``.
    """
    if kind == "rooted":
        hosts = st.sampled_from(("{own}", "{own}", "{own}", "a.{own}", "{host}.", "{host}:8443"))
        return _built("<scheme>://<host><rest>", scheme=st.sampled_from(("https", "HTTPS")), host=hosts, rest=_REST)
    if kind == "redirect":
        return _built("{redirect}<more>", more=st.sampled_from(("", "", "/more", "?more=1")))
    if kind == "scheme":
        schemes = st.sampled_from(("http", "ftp", "ws", "gopher", "file", "javascript", "HTTP"))
        return _built("<scheme>://{own}<rest>", scheme=schemes, rest=_REST)
    if kind == "no-url":
        broken = st.sampled_from(
            ("<word>", "/<word>", "//{own}/<word>", "https://", "https:///<word>", "https://{own}:99999/<word>",
             "https://{own}:port/<word>", "https:///", "   ", "https://-/<word>", "mailto:<word>@{host}")
        )  # fmt: skip
        return st.builds(lambda form, word: Address(form.replace("<word>", word)), broken, _LABEL)
    if kind == "foreign":
        return _built(
            "https://<host><port><rest>",
            host=_FOREIGN | st.sampled_from(("192.0.2.7", "[2001:db8::7]", "203.0.113.9")),
            port=st.sampled_from(("", ":443", ":8443")),
            rest=_REST | st.just("/{host}") | st.just("/?next=https://{own}/") | st.just("/https://{own}/"),
        )
    looks = st.sampled_from(
        ("<word>{own}", "{host}.<word>.test", "{own}@<word>.test", "<word>-{own}", "{host}<word>", "{host}-<word>.test",
         "{host}:443@<word>.test", "{HOST}.<word>.test", "<word>{HOST}")
    )  # fmt: skip
    return st.builds(
        lambda host, word, rest: Address(f"https://{host.replace('<word>', word)}{rest}"), looks, _LABEL, _REST
    )


# --- histories ------------------------------------------------------------------------------------------------------


class Keeper(Protocol):
    """The façade by which the machine moves a platform; it is synchronous. Types and addresses are numbered."""

    def put(self, number: int, address: int, size: int | None) -> None:
        """Set the handler of a type."""

    def remove(self, number: int) -> None:
        """Remove the handler of a type; there may be none."""

    def spoil(self, number: int, how: str) -> None:
        """Send a PUT about a type that has to be refused."""

    def conclude(self) -> None:
        """Look once more, remove everything, and judge the whole history."""


SPOILT = ("no-handler", "word", "size", "foreign")
_TYPES = st.integers(0, 2)
_ADDRESSES = st.integers(0, 2)


class Keeping(RuleBasedStateMachine):
    """What tools do with handlers, in any order, sensible or not; the list is looked at after each step."""

    def __init__(self, keeper: Keeper) -> None:
        super().__init__()
        self.keeper = keeper

    @rule(number=_TYPES, address=_ADDRESSES, size=st.sampled_from((None, None, 20, 50)))
    def put(self, number: int, address: int, size: int | None) -> None:
        """Set a handler, or set it anew."""
        self.keeper.put(number, address, size)

    @rule(number=_TYPES, address=_ADDRESSES)
    def replace(self, number: int, address: int) -> None:
        """Set a handler with a batch size, another without, and that again."""
        self.keeper.put(number, address, 30)
        self.keeper.put(number, (address + 1) % 3, None)
        self.keeper.put(number, (address + 1) % 3, None)

    @rule(number=_TYPES)
    def remove(self, number: int) -> None:
        """Remove a handler."""
        self.keeper.remove(number)

    @rule(number=_TYPES, how=st.sampled_from(SPOILT), before=st.booleans())
    def spoil(self, number: int, how: str, before: bool) -> None:
        """Send what has to be refused, perhaps right after a handler was set."""
        if before:
            self.keeper.put(number, 0, 20)
        self.keeper.spoil(number, how)

    def teardown(self) -> None:
        """Judge, unless the machine itself was broken off."""
        if sys.exc_info()[0] is None:
            self.keeper.conclude()
