"""The notice handlers endpoint: who may, what is listed, what may be set (Canvas API documentation, Notice Handlers).

The rules for a handler's address are those of D2L "Platform Notification Service with LTI 1.3".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from harness.net.listener import Inbound, Reply
from harness.wire.binding import decode_form
from harness.wire.pns import HELLO_WORLD, SCOPE
from harness.wire.pns_handlers import (
    Broken,
    Handler,
    HandlerRule,
    Put,
    PutProblem,
    broken_rule,
    catalogue,
    handler_object,
    read_put,
)
from mocks.platform.answers import Refused, error_reply, json_reply
from mocks.platform.domain import DEPLOYMENTS, HANDLERS, REGISTRATIONS, TOKENS, AccessToken, Deployment, Registration
from mocks.platform.domain import StoredHandler as Stored

if TYPE_CHECKING:
    from mocks.platform.behaviour import PlatformBehaviour
    from mocks.platform.platform import Platform
    from mocks.state.store import Transaction

ALLOWED: Final = ("GET", "PUT")


class HandlerBehaviour:
    """How handlers are listed, set, replaced and removed; each rule is one small method."""

    settings: Mapping[str, Any]

    # --- who may ------------------------------------------------------------------------------------------------

    def bearer(self, inbound: Inbound) -> str:
        """Return the access token of a request; its scheme in any case (RFC 6750, 2.1; RFC 7235, 2.1)."""
        given = inbound.header("Authorization")
        if not given:
            raise Refused("unauthorized", "an access token is needed", 401)
        scheme, _, value = given.partition(" ")
        if scheme.lower() != "bearer" or not value.strip():
            raise Refused("invalid_request", "Authorization: expected Bearer and a token", 400, "invalid_request")
        return value.strip()

    def known_token(self, tx: Transaction, value: str) -> Any:
        """Return the token that was issued with exactly this value, or None."""
        return tx.get(TOKENS, value)

    def refuses_token(self, token: AccessToken | None, now: datetime) -> None:
        """Refuse a token that is not known or has expired (RFC 6750, 3.1)."""
        if token is None:
            raise Refused("invalid_token", "the access token is not known", 401, "invalid_token")
        if self.is_expired(token, now):
            raise Refused("invalid_token", "the access token has expired", 401, "invalid_token")

    def is_expired(self, token: AccessToken, now: datetime) -> bool:
        """Whether a token is past its life."""
        return token.expires <= now

    def refuses_scopes(self, token: AccessToken) -> None:
        """Refuse a token without the one scope for reading and writing handlers (RFC 6750, 3.1)."""
        if SCOPE not in token.scopes:
            status = int(self.settings["missing-scope-status"])
            raise Refused("insufficient_scope", "the token lacks the scope", status, "insufficient_scope")

    def refuses_deployment(self, deployment: Deployment | None) -> None:
        """Refuse a deployment that there is not."""
        if deployment is None:
            raise Refused("not_found", "there is no such deployment", 404)

    def refuses_stranger(self, token: AccessToken, deployment: Deployment, method: str) -> None:
        """Refuse the deployment of another client, to read and to set."""
        if token.client_id != deployment.client_id:
            raise Refused("forbidden", "the deployment belongs to another client", 403)

    def refuses_switched_off(self, applies: bool) -> None:
        """Refuse while the service is switched off for the deployment."""
        if not applies:
            raise Refused("not_found", "the notification service is not enabled for this deployment", 404)

    def refuses_query(self, inbound: Inbound, deployment_id: str) -> None:
        """Tolerate any query; refuse one without deployment where the tool has to add it (``url-needs-deployment``)."""
        if (
            self.settings["url-needs-deployment"]
            and ("deploymentId", deployment_id) not in decode_form(inbound.query).pairs
        ):
            raise Refused("not_found", "the query names no deployment: expected ?deploymentId=", 404)

    # --- listing ------------------------------------------------------------------------------------------------

    def listed(self, types: Sequence[str], handlers: Sequence[Stored]) -> list[Handler]:
        """Return the elements of the list: one for each type, those without handler with an empty address."""
        by_type = {one.notice_type: one for one in handlers}
        found = [self.shown(by_type[name]) if name in by_type else Handler(name, "") for name in types]
        return found if self.settings["list-unsubscribed"] else [one for one in found if one.url]

    def shown(self, stored: Stored) -> Handler:
        """Return a handler as it is shown."""
        return Handler(stored.notice_type, stored.url, stored.max_batch_size)

    def client_id_in_list(self, client_id: str) -> str | int:
        """Return the client id as the list shows it; Canvas shows its digits as a number."""
        as_number = self.settings["client-id-in-list"] == "number" and client_id.isdigit()
        return int(client_id) if as_number else client_id

    def place(self, deployment: Deployment) -> str:
        """Return the table of a deployment's handlers, which no other has."""
        return f"{HANDLERS}/{deployment.id}"

    def list_document(self, deployment: Deployment, types: Sequence[str], handlers: Sequence[Stored]) -> dict[str, Any]:
        """Return the list: for which client and deployment, and the handlers."""
        client_id = self.client_id_in_list(deployment.client_id)
        return catalogue(client_id, deployment.id, self.listed(types, handlers))

    def list_reply(self, deployment: Deployment, types: Sequence[str], handlers: Sequence[Stored]) -> Reply:
        """Answer the list."""
        return json_reply(200, self.list_document(deployment, types, handlers))

    # --- setting ------------------------------------------------------------------------------------------------

    def refuses_media(self, inbound: Inbound) -> None:
        """Refuse a body that is not said to be JSON."""
        media = inbound.header("Content-Type").partition(";")[0].strip().lower()
        if media != "application/json":
            raise Refused("unsupported_media_type", f"Content-Type: expected application/json, got {media!r}", 415)

    def read_put(self, body: bytes) -> Put:
        """Read what is to be set; refuse what is missing, empty of sense or of the wrong kind."""
        found = read_put(body)
        if isinstance(found, PutProblem):
            raise Refused("bad_request", found.message)
        return found

    def refuses_type(self, put: Put, types: Sequence[str]) -> None:
        """Refuse a notice type that the deployment does not have, for removal too."""
        if put.notice_type not in types:
            raise Refused("bad_request", f"notice_type: expected one of {', '.join(types)}, got {put.notice_type!r}")

    def rule(self, registration: Registration, domain: str) -> HandlerRule:
        """Return the rule for addresses of handlers (setting ``handler-scheme``, ``domain-rule``)."""
        return HandlerRule(
            domain, registration.redirect_urls,
            schemes=("https", "http") if self.settings["handler-scheme"] == "any" else ("https",),
            or_redirect=self.settings["domain-rule"] == "domain-or-redirect",
            allow_loopback_http=bool(self.settings["allow-loopback-http"]),
        )  # fmt: skip

    def refuses_address(self, put: Put, registration: Registration) -> None:
        """Refuse an address that breaks a rule, naming the rule."""
        if self.removes(put):
            return
        broken = self.broken(put.url, [self.rule(registration, domain) for domain in registration.domains or ("",)])
        if broken:
            raise Refused("bad_request", broken.message)

    def broken(self, url: str, rules: Sequence[HandlerRule]) -> Broken | None:
        """Return the rule that an address breaks, whichever of the tool's domains it is held against."""
        found = [broken_rule(url, rule) for rule in rules]
        return found[0] if all(found) else None

    def refuses_batch_size(self, put: Put) -> None:
        """Refuse a batch size that is too small (setting ``min-batch-size``)."""
        least = int(self.settings["min-batch-size"])
        if put.max_batch_size is not None and put.max_batch_size < least:
            raise Refused("bad_request", f"max_batch_size: expected at least {least}, got {put.max_batch_size}")

    def refuses_repeated(self, put: Put, former: Stored | None) -> None:
        """Refuse nothing for what was there before: setting twice and removing nothing are both right."""

    def replaced(self, put: Put, former: Stored | None) -> Stored | None:
        """Return the handler that is in force afterwards, None after removal; nothing of the former one stays."""
        return None if put.removes else Stored(put.notice_type, put.url, put.max_batch_size)

    def left_after_refusal(self, put: Put, former: Stored | None) -> Stored | None:
        """Return the handler that is in force after a PUT was refused: the former one."""
        return former

    def removes(self, put: Put) -> bool:
        """Whether an empty address removes the handler; one that is not there is no error."""
        return put.removes

    def put_reply(self, put: Put, deployment: Deployment, types: Sequence[str], handlers: Sequence[Stored]) -> Reply:
        """Answer with the handler that was set (setting ``put-answer``: object or catalogue)."""
        if self.settings["put-answer"] == "catalogue":
            return self.list_reply(deployment, types, handlers)
        return json_reply(200, self.put_document(put))

    def put_document(self, put: Put) -> dict[str, Any]:
        """Return the handler object as it was set."""
        return handler_object(put.handler)

    def greets(self, put: Put) -> bool:
        """Whether a hello-world notice follows at once (observed: Canvas)."""
        return bool(put.url) and put.notice_type == HELLO_WORLD and bool(self.settings["hello-on-subscribe"])

    def finished(self, reply: Reply) -> Reply:
        """Return an answer as it leaves."""
        return reply

    # --- errors -------------------------------------------------------------------------------------------------

    def wrong_method(self) -> Reply:
        """Answer another method than GET and PUT."""
        return json_reply(405, {"error": "method_not_allowed"}, ("Allow", ", ".join(ALLOWED)))

    def challenge(self, refused: Refused) -> tuple[tuple[str, str], ...]:
        """Return ``WWW-Authenticate`` of a 401, and of what RFC 6750 gives an error code."""
        if not self.settings["www-authenticate"] or (refused.status != 401 and not refused.scheme_error):
            return ()
        words = f' error="{refused.scheme_error}"' if refused.scheme_error else ' realm="notice-handlers"'
        words += f', scope="{SCOPE}"' if refused.scheme_error == "insufficient_scope" else ""
        return (("WWW-Authenticate", f"Bearer{words}"),)

    def handler_error(self, refused: Refused) -> Reply:
        """Answer an error in the profile's form (setting ``error-body``)."""
        if self.settings["error-body"] == "canvas":
            kind = {401: "unauthorized", 403: "forbidden", 404: "not_found"}.get(refused.status, "bad_request")
            message = "Insufficient permissions" if refused.error == "insufficient_scope" else refused.description
            return json_reply(refused.status, {"errors": {"type": kind, "message": message}}, *self.challenge(refused))
        return error_reply(refused, *self.challenge(refused))


