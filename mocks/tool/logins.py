"""The login: a platform starts it, the tool asks for a token, bound to this browser (Security Framework 1.0, 5.1.1)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import compare_digest

from harness.net.listener import Inbound, Reply
from harness.wire.binding import Pairs, decode_form, decode_message, encode_query, join_query
from harness.wire.lti_login import Initiation, auth_request_pairs, read_initiation
from mocks.tool.domain import LOGINS, PLATFORMS, Login, Platform
from mocks.tool.environment import Environment
from mocks.tool.pages import refusal

MOST_LOGINS = 10_000


class LoginBehaviour:
    """How the tool logs in; faults override single methods or attributes."""

    login_methods: tuple[str, ...] = ("GET", "POST")
    login_lifetime: timedelta = timedelta(minutes=10)

    def read_initiation(self, inbound: Inbound) -> Initiation:
        """Read an initiation from the query, or of a POST from the form."""
        message = decode_message(inbound.method, inbound.query, inbound.header("Content-Type"), inbound.body)
        pairs = message.pairs
        return read_initiation(pairs if inbound.method == "GET" else (*pairs, *decode_form(inbound.query).pairs))

    def registration_at_login(self, initiation: Initiation, platforms: Sequence[Platform]) -> Platform | None:
        """Choose the registration that an initiation is for; None when there is none, or it cannot be told."""
        found = [one for one in platforms if one.issuer == initiation.iss]
        if initiation.client_id:
            found = [one for one in found if one.client_id == initiation.client_id]
        if len(found) > 1 and initiation.lti_deployment_id:
            found = [one for one in found if initiation.lti_deployment_id in one.deployments] or found
        return found[0] if len(found) == 1 else None

    def new_nonce(self) -> str:
        """Return a nonce that no other login has."""
        return secrets.token_urlsafe(24)

    def new_state(self) -> str:
        """Return a state that nobody can guess."""
        return secrets.token_urlsafe(24)

    def auth_pairs(self, initiation: Initiation, login: Login, redirect_uri: str) -> Pairs:
        """Return the parameters of the authentication request."""
        return auth_request_pairs(initiation, login.client_id, redirect_uri, login.nonce, login.state)

    def sent_on(self, endpoint: str, pairs: Pairs) -> Reply:
        """Send the browser to the platform's authorization endpoint."""
        return Reply(302, (("Location", join_query(endpoint, encode_query(pairs))),))

    def cookie(self, login: Login, secure: bool) -> str:
        """Return the cookie that binds a login to its browser; it must come with a POST from the platform's site."""
        most = int(self.login_lifetime.total_seconds())
        where = "; Secure; SameSite=None" if secure else ""
        return f"{cookie_name(login.state)}={login.cookie}; Path=/; Max-Age={most}; HttpOnly{where}"

    def state_problem(self, login: Login | None, inbound: Inbound, now: datetime) -> str:
        """The state is one that we gave, in time, and to this very browser; no script of another site can send it."""
        if login is None:
            return "unknown-state"
        if not same_text(sent_cookie(inbound, cookie_name(login.state)), login.cookie):
            return "foreign-state"
        return "late-state" if now >= login.expires else ""


def cookie_name(state: str) -> str:
    """Return the name of a login's cookie: every login has its own, so that several may be under way."""
    return f"lti-login-{hashlib.sha256(state.encode('utf-8', 'replace')).hexdigest()[:16]}"


def sent_cookie(inbound: Inbound, name: str) -> str:
    """Return a cookie that came with a request; empty when it did not. Other cookies may be as odd as they like."""
    for header, value in inbound.headers:
        for part in value.split(";") if header.lower() == "cookie" else ():
            found, _, content = part.partition("=")
            if found.strip() == name:
                return content.strip()
    return ""


def same_text(one: str, other: str) -> bool:
    """Compare two texts in a time that tells nothing of them."""
    return compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


class Logins:
    """Takes initiations, keeps what was asked, and gives it back once."""

    def __init__(self, environment: Environment) -> None:
        self._env = environment

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer a login initiation: to the platform's authorization endpoint, or with a page that says why not."""
        behaviour = self._env.behaviour()
        if inbound.method not in behaviour.login_methods:
            reply = refusal(405, "This is where logins begin", "expected GET or POST")
            return Reply(405, (*reply.headers, ("Allow", ", ".join(behaviour.login_methods))), reply.body)
        initiation = behaviour.read_initiation(inbound)
        for name in ("iss", "login_hint"):
            if not getattr(initiation, name):
                return self._refused(400, f"{name} is missing")
        now = self._env.now()
        async with self._env.store.transaction() as tx:
            platform = behaviour.registration_at_login(initiation, tx.rows(PLATFORMS))
            if platform is None:
                login = None
            else:
                login = Login(
                    behaviour.new_state(), behaviour.new_nonce(), platform.issuer, platform.client_id,
                    secrets.token_urlsafe(24), now + behaviour.login_lifetime,
                )  # fmt: skip
                if tx.count(LOGINS) >= MOST_LOGINS:
                    for old in [one for one in tx.rows(LOGINS) if one.expires <= now] or tx.rows(LOGINS)[:100]:
                        tx.delete(LOGINS, old.state)
                tx.put(LOGINS, login.state, login)
        if platform is None or login is None:
            return self._refused(403, "this tool is not registered at that platform, or not under that client id")
        self._env.note(f"login: from {platform.issuer} for {platform.client_id}")
        pairs = behaviour.auth_pairs(initiation, login, f"{self._env.base}/launch")
        cookie = behaviour.cookie(login, self._env.base.startswith("https:"))
        reply = behaviour.sent_on(platform.authorization_endpoint, pairs)
        return replace(reply, headers=(*reply.headers, ("Set-Cookie", cookie), ("Cache-Control", "no-store")))

    def _refused(self, status: int, why: str) -> Reply:
        self._env.note(f"login: refused with status {status}: {why}")
        return refusal(status, "This login cannot begin", why)

    async def take(self, inbound: Inbound, state: str) -> tuple[Login | None, str]:
        """Return the login of a state and forget it, for an answer comes once; or None, and why there is none."""
        behaviour = self._env.behaviour()
        async with self._env.store.transaction() as tx:
            login: Login | None = tx.get(LOGINS, state)
            problem = behaviour.state_problem(login, inbound, self._env.now())
            if login is not None and not problem:
                tx.delete(LOGINS, state)
        return (None, problem) if problem else (login, "")
