"""The oracle of whole POSTs: each notice of a body is judged by itself, and by what came before it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from harness.wire.binding import decode_form
from harness.wire.json_members import Members, NotRead, load, plain, repeated
from harness.wire.lti import MESSAGE_TYPE
from harness.wire.pns import NOTICE
from harness.wire.pns_oracle import expected
from harness.wire.pns_oracle_model import DOUBT, Expectation, Finding, Knowledge, after, concluded
from harness.wire.pns_oracle_token import Token, take_apart

__all__ = ["Body", "Post", "expected_post", "expected_posts"]

SURELY_READ: Final = 100_000
"""Bytes of a body that every receiver takes; the least known limit of a common framework is 100 kB."""

MOST: Final = 100
"""Notices of a body that every receiver takes."""

UNPACKED: Final = 4 * 1024 * 1024
FORM: Final = "application/x-www-form-urlencoded"
PRACTICE: Final = "observed: Terracotta source, notice controller"


@dataclass(frozen=True, slots=True)
class Post:
    """One POST as it goes out. ``to`` is the notice handler, or the redirect URI at which launches arrive."""

    body: bytes
    content_type: str = "application/json"
    encoding: str = ""
    to: Literal["notices", "launch"] = "notices"


@dataclass(frozen=True, slots=True)
class Body:
    """What a right receiver does with a POST.

    ``elements`` are the expectations of its notices in order. ``whole`` stands when there is none that can be read:
    ``refuse`` then says that nothing of it has an effect, and that it is answered without a crash.
    """

    elements: tuple[Expectation, ...] = ()
    whole: Expectation | None = None

    @property
    def expectations(self) -> tuple[Expectation, ...]:
        """All that is expected: of the elements, or of the whole."""
        return self.elements if self.whole is None else (self.whole,)


def expected_posts(posts: Iterable[Post], knowledge: Knowledge) -> tuple[Body, ...]:
    """Return what is expected of several POSTs, sent one after the other when the one before is answered."""
    made = []
    for post in posts:
        body, knowledge = expected_post(post, knowledge)
        made.append(body)
    return tuple(made)


def expected_post(post: Post, knowledge: Knowledge) -> tuple[Body, Knowledge]:
    """Return what is expected of a POST, and what is known after it. Never raises."""
    if post.to == "launch":
        return Body(whole=_launch(post)), knowledge
    data, doubts = _unpacked(post)
    try:
        tree = load(data)
    except NotRead as error:
        return Body(whole=_nothing(f"the body is {error}", error.lenient and b'"jwt"' in data)), knowledge
    listed = plain(tree).get("notices") if isinstance(tree, Members) else plain(tree)
    if not isinstance(listed, list) or not listed:
        why = "the body has no array notices" if not isinstance(listed, list) else "the array notices is empty"
        return Body(whole=_nothing(why, bool(repeated(tree)))), knowledge
    doubts += list(_body_doubts(post, tree, listed, len(data)))
    elements = []
    for element in listed:
        one = _element(element, knowledge, doubts)
        if one.outcome == "accept" and len(listed) > 1 and not one.row:
            rule = 'D2L "Platform Notification Service with LTI 1.3"'
            one = replace(one, rule=rule, why="each notice of a POST counts by itself", row="PNS-NOTICE-15")
        knowledge = after(knowledge, one)
        elements.append(one)
    return Body(tuple(elements)), knowledge


def _nothing(why: str, doubtful: bool = False) -> Expectation:
    if doubtful:
        return concluded((Finding("either", "body", DOUBT, why + "; not every parser sees it so"),))
    return concluded((Finding("refuse", "body", PRACTICE, why, "PNS-NOTICE-17", "SHOULD"),))


def _doubt(why: str) -> Finding:
    return Finding("either", "body", DOUBT, why)


def _unpacked(post: Post) -> tuple[bytes, list[Finding]]:
    """Return the body as it means: unpacked if it is packed, as far as that is bearable."""
    if post.encoding.lower() in ("", "identity"):
        return post.body, []
    doubts = [_doubt(f"the body is sent with Content-Encoding {post.encoding}")]
    if post.encoding.lower() not in ("gzip", "x-gzip"):
        return post.body, doubts
    try:
        return zlib.decompressobj(31).decompress(post.body, UNPACKED), doubts
    except zlib.error:
        return b"", doubts


def _body_doubts(post: Post, tree: Any, listed: list[Any], size: int) -> Iterator[Finding]:
    """Give what about the body itself leaves a receiver both ways."""
    kind, _, more = post.content_type.partition(";")
    charset = more.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != "application/json" or charset not in ("", "utf-8"):
        yield _doubt("the content type is not application/json")
    if size > SURELY_READ or len(listed) > MOST:
        yield _doubt("the body is longer than every receiver takes")
    if repeated(tree):
        yield _doubt("a member of the body is there more than once")
    if not isinstance(tree, Members):
        yield _doubt("the body is an array, not an object that holds one")
    elif len(tree.pairs) > 1:
        yield _doubt("the body has members beside notices")


def _element(element: object, knowledge: Knowledge, doubts: list[Finding]) -> Expectation:
    """Judge one notice; doubts about the body weaken an acceptance, never a refusal."""
    text = element.get("jwt") if isinstance(element, dict) else element
    found = list(doubts)
    if isinstance(element, str):
        found.append(Finding("either", "body", "observed: Blackboard test tool", "the notice is a bare text"))
    elif isinstance(element, dict) and len(element) > 1:
        found.append(_doubt("the element has members beside jwt"))
    if not isinstance(text, str) or not text.strip():
        return _nothing("the element has no text jwt, or a blank one")
    one = expected(text, knowledge)
    if one.outcome == "accept" and found:
        return replace(concluded((*found, *one.findings), one.target), authentic=one.authentic)
    return one


def _launch(post: Post) -> Expectation:
    """Judge what is sent to where launches arrive: a notice is no id_token."""
    pairs = decode_form(post.body).pairs if post.content_type.startswith(FORM) else ()
    text = next((value for name, value in pairs if name == "id_token"), "")
    token = take_apart(text)
    claims = plain(token.claims) if isinstance(token, Token) and isinstance(token.claims, Members) else {}
    if NOTICE in claims and MESSAGE_TYPE in claims:
        return concluded((_doubt("the token is one of a notice and of a launch at once"),))
    why = "a notice is sent where launches arrive"
    return concluded((Finding("refuse", "launch", "RFC 8725, 3.11, 3.12", why, "PNS-RECV-11", "MUST"),))
