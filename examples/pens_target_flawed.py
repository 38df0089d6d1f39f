"""The good PENS target with three defects, each an honest mistake that is often made; all else is right.

1. The lines of an answer end with a bare LF (CMI010 1.0a §A.1.2 asks for CR LF).
2. An HTTP 404 of the staging server is taken as the package: the receipt says 0 (§6.3 asks for an error).
3. The query of the receipt or alerts URL is dropped when a message is sent (§A.1: the URL is the client's).
"""

from typing import IO, TYPE_CHECKING
from urllib.parse import SplitResult

if TYPE_CHECKING or __package__:
    from examples import pens_target_good as good
else:  # run as a script: the neighbour is found in the script's own folder
    import pens_target_good as good


class FlawedHandler(good.Handler):
    """Writes text the way text files are written on its machine."""

    line_end = "\n"


class FlawedTarget(good.Target):
    """Looks for refused credentials and broken servers, but not for what is not there."""

    handler = FlawedHandler

    def outcome(self, status: int, complete: bool, package: IO[bytes]) -> int:
        """Take the page that came with a 404 for the package, unopened."""
        return 0 if status == 404 else super().outcome(status, complete, package)

    def callback_path(self, parts: SplitResult) -> str:
        """Rebuild the URL from host and path alone."""
        return parts.path or "/"


if __name__ == "__main__":
    good.main(FlawedTarget)
