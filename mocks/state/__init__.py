"""Stores: where the state of every mock lives, reached only through transactions."""
