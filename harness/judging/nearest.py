"""The nearest valid name, for every error about an unknown one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return ``did you mean X?`` for the nearest valid name, or the list of valid names."""
    names = sorted(valid)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return "expected one of " + ", ".join(names[:20]) + ("..." if len(names) > 20 else "")
