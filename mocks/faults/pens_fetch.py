"""Faults of a PENS target in how the package is fetched."""

from __future__ import annotations
