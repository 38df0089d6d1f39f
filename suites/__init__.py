"""The conformance suites, one package per subject."""
