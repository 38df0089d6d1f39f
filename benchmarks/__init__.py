"""Measurements and mutation sampling; never part of the test run."""
