"""Planted faults, personalities and legitimate variants, one small class each, apart from the code that they bend."""
