"""Faults of a PENS client in staging server and receipt receiver."""

from __future__ import annotations
