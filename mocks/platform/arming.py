"""The platform as the other side of a tool under test: right, or odd in the way that a scenario asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.net.listener import Inbound, Reply
from harness.subjects.counterpart import Arm
from harness.wire.lti_registration import PLATFORM_CONFIGURATION, RegistrationRequest
from harness.wire.pns import CLAIM, pns_claim
from mocks.platform.answers import Refused
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import AccessToken, Deployment, Registration

PLAIN = Arm()


class ArmedSettings(Mapping[str, Any]):
    """The settings of a profile, those changed that the arm's ``settings`` name."""

    def __init__(self, right: Mapping[str, Any], arm: Callable[[], Arm]) -> None:
        self._right = right
        self._arm = arm

    def __getitem__(self, name: str) -> Any:
        changed = self._arm().values.get("settings", {})
        return changed[name] if name in changed else self._right[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._right)

    def __len__(self) -> int:
        return len(self._right)


class ArmedBehaviour(PlatformBehaviour):
    """Right, but for what ``arm`` says; each method names the value that it follows."""

    def __init__(self, settings: Mapping[str, Any], arm: Callable[[], Arm]) -> None:
        super().__init__(ArmedSettings(settings, arm))
        self._arm = arm
        self._first: tuple[Arm, str] | None = None

    def value(self, name: str, default: Any = None) -> Any:
        """Return what the arm says of something."""
        return self._arm().values.get(name, default)

    # --- the claim ----------------------------------------------------------------------------------------------

    def claim(self, registration: Registration, deployment: Deployment, url: str) -> dict[str, Any] | None:
        """Return the claim, changed as ``claim`` says: members to set, those of value None left out.

        With ``claim-anyway`` it is there although the service was not granted.
        """
        url = self.value("service", url)
        made = super().claim(registration, deployment, url)
        if made is None and self.value("claim-anyway"):
            made = pns_claim(url, self.types_of(registration, deployment))
        if made is None or self.value("no-claim"):
            return None
        made |= dict(self.value("claim", {}))
        return {name: value for name, value in made.items() if value is not None}

    def finished_message(self, claims: dict[str, Any]) -> dict[str, Any]:
        """Return the claims of a launch, changed as ``message`` says."""
        made = {**claims, **dict(self.value("message", {}))}
        for name in self.value("without", ()):
            made.pop(name, None)
        if self.value("claim-first"):  # the order of members means nothing
            made = {CLAIM: made.pop(CLAIM), **made} if CLAIM in made else made
        return made

    # --- tokens -------------------------------------------------------------------------------------------------

    def refuses_token(self, token: AccessToken | None, now: Any) -> None:
        """Refuse as ever; a token that nobody has issued was shown first as well."""
        if token is None and self.value("expired") == "first":
            self._is_first("")
        super().refuses_token(token, now)

    def is_expired(self, token: AccessToken, now: Any) -> bool:
        """Call a token expired that ``expired`` names; if it says ``first``, the one that is shown first."""
        return self._is_first(token.value) or super().is_expired(token, now)

    def _is_first(self, value: str) -> bool:
        named = self.value("expired", ())
        if named != "first":
            return value in named
        arm = self._arm()
        if self._first is None or self._first[0] is not arm:
            self._first = (arm, value)
        return self._first[1] == value

    def wrong_audience(self, claims: Mapping[str, Any], audiences: Sequence[str]) -> str:
        """Take the address of the token endpoint too: what a tool names is judged by a check."""
        base = audiences[0].removesuffix("/api/auth/token")
        return super().wrong_audience(claims, (*audiences, f"{base}{self.settings['token-path']}"))

    def token_value(self, random: str) -> str:
        """Return a token that ends with ``token-tail``."""
        return super().token_value(random) + str(self.value("token-tail", ""))

    # --- registration -------------------------------------------------------------------------------------------

    def is_active(self, found: Any) -> bool:
        """Whether a tool may be launched at once: always."""
        return True

    def refuses_domain(self, made: Registration, others: Sequence[Registration]) -> None:
        """Take a tool that registers for a second time: it was asked to."""

    def granted_scopes(self, request: RegistrationRequest) -> tuple[str, ...]:
        """Return what is granted: no more than ``granted`` says."""
        most = self.value("granted")
        return tuple(scope for scope in super().granted_scopes(request) if most is None or scope in most)

    # --- the handlers service -----------------------------------------------------------------------------------

    def bearer(self, inbound: Inbound) -> str:
        """Return the token, unless the service is to fail."""
        status = self.value("status")
        if status:
            raise Refused("not_now", "the service fails on purpose", int(status))
        return super().bearer(inbound)

    def refuses_address(self, put: Any, registration: Registration) -> None:
        """Take every address: where it stands is judged by checks, and a refusal would keep later ones from judging."""

    def client_id_in_list(self, client_id: str) -> str | int:
        """Return the client id, or the number that ``client-number`` says."""
        return int(self.value("client-number")) if self.value("client-number") else client_id

    def put_document(self, put: Any) -> dict[str, Any]:
        """Return the handler object, with members that nobody knows if ``extra`` says so."""
        made = super().put_document(put)
        return {**made, "future_member": {"a": 1}} if self.value("extra") else made

    def list_reply(self, deployment: Deployment, types: Any, handlers: Any) -> Reply:
        """Answer the list, with members that nobody knows if ``extra`` says so."""
        reply = super().list_reply(deployment, types, handlers)
        return _with_extra(reply) if self.value("extra") else reply

    # --- the key set --------------------------------------------------------------------------------------------

    def key_set_reply(self, keys: Any) -> Reply:
        """Answer the key set, or what ``keys-status`` and ``keys-type`` say."""
        reply = super().key_set_reply(keys)
        if self.value("keys-status"):
            return Reply(int(self.value("keys-status")), (("Content-Type", "text/plain"),), b"not now\n")
        if self.value("keys-type"):
            others = tuple(pair for pair in reply.headers if pair[0] != "Content-Type")
            return replace(reply, headers=(("Content-Type", str(self.value("keys-type"))), *others))
        return reply


def changed_configuration(right: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with the members of ``configuration``, and in its LTI part those of ``offers``."""
    inner = {**right[PLATFORM_CONFIGURATION], **values.get("offers", {})}
    return {**right, PLATFORM_CONFIGURATION: inner, **values.get("configuration", {})}


def _with_extra(reply: Reply) -> Reply:
    import json

    found = json.loads(reply.body)
    found["future_member"] = {"a": 1}
    for one in found.get("notice_handlers", ()):
        one["future"] = True
    return replace(reply, body=json.dumps(found).encode())
