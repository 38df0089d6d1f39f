"""Who may drive a mock: a program on an allowed host name, never a web page of somebody else."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from harness.net.listener import Inbound
from harness.net.reach import is_loopback
from mocks.control.problems import Refused, shown

JSON = "application/json"


class Guard:
    """Refuses requests by their headers alone.

    ``names`` are host names that are allowed beside those of this machine's loopback. With ``addresses`` any IP
    address will do as a host: a page that lets its own name point to us cannot have one as its name.
    """

    def __init__(self, names: Collection[str] = (), *, addresses: bool = False) -> None:
        self._names = {name.lower().strip("[]") for name in names}
        self._addresses = addresses

    def check(self, inbound: Inbound) -> None:
        """Raise `Refused` for a foreign host, a foreign origin, or a body that is not declared as JSON."""
        hosts = [value for name, value in inbound.headers if name.lower() == "host"]
        if len(hosts) != 1 or not self._allowed(hosts[0]):
            got = ", ".join(hosts)
            message = f"the host {shown(got)!r} is not allowed here; call it by a loopback address, or name it at start"
            raise Refused(403, "foreign-host", message, field="Host", expected="a loopback host", got=got)
        origin = inbound.header("Origin")
        if origin and origin.lower() != f"http://{hosts[0].lower()}":
            message = "a web page of another origin must not drive a mock"
            raise Refused(403, "foreign-origin", message, field="Origin", expected="none", got=origin)
        media = inbound.header("Content-Type").partition(";")[0].strip().lower()
        # Of a POST without a body too: a page can send one to any address without asking first.
        if (inbound.method == "POST" or inbound.body) and media != JSON:
            message = f"the body is not declared as JSON; send Content-Type: {JSON}"
            raise Refused(415, "not-json", message, field="Content-Type", expected=JSON, got=media)

    def _allowed(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        return is_loopback(name) or name in self._names or (self._addresses and _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
