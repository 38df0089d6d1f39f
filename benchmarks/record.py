"""Writes what was measured into docs/measurements.md, one row for each figure."""

from __future__ import annotations

import os
import platform
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "measurements.md"


def record(name: str, value: float, unit: str, command: str, *, limit: str = "", page: Path = PAGE) -> str:
    """Append a row to the table of measurements and return it; an older row of that name gives way.

    ``limit`` says what the value must be, in words; ``command`` repeats the measurement.
    """
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    figure = f"{value:.3f}".rstrip("0").rstrip(".")
    row = f"| {name} (`{command}`) | {figure} {unit} | {limit} | {machine} |"
    lines = page.read_text(encoding="utf-8").rstrip("\n").split("\n")
    kept = [line for line in lines if not line.startswith(f"| {name} (`")]
    page.write_text("\n".join([*kept, row]) + "\n", encoding="utf-8")
    return row
