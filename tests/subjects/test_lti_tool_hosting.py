"""The platform that we play to a tool: what it lends to scenarios of notices."""

from __future__ import annotations

import pytest

from harness.judging.run import Run
from harness.net.client import Request
from harness.subjects.lti_tool import ToolDriver
from harness.subjects.lti_tool_expecting import askable, last_of_each, placed, told_twice
from harness.subjects.lti_tool_hosting import VAIN, Hosting
from harness.wire.jose import KeySet
from harness.wire.lti import CONTEXT
from harness.wire.pns_forging import Draft, Sending
from harness.wire.pns_oracle import Expectation, Target
from harness.wire.pns_oracle_body import Body
from tests.acceptance.runs import opened


def hosting(run: Run) -> Hosting:
    driver = run.driver
    assert isinstance(driver, ToolDriver)

    async def begin() -> Hosting:
        return driver.begin("probing", "", {})

    return run.loop.run(begin())


def test_who_fetches_the_lure_is_seen_and_gets_the_key_of_the_attacker() -> None:
    with opened("lti-tool", "mock", profile="pns-spec") as run:
        platform = hosting(run)
        driver = platform.driver

        async def scene() -> tuple[int, bytes]:
            platform.turn("x")
            received = await driver.client.send(platform.where("x"), "test", Request("GET", platform.about().lure))
            return received.status, received.body

        status, body = run.loop.run(scene())
        assert status == 200
        assert KeySet.parse(body).keys[0].thumbprint == driver.counterpart.signers["attacker"].verifying.thumbprint
        assert [one.step for one in platform.seen().lured] == ["x"]


def test_a_signer_that_is_renamed_is_published_under_a_name_that_nobody_has_met() -> None:
    with opened("lti-tool", "mock", profile="pns-spec") as run:
        platform = hosting(run)

        async def scene() -> bytes:
            platform.renamed("next")
            await platform.publish("platform", "next")
            found = await platform.driver.client.send(platform.where(), "test", Request("GET", platform.ours.jwks_uri))
            return found.body

        before = platform.ring.key("next").kid
        keys = KeySet.parse(run.loop.run(scene()))
        assert platform.ring.key("next").kid != before
        assert {key.kid for key in keys.keys} == {"platform", platform.ring.key("next").kid}


def test_who_shows_no_effect_of_many_right_notices_is_waited_for_no_more() -> None:
    with opened("lti-tool", "mock:pns-spec+tool.forgets-all") as run:
        platform = hosting(run)

        async def scene() -> list[int]:
            looks = []
            for number in range(VAIN + 2):
                await platform.send(platform.sound(), step=f"s{number}")
                looks.append(sum(1 for one in platform.seen().shown if one.step == f"s{number}"))
            return looks

        looks = run.loop.run(scene())
        assert looks[0] > 1
        assert looks[VAIN:] == [1, 1]


def test_what_must_not_happen_is_looked_at_when_more_has_happened() -> None:
    with opened("lti-tool", "mock", profile="pns-spec") as run:
        platform = hosting(run)

        async def scene() -> list[tuple[str, bool]]:
            bad = platform.sound()
            await platform.send(Draft(bad.claims, text=("turned-signature",)), step="bad", later=True)
            await platform.send(platform.sound(), step="good")
            await platform.look_back()
            return [(one.step, one.mapped) for one in platform.seen().shown]

        assert run.loop.run(scene()) == [("good", True), ("bad", False)]


def test_a_token_that_nobody_can_read_is_looked_for_where_its_draft_says() -> None:
    unread = Expectation("refuse", "", "", target=Target())
    found = placed(Body((unread,)), Sending((Draft({CONTEXT: {"id": "c1"}}),)))
    assert found.elements[0].target.context == "c1"
    assert placed(Body(whole=unread), Sending()) == Body(whole=unread)


def test_of_several_expectations_of_a_place_the_strongest_counts() -> None:
    first, again = (Expectation(one, "", "", target=Target(context="c")) for one in ("accept", "refuse"))
    assert last_of_each([Body((first,)), Body((again,))]) == [first]
    assert told_twice([Body((first, again))]) == {"c"}


@pytest.mark.parametrize(("name", "fits"), [("c", True), ("é漢", True), (None, True), ("\ud800", False)])
def test_a_probe_is_asked_for_names_that_fit_into_an_address(name: str | None, fits: bool) -> None:
    assert askable(name) is fits
