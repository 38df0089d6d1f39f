"""A small LTI tool on PyLTI1p3, unmodified, with a notice handler of its own: what a vendor would write.

Login, launch and access tokens are the library's; it knows nothing of notices, so those are verified with PyJWT, as
the library verifies launches. Nothing of the harness is imported. Started with the path of a JSON file: ``port``,
``cert``, ``key``, ``ca`` (files), ``tool_key`` (a PEM file), and ``platform`` with issuer, client_id, auth_url,
token_url, keys_url, audience and deployments.
"""

from __future__ import annotations

import json
import ssl
import sys
import threading
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from pylti1p3.cookie import CookieService
from pylti1p3.exception import LtiException
from pylti1p3.launch_data_storage.base import LaunchDataStorage
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.redirect import Redirect
from pylti1p3.request import Request
from pylti1p3.service_connector import ServiceConnector
from pylti1p3.session import SessionService
from pylti1p3.tool_config.dict import ToolConfDict

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
COPY = "LtiContextCopyNotice"
SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"

settings: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
platform: dict[str, Any] = settings["platform"]
base = f"https://localhost:{settings['port']}"
lock = threading.Lock()
copies: dict[tuple[Any, Any], dict[str, Any]] = {}
seen: set[tuple[Any, Any]] = set()
http = requests.Session()
http.trust_env = False  # a bundle named in the environment would go before the one named here
http.verify = settings["ca"]

