"""Faults of a PENS target in which elements and values are taken, and which code answers what is wrong."""

from __future__ import annotations
