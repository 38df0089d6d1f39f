"""The configuration of a run: what a person tells about a real system, read from TOML, every key known."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEYS: Mapping[str, Mapping[str, type]] = {
    "target": {"url": str, "https-url": str, "ca-file": str, "name": str, "version": str},
    "app": {"id": str, "secret-key": str, "secret-key-env": str, "other": dict, "undeletable": dict},
    "control": {"url": str},
    "receiver": {
        "auth-types": list,
        "user": str,
        "password": str,
        "password-env": str,
        "probe": str,
        "public-url": str,
        "log": str,
        "registrations": list,
        "policy": dict,
    },
    "lti": {
        "issuer": str,
        "auth-url": str,
        "token-url": str,
        "keys-url": str,
        "audience": str,
        "configuration-url": str,
        "client-id": str,
        "deployment-id": str,
        "other-deployment": str,
        "other-client": dict,
        "disabled-client": str,
        "handlers-url": str,
        "handlers-query": str,
        "courses": list,
        "domain": str,
        "elsewhere-url": str,
        "key-file": str,
        "kid": str,
    },
    "tool": {
        "login-url": str,
        "redirect-urls": list,
        "target-link-uri": str,
        "jwks-url": str,
        "domain": str,
        "registration-url": str,
        "client-id": str,
        "deployments": list,
        "probe": str,
        "knows-second": bool,
        "welcome": str,
        "handler": str,
        "key-file": str,
        "kid": str,
    },
    "auth": {"system-user-id": str, "system-password": str, "system-password-env": str},
    "engine": {"closed-url": str, "read-only": dict, "other-tenant": dict},
    "callback": {
        "http": str,
        "https": str,
        "untrusted": str,
        "smtp": str,
        "bind": str,
        "cert": str,
        "key": str,
        "mail-domain": str,
    },
    "patience": {"answer": float, "callback": float, "absence": float, "waiting-budget": float},
    "stimuli": {},
    "run": {"profile": str, "jobs": int, "seed": int, "max-imports": int},
}
STIMULUS_KEYS: Mapping[str, type] = {"kind": str, "command": list, "url": str, "timeout": float, "ask": str}


ADDRESSES: Mapping[str, tuple[str, str]] = {"lti-platform": ("lti", "token-url"), "lti-tool": ("tool", "login-url")}
"""Table and key of the address of a subject, where it is not `[target] url`."""
CONTACTED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "lti-platform": ("lti", ("auth-url", "token-url", "keys-url", "configuration-url", "handlers-url")),
    "lti-tool": ("tool", ("login-url", "redirect-urls", "jwks-url", "registration-url", "handler", "probe")),
}
"""Table and keys of all addresses to which a run sends something, where a subject has several."""


class ConfigError(Exception):
    """A configuration that cannot be used; the message names file, key, what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration as read: tables by name. An empty one stands for no file."""

    path: str = ""
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def get(self, table: str, key: str, default: Any = None) -> Any:
        """Return a value, or the default."""
        return self.tables.get(table, {}).get(key, default)

    @property
    def stimuli(self) -> Mapping[str, Mapping[str, Any]]:
        """The stimuli by name."""
        return self.tables.get("stimuli", {})

    def address(self, subject: str) -> str:
        """Return the address of the system under test; empty when none is told."""
        table, key = ADDRESSES.get(subject, ("target", "url"))
        return str(self.get(table, key, "") or self.get("target", "url", ""))

    def contacted(self, subject: str) -> list[str]:
        """Return the further addresses to which a run sends something."""
        table, keys = CONTACTED.get(subject, ("", ()))
        given = (self.get(table, key, "") for key in keys)
        return [str(url) for found in given for url in (found if isinstance(found, list) else [found]) if url]

    def secret(self, table: str, key: str) -> str:
        """Return a secret: from the environment variable that ``KEY-env`` names, else as written."""
        variable = self.get(table, f"{key}-env")
        if variable:
            if variable not in os.environ:
                raise ConfigError(f"{self.path}: [{table}] {key}-env names {variable}, which is not set")
            return os.environ[variable]
        return str(self.get(table, key, ""))


def read_config(path: Path) -> Config:
    """Read and verify a configuration file; raises `ConfigError`, with the nearest name for an unknown key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    for table, values in data.items():
        if table not in KEYS:
            raise ConfigError(f"{path}: unknown table [{table}]; {_nearest(table, KEYS)}")
        if not isinstance(values, dict):
            raise ConfigError(f"{path}: [{table}]: expected a table, got {values!r}")
        if table == "stimuli":
            for name, stimulus in values.items():
                _verify(path, f"stimuli.{name}", stimulus, STIMULUS_KEYS)
        else:
            _verify(path, table, values, KEYS[table])
    return Config(str(path), data)


def _verify(path: Path, table: str, values: Any, known: Mapping[str, type]) -> None:
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: [{table}]: expected a table, got {values!r}")
    for key, value in values.items():
        if key not in known:
            raise ConfigError(f"{path}: unknown key {key!r} in [{table}]; {_nearest(key, known)}")
        wanted = known[key]
        fits = isinstance(value, (int, float) if wanted is float else wanted) and not (
            isinstance(value, bool) and wanted in (int, float)
        )
        if not fits:
            raise ConfigError(f"{path}: [{table}] {key}: expected {wanted.__name__}, got {value!r}")


def _nearest(name: str, valid: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, valid, n=1, cutoff=0.4)
    return f"did you mean {close[0]!r}?" if close else "expected one of " + ", ".join(sorted(valid))
