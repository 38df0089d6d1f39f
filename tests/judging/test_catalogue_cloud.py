"""The rows of the V1 API and of receivers of results are all there, in order, each with the basis of its sources."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.judging.catalogue import Catalogue, load


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


def test_each_of_the_136_server_rules_and_17_receiver_rules_of_cloud_v1_is_there(catalogue: Catalogue) -> None:
    rules = [row for name, row in catalogue.items() if name.startswith("CLOUD-")]
    areas = Counter((row.subject, row.id.split("-")[1]) for row in rules)
    server = {"EP": 10, "AUTH": 21, "ENV": 12, "IMPORT": 21, "COURSE": 12, "UPLOAD": 5, "TAG": 2}
    server |= {"REG": 25, "LAUNCH": 10, "POSTBACK": 18}
    assert areas == {
        **{("cloud-v1", area): number for area, number in server.items()},
        ("results-receiver", "RECV"): 17,
    }
    assert {(row.subject, row.role) for row in rules} == {
        ("cloud-v1", ("server",)),
        ("results-receiver", ("receiver",)),
    }
    assert {row.condition for row in rules} == {"always"}


def test_the_numbers_of_each_cloud_area_run_from_one_in_order(catalogue: Catalogue) -> None:
    areas: dict[str, list[int]] = {}
    for name in catalogue:
        if name.startswith("CLOUD-"):
            _, area, number = name.split("-")
            areas.setdefault(area, []).append(int(number))
    for numbers in areas.values():
        assert numbers == list(range(1, len(numbers) + 1))


def test_every_row_is_tested_but_the_memory_of_a_server(catalogue: Catalogue) -> None:
    rows = {name: row for name, row in catalogue.items() if not row.subject.startswith("lti-")}
    excused = {name: row.disposition for name, row in rows.items() if row.disposition != "tested"}
    assert excused == {"CLOUD-IMPORT-19": "attested"}
    assert catalogue["CLOUD-IMPORT-19"].reason == "The memory of a server is not seen from outside."


def test_cloud_rows_that_nothing_can_break_are_judged_by_remarks(catalogue: Catalogue) -> None:
    remarked = [name for name, row in catalogue.items() if name.startswith("CLOUD-") and row.judged == "remarks"]
    assert sorted(remarked) == [
        *("CLOUD-ENV-07", "CLOUD-IMPORT-21", "CLOUD-POSTBACK-18", "CLOUD-RECV-13", "CLOUD-UPLOAD-05"),
    ]
    mays = {name for name, row in catalogue.items() if name.startswith("CLOUD-") and row.level == "MAY"}
    assert mays <= set(remarked)


def test_a_cloud_row_rests_on_the_vendor_or_the_field_or_is_our_own(catalogue: Catalogue) -> None:
    bases = Counter((row.subject, row.basis) for name, row in catalogue.items() if name.startswith("CLOUD-"))
    assert bases == {
        ("cloud-v1", "vendor"): 62,
        ("cloud-v1", "field"): 72,
        ("cloud-v1", "ours"): 2,
        ("results-receiver", "vendor"): 13,
        ("results-receiver", "field"): 1,
        ("results-receiver", "ours"): 3,
    }


@pytest.mark.parametrize(
    ("name", "basis"),
    [
        ("AUTH-06", "field"),  # an old document is no current word of the vendor
        ("AUTH-12", "vendor"),  # a support article is
        ("AUTH-21", "vendor"),
        ("REG-03", "vendor"),  # the document is stronger than the application that tells the same
        ("REG-10", "field"),
        ("POSTBACK-16", "vendor"),
        ("RECV-08", "vendor"),
        ("RECV-10", "field"),
        ("RECV-14", "ours"),
    ],
)
def test_the_strongest_source_of_a_cloud_row_gives_its_basis(name: str, basis: str, catalogue: Catalogue) -> None:
    assert catalogue[f"CLOUD-{name}"].basis == basis
