"""The rules for the URL of a notice handler: a valid URL, its scheme, and where it may lead.

Source: D2L "Platform Notification Service with LTI 1.3"; observed: Canvas source; RFC 3986. That hosts which only look
like the tool's are refused follows from the rule that a handler is rooted in the tool's domain.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit


@dataclass(frozen=True, slots=True)
class HandlerRule:
    """What a platform demands of the URL of a handler.

    ``domain`` is the tool's registration domain; a port in it does not count. ``subdomains``: whether hosts below
    the domain will do (no source says; a profile decides). ``or_redirect``: a registered redirect URL will do
    wherever it is. ``allow_loopback_http``: http to this machine will do, for work without certificates.
    ``longest``: characters, None for no limit.
    """

    domain: str
    redirect_urls: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ("https",)
    or_redirect: bool = True
    subdomains: bool = True
    allow_loopback_http: bool = False
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """The rule that a URL breaks: ``not-a-url``, ``too-long``, ``scheme``, ``userinfo``, ``fragment``, ``domain``.

    ``message`` names the rule, what was expected and what came.
    """

    rule: str
    message: str


_ASCII_URL = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_SHOWN: Final = 120


def broken_rule(url: object, rule: HandlerRule) -> Broken | None:
    """Return the first rule that a handler's URL breaks, or None. Never raises.

    Compared are normalised hosts: case, a final dot and IDNA make no difference, look-alikes do.
    """
    shown = repr(url)[:_SHOWN] if isinstance(url, str) else type(url).__name__
    if not isinstance(url, str):
        return Broken("not-a-url", f"handler must be a valid URL: expected a string, got {shown}")
    if rule.longest is not None and len(url) > rule.longest:
        return Broken("too-long", f"handler is too long: expected at most {rule.longest} characters, got {len(url)}")
    parts = _split(url)
    if parts is None:
        return Broken("not-a-url", f"handler must be a valid URL: expected an absolute URL with a host, got {shown}")
    scheme, host = parts.scheme, _host(parts.hostname or "")
    if scheme not in rule.schemes and not (rule.allow_loopback_http and scheme == "http" and _loopback(host)):
        wanted = " or ".join(rule.schemes)
        return Broken("scheme", f"handler must use {wanted}: expected {wanted}, got {scheme}")
    if "@" in parts.netloc:
        return Broken("userinfo", f"handler must not hold a user name or password, got {shown}")
    if "#" in url:
        return Broken("fragment", f"handler must not have a fragment, got {shown}")
    if _rooted(host, rule) or (rule.or_redirect and _normal(url) in {_normal(other) for other in rule.redirect_urls}):
        return None
    below = " or a host below it" if rule.subdomains else ""
    other = ", or a registered redirect URL" if rule.or_redirect else ""
    return Broken(
        "domain",
        f"handler must be rooted in the tool's domain{' or match a redirect URL' if rule.or_redirect else ''}: "
        f"expected the host {rule.domain}{below}{other}, got the host {host[:_SHOWN]}",
    )


def _split(url: str) -> SplitResult | None:
    """Return the parts of an absolute URL with a usable host and port (RFC 3986), or None."""
    if not url or url != url.strip() or any(ord(letter) <= 0x20 or letter in '\\<>"{}|^`\x7f' for letter in url):
        return None  # urlsplit would drop tabs and line ends; a browser reads a backslash as a slash
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        return None
    rest = url.replace(parts.netloc, "", 1)
    if not parts.scheme or not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url) or port == 0:
        return None
    if not _ASCII_URL.fullmatch(rest) or _BAD_PERCENT.search(url) or "[" in rest or "]" in rest:
        return None
    if parts.netloc.endswith(":") or not _host(host):
        return None
    return parts


def _host(host: str) -> str:
    """Return a host in its one form: ASCII, lower case, no final dot; empty when it is none."""
    if len(host) > 253 + 1:
        return ""
    if ":" in host:
        try:
            return ipaddress.IPv6Address(host).compressed
        except ValueError:
            return ""
    try:
        ascii_ = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    bare = ascii_.lower().removesuffix(".")
    return bare if bare and all(_LABEL.fullmatch(label) for label in bare.split(".")) else ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _loopback(host: str) -> bool:
    return ipaddress.ip_address(host).is_loopback if _is_address(host) else host == "localhost"


def _rooted(host: str, rule: HandlerRule) -> bool:
    domain = _domain(rule.domain)
    if not domain:
        return False
    return host == domain or (rule.subdomains and not _is_address(domain) and host.endswith("." + domain))


def _domain(text: str) -> str:
    """Return the host of a registration domain, which may be written with a scheme or a port."""
    bare = text.strip().partition("://")[2] or text.strip()
    try:
        return _host(urlsplit(f"//{bare}").hostname or "")
    except ValueError:
        return ""


def _normal(url: str) -> str:
    """Return a URL in the form in which two are compared: scheme, host and default port (RFC 3986, 6.2.2, 6.2.3)."""
    parts = _split(url)
    if parts is None:
        return url
    host = _host(parts.hostname or "")
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{parts.path or '/'}{query}"
