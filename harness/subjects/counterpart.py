"""What a mock offers to the harness: as the subject of a run, and as the other side of one."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from harness.evidence.journal import Journal
from harness.net.client import Received
from harness.net.clock import Clock
from harness.wire.lti_login import Initiation

if TYPE_CHECKING:
    from harness.wire.jose import SigningKey
    from harness.wire.pns_oracle_body import Post


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a mock is given: its profile's settings, planted faults, the clock, and how to reach the harness.

    ``trust`` verifies https peers, ``server_tls`` serves https, ``smtp`` is the relay for mail (host, port).
    ``another_tls`` makes one more context like ``server_tls``, for who wants to change it.
    ``public`` maps a scheme to the base URL under which a subject elsewhere reaches us, on address ``bind``.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    clock: Clock | None = None
    trust: ssl.SSLContext | None = None
    server_tls: ssl.SSLContext | None = None
    smtp: tuple[str, int] | None = None
    patience: float = 5.0
    bind: str = "127.0.0.1"
    public: Mapping[str, str] = field(default_factory=dict)
    another_tls: Callable[[], ssl.SSLContext] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stimulus came back with: ``status`` is succeeded, failed or timeout, ``output`` what a user saw."""

    kind: str
    status: str
    output: str = ""
    exit: int | None = None

    def facts(self) -> dict[str, Any]:
        """Return the outcome as an event's facts."""
        return {"kind": self.kind, "status": self.status, "output": self.output[:20000], "exit": self.exit}


class MockPeer(Protocol):
    """A mock that plays a subject in process. Found by name in the entry-point group ``invigil.mocks``."""

    async def start(self, surroundings: Surroundings) -> Mapping[str, Any]:
        """Start on loopback and return what a person would put into the configuration (url, credential, ...)."""

    async def quiesce(self) -> None:
        """Wait until nothing is due and nothing is in flight."""

    async def stop(self) -> None:
        """Close everything."""


