"""The collect that a client sends (CMI010 1.0a §4.1, §6.2)."""

from __future__ import annotations

from harness.judging.expect import expect
from harness.judging.suite import checks
from harness.subjects.publish_records import Published
from harness.wire.pens import REQUIRED
from suites.pens_client.rules import came


@checks("PENS-CONF-03")
def test_collect_has_every_required_element(published: Published) -> None:
    """The collect carries all ten required elements."""
    came(published)
    for name in REQUIRED:
        present = published.element(name) is not None
        expect(present, f"no-{name}", expected=f"element {name}", got=published.message.names, at=published.at)
