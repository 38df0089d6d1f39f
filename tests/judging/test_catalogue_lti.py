"""The rows of LTI 1.3 and its notification service are all there, each with the basis of its sources and a verdict."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.judging.catalogue import Catalogue, Requirement, load
from harness.judging.profiles import Profile, load_profile
from harness.judging.requirement import CONDITIONS
from harness.judging.rows import Judging
from harness.judging.verdicts import FAIL, NOTE, WARN, weigh

AREAS = {
    **{"PNS-CLAIM": 14, "LTI-TOKEN": 27, "PNS-HANDLER": 40, "PNS-NOTICE": 20, "PNS-JWT": 23, "PNS-RECV": 18},
    **{"PNS-TYPE": 16, "LTI-LAUNCH": 27, "LTI-JWKS": 6, "LTI-DR": 20, "LTI-DEP": 3, "D2L-PNS": 17},
}
OF_TOOL = {
    "PNS-CLAIM": range(10, 15),
    "LTI-TOKEN": range(20, 28),
    "PNS-HANDLER": range(36, 41),
    "PNS-NOTICE": range(14, 21),
    "PNS-RECV": range(1, 19),
    "PNS-TYPE": range(6, 10),
    "LTI-LAUNCH": range(20, 28),
    "LTI-DR": range(14, 21),
    "D2L-PNS": range(17, 18),
}
"""The numbers of each area that are demanded of a tool; the others are demanded of a platform."""

PROFILES = ("pns-spec", "brightspace", "canvas", "blackboard")


@pytest.fixture(scope="module")
def rows() -> Catalogue:
    return Catalogue(row for row in load().values() if row.subject.startswith("lti-"))


def expected(area: str, number: int) -> list[tuple[str, str]]:
    name = f"{area}-{number:02}"
    if area == "LTI-JWKS":
        return [(f"{name}/P", "lti-platform"), (f"{name}/T", "lti-tool")]
    return [(name, "lti-tool" if number in OF_TOOL.get(area, ()) else "lti-platform")]


def test_each_of_the_231_rules_is_there_once_or_once_per_subject(rows: Catalogue) -> None:
    assert sum(AREAS.values()) == 231
    wanted = [found for area, count in AREAS.items() for n in range(1, count + 1) for found in expected(area, n)]
    assert len(wanted) == 237
    assert {name: row.subject for name, row in rows.items()} == dict(wanted)
    assert Counter(row.subject for row in rows.values()) == {"lti-platform": 162 + 6, "lti-tool": 63 + 6}


def test_the_numbers_of_each_lti_area_stand_in_order(rows: Catalogue) -> None:
    for subject in ("lti-platform", "lti-tool"):
        numbers: dict[str, list[int]] = {}
        for name in rows.for_subject(subject):
            area, _, number = name.split("/")[0].rpartition("-")
            numbers.setdefault(area, []).append(int(number))
        for found in numbers.values():
            assert found == sorted(set(found))


def test_every_lti_row_has_a_sentence_about_its_subject_and_a_source(rows: Catalogue) -> None:
    for row in rows.values():
        who = row.subject.removeprefix("lti-")
        assert row.role == (who,)
        assert row.sentence.startswith(f"The {who} {row.level.lower()} "), row.id
        assert row.source.document, row.id
        assert row.source.section, row.id
        assert "sheet" not in f"{row.source.document} {row.source.section}".lower()


def test_no_row_of_a_vendor_lacks_its_vendor_and_no_other_row_has_one(rows: Catalogue) -> None:
    for row in rows.values():
        assert bool(row.vendors) is (row.basis == "vendor"), row.id
        assert set(row.vendors) <= {"d2l", "instructure"}, row.id
        assert row.basis != "derived", row.id


def test_the_bases_of_the_lti_rows(rows: Catalogue) -> None:
    bases = Counter((row.subject, " ".join((row.basis, *row.vendors))) for row in rows.values())
    assert bases == {
        ("lti-platform", "standard"): 63,
        ("lti-platform", "field"): 55,
        ("lti-platform", "vendor d2l"): 34,
        ("lti-platform", "vendor instructure"): 6,
        ("lti-platform", "vendor d2l instructure"): 6,
        ("lti-platform", "ours"): 4,
        ("lti-tool", "standard"): 32,
        ("lti-tool", "field"): 21,
        ("lti-tool", "vendor d2l"): 10,
        ("lti-tool", "vendor instructure"): 4,
        ("lti-tool", "vendor d2l instructure"): 1,
        ("lti-tool", "ours"): 1,
    }


@pytest.mark.parametrize(
    ("name", "basis"),
    [
        ("PNS-CLAIM-01", "standard"),  # a vendor says it as well
        ("PNS-CLAIM-04", "field"),
        ("PNS-CLAIM-09", "vendor"),  # inferred, so that no standard is blamed
        ("LTI-TOKEN-16", "field"),  # inferred from a standard
        ("LTI-TOKEN-19", "vendor"),
        ("PNS-HANDLER-09", "vendor"),
        ("PNS-HANDLER-26", "field"),
        ("PNS-NOTICE-09", "ours"),  # derived from no stated rule
        ("PNS-NOTICE-10", "vendor"),  # derived from the vendor's rule on handlers
        ("PNS-RECV-15", "field"),
        ("PNS-TYPE-02", "field"),  # source code is no document of its vendor
    ],
)
def test_the_strongest_source_of_an_lti_row_gives_its_basis(name: str, basis: str, rows: Catalogue) -> None:
    assert rows[name].basis == basis


def test_documents_of_standards_are_those_that_were_read(rows: Catalogue) -> None:
    documents = {row.source.document for row in rows.values() if row.basis == "standard"}
    assert documents == {
        *("LTI Core 1.3", "1EdTech Security Framework 1.0", "LTI Advantage Conformance Certification Guide 1.3"),
        *("OpenID Connect Core 1.0", "RFC 6750", "RFC 8725"),
    }


def test_every_lti_row_is_tested_but_what_a_browser_alone_shows(rows: Catalogue) -> None:
    excused = {name: row.disposition for name, row in rows.items() if row.disposition != "tested"}
    assert excused == {"LTI-DR-13": "attested", "LTI-DR-20": "attested"}


def test_what_a_subject_may_do_is_judged_by_remarks(rows: Catalogue) -> None:
    remarked = {name for name, row in rows.items() if row.judged == "remarks"}
    assert remarked == {name for name, row in rows.items() if row.level == "MAY"}
    assert remarked == {
        *("LTI-TOKEN-15", "PNS-HANDLER-24", "PNS-HANDLER-35", "PNS-NOTICE-08", "PNS-TYPE-03"),
        *("LTI-JWKS-04/P", "LTI-JWKS-04/T"),
    }


# Conditions


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("context-copy", {f"PNS-TYPE-{number:02}" for number in range(1, 10)}),
        ("asset-processor", {f"PNS-TYPE-{number}" for number in range(10, 15)}),
        ("contributions", {"PNS-TYPE-15"}),
        ("hello-world", {"PNS-TYPE-16", "PNS-HANDLER-35"}),
        ("retries", {"PNS-NOTICE-08"}),
        ("dynamic-registration", {f"LTI-DR-{number:02}" for number in range(1, 21)}),
        (
            "several-deployments",
            {
                *("PNS-CLAIM-09", "PNS-CLAIM-14", "PNS-HANDLER-32", "PNS-JWT-19", "LTI-LAUNCH-26", "LTI-DEP-02"),
            },
        ),
        ("brightspace", {f"D2L-PNS-{number:02}" for number in range(1, 17)}),
    ],
)
def test_a_capability_is_the_condition_of_these_rows(condition: str, names: set[str], rows: Catalogue) -> None:
    assert {name for name, row in rows.items() if row.condition == condition} == names


def applies(row: Requirement, profile: Profile) -> bool:
    judging = object.__new__(Judging)
    judging.profile = profile
    return judging.applies(row)


def test_under_the_first_profile_every_row_applies(rows: Catalogue) -> None:
    profile = load_profile("pns-spec")
    assert set(profile.capabilities) <= set(CONDITIONS)
    assert [name for name, row in rows.items() if not applies(row, profile)] == []


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        ("brightspace", {"contributions", "retries"}),
        ("canvas", {"brightspace", "retries"}),
        ("blackboard", {"brightspace", "context-copy", "hello-world", "contributions"}),
    ],
)
def test_a_platform_is_excused_from_what_it_does_not_have(name: str, lacks: set[str], rows: Catalogue) -> None:
    profile = load_profile(name)
    assert {row.condition for row in rows.values() if not applies(row, profile)} == lacks


# Verdicts


def test_the_rows_of_brightspace_fail_under_its_profile_and_warn_under_the_first(rows: Catalogue) -> None:
    demanded = [row for row in rows.values() if row.level.startswith("MUST") and "d2l" in row.vendors]
    assert sum(row.id.startswith("D2L-PNS-") for row in demanded) == 15
    for row in demanded:
        assert weigh(row, load_profile("brightspace")) == FAIL, row.id
        assert weigh(row, load_profile("pns-spec")) == WARN, row.id
    for name in ("D2L-PNS-16", "D2L-PNS-17"):
        assert weigh(rows[name], load_profile("brightspace")) == WARN


def test_a_row_that_two_vendors_document_fails_under_the_profile_of_each(rows: Catalogue) -> None:
    shared = [row for row in rows.values() if len(row.vendors) == 2 and row.level.startswith("MUST")]
    assert {row.id for row in shared} == {
        *("PNS-HANDLER-09", "PNS-HANDLER-10", "PNS-HANDLER-17", "PNS-NOTICE-01", "PNS-NOTICE-03", "PNS-JWT-12"),
    }
    for row in shared:
        found = [weigh(row, load_profile(name)) for name in PROFILES]
        assert found == [WARN, FAIL, FAIL, WARN], row.id


def test_a_row_of_a_standard_fails_under_every_profile_that_does_not_tolerate_it(rows: Catalogue) -> None:
    for profile in map(load_profile, PROFILES):
        for row in rows.values():
            if row.basis == "standard" and row.level in ("MUST", "MUST NOT"):
                assert weigh(row, profile) == (NOTE if row.id in profile.tolerates else FAIL), row.id


@pytest.mark.parametrize("name", PROFILES)
def test_what_a_profile_tolerates_are_rows_of_the_catalogue_with_a_source(name: str, rows: Catalogue) -> None:
    tolerated = load_profile(name).tolerates
    assert bool(tolerated) is (name in ("canvas", "blackboard"))
    for row, source in tolerated.items():
        assert row in rows
        assert source.startswith("observed: ")
