"""One event loop in one background thread; synchronous code reaches it through `Loop.run`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar

from harness.net.patience import pause

T = TypeVar("T")


class Loop:
    """Owns the background thread. Use as a context manager; leaving it ends what still runs."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="invigil-loop", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and return its result; never call it from the loop itself."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def cancel(self) -> None:
        """Cancel all that runs and wait until it has ended."""
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result()

    def close(self) -> None:
        """Cancel what still runs, close the loop and join the thread."""
        if self._loop.is_closed():
            return
        self.cancel()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Loop:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    loop = asyncio.get_running_loop()
    await loop.shutdown_asyncgens()
    # A connection whose peer does not read would wait for ever to send its last bytes, and its socket be left open.
    for transport in list(getattr(loop, "_transports", {}).values()):
        transport.abort()
    await pause(0)
