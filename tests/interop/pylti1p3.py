"""Serving the tool on PyLTI1p3, which is not ours, and telling the harness of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixtures.keys import signing_key
from harness.net.reach import free_ports
from harness.net.tls import TlsMaterial

SCRIPT = Path(__file__).parent / "python" / "pylti_tool.py"
CLIENT, DEPLOYMENTS = "pylti-client", ("d-1", "d-2")
PATHS = {"auth": "authorize", "token": "token", "keys": "jwks"}
"""Where the platform of the profile pns-spec has its endpoints."""
AUDIENCE = "api/auth/token"
"""What assertions are for at that platform: not the address of its token endpoint."""


@dataclass(frozen=True)
class PyltiTool:
    """The tool while it runs: its address, where it looks for its platform, and the files it trusts."""

    url: str
    platform: dict[str, Any]
    authority: Path
    certificate: Path
    key: Path

    def configuration(self) -> str:
        """Return the configuration by which the tool is certified, as its vendor would write it."""
        return f"""
[target]
ca-file = "{self.authority}"
[callback]
https = "{self.platform["issuer"]}"
bind = "127.0.0.1"
cert = "{self.certificate}"
key = "{self.key}"
[tool]
login-url = "{self.url}/login"
redirect-urls = ["{self.url}/launch"]
target-link-uri = "{self.url}/launch"
jwks-url = "{self.url}/keys"
domain = "localhost"
client-id = "{CLIENT}"
deployments = {json.dumps(DEPLOYMENTS)}
probe = "{self.url}/probe?context={{context}}&deployment={{deployment}}"
[patience]
answer = 5.0
callback = 3.0
absence = 0.1
"""


@contextmanager
def pylti_tool(
    folder: Path, platform: dict[str, Any] | None = None, tls: TlsMaterial | None = None
) -> Iterator[PyltiTool]:
    """Run the tool; ``platform`` is what it is told of its platform, a port of our own if nothing is said."""
    authority, certificate, key = (tls or TlsMaterial.make()).write(folder)
    port, other = free_ports(2)
    issuer = f"https://localhost:{other}"
    addresses = {f"{name}_url": f"{issuer}/lti/{path}" for name, path in PATHS.items()}
    told = platform or {
        "issuer": issuer, "client_id": CLIENT, "audience": f"{issuer}/{AUDIENCE}", "deployments": list(DEPLOYMENTS),
        **addresses,
    }  # fmt: skip
    own = folder / "tool.pem"
    own.write_bytes(signing_key("tool-2").private_pem())
    settings = folder / "settings.json"
    files = {"cert": str(certificate), "key": str(key), "ca": str(authority), "tool_key": str(own)}
    settings.write_text(json.dumps({"port": port, **files, "platform": told}), encoding="utf-8")
    process = subprocess.Popen([sys.executable, str(SCRIPT), str(settings)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        yield PyltiTool(url, told, authority, certificate, key)
    finally:
        process.terminate()
        process.communicate(timeout=20)
