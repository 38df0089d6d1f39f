"""`invigil profile`: which settings there are, what stands behind them, and where two profiles part."""

from __future__ import annotations

import json

import pytest

from harness.cli import main
from harness.judging.profile_sources import described, differing
from harness.judging.profiles import OF_SUBJECT, load_profile, profile_names


def out(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Standard output of ``invigil profile``, which must succeed."""
    assert main(["profile", *words]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out


def test_every_profile_is_listed_with_what_it_is_about_and_for_whom(capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "list")
    rows = json.loads(out(capsys, "list", "--json"))
    assert [row["name"] for row in rows] == list(profile_names())
    assert {subject for row in rows for subject in row["subjects"]} == set(OF_SUBJECT)
    for row in rows:
        assert f"\n{row['name']}  " in f"\n{text}"
        assert row["about"] in text
    assert [row["extends"] for row in rows if row["name"] == "engine-22"] == [["pens-1.0"]]


@pytest.mark.parametrize("name", profile_names())
def test_a_profile_is_shown_with_all_its_settings_and_their_sources(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = out(capsys, "show", name)
    data = json.loads(out(capsys, "show", name, "--json"))
    assert data["name"] == name
    assert {key for key in data["settings"] if key in load_profile(name).settings} == set(load_profile(name).settings)
    assert "\n    no source" not in text
    for key, row in data["settings"].items():
        area, dot, short = key.partition(".")
        assert not dot or f"[{area}]\n" in text
        assert f"{short or key} = " in text
        assert row["source"] in text


def test_a_value_taken_over_names_the_profile_that_set_it(capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "show", "engine-22")
    assert 'path = "/RusticiEngine/PENS.jsp"\n    Rustici "PENS" for Engine\n' in text
    assert 'package_formats = ["zip"]\n    §6.2.5  (pens-1.0)\n' in text
    assert text.index("capabilities") < text.index("[pens]") < text.index("[verdict]")


def test_two_profiles_are_compared_with_values_and_sources_of_both(capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "diff", "brightspace", "canvas")
    assert text == out(capsys, "diff", "brightspace", "canvas")
    data = json.loads(out(capsys, "diff", "brightspace", "canvas", "--json"))
    rows = {row["setting"]: row for row in data["differences"]}
    assert list(rows) == [name for name, _, _ in differing(described("brightspace"), described("canvas"))]
    assert rows["pns.url-path"]["left"]["value"].startswith("/d2l/api/lti/pns/")
    assert rows["pns.url-path"]["right"]["value"].startswith("/api/lti/notice-handlers/")
    assert rows["pns.hello-on-subscribe"]["right"]["value"] is True
    for row in rows.values():
        for side in ("left", "right"):
            assert row[side] is None or row[side]["source"]
            assert row[side] is None or row[side]["source"] in text
    assert text.startswith(f"brightspace and canvas differ in {len(rows)} of ")
    assert "[pns]\n" in text
    assert "    brightspace  not set\n" in text


def test_a_profile_does_not_differ_from_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert out(capsys, "diff", "canvas", "canvas") == "canvas and canvas do not differ\n"
    assert json.loads(out(capsys, "diff", "canvas", "canvas", "--json"))["differences"] == []


def test_a_setting_that_only_one_has_is_told_as_not_set_in_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(out(capsys, "diff", "pens-1.0", "scorm-cloud", "--json"))
    (row,) = [row for row in data["differences"] if row["setting"] == "v1.path"]
    assert row["left"] is None
    assert row["right"]["profile"] == "scorm-cloud"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["show", "canvs"], "'canvas'"),
        (["diff", "canvas", "brightspce"], "'brightspace'"),
        (["diff", "canvs", "brightspace"], "'canvas'"),
        (["show", "../../pyproject"], "expected one of"),
        (["show"], "NAME"),
        (["diff", "canvas"], "'B'"),
        (["dif"], "diff"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_use_is_one_line_with_the_nearest_name(
    words: list[str], names: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["profile", *words]) == 2
    err = capsys.readouterr().err
    assert err.startswith("invigil: ")
    assert err.count("\n") == 1
    assert names in err
