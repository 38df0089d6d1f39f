"""A system elsewhere is driven over its control API as a mock in process is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from harness.net.clock import ManualClock
from harness.net.loop import Loop
from harness.subjects.config import ConfigError
from harness.subjects.control import ControlUnreachable
from harness.subjects.driver import TargetUnreachable
from harness.subjects.remote import RemoteControl, typed
from tests.mocks.control_caller import Caller, calling

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def caller(loop: Loop) -> Iterator[Caller]:
    with calling(loop) as made:
        yield made


@pytest.fixture
def remote(caller: Caller) -> Iterator[RemoteControl]:
    made = RemoteControl(caller.control.url, ManualClock(NOW))
    yield made
    caller.loop.run(made.close())


def test_it_finds_out_how_far_time_was_moved_and_what_can_be_triggered(caller: Caller, remote: RemoteControl) -> None:
    assert caller.loop.run(remote.begin("default")) == timedelta(0)
    caller.loop.run(remote.advance("default", timedelta(days=8)))
    assert caller.loop.run(remote.begin("default")) == timedelta(days=8)
    assert remote.triggers == {"registration"}
    caller.loop.run(remote.quiesce())


def test_values_are_read_by_the_schema_and_empty_ones_left_out(caller: Caller, remote: RemoteControl) -> None:
    caller.loop.run(remote.begin("default"))
    values = {"regid": "007", "to": "passed", "score": "92.5", "close_browser": "true"}
    told = caller.loop.run(remote.trigger("registration", values))
    assert (told["status"], told["output"], told["deliveries"]) == ("succeeded", "passed with 92", 2)
    assert caller.pulled == [{"id": "007", "to": "passed", "score": 92.5, "close_browser": True}]
    caller.loop.run(remote.trigger("registration", {"regid": "r", "score": ""}))
    assert caller.pulled[-1] == {"id": "r"}


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("registration", {"regid": "nobody"}, "there is no registration"),
        ("registration", {"regid": "r", "score": "many"}, "a number from 0 to 100"),
        ("registration", {"regid": "unlucky"}, "the postback was refused"),
        ("restart", {}, "no trigger 'restart'"),
    ],
)
def test_what_cannot_be_done_has_failed_and_says_why(
    name: str, values: dict[str, str], said: str, caller: Caller, remote: RemoteControl
) -> None:
    caller.loop.run(remote.begin("default"))
    told = caller.loop.run(remote.trigger(name, values))
    assert told["status"] == "failed"
    assert said in told["output"]


def test_a_tenant_that_is_not_there_is_an_error_of_the_configuration(caller: Caller, remote: RemoteControl) -> None:
    with pytest.raises(ConfigError, match=r"\[control\] url.*unheard-of"):
        caller.loop.run(remote.begin("unheard-of"))


def test_a_system_that_goes_away_ends_the_run(loop: Loop) -> None:
    with calling(loop) as caller:
        remote = RemoteControl(caller.control.url, ManualClock(NOW))
        loop.run(remote.begin("default"))
    with pytest.raises(TargetUnreachable):
        loop.run(remote.advance("default", timedelta(1)))
    with pytest.raises(TargetUnreachable):
        loop.run(remote.trigger("registration", {"regid": "r"}))
    with pytest.raises(TargetUnreachable):
        loop.run(remote.quiesce())
    with pytest.raises(ControlUnreachable):
        loop.run(remote.begin("default"))
    loop.run(remote.close())


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("007", {"type": "string"}, "007"),
        ("7", {"type": "integer"}, 7),
        ("true", {"type": "boolean"}, True),
        ("unknown", {"anyOf": [{"type": "number"}, {"const": "unknown"}]}, "unknown"),
        ("passed", {}, "passed"),
    ],
)
def test_text_is_read_as_what_the_schema_asks_for(text: str, schema: dict[str, object], value: object) -> None:
    assert typed(text, schema) == value
