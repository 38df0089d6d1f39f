"""What scenarios of this suite send beside their own calls: a sound twin, a broken one, the addresses of a server."""

from __future__ import annotations

from urllib.parse import urlsplit

from harness.subjects.cloud_v1 import Calling
from harness.wire.binding import Pairs

PING: Pairs = (("method", "rustici.debug.authPing"),)
ODD = "c 1+é&=%"
"""A value that every encoder and every signer has to handle with care."""


def flipped(pairs: Pairs) -> Pairs:
    """Return signed parameters with the last digit of their signature changed."""
    return tuple(
        (name, value[:-1] + ("1" if value.endswith("0") else "0") if name == "sig" else value) for name, value in pairs
    )


def without(pairs: Pairs, *names: str) -> Pairs:
    """Return parameters without some of them."""
    return tuple(pair for pair in pairs if pair[0] not in names)


def changed(pairs: Pairs, name: str, value: str) -> Pairs:
    """Return parameters with another value of one of them."""
    return tuple((key, value if key == name else old) for key, old in pairs)


async def bracketed(cloud: Calling, *, url: str = "", prefix: str = "") -> None:
    """Send a sound authPing (step ``twin``) and the same with a wrong signature (step ``flipped``).

    The sound one has its parameters in sorted order, so that a server that does not sort lets it in too.
    """
    *counted, sig = cloud.sign(PING)
    pairs = (*sorted(counted), sig)
    await cloud.send(pairs, step=f"{prefix}twin", url=url)
    await cloud.send(flipped(pairs), step=f"{prefix}flipped", url=url)


def addresses(url: str) -> dict[str, str]:
    """Return the addresses under which the server of a configured API address has to be reachable."""
    base = url.partition("?")[0].rstrip("/")
    for tail in ("/EngineWebServices//api", "/EngineWebServices/api", "/api"):
        if base.endswith(tail):
            base = base.removesuffix(tail)
            break
    else:
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
    engine = f"{base}/EngineWebServices"
    return {"api": f"{base}/api", "engine": f"{engine}/api", "doubled": f"{engine}//api"}
