"""Small peers of the standard library alone, each a script that speaks PENS as CMI010 1.0a writes it."""
