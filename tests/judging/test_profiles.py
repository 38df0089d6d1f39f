"""A profile is a set of named settings, each of which can be changed by name."""

from __future__ import annotations

import pytest

from harness.judging.profiles import FOLDER, Profile, ProfileError, load_profile, profile_names


def test_the_profiles_of_pens_are_there_and_load() -> None:
    assert {"pens-1.0", "engine-21.1", "engine-22"} <= set(profile_names())
    assert list(profile_names()) == sorted(path.stem for path in FOLDER.glob("*.toml"))
    for name in profile_names():
        assert load_profile(name).name == name


def test_the_settings_of_the_standard_profile_are_pinned() -> None:
    settings = load_profile("pens-1.0").area("pens")
    expected = {
        "path": "/pens", "tenant_in_query": False, "auth_required": False,
        "accepts_basic": False, "refusal_status": 200,
        "package_types": ["aicc-pkg", "scorm-pif", "lms-qti", "ims-qti"], "package_formats": ["zip"],
        "empty_is_null": False, "fetch_ftp": False, "post_only": False, "error_precedence": "highest",
        "late_validation": False, "redirects": 3, "max_package": 10 * 1024**3, "outbound": "loopback",
        "callback_encoding": "form", "callback_client": "", "expiry_format": "echo", "require_receipt_ack": False,
    }  # fmt: skip
    assert {key: settings[key] for key in expected} == expected
    assert (load_profile("pens-1.0").vendor, load_profile("pens-1.0").capabilities) == ("", ())
    assert load_profile("pens-1.0").field_verdict == "warn"


@pytest.mark.parametrize("name", ["engine-21.1", "engine-22"])
def test_an_engine_extends_the_standard(name: str) -> None:
    engine, base = load_profile(name), load_profile("pens-1.0")
    assert (engine.vendor, "engine" in engine.capabilities) == ("rustici", True)
    assert engine.settings.keys() == base.settings.keys()
    changed = {key for key in base.settings if engine.settings[key] != base.settings[key]}
    assert changed == {"pens.path", "pens.tenant_in_query", "pens.auth_required"}
    assert engine.settings["pens.path"] == "/RusticiEngine/PENS.jsp"


def test_a_setting_given_as_text_takes_the_type_that_it_has() -> None:
    changes = {
        "pens.auth_required": "TRUE", "pens.redirects": "0", "pens.package_types": "aicc-pkg, scorm-pif,",
        "pens.path": "/x", "pens.post_only": True,
    }  # fmt: skip
    changed = load_profile("pens-1.0").with_settings(changes)
    expected = {
        "auth_required": True, "redirects": 0, "package_types": ["aicc-pkg", "scorm-pif"], "path": "/x",
        "post_only": True,
    }  # fmt: skip
    assert {key: changed.area("pens")[key] for key in expected} == expected
    assert changed.area("pens")["max_package"] == 10 * 1024**3
    assert load_profile("pens-1.0").area("pens")["redirects"] == 3
    assert (changed.name, Profile("x").area("pens")) == ("pens-1.0", {})


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"pens.redirect": "1"}, r"unknown setting 'pens.redirect'; did you mean 'pens.redirects'\?"),
        ({"pens.redirects": "many"}, r"setting pens.redirects: expected int, got 'many'"),
        ({"pens.post_only": "yes"}, r"setting pens.post_only: expected true or false, got 'yes'"),
    ],
)
def test_what_is_no_setting_is_refused(changes: dict[str, str], error: str) -> None:
    with pytest.raises(ProfileError, match=error):
        load_profile("pens-1.0").with_settings(changes)


def test_an_unknown_profile_is_refused_with_the_nearest() -> None:
    with pytest.raises(ProfileError, match=r"unknown profile 'engine-2'; did you mean 'engine-22'\?"):
        load_profile("engine-2")
