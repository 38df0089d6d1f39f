"""Loads the plugin that collects and judges checks."""

from importlib.util import find_spec

pytest_plugins = ["harness.judging.plugin"] if find_spec("harness.judging.plugin") else []
