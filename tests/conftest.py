"""Examples of properties follow from the seed alone here too."""

from __future__ import annotations

from harness.judging.properties import draw_alike

draw_alike()
