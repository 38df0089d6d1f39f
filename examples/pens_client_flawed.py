"""The good PENS client with three defects, each an honest mistake that is often made; all else is right.

1. The expiry is local time without `Z` (CMI010 1.0a §6.2.11 asks for UTC, marked by `Z`).
2. It sends its collect by GET, and to a target URL that has a query it appends it with a second `?` (§A.1).
3. Its receipt endpoint answers every message with an empty 200 text/html (§6.3 asks for the four lines).
"""

import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING or __package__:
    from examples import pens_client_good as good
    from examples.pens_staging import Handler
else:  # run as a script: the neighbours are found in the script's own folder
    import pens_client_good as good
    from pens_staging import Handler


class FlawedHandler(Handler):
    """Takes receipts as a web page would."""

    def reply(self, code: int, text: str, status: int = 200) -> None:
        """Answer nothing, as HTML."""
        self.send_bytes(b"", "text/html")


class FlawedAuthor(good.Author):
    """Was tried by its author in one time zone and with one target only."""

    handler = FlawedHandler
    method = "GET"

    def expiry(self) -> str:
        """Write local time as if every target lived here."""
        return (datetime.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S")

    def joined(self, path: str, form: str) -> str:
        """Expect a target URL without a query."""
        return f"{path}?{form}"


if __name__ == "__main__":
    sys.exit(good.main(FlawedAuthor))