async def serve_handlers(platform: Platform, inbound: Inbound, deployment_id: str) -> Reply:
    """Answer GET and PUT of a deployment's handlers."""
    tenant = await platform.client_of(deployment_id)
    behaviour = platform.behaviour(tenant, "handlers")
    if inbound.method not in ALLOWED:
        return behaviour.wrong_method()
    try:
        return await _served(platform, behaviour, inbound, deployment_id)
    except Refused as refused:
        facts: dict[str, Any] = {"deployment_id": deployment_id, "method": inbound.method, "status": refused.status}
        facts["why"] = refused.description
        platform.tell("handlers-refused", facts)
        return behaviour.handler_error(refused)


async def _served(platform: Platform, behaviour: PlatformBehaviour, inbound: Inbound, deployment_id: str) -> Reply:
    value = behaviour.bearer(inbound)
    async with platform.store.transaction() as tx:
        token = behaviour.known_token(tx, value)
        behaviour.refuses_token(token, platform.now(token.client_id if token else ""))
        behaviour.refuses_scopes(token)
        behaviour.refuses_query(inbound, deployment_id)
        deployment = tx.get(DEPLOYMENTS, deployment_id)
        behaviour.refuses_deployment(deployment)
        behaviour.refuses_stranger(token, deployment, inbound.method)
        registration = tx.get(REGISTRATIONS, deployment.client_id)
        behaviour.refuses_switched_off(behaviour.applies(registration, deployment))
        types, table = behaviour.types_of(registration, deployment), behaviour.place(deployment)
        if inbound.method == "GET":
            return behaviour.finished(behaviour.list_reply(deployment, types, tx.rows(table)))
        behaviour.refuses_media(inbound)
        put = behaviour.read_put(inbound.body)
        refused = _set(behaviour, tx, table, put, types, registration)
        reply = behaviour.put_reply(put, deployment, types, tx.rows(table))
    if refused:
        raise refused
    platform.tell("handler", {"deployment_id": deployment.id, "notice_type": put.notice_type, "handler": put.url})
    if behaviour.greets(put):
        await platform.greet(deployment.id)
    return behaviour.finished(reply)


def _set(
    behaviour: PlatformBehaviour, tx: Transaction, table: str, put: Put, types: Sequence[str],
    registration: Registration,
) -> Refused | None:  # fmt: skip
    """Set, replace or remove a handler; return why it is refused."""
    former: Stored | None = tx.get(table, put.notice_type)
    refused: Refused | None = None
    try:
        behaviour.refuses_type(put, types)
        behaviour.refuses_address(put, registration)
        behaviour.refuses_batch_size(put)
        behaviour.refuses_repeated(put, former)
        left = behaviour.replaced(put, former)
    except Refused as problem:
        refused, left = problem, behaviour.left_after_refusal(put, former)
    if left is None:
        tx.delete(table, put.notice_type)
    else:
        tx.put(table, put.notice_type, left)
    return refused