class Control(Protocol):
    """What our control API offers of a system: its protocol time, and what no call of its own brings about."""

    async def advance(self, tenant: str, step: timedelta) -> None:
        """Move protocol time of a tenant, doing what falls due on the way."""

    async def trigger(self, name: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let something happen; the outcome has ``status`` (succeeded, failed) and ``output``."""

    async def quiesce(self) -> None:
        """Wait until nothing is due and nothing is in flight."""


@dataclass(frozen=True, slots=True)
class Arm:
    """How the counterpart behaves in the next interaction: a named behaviour and its values."""

    name: str = "plain"
    values: Mapping[str, Any] = field(default_factory=dict)


class Counterpart(Protocol):
    """A whole platform that plays the other side. Found by name in the group ``invigil.counterparts``."""

    async def start(self, journal: Journal, surroundings: Surroundings) -> Mapping[str, Any]:
        """Start and return the addresses and values that a subject needs (target URL, credential)."""

    def arm(self, where: tuple[str, str, str], arm: Arm) -> None:
        """Let the next interaction belong to ``where`` and behave as ``arm`` says."""

    def disarm(self) -> None:
        """What arrives from now on is unexpected, unless it carries an id issued earlier."""

    def on_event(self, listener: Callable[[str, Mapping[str, Any]], None]) -> None:
        """Be told of what happens (collect, fetched, receipt, alert)."""

    async def quiesce(self) -> None:
        """Wait until nothing is due and nothing is in flight."""

    async def stop(self) -> None:
        """Close everything."""


class Sender(Counterpart, Protocol):
    """The counterpart of results-receiver: a server that posts results, and that answers when it is asked for them."""

    async def deliver(self, where: tuple[str, str, str], parcel: Parcel) -> Received | None:
        """Post once; the exchange is kept under ``where`` on the channel ``postback``.

        Returns what came as it came, which is never kept; None when the postback was broken off.
        """

    def bait(self, where: tuple[str, str, str]) -> str:
        """Return an address that nobody should load; who does is kept under ``where`` on the channel ``entity``."""

    async def knows(self, where: tuple[str, str, str], regid: str, state: Mapping[str, Any]) -> None:
        """Let the API answer this result when it is asked for the registration; polls are kept under ``where``."""

    def hold(self, regid: str) -> None:
        """Hold back answers about a registration until `release`; what was asked is answered as it stood then."""

    async def held(self, regid: str) -> None:
        """Wait until an answer about a registration is being held back."""

    def release(self, regid: str) -> None:
        """Let held answers go."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One postback to be sent: whose result, in which form, with which credentials; and what is odd about it.

    ``state`` holds complete, success, score and totaltime. ``authtype`` is form or httpbasic. ``login`` (user,
    password) None leaves credentials out. ``shape`` is bare, wrapped, declared (bare with a declaration) or
    declared-wrapped. ``data`` replaces the XML; ``body`` and ``media`` the whole body and its type; ``names``
    renames form fields; ``extra`` adds fields; ``cut`` sends only so many bytes of the body and breaks off.
    ``plus`` writes blanks of a form as plus signs; ``cookie`` is a Cookie header, which the sender never has.
    """

    url: str
    regid: str
    state: Mapping[str, Any] = field(default_factory=dict)
    authtype: str = "form"
    login: tuple[str, str] | None = None
    resultsformat: str = "course"
    shape: str = "bare"
    data: str | None = None
    body: bytes | None = None
    media: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    extra: tuple[tuple[str, str], ...] = ()
    method: str = "POST"
    cut: int | None = None
    plus: bool = False
    cookie: str = ""
    suspend_data: str = ""
    instanceid: int = 0


@dataclass(slots=True)
class Invitation:
    """An invitation to register: ``url`` is what an administrator's browser opens, ``issuer`` who invites.

    ``client_id`` and ``deployment`` are there once the tool has registered.
    """

    url: str
    issuer: str
    client_id: str = ""
    deployment: str = ""


class PlatformSide(Counterpart, Protocol):
    """The counterpart of lti-tool: a platform that launches the tool, serves its handlers and signs its messages."""

    @property
    def signers(self) -> Mapping[str, SigningKey]:
        """The keys by who signs with them, as `harness.wire.pns_forging` names them."""

    async def admit(self, tool: Mapping[str, Any]) -> Mapping[str, Any]:
        """Register the tool with its deployments; return what the tool has to be told of us.

        ``login_url``, ``redirect_urls``, ``target_link_uri``, ``jwks_url``, ``domain``, ``client_id`` (ours if empty),
        ``deployments`` (ours if empty).
        """

    async def initiate(self, where: tuple[str, str, str], values: Mapping[str, str]) -> Initiation:
        """Begin a launch; return the parameters with which the tool is asked to log in.

        ``deployment``, ``course``, ``role``. What the tool asks for this launch is kept under ``where``.
        """

    def cookie(self, hint: str) -> tuple[str, str]:
        """Return the cookie (name, value) of the session in which the launch with this hint was begun."""

    def bend(self, hint: str, write: Callable[[Mapping[str, Any], SigningKey], str]) -> None:
        """Let ``write`` make the message of the launch with this hint of its claims, instead of signing them."""

    def service(self, where: tuple[str, str, str], deployment: str, query: str = "") -> str:
        """Return an address of a deployment's handlers service whose calls are kept under ``where``."""

    async def invite(self, where: tuple[str, str, str], register_url: str) -> Invitation:
        """Invite the tool at an address to register, by an issuer that it does not know; kept under ``where``."""

    async def handlers(self, deployment: str) -> Mapping[str, tuple[str, int | None]]:
        """Return the handlers that are in force: address and batch size by notice type."""

    async def forget_handlers(self, deployment: str, notice_type: str = "") -> None:
        """Lose handlers of a deployment, as a platform may."""

    async def publish(self, *signers: str) -> None:
        """Publish the keys of these signers and no others."""

    async def post(
        self, where: tuple[str, str, str], url: str, post: Post, headers: tuple[tuple[str, str], ...] = ()
    ) -> Received:
        """Post a delivery once, with further headers; kept under ``where`` on the channel ``delivery``."""

    def rename(self, signer: str, kid: str) -> None:
        """Let a signer's key go by another name from now on, one that nobody has fetched yet."""

    def lure(self, where: tuple[str, str, str]) -> str:
        """Return an address that nobody should fetch; who does is kept under ``where`` on the channel ``lure``.

        It shows the key set of ``attacker``.
        """
