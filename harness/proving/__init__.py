"""Proof that every check can fail, and that nothing innocent is accused."""
