"""Faults of a V1 server: registration."""
