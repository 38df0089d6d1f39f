"""A guard over sockets, put into a process of its own: it records every address and lets none but loopback pass."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.cli.calling import CLEAN, ROOT

GUARD = """
import ipaddress, json, os, sys

record = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
SENDING = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"}
ASKING = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}


def address_of(event, arguments):
    if event in SENDING:
        address = arguments[1]
        return str(address[0]) if isinstance(address, tuple) else "" if address is None else str(address)
    host = arguments[0]
    return str(host[0]) if isinstance(host, tuple) else str(host)


def is_near(host):
    if host in ("", "None", "localhost") or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def guard(event, arguments):
    if event not in SENDING and event not in ASKING:
        return
    host = address_of(event, arguments)
    near = is_near(host)
    os.write(record, (json.dumps([event, host, near]) + "\\n").encode())
    if not near:
        raise OSError(f"{event} {host}: refused by the guard")


sys.addaudithook(guard)
"""
COMMAND = "from harness.cli import main\nsys.exit(main(sys.argv[2:]))\n"


@dataclass(frozen=True, slots=True)
class Guarded:
    """What a guarded process did: its exit code and output, and each address it turned to, with the event."""

    code: int
    output: str
    near: frozenset[tuple[str, str]]
    far: frozenset[tuple[str, str]]


def guarded(folder: Path, *words: str, program: str = COMMAND) -> Guarded:
    """Run ``program`` (the invigil command unless said otherwise) with ``words`` behind the guard."""
    record = folder / "addresses.ndjson"
    record.touch()
    done = subprocess.run(
        [sys.executable, "-c", GUARD + program, str(record), *words], cwd=ROOT, env=CLEAN, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    events = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    near = frozenset((event, host) for event, host, is_near in events if is_near)
    far = frozenset((event, host) for event, host, is_near in events if not is_near)
    return Guarded(done.returncode, done.stdout + done.stderr, near, far)
