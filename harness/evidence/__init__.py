"""What happened on the wire, kept so that it can be judged again: entries, journal, redaction."""
