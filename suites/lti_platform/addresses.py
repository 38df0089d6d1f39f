"""Vectors of addresses, written for one tool and made into those of ours."""

from __future__ import annotations

import re

from harness.strategies.pns_handlers import OwnAddress

HOST, REDIRECT = "tool.example.com", "https://launch.other.example/lti/redirect"
_AT_END = re.compile(rf"{re.escape(HOST)}(?=[/?#\\]|\Z)", re.IGNORECASE)
_ANYWHERE = re.compile(re.escape(HOST), re.IGNORECASE)
NAMES_ONLY = (
    "subdomain", "look-alike-prefix", "look-alike-suffix", "upper-case-host", "final-dot", "tab-in-host",
    "idna-look-alike", "percent-in-host",
)  # fmt: skip
"""Vectors that need a name for a host."""

_CYRILLIC = {"o": "\u043e", "a": "\u0430", "e": "\u0435", "c": "\u0441", "p": "\u0440"}


def adapted(handler: object, name: str, own: OwnAddress) -> object:
    """Return the handler of a vector as it is about our tool; None when our host allows no such address."""
    if isinstance(handler, list):
        return [adapted(one, name, own) for one in handler]
    if not isinstance(handler, str):
        return handler
    if name in NAMES_ONLY and not own.is_name:
        return None
    if name.startswith("redirect-"):
        return _redirected(handler, name, next(iter(own.redirect_urls), ""))
    special = {
        "tab-in-host": f"{own.host[:3]}\t{own.host[3:]}", "percent-in-host": f"{own.host[:-1]}%{ord(own.host[-1]):02x}",
        "idna-look-alike": _cyrillic(own.host),
    }  # fmt: skip
    if name in special:
        odd = special[name]
        return None if odd == own.host else f"https://{odd}/lti"
    # A password is replaced wherever it stands in a journal, so it must be no word that stands elsewhere.
    plain = handler.replace(":secret@", ":invigil-5e1c07@")
    made = _AT_END.sub(lambda found: _cased(found[0], own.authority), plain)
    return _ANYWHERE.sub(lambda found: _cased(found[0], own.host), made)


def _cased(found: str, text: str) -> str:
    """Return a host with capitals where the vector has some."""
    return text if found == HOST else text.upper()


def _cyrillic(host: str) -> str:
    for letter, other in _CYRILLIC.items():
        if letter in host:
            return host.replace(letter, other, 1)
    return host


def _redirected(handler: str, name: str, redirect: str) -> str | None:
    """Return what a vector makes of the one redirect URL, made of ours."""
    if not redirect:
        return None
    if name == "redirect-other-case":
        scheme, mark, rest = redirect.partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme.upper()}{mark}{host.upper()}{slash}{path}"
    if name == "redirect-other-path":
        return redirect.rpartition("/")[0] + "/other"
    return handler.replace(REDIRECT, redirect)
