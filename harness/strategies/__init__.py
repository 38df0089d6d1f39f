"""Hypothesis strategies and state machines, one module per protocol."""
