"""Where V1 sends the browser: the redirect after an upload, and the one at the end of a launch."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from harness.wire.binding import Pairs, decode_form, encode_query, join_query

LAUNCH_WORDS = ("closer", "blank", "message")
"""Words that stand for a page: close the window, an empty page, an exit message (observed: LIB-NODE-S)."""


def launch_redirect(url: str) -> str:
    """Return one of `LAUNCH_WORDS`, or the ``redirecturl`` of a launch unchanged; empty for none.

    To a URL nothing is appended on exit: no source says otherwise.
    """
    word = url.strip().lower()
    return word if word in LAUNCH_WORDS else url


def import_redirect(url: str, pairs: Pairs) -> str:
    """Append the outcome of an upload to its ``redirecturl``, after a query that is there and before a fragment.

    The pairs in use ("Course Service" V1): importCourseAsync ``success=true courseid appid tokenid`` or
    ``success=false errcode msg``; importCourse ``success courseid``; uploadFile ``success location``.
    """
    return join_query(url, encode_query(pairs))


@dataclass(frozen=True, slots=True)
class ReadRedirect:
    """A redirect against the ``redirecturl`` that was given: what was appended, and whether the rest was kept.

    ``lost`` are the pairs of the given query that are gone. ``same_place`` compares scheme, host and path as URLs
    are compared; ``same_fragment`` is judged by nobody, since no source speaks of it.
    """

    appended: Pairs
    lost: Pairs
    same_place: bool
    same_fragment: bool

    @property
    def kept(self) -> bool:
        """Whether the browser comes to the given page with its own parameters."""
        return self.same_place and not self.lost

    def get(self, name: str) -> str | None:
        """Return the first appended value of a name (exact case), or None."""
        return next((value for found, value in self.appended if found == name), None)

    @property
    def success(self) -> bool | None:
        """What ``success`` says: of importCourseAsync "accepted and queued", not "imported". None: neither word."""
        return {"true": True, "false": False}.get(self.get("success") or "")


def read_redirect(location: str, given: str) -> ReadRedirect:
    """Read a Location by the ``redirecturl`` that was given. Never raises."""
    place, query, fragment = _parts(location)
    given_place, given_query, given_fragment = _parts(given)
    rest = list(query)
    lost = []
    for pair in given_query:
        if pair in rest:
            rest.remove(pair)
        else:
            lost.append(pair)
    return ReadRedirect(tuple(rest), tuple(lost), place == given_place, fragment == given_fragment)


def _parts(url: str) -> tuple[str, Pairs, str]:
    whole, _, fragment = url.strip().partition("#")
    place, _, query = whole.partition("?")
    return _normal(place), decode_form(query.encode("utf-8", "surrogatepass")).pairs, fragment


def _normal(place: str) -> str:
    """Return scheme, host and path with what makes no difference taken out (RFC 3986 §6.2.2, §6.2.3)."""
    scheme, colon, rest = place.partition("://")
    if not colon:
        return unquote(place)
    host, _, path = rest.partition("/")
    host = host.lower()
    for name, port in (("http", ":80"), ("https", ":443")):
        if scheme.lower() == name:
            host = host.removesuffix(port)
    return f"{scheme.lower()}://{host}/{unquote(path)}"
