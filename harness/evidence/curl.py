"""One line that sends an exchange again: what every finding offers to the reader."""

from __future__ import annotations

import base64
import re
import shlex

from harness.evidence.entries import Exchange

_OWN = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent", "accept"})
_SECRET = re.compile(r"secret-([a-z-]+)-(\d+)")


def curl(exchange: Exchange) -> str:
    """Return a `curl` command that repeats the request; secrets stand as shell variables to be set.

    Bodies that no shell word can hold are sent through `base64 -d`.
    """
    request = exchange.request
    # -g and --path-as-is: the address is sent as it stands, with its brackets and dots.
    words = ["curl", "-sS", "-i", "-g", "--path-as-is"]
    words += ["-I"] if request.method == "HEAD" else ["-X", request.method]
    for name, value in request.headers:
        if name.lower() not in _OWN:
            words += ["-H", f"{name}: {value}" if value else f"{name};"]
    if request.body and request.header("Content-Type") is None:
        words += ["-H", "Content-Type:"]
    quoted = [_word(word) for word in words]
    if request.body:
        try:
            text = request.body.decode()
        except UnicodeDecodeError:
            text = "\0"
        if "\0" not in text:
            # Not --data-binary: that would take a body that begins with @ for the name of a file.
            quoted += ["--data-raw", _word(text)]
        else:
            encoded = base64.b64encode(request.body).decode()
            quoted = ["echo", encoded, "|", "base64", "-d", "|", *quoted, "--data-binary", "@-"]
    return " ".join([*quoted, _word(exchange.url)])


def _word(text: str) -> str:
    """Quote a word for the shell, with secrets as variables: ‹secret-basic-1› becomes ``$SECRET_BASIC_1``."""
    if not _SECRET.search(text):
        return shlex.quote(text)
    escaped = re.sub(r'([\\"$`])', r"\\\1", text)
    return (
        '"'
        + _SECRET.sub(lambda found: "${SECRET_" + found[1].upper().replace("-", "_") + f"_{found[2]}}}", escaped)
        + '"'
    )
