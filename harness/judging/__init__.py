"""Requirements, checks, findings and verdicts."""
