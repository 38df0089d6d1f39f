"""A headline names the catalogue of each subject, and each area of a catalogue has a title."""

from __future__ import annotations

import pytest

from harness.judging.catalogue import load
from harness.judging.verdicts import EXIT_OK
from harness.reports.areas import area_of, title_of
from harness.reports.headline import catalogue_name, headline


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("pens-target", "PENS"),
        ("pens-client", "PENS"),
        ("cloud-v1", "SCORM Cloud V1"),
        ("results-receiver", "Registration results"),
        ("lti-platform", "LTI and PNS"),
        ("lti-tool", "LTI and PNS"),
    ],
)
def test_a_subject_that_meets_its_checks_is_told_the_name_of_their_catalogue(subject: str, name: str) -> None:
    assert catalogue_name(subject) == name
    sentence = headline(subject, EXIT_OK, {"total": 7}, {"pass": 7})
    assert sentence == f"meets the checks of catalogue {name} for {subject}"


def test_every_subject_of_the_catalogue_has_a_name_and_every_area_a_title() -> None:
    catalogue = load()
    for subject in catalogue.subjects():
        assert catalogue_name(subject) != subject
    for name in catalogue:
        assert title_of(area_of(name)) != area_of(name)


def test_no_two_areas_share_a_title() -> None:
    areas = {area_of(name) for name in load()}
    assert len({title_of(area) for area in areas}) == len(areas)
