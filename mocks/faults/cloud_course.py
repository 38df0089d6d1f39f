"""Faults of a V1 server: course."""
