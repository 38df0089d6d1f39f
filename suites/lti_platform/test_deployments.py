"""Deployments and their ids (LTI Core 1.3, 3.1.3)."""

from __future__ import annotations

from harness.judging.expect import control, expect, untestable
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Tooled
from suites.lti_platform.rules import control_message
from suites.lti_platform.rules_launch import target


@checks("LTI-DEP-01")
def test_the_id_of_a_deployment_stays(switched_off: Tooled) -> None:
    """Launches of a deployment have the same deployment_id before and after it was switched off and on."""
    before, *others = (control_message(switched_off, step) for step in ("before", "off", "after"))
    first = before.launch.deployment_id
    expect(first, "no-deployment-id", expected="a deployment_id", got="none", at=before.at)
    for found in others:
        own = found.launch.deployment_id
        expect(own == first, "changed", expected=first, got=own, at=found.at)


@checks("LTI-DEP-02")
def test_no_two_deployments_have_one_id(two_deployments: Tooled) -> None:
    """The deployment_id of one deployment is not that of another."""
    first, second = (control_message(two_deployments, step) for step in ("first", "second"))
    ours, other = target(two_deployments, "deployment_id"), target(two_deployments, "other_deployment")
    ids = [found.launch.deployment_id for found in (first, second)]
    for found, own in zip((first, second), ids, strict=True):
        expect(own, "no-deployment-id", expected="a deployment_id", got="none", at=found.at)
    if ids == [ours, ours] and ours != other and second.initiation.lti_deployment_id in (None, ours):
        untestable("a launch of the other deployment: both launches came from the first")
    expect(ids[0] != ids[1], "same-id", expected="two ids", got=ids[0], at=second.at)


@checks("LTI-DEP-03")
def test_launches_and_notices_name_their_deployment(deployed: Tooled) -> None:
    """Each launch and each notice of a deployment carries its deployment_id."""
    found, ours = control_message(deployed), target(deployed, "deployment_id")
    own = found.launch.deployment_id
    expect(own, "no-deployment-id", expected=ours, got="none", at=found.at)
    expect(own == ours, "other-deployment", expected=ours, got=own, at=found.at)
    control(deployed.notices, "a notice comes to a handler of the deployment")
    for one in deployed.notices:
        own = one.notice.deployment_id
        expect(own, "no-deployment-id", expected=ours, got="none", at=one.at)
        expect(own == ours, "other-deployment", expected=ours, got=own, at=one.at)
