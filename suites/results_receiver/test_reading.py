"""What a receiver reads of a postback: formats, shapes, and what is hostile or huge (Registration Service V1)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.receiver_records import Reception
from harness.wire.cloud_v1_results import FORMATS
from suites.results_receiver.rules import (
    before,
    by_status_only,
    control_works,
    moved,
    survived,
    usable,
    works,
)
from suites.results_receiver.scenarios import SHAPES
from suites.results_receiver.scenarios_troubles import HOSTILE

COURSE = ("blank", "course", "reordered", "extended")


def read_as_sent(record: Reception, step: str, *, must_store: bool) -> None:
    """Expect that a postback is taken, and that what is stored of it is what was sent, or else nothing where it may."""
    one = record[step]
    survived(one)
    if step.endswith("extended") and one.refused:
        remark("extension-refused", got=one.got, at=one.at)
        return
    expect(one.taken, "format-refused", expected="2xx", got=one.got, at=one.at)
    shown = usable(record, step)
    if shown is None or one.sent is None:
        return
    wrong, then = shown.differing(one.sent), before(record, step)
    unchanged = then is not None and then.probed.state == shown.probed.state
    lost = bool(wrong) and unchanged and must_store
    expect(not lost, "not-stored", expected=str(one.sent), got=shown.got, at=shown.at)
    if then is not None and then.probed.state is not None and not must_store:
        changed = shown.differing(then.probed.state)
        wrong = [name for name in wrong if name in changed]
    expect(not wrong, f"wrong-{wrong[0]}" if wrong else "", expected=str(one.sent), got=shown.got, at=shown.at)


@checks("CLOUD-RECV-06")
def test_every_format_is_read(reading: Reception) -> None:
    """Results in format course are stored as sent; those in activity and full are taken, and never misread."""
    taking = [way for way in reading.case["auth_types"] if _takes(reading, way)]
    # Where only one way works, the other has a rule of its own.
    judged = [way for way in taking if works(reading, f"{way}-course")] or taking
    control(judged, "a sound postback is taken")
    for way in judged:
        for name in (*COURSE, *FORMATS[1:]):
            read_as_sent(reading, f"{way}-{name}", must_store=name in COURSE)
    by_status_only(reading)


def _takes(reading: Reception, way: str) -> bool:
    return any(reading[f"{way}-{name}"].taken for name in COURSE)


@checks("CLOUD-RECV-07")
def test_every_shape_is_read(reading: Reception) -> None:
    """Results are read bare and wrapped in rsp, with and without an XML declaration, where the plain ones are."""
    judged = [way for way in reading.case["auth_types"] if works(reading, f"{way}-course")]
    control(judged, "a sound postback is taken and stored")
    for way, shape, format in ((way, shape, format) for way in judged for shape in SHAPES for format in FORMATS):
        bare, one = f"{way}-{format}", reading[f"{way}-{shape}-{format}"]
        word = "declaration" if shape == "declared" else shape
        if not reading[bare].taken:
            continue
        expect(one.taken, f"{word}-refused", expected="2xx as for the bare one", got=one.got, at=one.at)
        ignored = moved(reading, bare) and not moved(reading, one.step)
        expect(not ignored, f"{word}-not-stored", expected=str(one.sent), got="nothing stored", at=one.at)
    by_status_only(reading)


@checks("CLOUD-RECV-14")
def test_no_entity_is_loaded(hostile: Reception) -> None:
    """Data that declare a document type load nothing, expand nothing and break nothing."""
    control_works(hostile, "plain", "after")
    for fetch in hostile.fetches:
        expect(False, "entity-loaded", expected="nothing loaded", got=fetch.request.start, at=fetch.id)
    for step in HOSTILE:
        survived(hostile[step])
    for step in ("internal", "laughs"):
        one = hostile[step]
        expect(not moved(hostile, step), "entity-expanded", expected="no effect", got=one.got, at=one.at)


@checks("CLOUD-RECV-14")
def test_huge_data_are_taken(huge: Reception) -> None:
    """A result with five million characters of suspend data is taken and stored as a small one is."""
    small, one = huge["small"], huge["huge"]
    control(small.taken, "a small result is taken")
    expect(one.taken, "large-refused", expected="2xx", got=one.got, at=one.at)
    lost = moved(huge, "small") and not moved(huge, "huge")
    expect(not lost, "large-not-stored", expected=str(one.sent), got="nothing stored", at=one.at)
    by_status_only(huge)
