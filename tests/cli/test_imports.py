"""Help is quick: what takes a while to import is imported where it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = "{'jwcrypto', 'cryptography', 'aiohttp', 'lxml', 'hypothesis'}"


@pytest.mark.parametrize("words", [["--help"], ["certify", "--help"], ["serve", "--help"]])
def test_help_imports_nothing_that_signs(words: list[str]) -> None:
    code = (
        "import sys\nfrom harness.cli.group import main\n"
        f"code = main({words!r})\nprint('exit', code, sorted({HEAVY} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1:] == ["exit 0 []"], done.stderr
