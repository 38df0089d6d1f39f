"""Loads the plugin that collects and judges checks."""

pytest_plugins = ["harness.judging.plugin"]
