"""Faults of a PENS client in how it treats answers and what it shows its user."""

from __future__ import annotations
