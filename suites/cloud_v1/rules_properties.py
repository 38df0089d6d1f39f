"""Rules of properties, for one example each: Hypothesis asks them while it searches, checks ask them of the record."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.subjects.cloud_v1_records import Called, Story
from suites.cloud_v1.rules import answered, refused, succeeded
from suites.cloud_v1.rules_access import NOT_REACHED
from suites.pens_target.rules_properties import TRACES

SOFT = frozenset({"case", "form", "blank"})
"""Differences of ids that no source says a server has to see; that it does not is told, and is no fault."""


def _facts(story: Story) -> dict[str, object]:
    event = story.event("example")
    return dict(event.facts) if event else {}


def _given(called: Called, name: str) -> str:
    return dict(called.params).get(name, "")


def _text(called: Called, path: str) -> str | None:
    """Return a text as it stands, its blanks included."""
    found = called.rsp.find(path)
    return None if found is None else found.text or ""


def names_came_back(story: Story) -> bool:
    """Whether the names of an example's learner stand in the detail of the registration as they were given."""
    made, detail = story["create"], story["detail"]
    given = (_given(made, "fname"), _given(made, "lname"))
    return given == tuple(_text(detail, f"registration/learner{word}Name") for word in ("First", "Last"))


def names_are_kept(story: Story) -> None:
    """Expect that names come back as they were given."""
    made, detail = story["create"], story["detail"]
    control(made.is_ok and detail.is_ok, "a registration is created and told of")
    given = f"{_given(made, 'fname')} {_given(made, 'lname')}"
    expect(names_came_back(story), "changed-name", expected=given, got=detail.got, at=detail.at)


def ids_are_kept(story: Story) -> None:
    """Expect that a registration is found under its id and comes back with it unchanged, its learner's id too."""
    made = story["create"]
    expect(made.is_ok, "refused-id", expected="a registration of that id", got=made.got, at=made.at)
    control(names_came_back(story), "text of any script comes back at all")
    regid = _given(made, "regid")
    there, told, detail = story["exists"], story["result"], story["detail"]
    expect(there.rsp.text("result") == "true", "lost-id", expected=f"true for {regid!r}", got=there.got, at=there.at)
    for called, path, name in ((told, "registrationreport", "regid"), (detail, "registration", "id")):
        found = called.rsp.find(path)
        got = None if found is None else found.get(name)
        expect(got == regid, "changed-id", expected=regid, got=called.got, at=called.at)
    learner = _text(detail, "registration/learnerId")
    expect(learner == _given(made, "learnerid"), "changed-id", expected=regid, got=detail.got, at=detail.at)


def ids_are_apart(story: Story) -> None:
    """Expect that a second id, which differs in one piece, is another id: a note only where no source says so."""
    apart, made, told = story["apart"], story["create-other"], story["result-other"]
    other, kind = _given(made, "regid"), str(_facts(story).get("kind"))
    found = told.rsp.find("registrationreport")
    same = apart.rsp.text("result") == "true" or not made.is_ok or found is None or found.get("regid") != other
    got = f"{apart.got}; {made.got}; {told.got}"
    if kind in SOFT:
        remark("taken-for-one", unless=not same, got=got, at=made.at, warn=True)
    else:
        expect(not same, "taken-for-one", expected=f"another id: {other!r} (differs in {kind})", got=got, at=made.at)


def both_are_told_apart(story: Story) -> None:
    """Expect names, ids and their difference to be kept: what the search looks for."""
    names_are_kept(story)
    ids_are_kept(story)
    ids_are_apart(story)


def is_let_in(story: Story) -> None:
    """Expect that the call of an example succeeds."""
    succeeded(story.calls[0])


def is_told_by_its_signature(story: Story) -> None:
    """Expect that a call is refused with 104 once something about it has changed; as it was signed it succeeds."""
    control(story["sound"].is_ok, "the call succeeds as it was signed")
    refused(story["bent"], 104)


def has_no_effect(story: Story) -> None:
    """Expect that a flawed call fails, by one of its codes if it has any, and that nothing comes of it."""
    called, after = story["flawed"], story["after"]
    control(called.code not in NOT_REACHED, "the service knows the method")
    refused(called, *_codes(story))
    created = after.rsp.text("result") == "true"
    expect(not created, "had-effect", expected="false after the refusal", got=after.got, at=after.at)


def _codes(story: Story) -> tuple[int, ...]:
    found = _facts(story).get("codes")
    return tuple(int(code) for code in found) if isinstance(found, (list, tuple)) else ()


def is_answered(story: Story) -> None:
    """Expect an answer whatever came, nothing of the inside in it, and a service that goes on."""
    called, ping = story["hostile"], story["ping"]
    response = called.response
    expect(response is not None, "no-response", expected="an answer", got=called.got, at=called.at)
    expect(called.status < 500, "server-error", expected="no 5xx", got=called.got, at=called.at)
    trace = TRACES.search(called.body)
    expect(not trace, "traceback", expected="nothing of the inside", got=trace and trace[0], at=called.at)
    if called.status == 200:
        answered(called)
    expect(ping.is_ok, "gone", expected="a pong after a hostile call", got=ping.got, at=ping.at)
