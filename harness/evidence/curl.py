"""One line that sends an exchange again: what every finding offers to the reader."""

from __future__ import annotations

import re
import shlex

from harness.evidence.entries import Exchange

_OWN = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent", "accept"})
_SECRET = re.compile(r"secret-([a-z-]+)-(\d+)")


def curl(exchange: Exchange) -> str:
    """Return a `curl` command that repeats the request; secrets stand as shell variables to be set.

    Bodies that are not text are sent through `base64 -d`.
    """
    request = exchange.request
    words = ["curl", "-sS", "-i", "-X", request.method]
    for name, value in request.headers:
        if name.lower() not in _OWN:
            words += ["-H", f"{name}: {value}"]
    quoted = [_word(word) for word in words]
    if request.body:
        try:
            quoted += ["--data-binary", _word(request.body.decode())]
        except UnicodeDecodeError:
            import base64

            encoded = base64.b64encode(request.body).decode()
            quoted = ["echo", encoded, "|", "base64", "-d", "|", *quoted, "--data-binary", "@-"]
    return " ".join([*quoted, _word(exchange.url)])


def _word(text: str) -> str:
    """Quote a word for the shell, with secrets as variables: ‹secret-basic-1› becomes ``$SECRET_BASIC_1``."""
    if not _SECRET.search(text):
        return shlex.quote(text)
    escaped = re.sub(r'([\\"$`])', r"\\\1", text)
    return '"' + _SECRET.sub(lambda found: "${SECRET_" + found[1].upper().replace("-", "_") + f"_{found[2]}}}", escaped) + '"'
