"""Rules about postbacks that many checks share: that one came, how it is bound, what it holds, when tries came."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from harness.judging.expect import control, expect
from harness.subjects.cloud_v1_records import Postback, Story
from harness.wire.binding import FORM


def learnt(story: Story, step: str = "") -> None:
    """Demand that the learner did what was asked for: without that nothing has changed."""
    found = [event for event in story.happened if event.name == "learnt" and (event.step == step or not step)]
    control(found and all(event.facts.get("status") == "succeeded" for event in found), "the learner has learnt")


def came(story: Story, step: str = "", complete: str = "") -> Postback:
    """Demand a postback at the endpoint of a step, about a state if one is named, and return the last such."""
    found = [postback for postback in story.posted(step) if complete in ("", postback.report.complete)]
    control(found, f"a postback {complete and f'with the state {complete} '}comes to the endpoint {step}".rstrip())
    return found[-1]


def is_form(postback: Postback) -> None:
    """Expect urlencoded data."""
    got = postback.media or "no Content-Type"
    expect(postback.media == FORM, "not-urlencoded", expected=FORM, got=got, at=postback.at)
    expect(postback.form.get("data") is not None, "no-data", expected="data", got=postback.form.names, at=postback.at)


def has_login(postback: Postback, name: str, password: str) -> None:
    """Expect username and password in the form."""
    for field, wanted in (("username", name), ("password", password)):
        got = postback.form.get(field)
        expect(got is not None, "no-login", expected=field, got=postback.form.names, at=postback.at)
        expect(got == wanted, "wrong-login", expected=f"{field}={wanted}", got=got, at=postback.at)


def is_basic(postback: Postback, name: str, password: str) -> None:
    """Expect XML as the body, called text/xml, and the login in a Basic header."""
    got = postback.media or "no Content-Type"
    expect(postback.media == "text/xml", "wrong-media", expected="text/xml", got=got, at=postback.at)
    header = postback.exchange.request.header("Authorization") or ""
    scheme, _, token = header.partition(" ")
    expect(scheme.lower() == "basic", "no-basic", expected="Authorization: Basic", got=header or "none", at=postback.at)
    try:
        login = base64.b64decode(token.strip(), validate=True).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        login = token
    expect(login == f"{name}:{password}", "wrong-login", expected=f"{name}:{password}", got=login, at=postback.at)
    expect(not postback.report.refused, "no-report", expected="XML", got=postback.report.refused, at=postback.at)


def sent(story: Story, step: str, name: str) -> str:
    """Return what a call said, as the record keeps it: secrets are replaced everywhere alike."""
    return next((value for key, value in story[step].params if key == name), "")


def shape(element: Any) -> Any:
    """Return what an element says, whatever its white space and the order of attributes and children."""
    text = (element.text or "").strip()
    children = sorted((shape(child) for child in element), key=repr)
    return element.tag, sorted(element.items()), text, children


Spans = Sequence[Sequence[float]]


def tries(story: Story, step: str) -> Spans:
    """Return between which seconds since the beginning each try of a postback came."""
    return next((e.facts["between"] for e in story.happened if e.name == "tries" and e.step == step), ())


def gaps(spans: Spans) -> list[tuple[float, float]]:
    """Return how long each gap between tries was, at least and at most (seconds)."""
    return [(max(0.0, b[0] - a[1]), b[1] - a[0]) for a, b in pairwise(spans)]


def middle(found: Sequence[tuple[float, float]]) -> float:
    """Return the median of gaps, each taken in its middle."""
    return sorted((low + high) / 2 for low, high in found)[len(found) // 2]


def differ(ours: Spans, theirs: Spans) -> bool:
    """Whether two series of tries cannot both follow one schedule, counted from the first try of each."""
    pairs = list(zip(ours, theirs, strict=False))
    (a, b), rest = pairs[0], pairs[1:]
    return any(one[0] - a[1] > two[1] - b[0] or two[0] - b[1] > one[1] - a[0] for one, two in rest)
