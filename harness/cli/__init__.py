"""The `invigil` command: thin, one module per verb, loaded when it is used."""

from harness.cli.group import main

__all__ = ["main"]
