"""The invigil command: thin, one module per verb, lazy imports."""
