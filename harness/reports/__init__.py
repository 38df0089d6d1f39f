"""Everything that is a pure function of report.json and the journal."""