config = ToolConfDict(
    {
        platform["issuer"]: {
            "default": True, "client_id": platform["client_id"], "auth_login_url": platform["auth_url"],
            "auth_token_url": platform["token_url"], "auth_audience": platform["audience"],
            "key_set_url": platform["keys_url"], "deployment_ids": platform["deployments"],
        }
    }
)  # fmt: skip
private = Path(settings["tool_key"]).read_text(encoding="utf-8")
config.set_private_key(platform["issuer"], private)
public = load_pem_private_key(private.encode(), None).public_key()
config.set_public_key(platform["issuer"], public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
registration = config.find_registration_by_issuer(platform["issuer"])
connector = ServiceConnector(registration, http)


class Memory(LaunchDataStorage[Any]):
    """Everything in one dictionary; a product would use its cache."""

    values: ClassVar[dict[str, Any]] = {}

    def can_set_keys_expiration(self) -> bool:
        return False

    def get_value(self, key: str) -> Any:
        return self.values.get(key)

    def set_value(self, key: str, value: Any, exp: int | None = None) -> None:
        self.values[key] = value

    def check_value(self, key: str) -> bool:
        return key in self.values


class Sessions(SessionService):
    def __init__(self, request: Request) -> None:
        self.data_storage = Memory()


class Cookies(CookieService):
    def __init__(self, sent: str) -> None:
        self.sent: SimpleCookie = SimpleCookie(sent)
        self.set: list[str] = []

    def get_cookie(self, name: str) -> str | None:
        morsel = self.sent.get(f"lti1p3-{name}")
        return morsel.value if morsel else None

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        self.set.append(f"lti1p3-{name}={value}; Path=/; Max-Age={exp}; Secure; HttpOnly; SameSite=None")


class Asked(Request):
    def __init__(self, parameters: dict[str, str]) -> None:
        self.parameters = parameters

    @property
    def session(self) -> dict[str, Any]:
        return {}

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> Any:
        return self.parameters.get(key)


class Onward(Redirect[str]):
    def __init__(self, location: str) -> None:
        self.location = location

    def do_redirect(self) -> str:
        return self.location

    def do_js_redirect(self) -> str:
        return self.location

    def set_redirect_url(self, location: str) -> None:
        self.location = location

    def get_redirect_url(self) -> str:
        return self.location


class Login(OIDCLogin[Any, Any, Any, Any, str]):
    def get_redirect(self, url: str) -> Redirect[str]:
        return Onward(url)


class Launch(MessageLaunch[Any, Any, Any, Any]):
    def _get_request_param(self, key: str) -> Any:
        return self._request.get_param(key)


def subscribe(claim: Any) -> None:
    """Set the handler for course copies, whatever was there."""
    if COPY not in claim.get("notice_types_supported", ()):
        return
    url = claim["platform_notification_service_url"]
    body = {"notice_type": COPY, "handler": f"{base}/notices"}
    for _ in range(2):
        token = connector.get_access_token([SCOPE])
        answer = http.put(url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=10)
        if answer.status_code != 401:
            return
        connector._access_tokens.clear()


def take(token: str) -> str:
    """Verify one notice as the library verifies launches, and map the copy; return what became of it."""
    header = jwt.get_unverified_header(token)
    keys = http.get(platform["keys_url"], timeout=10).json()["keys"]
    found = next((key for key in keys if key["kid"] == header.get("kid") and key.get("alg", "RS256") == "RS256"), None)
    if found is None:
        return "no key"
    claims = jwt.decode(
        token, jwt.PyJWK(found).key, algorithms=["RS256"], audience=platform["client_id"], issuer=platform["issuer"],
        leeway=60, options={"require": ["exp", "iat", "nonce"]},
    )  # fmt: skip
    if claims.get("azp", platform["client_id"]) != platform["client_id"]:
        return "another party"
    if claims.get(f"{LTI}version") != "1.3.0":
        return "another version"
    deployment, notice = claims.get(f"{LTI}deployment_id"), claims.get(f"{LTI}notice")
    if deployment not in platform["deployments"]:
        return "unknown deployment"
    if not isinstance(notice, dict) or not all(isinstance(notice.get(n), str) for n in ("id", "type", "timestamp")):
        return "no notice"
    with lock:
        if (deployment, notice["id"]) in seen:
            return "seen before"
        seen.add((deployment, notice["id"]))
        if notice["type"] != COPY:
            return "another type"
        context = claims[f"{LTI}context"]
        one = copies.setdefault((deployment, context["id"]), {"origins": [], "applied": 0})
        origins = claims.get(f"{LTI}origin_contexts") or []
        one["origins"] += [o for o in origins if o not in one["origins"]]
        one["title"] = context.get("title")
        one["applied"] += 1
    return "mapped"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words: Any) -> None:
        """Say nothing."""

    def reply(self, status: int, body: bytes, kind: str = "text/html", *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/login":
            self.login(query)
        elif parts.path == "/keys":
            self.reply(200, json.dumps(config.get_jwks(platform["issuer"])).encode(), "application/json")
        elif parts.path == "/probe":
            known = copies.get((query.get("deployment", ""), query.get("context", "")))
            body = json.dumps({"context": query.get("context"), **known} if known else {}).encode()
            self.reply(200 if known else 404, body, "application/json")
        else:
            self.reply(404, b"not found", "text/plain")

    def do_POST(self) -> None:
        path, body = urlsplit(self.path).path, self.body()
        if path in ("/login", "/launch"):
            form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
            (self.login if path == "/login" else self.launch)(form)
        elif path == "/notices":
            self.notices(body)
        else:
            self.reply(404, b"not found", "text/plain")

    def login(self, parameters: dict[str, str]) -> None:
        asked, cookies = Asked(parameters), Cookies(self.headers.get("Cookie", ""))
        try:
            url = Login(asked, config, Sessions(asked), cookies).redirect(f"{base}/launch")
        except (LtiException, Exception) as error:
            self.reply(400, f"<title>Login refused</title>{type(error).__name__}".encode())
            return
        self.reply(302, b"", "text/html", ("Location", url), *(("Set-Cookie", cookie) for cookie in cookies.set))

    def launch(self, form: dict[str, str]) -> None:
        asked, cookies = Asked(form), Cookies(self.headers.get("Cookie", ""))
        try:
            message = Launch(asked, config, Sessions(asked), cookies, requests_session=http)
            data = message.get_launch_data()
        except Exception as error:
            self.reply(401, f"<title>Launch refused</title>{type(error).__name__}: {error}".encode())
            return
        claim = data.get(f"{LTI}platformnotificationservice")
        if claim:
            try:
                subscribe(claim)
            except Exception as error:
                print(f"not subscribed: {error}", file=sys.stderr)
        self.reply(200, b"<title>Welcome</title>Welcome to the tool")

    def notices(self, body: bytes) -> None:
        try:
            listed = json.loads(body)["notices"]
            tokens = [one["jwt"] for one in listed]
        except (ValueError, KeyError, TypeError):
            self.reply(400, b"expected notices", "text/plain")
            return
        results = []
        for token in tokens:
            try:
                results.append(take(token))
            except Exception as error:
                results.append(f"refused: {type(error).__name__}")
        self.reply(200, json.dumps(results).encode(), "application/json")


server = ThreadingHTTPServer(("127.0.0.1", settings["port"]), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(settings["cert"], settings["key"])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(json.dumps({"url": base}), flush=True)
server.serve_forever()
