"""Peers that are not our right mock: null peers, personalities, legitimate variants, examples.

A null peer does nothing useful and must earn nothing. The others must give exactly their listed verdicts.
"""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.judging.profiles import default_profile
from harness.net.patience import Patience
from harness.proving.lab import Lab, Peer
from harness.proving.openers import OPEN, Peers
from harness.proving.peers_cloud import CLOUDS
from harness.proving.peers_pens import CLIENTS, TARGETS
from harness.proving.peers_platform import PLATFORMS
from harness.proving.peers_receiver import RECEIVERS
from harness.proving.peers_tool import TOOLS

FOLDER = Path(__file__).parent
PEERS: Mapping[str, Peers] = {
    "pens-target": TARGETS,
    "pens-client": CLIENTS,
    "cloud-v1": CLOUDS,
    "results-receiver": RECEIVERS,
    "lti-platform": PLATFORMS,
    "lti-tool": TOOLS,
}
"""How null peers and examples of each subject are opened."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """A peer with the exact list of rows that must not be a plain pass, and what each must be.

    Of a ``whole`` one everything is configured, so that a row which cannot be tested has to be listed as well.
    """

    open: OPEN
    expected: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False


def null_peers(subject: str) -> Mapping[str, OPEN]:
    """Return the null peers of a subject by name."""
    return PEERS.get(subject, Peers()).null


def excepted(name: str) -> frozenset[str]:
    """Return the rows that a null peer may earn; they and the reasons stand in one file."""
    table = tomllib.loads((FOLDER / "exceptions.toml").read_text(encoding="utf-8"))
    return frozenset(table.get(name, {}).get("rows", ()))


def innocents(subject: str) -> Mapping[str, Stranger]:
    """Return personalities, variants and examples of a subject by name, with their listed verdicts."""
    path = FOLDER / f"innocents-{subject}.toml"
    if not path.is_file():
        return {}
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    found = {}
    for kind in ("personality", "variant", "example"):
        for name, entry in table.get(kind, {}).items():
            opener = _example(subject, name) if kind == "example" else _bent(subject, name, entry)
            label = name if kind == "personality" else f"{kind}:{name}"
            found[label] = Stranger(opener, entry.get("expected", {}), kind == "variant")
    return found


def _example(subject: str, name: str) -> OPEN:
    opener = PEERS[subject].example
    if opener is None:
        raise ValueError(f"innocents-{subject}.toml: example {name}: nothing opens an example of {subject}")
    return opener(name)


def _bent(subject: str, name: str, entry: Mapping[str, Any]) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        profile, settings = entry.get("profile", default_profile(subject)), entry.get("settings", {})
        yield Peer(name, tuple(entry.get("faults", ())), settings, profile, patience=Patience(5.0, 5.0, 0.2))

    return opened
