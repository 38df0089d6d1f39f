"""Faults of a PENS target in how a command is read."""

from __future__ import annotations
