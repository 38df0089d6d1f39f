"""Writes every form of a report into one folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.reports.html import html
from harness.reports.junit import junit


class ReportFolderError(Exception):
    """The report cannot be written; the message is one line that names the path and a remedy."""


def write_all(report: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Write ``report.json``, ``report.html`` and ``junit.xml`` into a folder, created if need be.

    Returns the paths by ``json``, ``html`` and ``junit``. Raises `ReportFolderError` when that cannot be
    done.
    """
    texts = {
        "json": ("report.json", json.dumps(report, ensure_ascii=False, indent=1) + "\n"),
        "html": ("report.html", html(report)),
        "junit": ("junit.xml", junit(report)),
    }
    paths = {kind: folder / name for kind, (name, _) in texts.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, (_, text) in texts.items():
            # A lone surrogate, which only hostile input brings, must not cost the report.
            paths[kind].write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise ReportFolderError(
            f"report folder {folder}: cannot be written ({why}); choose another one with --report DIR"
        ) from error
    return paths
