"""Stimuli as a person configures them: on the command line, and in `[stimuli]` of the configuration."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence

from harness.subjects.config import Config, ConfigError
from harness.subjects.stimuli import CommandStimulus, Stimulus

ByHttp = Callable[[str, str], Stimulus]


def configured_stimuli(
    typed: Mapping[str, str], config: Config, names: Sequence[str], by_http: ByHttp | None = None
) -> dict[str, Stimulus]:
    """Return stimuli by name; what is typed on the command line stands in for what the configuration says.

    ``by_http`` makes one of name and address, where a subject can be moved by HTTP. Raises `ConfigError` that names
    the stimulus, what was expected and what came.
    """
    found: dict[str, Stimulus] = {}
    for name, table in config.stimuli.items():
        command, url = table.get("command"), table.get("url") if by_http else None
        if not command and not url:
            where = f"{config.path}: [stimuli.{name}]"
            if by_http:
                raise ConfigError(f"{where}: expected command, a list of words, or url, an address to post to")
            raise ConfigError(f"{where} command: expected a list of words, got {command!r}")
        words = [str(word) for word in command or ()]
        found[known(name, names)] = _made(name, words, str(url), by_http)
    for name, kind in typed.items():
        word, _, rest = kind.partition(":")
        if not rest or word not in (("command", "http", "https") if by_http else ("command",)):
            forms = "command:WORDS" + (", or an address with http:// or https://" if by_http else "")
            raise ConfigError(f"stimulus {name}={kind}: expected {forms}")
        found[known(name, names)] = _made(name, shlex.split(rest) if word == "command" else [], kind, by_http)
    return found


def _made(name: str, words: Sequence[str], url: str, by_http: ByHttp | None) -> Stimulus:
    return CommandStimulus(words) if words or by_http is None else by_http(name, url)


def known(name: str, names: Sequence[str]) -> str:
    """Return the name of a stimulus that a subject has; `ConfigError` lists them for another."""
    if name not in names:
        raise ConfigError(f"unknown stimulus {name!r}; expected one of {', '.join(names)}")
    return name
