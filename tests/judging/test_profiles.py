"""A profile is a set of named settings, each of which can be changed by name."""

from __future__ import annotations

import pytest

from harness.judging.profiles import (
    FOLDER,
    OF_SUBJECT,
    Profile,
    ProfileError,
    default_profile,
    load_profile,
    profile_names,
    settings,
)


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


@pytest.mark.parametrize(
    ("name", "vendor", "expected"),
    [
        ("pns-spec", "", {"pns.url-path": "/lti/pns/{deployment_id}", "lti.lifetime": 600, "lti.azp": "several"}),
        (
            "brightspace",
            "d2l",
            {
                "pns.url-path": "/d2l/api/lti/pns/1.0/handlers/deployment/{deployment_id}",
                "pns.title-gated": True, "pns.retries": 0, "lti.deployment-id-form": "guid",
                "lti.client-id-form": "guid",
                "lti.context-id-form": "number", "lti.lifetime": 1800, "lti.nbf": True, "lti.azp": "never",
                "lti.token-audience": "separate", "lti.state-required": True,
            },
        ),
        (
            "canvas",
            "instructure",
            {
                "pns.url-path": "/api/lti/notice-handlers/{n}", "pns.client-id-in-list": "number",
                "pns.handler-scheme": "any", "pns.min-batch-size": 10, "pns.missing-scope-status": 401,
                "pns.error-body": "canvas", "pns.hello-on-subscribe": True, "pns.origin-when-unknown": "omit",
                "pns.retries": 0, "lti.deployment-id-form": "canvas", "lti.context-id-form": "hex40",
                "lti.lifetime": 3600, "lti.azp": "always", "lti.keys-published": 3, "lti.keys-max-age": 864000,
                "lti.issuer": "https://canvas.instructure.com", "lti.auth-errors": "canvas",
            },
        ),
        (
            "blackboard",
            "anthology",
            {
                "pns.ap-claims": "lti-aip", "pns.assetreport": False, "pns.checksum-member": "checksum",
                "pns.domain-rule": "domain", "pns.notice-types": ["LtiAssetProcessorSubmissionNotice"],
                "pns.retries": 5, "lti.typ": "", "lti.lifetime": 300, "lti.context-id-form": "blackboard",
            },
        ),
    ],
    ids=["pns-spec", "brightspace", "canvas", "blackboard"],
)  # fmt: skip
def test_a_platform_of_notices_behaves_by_its_own_settings(name: str, vendor: str, expected: dict[str, object]) -> None:
    profile, base = load_profile(name), load_profile("pns-spec")
    assert (profile.vendor, profile.field_verdict) == (vendor, "warn")
    assert {key: profile.settings[key] for key in expected} == expected
    assert {key: type(value) for key, value in profile.settings.items()} == {
        key: type(value) for key, value in base.settings.items()
    }


@pytest.mark.parametrize("subject", ["lti-platform", "lti-tool"])
def test_the_subjects_of_lti_see_both_areas_of_the_notification_profile(subject: str) -> None:
    profile = load_profile(default_profile(subject))
    assert profile.name == "pns-spec"
    assert len(profile.for_subject(subject)) == len(profile.settings)  # no name stands in both areas
    assert settings(["retries=2", "lti.typ="], OF_SUBJECT[subject]) == {"pns.retries": "2", "lti.typ": ""}


def test_a_profile_can_do_without_a_capability_of_the_one_that_it_extends() -> None:
    base, canvas = load_profile("pns-spec"), load_profile("canvas")
    assert set(base.capabilities) - set(canvas.capabilities) == {"brightspace", "retries"}
    assert set(canvas.capabilities) < set(base.capabilities)
