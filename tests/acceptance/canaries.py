"""Canary secrets, and the search for them in everything that a run leaves: however they are written."""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

SEED = 20260115
# What encodings must escape stands between two cores that no encoding of text changes.
MIDDLES = (":", "%", "é", "&", " ", '"', "'", "+", "/", "=", "%41", "\\", "<", "ü:@", "-")
_TOKEN = re.compile(r"[A-Za-z0-9+/_-]{16,}")


def canary(name: str) -> str:
    """Return the secret of a name: two cores of 12 letters and digits, something awkward between them."""
    draw = random.Random(f"{SEED}/{name}")
    cores = ("".join(draw.choices(string.ascii_letters + string.digits, k=12)) for _ in range(2))
    return draw.choice(MIDDLES).join(cores)


def cores(secret: str) -> tuple[str, ...]:
    """Return the parts of a secret that stay as they are in percent, form, JSON and HTML encoding."""
    return secret[:12], secret[-12:]


def readings(text: str) -> Iterator[str]:
    """Yield a text as it is, percent-decoded, with lines joined, and what its base64 words mean, from any offset."""
    joined = text.replace("=\\n", "").replace("=\\r\\n", "").replace("\\r\\n", "").replace("\\n", "")
    for form in dict.fromkeys((text, unquote(text), unquote(unquote(text)), joined)):
        yield form
        for word in dict.fromkeys(_TOKEN.findall(form)):
            plain = word.replace("-", "+").replace("_", "/")
            for offset in range(4):
                piece = plain[offset:]
                yield base64.b64decode(piece[: len(piece) // 4 * 4]).decode("latin-1")


def found(secrets: Iterable[str], text: str) -> list[str]:
    """Return the secrets of which a part can be read in a text."""
    parts = {core: secret for secret in secrets for core in cores(secret)}
    pattern = re.compile("|".join(map(re.escape, parts)))
    return sorted({parts[match] for reading in readings(text) for match in pattern.findall(reading)})


def leaks(secrets: Iterable[str], folder: Path, *outputs: str) -> list[tuple[str, str]]:
    """Return where which secrets can be read: in the files of a folder, their names, and outputs."""
    known = tuple(secrets)
    texts = {
        str(path.relative_to(folder)): path.read_bytes().decode("latin-1")
        for path in folder.rglob("*")
        if path.is_file()
    }
    texts |= {f"output {number}": text for number, text in enumerate(outputs)}
    texts |= {"names of files": "\n".join(texts)}
    return [(name, secret) for name, text in texts.items() for secret in found(known, text)]


def kinds(journal: Path) -> set[str]:
    """Return the kinds of the replacements that a journal holds."""
    text = "\n".join(reading for line in journal.read_text("utf-8").splitlines() for reading in readings(line))
    return set(re.findall(r"secret-([a-z-]+)-\d+", text))


def dumped(secrets: dict[str, str], path: Path) -> Path:
    """Write secrets where a process can read them by name."""
    path.write_text(json.dumps(secrets), "utf-8")
    return path
