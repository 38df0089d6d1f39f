"""The command itself: quick to help, lazy in what it loads."""

from __future__ import annotations

import importlib
import json

from harness.cli import main
from harness.cli.group import VERBS
from tests.cli.calling import invigil


def test_help_imports_no_heavy_package() -> None:
    code = (
        "import sys, json; from harness.cli import main; main(['--help']); "
        "print(json.dumps([m for m in ('aiohttp', 'lxml', 'hypothesis', 'faker', 'pytest') if m in sys.modules]))"
    )
    import subprocess
    import sys

    from tests.cli.calling import CLEAN, ROOT

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=CLEAN, capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout.splitlines()[-1]) == []
    for verb in VERBS:
        assert verb in done.stdout


def test_every_verb_has_help_and_says_there_what_the_group_says() -> None:
    for verb, sentence in VERBS.items():
        command = importlib.import_module(f"harness.cli.{verb}").command
        assert command.short_help == sentence
        assert main([verb, "--help"]) == 0


def test_the_module_runs_as_the_command() -> None:
    done = invigil("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("invigil")
