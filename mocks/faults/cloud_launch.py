"""Faults of a V1 server in its launch links, and in what comes of a launch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from harness.net.listener import Inbound, Reply
from harness.wire.binding import Pairs
from harness.wire.cloud_v1 import BAD_ARGUMENT, STALE_TS
from harness.wire.cloud_v1_answer import Node
from harness.wire.cloud_v1_redirects import LAUNCH_WORDS
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import App, Launch, Registration
from mocks.engine.v1.registrations import tags_of
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

LAUNCH = ("method", "rustici.registration.launch")


class NoRedirect(Fault, CloudBehaviour):
    """A launch is answered with the player itself."""

    name = "v1.no-launch-redirect"
    kind = LEFT_OUT
    breaks = {"CLOUD-LAUNCH-01": "no-redirect"}

    def to_player(self, call: Call, launch: Launch) -> Reply:
        return Reply(200, (("Content-Type", "text/html"),), b"<html><title>Player</title></html>")


class NoLocation(Fault, CloudBehaviour):
    """A launch redirects nowhere."""

    name = "v1.no-launch-location"
    kind = LEFT_OUT
    breaks = {"CLOUD-LAUNCH-01": "no-location"}

    def to_player(self, call: Call, launch: Launch) -> Reply:
        return Reply(302, (("Content-Type", "text/html"),), b"<html><title>Moved</title></html>")


class PermanentRedirect(Fault, CloudBehaviour):
    """A launch redirects for good."""

    name = "v1.launch-is-301"
    kind = WRONG_VALUE
    breaks = {"CLOUD-LAUNCH-01": "not-302"}

    launch_status = 301


class LinksLiveOn(Fault, CloudBehaviour):
    """The age of launch links is not looked at."""

    name = "v1.launch-links-live-on"
    kind = LEFT_OUT
    breaks = {"CLOUD-LAUNCH-02": "accepted"}

    def authenticate(self, params: Pairs, apps: Mapping[str, App], now: datetime) -> App:
        if LAUNCH in params:
            app = self.app_of(params, apps)
            self.check_signature(params, app)
            return app
        return super().authenticate(params, apps, now)


class OldLinksAreUnknown(Fault, CloudBehaviour):
    """An old launch link is refused as if the registration were not there."""

    name = "v1.old-links-are-unknown"
    kind = WRONG_VALUE
    breaks = {"CLOUD-LAUNCH-02": "wrong-code"}

    def failed(self, inbound: Inbound, given: Mapping[str, str], failure: Failure) -> Reply:
        if LAUNCH in given.items() and failure.code == STALE_TS:
            failure = Failure(1, "Could not find registration")
        return super().failed(inbound, given, failure)


class NobodyReturns(Fault, CloudBehaviour):
    """The exit leads nowhere."""

    name = "v1.nobody-returns"
    kind = LEFT_OUT
    breaks = {"CLOUD-LAUNCH-03": "no-return"}

    def return_visits(self, launch: Launch, exit: str) -> tuple[str, ...]:
        return ()


class ReturnsElsewhere(Fault, CloudBehaviour):
    """The exit leads to the root of the site that redirecturl names."""

    name = "v1.returns-elsewhere"
    kind = WRONG_VALUE
    breaks = {"CLOUD-LAUNCH-03": "no-return"}

    def return_url(self, launch: Launch) -> str:
        parts = urlsplit(super().return_url(launch))
        return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else ""


class ClosedIsLost(Fault, CloudBehaviour):
    """What a learner has done is lost when they close the window."""

    name = "v1.closed-is-lost"
    kind = LEFT_OUT
    breaks = {"CLOUD-LAUNCH-04": "not-saved"}

    def saves_at_end(self, exit: str) -> bool:
        return exit not in ("timeout", "close-browser")


class ClosedReturns(Fault, CloudBehaviour):
    """A learner who closes the window comes to redirecturl all the same."""

    name = "v1.closed-returns"
    kind = WRONG_VALUE
    breaks = {"CLOUD-LAUNCH-04": "returned"}

    def return_visits(self, launch: Launch, exit: str) -> tuple[str, ...]:
        return super().return_visits(launch, "exit-button")


class WordsAreNoAddresses(Fault, CloudBehaviour):
    """redirecturl has to be an address."""

    name = "v1.words-are-no-addresses"
    kind = LEFT_OUT
    breaks = {"CLOUD-LAUNCH-05": "refused"}

    def redirect_asked(self, call: Call) -> str:
        if super().redirect_asked(call) in LAUNCH_WORDS:
            raise Failure(BAD_ARGUMENT, "Parameter [redirecturl] is no address")
        return super().redirect_asked(call)


class LaunchAddsNoTags(Fault, CloudBehaviour):
    """The tags that a launch names are not looked at."""

    name = "v1.launch-adds-no-tags"
    kind = LEFT_OUT
    breaks = {"CLOUD-LAUNCH-06": "no-tag"}

    def add_tags(self, call: Call, registration: Registration) -> None:
        return


class TagsByTheLetter(Fault, CloudBehaviour):
    """The names of tags are taken in their own case alone."""

    name = "v1.tags-by-the-letter"
    kind = LEFT_OUT
    breaks = {"CLOUD-LAUNCH-07": "no-tag"}

    def tags_asked(self, call: Call, name: str) -> tuple[str, ...]:
        return tags_of(call.get(name))


class AlwaysTracks(Fault, CloudBehaviour):
    """disableTracking is not looked at."""

    name = "v1.always-tracks"
    kind = LEFT_OUT
    breaks = {"CLOUD-LAUNCH-08": "tracked"}

    def is_tracked(self, call: Call, registration: Registration) -> bool:
        return True


class NobodyIsLaunched(Fault, CloudBehaviour):
    """A launch for a registration that is not there leads to the player."""

    name = "v1.nobody-is-launched"
    kind = LEFT_OUT
    breaks = {"CLOUD-LAUNCH-09": "accepted"}

    def launch(self, call: Call) -> Reply:
        if call.row("registrations", call.get("regid")) is None:
            return self.to_player(call, Launch(call.new_id("launch"), call.get("regid"), call.now))
        return super().launch(call)


class NobodyFallsOver(Fault, CloudBehaviour):
    """A launch for a registration that is not there ends with an internal error."""

    name = "v1.nobody-falls-over"
    kind = WRONG_VALUE
    breaks = {"CLOUD-LAUNCH-09": "server-error"}

    def launch(self, call: Call) -> Reply:
        if call.row("registrations", call.get("regid")) is None:
            return Reply(500, (("Content-Type", "text/html"),), b"<html><title>500</title></html>")
        return super().launch(call)


class NoHistory(Fault, CloudBehaviour):
    """The launch history is empty."""

    name = "v1.no-history"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-25": "no-launch", "CLOUD-LAUNCH-10": "not-added"}

    def history(self, registration: Registration) -> tuple[str, ...]:
        return ()


class LastLaunchAlone(Fault, CloudBehaviour):
    """The launch history holds the last launch alone."""

    name = "v1.last-launch-alone"
    kind = WRONG_VALUE
    breaks = {"CLOUD-LAUNCH-10": "not-added"}

    def history(self, registration: Registration) -> tuple[str, ...]:
        return registration.launches[-1:]


class NumberedLaunches(Fault, CloudBehaviour):
    """The launch history numbers launches by their time, which getLaunchInfo does not take."""

    name = "v1.numbered-launches"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-25": "unusable-id"}

    def listed_id(self, launch: Launch) -> str:
        return f"{launch.at:%Y%m%d%H%M%S%f}"


class FirstLaunchForAll(Fault, CloudBehaviour):
    """getLaunchInfo tells of another launch than the one that was asked for."""

    name = "v1.other-launch"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-25": "other-launch"}

    def get_launch_info(self, call: Call) -> Nodes:
        (node,) = super().get_launch_info(call)
        return (Node(node.name, {"id": "0"}, *node.children),)


class NoAccessDates(Fault, CloudBehaviour):
    """A launch sets no date of access."""

    name = "v1.no-access-dates"
    kind = LEFT_OUT
    breaks = {"CLOUD-LAUNCH-10": "no-firstAccessDate"}

    def accessed(self, registration: Registration, launch: Launch, now: datetime) -> Registration:
        return replace(super().accessed(registration, launch, now), first_access=None, last_access=None)
