"""Faults of a PENS target in what is the engine's own."""

from __future__ import annotations
