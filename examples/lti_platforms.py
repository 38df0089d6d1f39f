"""What a tool asks platforms for: their key sets, access tokens, and that notices be sent to it."""

import json
import secrets
import ssl
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

if TYPE_CHECKING or __package__:
    from examples import lti_jws as jws
    from examples import lti_trust as trust
else:  # run as a script: the neighbours are found in the script's own folder
    import lti_jws as jws
    import lti_trust as trust

SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_ANSWER, PATIENCE, FRUITLESS, COOL_DOWN = 2**20, 10, 10, 1


class Stay(HTTPRedirectHandler):
    """Goes nowhere but where it was told to go."""

    def redirect_request(self, *redirect: object) -> None:
        """Follow nothing: tokens are for one address."""


class Trouble(Exception):
    """A platform that does not give what it is asked for; the text repeats nothing of what it said."""


class Platforms:
    """The platforms that are known, with what they have given us."""

    def __init__(self, known: list[trust.Platform], signer: jws.Signer, authority: str) -> None:
        self.known, self.signer = known, signer
        context = ssl.create_default_context(cafile=authority or None)
        self._opener = build_opener(ProxyHandler({}), Stay, HTTPSHandler(context=context))
        self._keys: dict[str, dict[str, jws.Key]] = {}
        self._misses: dict[str, list[float]] = {}
        self._tokens: dict[tuple[str, str], tuple[str, float]] = {}
        self._lock = threading.Lock()

    def named(self, issuer: object, client_id: str = "") -> trust.Platform | None:
        """Return the platform of an issuer, and of a client id if one is told."""
        found = (one for one in self.known if one.issuer == issuer and client_id in ("", one.client_id))
        return next(found, None)

    def ask(self, request: Request) -> tuple[int, bytes]:
        """Send a request; return status and body."""
        try:
            with self._opener.open(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read(MAX_ANSWER)
        except HTTPError as refused:
            with refused:
                return refused.code, refused.read(MAX_ANSWER)
        except (OSError, ValueError) as problem:
            raise Trouble(f"no answer: {type(problem).__name__}") from None

    def keys(self, platform: trust.Platform, kid: str) -> Mapping[str, jws.Key]:
        """Return the platform's keys; fetched again for a name that is not among them, but not without end."""
        with self._lock:
            found, now = self._keys.get(platform.keys, {}), time.monotonic()
            misses = [at for at in self._misses.get(platform.keys, ()) if at > now - COOL_DOWN]
            if kid in found or not self.fetches_again(found) or len(misses) >= FRUITLESS:
                return found
            try:
                status, body = self.ask(Request(platform.keys, headers={"Accept": "application/json"}))
                found = jws.read_keys(body) if status == 200 else found
            except (Trouble, jws.Unreadable):
                pass
            self._keys[platform.keys] = found
            self._misses[platform.keys] = misses if kid in found else [*misses, now]
            return found

    def fetches_again(self, found: Mapping[str, jws.Key]) -> bool:
        """Whether a key that was not there is looked for (Security Framework 1.0, 6.4)."""
        return True

    def token(self, platform: trust.Platform, deployment: str, *, fresh: bool = False) -> str:
        """Return an access token; the one we have until it expires."""
        place = (platform.issuer, deployment)
        kept, until = self._tokens.get(place, ("", 0.0))
        if kept and not fresh and time.monotonic() < until:
            return kept
        now = int(time.time())
        assertion = self.signer.sign({
            "iss": platform.client_id, "sub": platform.client_id, "aud": platform.audience, "iat": now,
            "exp": now + 60, "jti": secrets.token_urlsafe(24), trust.CLAIM + "deployment_id": deployment,
        })  # fmt: skip
        form = {
            "grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": assertion,
            "scope": SCOPE,
        }  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        status, body = self.ask(Request(platform.token, urlencode(form).encode(), headers))
        try:
            told = jws.members(body) if status == 200 else {}
        except jws.Unreadable:
            told = {}
        token, life = told.get("access_token"), told.get("expires_in", 3600)
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise Trouble(f"no token: status {status}")
        life = life if isinstance(life, int | float) else 3600
        self._tokens[place] = (token, time.monotonic() + max(0, life - 30))
        return token

    def call(
        self, platform: trust.Platform, deployment: str, method: str, url: str, body: object = None
    ) -> tuple[int, bytes]:
        """Call the notification service; once more with a fresh token when ours is refused."""
        for fresh in (False, True):
            token = self.token(platform, deployment, fresh=fresh)
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            data = None if body is None else json.dumps(body).encode()
            headers |= {"Content-Type": "application/json"} if data else {}
            status, told = self.ask(Request(url, data, headers, method=method))
            if status != 401:
                break
        return status, told

    def handlers(self, platform: trust.Platform, deployment: str, url: str) -> dict[str, str]:
        """Return where notices go now, by type."""
        status, body = self.call(platform, deployment, "GET", url)
        try:
            listed: Any = jws.members(body).get("notice_handlers") if status == 200 else None
        except jws.Unreadable:
            listed = None
        if not isinstance(listed, list):
            raise Trouble(f"no list of handlers: status {status}")
        rows = [one for one in listed if isinstance(one, dict)]
        return {trust.text(one.get("notice_type")): trust.text(one.get("handler")) for one in rows}

    def send_to(self, platform: trust.Platform, deployment: str, url: str, kind: str, handler: str) -> None:
        """Let notices of a type come to an address; to none, when it is empty."""
        wanted = {"notice_type": kind, "handler": handler}
        status, _ = self.call(platform, deployment, "PUT", url, wanted)
        if not 200 <= status <= 299:
            raise Trouble(f"the handler is refused: status {status}")
