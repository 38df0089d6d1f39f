"""The driver of lti-tool: a platform that launches a tool, serves its handlers and sends it notices, good and bad."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from harness.evidence.journal import Journal
from harness.net.client import HttpClient, Request
from harness.net.clock import Clock
from harness.net.patience import Patience, pause, within
from harness.subjects.counterpart import MockPeer, PlatformSide
from harness.subjects.driver import TargetUnreachable
from harness.subjects.lti_tool_target import TOLD, OurPlatform, ToolTarget
from harness.subjects.records import BEGUN
from harness.subjects.stimuli import Stimulus

if TYPE_CHECKING:
    from harness.subjects.lti_tool_hosting import Hosting


@dataclass(slots=True)
class ToolDriver:
    """Plays the platform. One scenario acts at a time, since a tool knows one platform of ours."""

    target: ToolTarget
    ours: OurPlatform
    journal: Journal
    clock: Clock
    counterpart: PlatformSide
    client: HttpClient
    patience: Patience
    stimuli: Mapping[str, Stimulus] = field(default_factory=dict)
    seed: int = 0
    mock: MockPeer | None = None
    marker: str = "invigil"
    owned: bool = True
    budget: str = "quick"
    mover: HttpClient | None = None
    handler_urls: dict[tuple[str, str], str] = field(default_factory=dict)
    batches: dict[str, int | None] = field(default_factory=dict)
    """How many notices each handler takes at once, if the tool has said so."""
    acting: Hosting | None = None
    acquainted: bool = False
    vain: int = 0
    """How many right notices in a row had no effect since one had."""
    count: int = 0

    @property
    def offers(self) -> frozenset[str]:
        """Stimuli, the probe and a second deployment, as they are configured."""
        found = {f"stimulus.{name}" for name in self.stimuli}
        found |= {"tool.probe"} if self.target.probe else set()
        found |= {"tool.two-deployments"} if len(self.target.deployments) > 1 else set()
        found |= {"tool.jwks"} if self.target.jwks_url else set()
        found |= {"tool.registration"} if self.target.registration_url else set()
        found |= {"tool.second-platform"} if self.target.knows_second else set()
        return frozenset(found | ({"ownership"} if self.owned else set()))

    def begin(self, scenario: str, case: str, values: Mapping[str, Any]) -> Hosting:
        """Open the context in which a scenario acts."""
        from harness.subjects.lti_tool_hosting import Hosting  # it needs the driver's own class

        token = hashlib.sha256(f"{self.seed}/{self.marker}/{scenario}/{case}".encode()).hexdigest()[:16]
        target = {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self.target).items()}
        facts = {**values, "target": target, "ours": asdict(self.ours), "probe": bool(self.target.probe)}
        self.journal.event((scenario, case, ""), BEGUN, facts)
        self.acting = Hosting(self, scenario, case, token)
        self.acting.arm()
        return self.acting

    async def end(self, context: Hosting) -> None:
        """Behave rightly again, and publish the one key."""
        self.counterpart.disarm()
        await self.counterpart.publish("platform")
        self.acting = None

    def told(self, name: str, facts: Mapping[str, Any]) -> None:
        """Keep what our platform tells of what the tool did (a token refused, and why)."""
        if self.acting is not None:
            self.journal.event(self.acting.where(self.acting.step), TOLD, {"what": name, **facts})

    async def smoke(self) -> None:
        """Connect once; raises `TargetUnreachable` when nothing answers at the login address."""
        received = await self.client.send(("smoke", "", ""), "smoke", Request("GET", self.target.login_url, keep=64))
        if received.error in ("refused", "dns", "tls", "bad-url"):
            url = self.journal.redactor.text(self.target.login_url)
            raise TargetUnreachable(f"{url}: no connection ({received.error}); check [tool] login-url")

    async def settle(self) -> None:
        """Wait until nothing is due."""
        if self.mock:
            await within(self.patience.callback, self.mock.quiesce())
        else:
            await pause(self.patience.absence)
        await within(self.patience.answer, self.counterpart.quiesce())

    async def stop(self) -> None:
        """Close counterpart, mock and connections."""
        await self.counterpart.stop()
        await self.client.close()
        if self.mover:
            await self.mover.close()
        if self.mock:
            await self.mock.stop()
