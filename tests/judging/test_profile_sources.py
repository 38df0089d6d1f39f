"""Every setting of every profile says where it comes from."""

from __future__ import annotations

import re
import tomllib

import pytest

from harness.judging.profile_sources import Sourced, described, differing, notes
from harness.judging.profiles import FOLDER, ProfileError, load_profile, profile_names

KNOWN = (
    r"RFC \d|LTI Core|Security Framework|OpenID|D2L|Valence|Article|captured|observed|docs|documentation|"
    r"test tool|library|README|\bours\b|not stated"
)
"""What the profiles of LTI platforms cite. A comment that only says what a setting means is no source."""

TEXT = """\
# The head,
# in two lines.
extends = "other"
vendor = "d2l"   # of its own

# What the table is about.
[pns]            # nor is this of a setting
# Above one.
one = 1
two = "# no comment"  # behind, with # in it
                      # and going on
three = ['[', "]"]    # brackets
four = [
    "a",   # inside
    "b",
]          # and behind
five = 5

# Nobody's.

six = { a = 1 }  # inline
"quoted-7" = '"' # seven

[verdict]
field = "warn"
"""


def test_comments_belong_to_the_setting_that_they_stand_at() -> None:
    found = notes(TEXT)
    assert found.about == "The head, in two lines."
    assert found.of == {
        "extends": "",
        "vendor": "of its own",
        "pns.one": "Above one.",
        "pns.two": "behind, with # in it and going on",
        "pns.three": "brackets",
        "pns.four": "inside and behind",
        "pns.five": "",
        "pns.six": "inline",
        "pns.quoted-7": "seven",
        "verdict.field": "",
    }


def test_the_head_stays_the_head_with_a_blank_line_below_it_or_nothing() -> None:
    assert notes("# Head.\n\n# One.\n[pns]\n").about == "Head."
    assert notes("# Head.\n").about == "Head."
    assert notes("a = 1\n# Later.\nb = 2\n").about == ""
    assert notes("").of == {}


@pytest.mark.parametrize("name", profile_names())
def test_comments_are_found_for_the_very_settings_of_the_file(name: str) -> None:
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    there = set()
    for key, value in tomllib.loads(text).items():
        there |= {f"{key}.{inner}" for inner in value} if isinstance(value, dict) else {key}
    assert set(notes(text).of) == there


@pytest.mark.parametrize("name", profile_names())
def test_every_setting_has_a_source(name: str) -> None:
    one = described(name)
    assert one.about, f"{name}.toml begins with no comment that says what it is"
    assert [key for key, value in one.settings.items() if not value.source] == []


@pytest.mark.parametrize("name", profile_names())
def test_a_setting_of_an_lti_platform_cites_somebody_and_does_not_only_say_what_it_means(name: str) -> None:
    settings = described(name).settings.items()
    lti = {key: value.source for key, value in settings if key.partition(".")[0] in ("lti", "pns")}
    assert {key: source for key, source in lti.items() if not re.search(KNOWN, source)} == {}


@pytest.mark.parametrize("name", profile_names())
def test_values_are_those_by_which_mocks_behave_and_suites_judge(name: str) -> None:
    one, profile = described(name), load_profile(name)
    shown = {key: value.value for key, value in one.settings.items()}
    assert {key: shown[key] for key in profile.settings} == dict(profile.settings)
    assert shown["verdict.field"] == profile.field_verdict
    assert shown["capabilities"] == list(profile.capabilities)
    assert shown.get("vendor", "") == profile.vendor
    assert {key.partition(".")[2]: v for key, v in shown.items() if key.startswith("tolerates.")} == profile.tolerates


def test_a_value_that_is_taken_over_has_the_source_of_where_it_was_set() -> None:
    one = described("engine-22")
    assert one.extends == ("pens-1.0",)
    assert one.subjects == ("pens-target", "pens-client")
    assert one.settings["pens.path"] == Sourced("/RusticiEngine/PENS.jsp", 'Rustici "PENS" for Engine', "engine-22")
    assert one.settings["pens.package_formats"] == Sourced(["zip"], "§6.2.5", "pens-1.0")
    assert one.settings["vendor"].source == one.about


def test_a_unit_alone_is_no_source_and_a_changed_value_does_not_keep_the_old_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("profiles")
    (folder / "base.toml").write_text("# Base.\n[pns]\na = 1  # seconds\nb = 1  # ours\nc = 1  # seconds; ours\n")
    (folder / "mine.toml").write_text('# Mine.\nextends = "base"\n[pns]\nb = 2\n')
    monkeypatch.setattr("harness.judging.profiles.FOLDER", folder)
    settings = described("mine").settings
    assert settings["pns.a"] == Sourced(1, "", "base")
    assert settings["pns.b"] == Sourced(2, "", "mine")
    assert settings["pns.c"] == Sourced(1, "seconds; ours", "base")
    assert settings["verdict.field"].source == ""


def test_profiles_differ_where_values_do_and_in_the_same_order_either_way() -> None:
    names = profile_names()
    for left in names:
        for right in names:
            one, two = described(left), described(right)
            there, back = differing(one, two), differing(two, one)
            assert [name for name, _, _ in there] == [name for name, _, _ in back]
            assert [(a, b) for _, a, b in there] == [(b, a) for _, a, b in back]
            equal = {**one.settings, **two.settings}.keys() - {name for name, _, _ in there}
            assert all(one.settings[key].value == two.settings[key].value for key in equal)
        assert differing(described(left), described(left)) == ()


def test_one_and_true_are_two_values() -> None:
    assert Sourced(1, "x", "p").same_value(Sourced(1, "other source", "q"))
    assert not Sourced(1, "x", "p").same_value(Sourced(True, "x", "p"))
    assert not Sourced(1, "x", "p").same_value(Sourced(1.0, "x", "p"))
    assert not Sourced(1, "x", "p").same_value(None)


@pytest.mark.parametrize("name", ["", "pens", "../../pyproject", "pens-1.0.toml", "a\x00b"])
def test_what_is_no_profile_is_refused_with_the_nearest(name: str) -> None:
    with pytest.raises(ProfileError, match="unknown profile"):
        described(name)
