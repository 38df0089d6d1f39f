"""Strategies for calls of the V1 API, judged by the signature and the limits that they were made from."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from harness.strategies.cloud_registrations import Clerk, Registering
from harness.strategies.cloud_v1 import (
    BENDS,
    FEATURES,
    TWINS,
    Bent,
    Form,
    Ids,
    bent_calls,
    forms,
    id_pairs,
    names,
    units,
)
from harness.strategies.cloud_v1_flaws import METHODS, REQUIRED, Flaw, Hostile, flaws, hostile_calls
from harness.wire.binding import FORM, Pairs
from harness.wire.cloud_v1 import ID_LIMIT, canonical, parameters, signature
from harness.wire.cloud_v1_answer import clean

MANY = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), database=None)
SECRET = "secretkey"
PLAIN: Pairs = (
    ("method", "rustici.registration.exists"), ("regid", "r 1+é"), ("appid", "app"), ("ts", "20260101000000"),
)  # fmt: skip


def signed(extra: Pairs) -> Pairs:
    """Return a plain call with parameters beside its own, signed."""
    whole = (*PLAIN, *extra)
    return (*whole, ("sig", signature(whole, SECRET)))


def read(form: Form, pairs: Pairs) -> Pairs:
    """Return the parameters that a server reads of a call in a form."""
    query, body = form.parts(pairs)
    return parameters(query.encode(), FORM, body.encode())


@MANY
@given(id_pairs(), st.text("0123456789abcdef", min_size=8, max_size=8))
def test_ids_have_at_most_255_characters_by_every_reading_and_xml_can_hold_them(example: Ids, token: str) -> None:
    for regid in example.pair(token):
        assert token in regid
        assert 0 < units(regid) <= ID_LIMIT
        assert clean(regid) == regid
        assert not any(unicodedata.category(letter) == "Cc" for letter in regid)


@MANY
@given(id_pairs())
def test_the_two_ids_of_a_pair_differ_in_one_piece(example: Ids) -> None:
    one, other = example.pair("0123abcd")
    assert one != other
    head, tail = f"{example.head}0123abcd-", example.tail
    assert one.startswith(head)
    assert other.startswith(head)
    assert one.endswith(tail)
    assert other.endswith(tail)


def test_ids_of_every_kind_and_of_the_full_length_are_drawn() -> None:
    seen: set[str] = set()
    lengths: set[int] = set()
    letters: set[str] = set()

    @settings(max_examples=400, deadline=None, database=None)
    @given(id_pairs())
    def look(example: Ids) -> None:
        seen.add(example.kind)
        for regid in example.pair("0123abcd"):
            lengths.add(units(regid))
            letters.update(regid[:1], regid[-1:], *regid)

    look()
    assert seen == set(TWINS)
    assert max(lengths) == ID_LIMIT
    assert set('/&+%#? é"<>\u200f😀') <= letters


def test_the_pair_of_normal_forms_looks_alike() -> None:
    one, other = TWINS["form"]
    assert one != other
    assert unicodedata.normalize("NFC", other) == one


@MANY
@given(names())
def test_names_can_be_held_by_xml_and_have_nothing_to_trim(name: str) -> None:
    assert clean(name) == name.strip() == name


@pytest.mark.parametrize("feature", FEATURES)
def test_a_sound_call_is_rightly_signed_in_every_form(feature: str) -> None:
    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(forms(feature))
    def holds(form: Form) -> None:
        pairs = signed(form.extra)
        found = read(form, pairs)
        sent = {name: value for name, value in found if name != "sig"}
        assert sorted(pair for pair in found if pair[0] != "sig") == sorted(pair for pair in pairs if pair[0] != "sig")
        assert signature(found, SECRET) == dict(found)["sig"].lower()
        assert sent["regid"] == "r 1+é"
        names_sent = {name.lower() for name, _ in form.extra}
        assert not names_sent & {"method", "regid", "appid", "ts", "sig", "format", "dataformat", "filedata"}

    holds()


def test_each_feature_shows_in_the_form_that_is_named_after_it() -> None:
    shown: dict[str, Form] = {}

    @settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(FEATURES), st.data())
    def look(feature: str, data: st.DataObject) -> None:
        form = data.draw(forms(feature))
        pairs = signed(form.extra)
        query, body = form.parts(pairs)
        text, values = query + body, [value for _, value in form.extra]
        has = {
            "order": [pair[0] for pair in read(form, pairs)] != sorted((name for name, _ in pairs), key=str.lower),
            "mixed-case": any(name != name.lower() for name, _ in form.extra),
            "hex": dict(read(form, pairs))["sig"] != dict(pairs)["sig"],
            "spelling": "+" in text or "%2b" in text,
            "scripts": any(not value.isascii() for value in values),
            "repeated": len({name for name, _ in form.extra}) < len(form.extra),
            "empty": "" in values,
            "places": bool(query) and bool(body),
            "unknown": len(form.extra) > 8,
        }
        if has[feature]:
            shown[feature] = form

    look()
    assert set(shown) == set(FEATURES)


@MANY
@given(bent_calls())
def test_a_bent_call_was_sound_and_is_so_no_more(example: Bent) -> None:
    pairs = signed(example.form.extra)
    sound = read(example.form, pairs)
    assert signature(sound, SECRET) == dict(sound)["sig"]
    found = read(example.form, example.applied(pairs, example.form.extra))
    assert signature(found, SECRET) != dict(found)["sig"]
    assert {"method", "appid", "ts", "sig", "regid"} <= dict(found).keys()


@pytest.mark.parametrize("kind", BENDS)
def test_a_bend_changes_what_it_is_named_after(kind: str) -> None:
    extra = (("a1", "12"), ("b2", "7"))
    pairs = signed(extra)
    bent = Bent(Form(extra), kind, 1).applied(pairs, extra)
    assert bent != pairs
    same = canonical(bent) == canonical(pairs)
    assert same == (kind in ("digit", "secret"))
    assert (dict(bent)["sig"] == dict(pairs)["sig"]) == (kind not in ("digit", "secret"))


@MANY
@given(flaws("missing"))
def test_what_is_missing_is_required_by_its_method(example: Flaw) -> None:
    assert (example.method, example.argument) in REQUIRED.items()
    assert example.value is None
    assert example.argument not in dict(example.beside)


@MANY
@given(flaws("oversized"))
def test_an_oversized_id_is_longer_than_any_reading_allows(example: Flaw) -> None:
    assert example.value is not None
    assert len(example.value) > ID_LIMIT
    assert example.argument in ("regid", "learnerid")


@MANY
@given(flaws("wrong-value"))
def test_a_wrong_value_is_a_word_that_no_list_has(example: Flaw) -> None:
    assert example.argument in ("resultsformat", "authtype")
    assert example.value is not None
    assert example.value.startswith("invalid")


@MANY
@given(hostile_calls())
def test_a_hostile_call_is_bounded_and_names_nothing_that_is_there(example: Hostile) -> None:
    assert len(example.body) < 1 << 20
    assert example.method in METHODS
    assert not example.body.startswith(b"PK")
    assert "delete" not in example.method


def test_hostile_calls_are_of_every_announced_kind() -> None:
    kinds: set[str] = set()

    @settings(max_examples=300, deadline=None, database=None)
    @given(hostile_calls())
    def look(example: Hostile) -> None:
        kinds.add(example.kind)

    look()
    assert kinds == {"binary", "argument", "pairs", "nested", "json", "parts"}


class Noting:
    """A clerk that only notes what it is asked for."""

    learns = False

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.judged = 0

    def __getattr__(self, name: str) -> object:
        if name == "conclude":
            self.judged += 1
        return lambda *given: self.asked.append(name)


@pytest.mark.parametrize("learns", [True, False])
def test_the_machine_does_all_that_a_clerk_can_do_and_has_every_history_judged(learns: bool) -> None:
    clerks: list[Noting] = []

    def machine() -> Any:
        clerk = Noting()
        clerk.learns = learns
        clerks.append(clerk)
        return Registering(clerk)  # type: ignore[arg-type]

    factory: Any = machine
    chosen = settings(max_examples=20, stateful_step_count=20, deadline=None, database=None)
    run_state_machine_as_test(factory, settings=chosen)
    done = {name for clerk in clerks for name in clerk.asked}
    able = {name for name in vars(Clerk) if not name.startswith("_")} - {"learns"}
    assert done == able - (set() if learns else {"learn"})
    judged = [clerk.judged for clerk in clerks if clerk.asked]
    assert set(judged) <= {0, 1}  # what Hypothesis breaks off is not judged
    assert judged.count(1) >= 20
