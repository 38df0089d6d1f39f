"""Opens the store that a person names: `memory` or `sqlite:///file`."""

from __future__ import annotations

from mocks.state.memory import MemoryStore
from mocks.state.sqlite import SqliteStore
from mocks.state.store import Store, StoreError

SQLITE = "sqlite:///"
FORMS = "memory, sqlite:///relative/file or sqlite:////absolute/file"


def open_store(url: str) -> Store:
    """Return the store of a URL; StoreError names the accepted forms, or says why the file cannot be opened.

    After the three slashes comes the path as it is, nothing percent-encoded: a fourth slash begins an absolute one.
    """
    if url == "memory":
        return MemoryStore()
    path = url.removeprefix(SQLITE)
    if path == url or path.endswith("/") or path.startswith(":") or not path:
        raise StoreError(f"{url!r} names no store: expected {FORMS}")
    return SqliteStore(path)
