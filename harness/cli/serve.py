"""`invigil serve`: run a mock until interrupted, telling what happens to it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import json
import signal
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from harness.cli.errors import EXIT_OK

if TYPE_CHECKING:
    from mocks.app import Wishes
    from mocks.control.serving import ControlAt, ServedControl
    from mocks.engine.v1.domain import App

MOCKS = ("engine", "author", "lms", "platform", "tool")
PROFILES: Mapping[str, str] = {"platform": "pns-spec", "tool": "pns-spec"}
Write = Callable[[str, Mapping[str, Any]], Sequence[str]]


@click.command(short_help="Run a mock until interrupted.")
@click.argument("mock", metavar="engine|author|lms|platform|tool")
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Port; 0 takes a free one [0].")
@click.option("--host", default="127.0.0.1", metavar="H", help="Address to bind [127.0.0.1].")
@click.option("--profile", metavar="P", help="Profile of the mock [pens-1.0; of platform and tool pns-spec].")
@click.option("--credential", "credentials", multiple=True, metavar="ID:SECRET[:SCOPE,...]", help="Who may collect.")
@click.option("--setting", "settings", multiple=True, metavar="NAME=VALUE", help="Change a setting of the profile.")
@click.option("--fault", "faults", multiple=True, metavar="NAME[@TENANT][:TIMES]", help="Plant a fault.")
@click.option("--seed", type=int, default=0, metavar="N", help="Seed of the ids that the mock invents.")
@click.option("--public-url", default="", metavar="U", help="Base URL under which others reach the mock.")
@click.option("--smtp", metavar="HOST:PORT", help="Relay for mail.")
@click.option("--app", "apps", multiple=True, metavar="ID:SECRET", help="An application of the V1 API, and its key.")
@click.option("--store", default="memory", metavar="URL", help="memory, or sqlite:///FILE to keep state [memory].")
@click.option("--journal", metavar="FILE", help="Write every exchange to a file [kept in memory].")
@click.option("--no-journal", is_flag=True, help="Keep no journal.")
@click.option("--control", metavar="[HOST:]PORT", help="Where the control API is [127.0.0.1:8299, else a free port].")
@click.option("--no-control", is_flag=True, help="No control API.")
@click.option("--tls", metavar="DIR", help="Serve https, with what `invigil certs create` has made (platform, tool).")
@click.option("--trust", multiple=True, metavar="FILE", help="Authority (PEM) of peers to trust too (platform, tool).")
@click.option("--tool-registration", "tools", multiple=True, metavar="FILE", help="Register a tool (platform).")
@click.option("--dynamic-registration", "invited", multiple=True, metavar="URL", help="Let a tool register (platform).")
@click.option("--platform", "platforms", multiple=True, metavar="URL|FILE", help="Register at a platform (tool).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line first.")
@click.option("--for", "seconds", type=float, metavar="SECONDS", help="End after so long.")
def command(
    mock: str, port: int, host: str, profile: str | None, credentials: tuple[str, ...], settings: tuple[str, ...],
    faults: tuple[str, ...], seed: int, public_url: str, smtp: str | None, apps: tuple[str, ...], store: str,
    journal: str | None, no_journal: bool, control: str | None, no_control: bool, tls: str | None,
    trust: tuple[str, ...], tools: tuple[str, ...], invited: tuple[str, ...], platforms: tuple[str, ...],
    as_json: bool, seconds: float | None,
) -> int:  # fmt: skip
    """Run the mock engine (a PENS target, and with the profile scorm-cloud a V1 server), author, lms, platform or tool.

    The author is a PENS client; the lms receives registration postbacks and shows what it stored. The platform is an
    LTI 1.3 platform that sends notices, and the tool receives them.

    For a first notice to a handler of your own: `invigil serve platform`, and on as it says.
    """
    from harness.judging.nearest import nearest
    from harness.judging.profiles import DEFAULT, load_profile
    from harness.judging.profiles import settings as read_settings
    from mocks.app import Wishes
    from mocks.engine.domain import Credential
    from mocks.faults.base import FaultSpec

    if mock not in MOCKS:
        raise click.UsageError(f"unknown mock {mock!r}; {nearest(mock, MOCKS)}")
    known = []
    for text in credentials:
        name, _, rest = text.partition(":")
        secret, _, scopes = rest.partition(":")
        if not name or not secret:
            raise click.UsageError(f"--credential {name!r}: expected ID:SECRET[:SCOPE,...]")
        known.append(Credential(name, secret, tuple(scopes.split(","))) if scopes else Credential(name, secret))
    try:
        planted = tuple(FaultSpec.parse(text) for text in faults)
    except ValueError as error:
        raise click.UsageError(f"{error}; see `invigil fault list`") from None
    is_lti = mock in PROFILES
    profile = profile or PROFILES.get(mock, DEFAULT)
    chosen = load_profile(profile)
    if is_lti and not chosen.area("pns"):
        raise click.UsageError(f"serve {mock}: profile {profile} is not one of LTI; see `invigil profile list`")
    chosen = chosen.with_settings(read_settings(settings, ("pns", "lti") if is_lti else ("pens",)))
    _refuse_misplaced(
        mock, {"--tls": (tls, PROFILES), "--trust": (trust, PROFILES), "--tool-registration": (tools, ("platform",)),
        "--dynamic-registration": (invited, ("platform",)), "--platform": (platforms, ("tool",))},
    )  # fmt: skip
    has_cloud = mock == "engine" and bool(chosen.area("v1"))
    if apps and not has_cloud:
        raise click.UsageError("--app: this mock has no V1 API; use `serve engine --profile scorm-cloud`")
    if mock not in ("engine", "platform") and (store != "memory" or journal):
        raise click.UsageError(f"serve {mock}: this mock keeps nothing; leave --store and --journal out")
    wishes = Wishes(
        chosen.for_subject(f"lti-{mock}") if is_lti else chosen.area("pens"), planted, known, host, port, public_url,
        relay(smtp), seed, tell=(told := Told(_written(mock))),
        cloud=chosen.for_subject("cloud-v1") if has_cloud else None, apps=applications(apps), store=store,
        journal=Path(journal) if journal else None, recording=not no_journal, tls=Path(tls) if tls else None,
        trust=[Path(one) for one in trust], tools=[Path(one) for one in tools], invited=invited, platforms=platforms,
    )  # fmt: skip
    at = None if no_control else control_at(control, public_url)
    return asyncio.run(_serve(mock, wishes, at, profile, as_json, seconds, told))


def _refuse_misplaced(mock: str, given: Mapping[str, tuple[object, Collection[str]]]) -> None:
    """Refuse options that another mock has."""
    for name, (value, mocks) in given.items():
        if value and mock not in mocks:
            raise click.UsageError(f"serve {mock}: {name} is an option of serve {' and '.join(mocks)}; leave it out")


def _written(mock: str) -> Write:
    """Return how events of a mock are written for people."""
    if mock == "platform":
        from mocks.platform.telling import lines_of

        return lines_of
    return plain_lines


def applications(words: Sequence[str]) -> list[App]:
    """Read ``ID:SECRET``; an id that stands twice has two keys."""
    from mocks.engine.v1.domain import App

    keys: dict[str, list[str]] = {}
    for word in words:
        name, _, secret = word.partition(":")
        if not name or not secret:
            raise click.UsageError(f"--app {name!r}: expected ID:SECRET")
        keys.setdefault(name, []).append(secret)
    return [App(name, tuple(secrets)) for name, secrets in keys.items()]


def relay(text: str | None) -> tuple[str, int] | None:
    """Read ``HOST:PORT``."""
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise click.UsageError(f"--smtp {text!r}: expected HOST:PORT")
    return host, int(port)


def control_at(text: str | None, public_url: str) -> ControlAt:
    """Read ``[HOST:]PORT``; what is not given is on loopback. The host of the public address may be called too."""
    from mocks.control.serving import ControlAt

    try:
        public = urlsplit(public_url).hostname
    except ValueError:
        public = None
    names = (public,) if public else ()
    if text is None:
        return ControlAt(names=names)
    host, _, port = text.rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise click.UsageError(f"--control {text!r}: expected HOST:PORT or PORT, 0 for a free one")
    return ControlAt(host.strip("[]") or "127.0.0.1", int(port), False, names)


async def _serve(
    mock: str, wishes: Wishes, at: ControlAt | None, profile: str, as_json: bool, seconds: float | None,
    told: Told,
) -> int:  # fmt: skip
    from harness.net.patience import within
    from mocks.control.serving import serve_control

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Signals reach the main thread of the main interpreter alone.
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    names = {"engine": ("mocks.app", "serve_engine"), "author": ("mocks.author.serving", "serve_author")}
    names |= {name: (f"mocks.{name}.serving", f"serve_{name}") for name in ("lms", "platform", "tool")}
    try:
        module, function = names[mock]
        serve = getattr(importlib.import_module(module), function)
    except ImportError:
        raise click.UsageError(f"serve {mock}: this version has no such mock to serve; use `serve engine`") from None
    serving, control = await serve(wishes), None
    try:
        info, lines = dict(serving.info), list(serving.lines)
        if at and not at.or_any and not serving.controlled:
            raise click.UsageError(f"serve {mock}: this mock has no control API yet; leave --control out")
        if at and serving.controlled:
            control = await serve_control(serving.controlled, at)
            info["control"] = control.url
            lines.append(("control", control.url + ("  (whoever reaches it steers this mock)" * control.is_open)))
        if as_json:
            print(json.dumps(info), flush=True)
        else:
            print(f"{mock}, profile {profile}; end it with Ctrl-C", flush=True)
            width = max(13, *(len(name) + 2 for name, _ in lines))
            for name, value in lines:
                print(f"  {name:<{width}}{value}", flush=True)
            for place, (line, why) in enumerate(serving.next):
                print(f"  {'' if place else 'next':<{width}}{line}{_steered(control)}   # {why}", flush=True)
        told.begin()
        # What is there for good need not be looked through again and again.
        gc.collect()
        gc.freeze()
        if seconds is None:
            await stop.wait()
        else:
            await within(seconds, stop.wait())
    finally:
        if control:
            await control.stop()
        await serving.stop()
    return EXIT_OK


def _steered(control: ServedControl | None) -> str:
    """Return the option by which a command finds our control API, unless it is where commands look first."""
    from harness.subjects.control import DEFAULT_URL, ROOT

    return f" --control {control.url}" if control and control.url != DEFAULT_URL + ROOT else ""


def plain_lines(name: str, facts: Mapping[str, Any]) -> Sequence[str]:
    """Return an event as one line; of a collect only what holds no secret."""
    elements = facts.get("elements", {})
    told = {key: value for key, value in facts.items() if key != "elements"}
    told |= {key: elements[key] for key in ("package-id", "package-type", "client") if key in elements}
    words = [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in told.items() if value != []]
    return [" ".join([name, *words])]


class Told:
    """Prints the lines of an event; what happens before `begin` waits until the mock has said where it is."""

    def __init__(self, write: Write = plain_lines) -> None:
        self._write = write
        self._waiting: list[str] | None = []

    def __call__(self, name: str, facts: Mapping[str, Any]) -> None:
        """Tell of an event."""
        for line in self._write(name, facts):
            if self._waiting is None:
                _print(line)
            else:
                self._waiting.append(line)

    def begin(self) -> None:
        """Print what has waited, and from now on everything at once."""
        waiting, self._waiting = self._waiting or [], None
        for line in waiting:
            _print(line)


def _print(line: str) -> None:
    """Print a line in which strangers have their say: what is no printable character is escaped."""
    with contextlib.suppress(BrokenPipeError):
        print("".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in line), flush=True)
