"""The mock engine: one domain core under thin protocol faces."""
