"""Deliveries that a trial asks for: vectors made of the notices that are due, signed by whoever the vector says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from fixtures.keys import signing_key
from harness.wire.jose import SigningKey
from harness.wire.lti import ROLE_INSTRUCTOR, launch_claims
from harness.wire.pns_forging import Draft, Keyring
from harness.wire.pns_oracle_body import Post
from harness.wire.pns_vectors import About, Vector
from mocks.platform.domain import HANDLERS, Deployment, Registration
from mocks.platform.keys import opened, rotate

if TYPE_CHECKING:
    from mocks.platform.platform import Platform

UNPUBLISHED: Final = "tool-2"
"""A key of ours that no platform publishes; it signs under the name of a key that the platform might have."""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that is due: the claims of its notices, whose they are, and the key that signs now."""

    registration: Registration
    deployment: Deployment
    notice_type: str
    claims: Sequence[Mapping[str, Any]]
    key: SigningKey
    now: datetime


async def forged(platform: Platform, vector: Vector, due: Due) -> tuple[Post, ...]:
    """Return what is sent for a vector, made of the first notice that is due.

    What has to happen before, such as a rotation of keys, has happened then. Raises KeyError when the notice lacks
    what the vector changes.
    """
    keys = {
        "platform": due.key, "unpublished": signing_key(UNPUBLISHED).with_kid("key-not-published"),
        "other-platform": signing_key("other-platform"), "attacker": signing_key("attacker"),
    }  # fmt: skip
    if vector.setup in ("rotate", "withdraw"):
        keys["next"] = opened(await rotate(platform, overlap=vector.setup == "rotate"))
    elif vector.setup == "remove-handler":
        async with platform.store.transaction() as tx:
            tx.delete(f"{HANDLERS}/{due.deployment.id}", due.notice_type)
    sound = Draft(dict(due.claims[0]))
    return vector.make(sound, about(platform, due)).posts(Keyring(keys))


def about(platform: Platform, due: Due) -> About:
    """Return what the makers of vectors are told of the platform and the tool."""
    registration, deployment, now = due.registration, due.deployment, due.now
    launch = launch_claims(
        iss=platform.issuer, aud=registration.client_id, sub=platform.new_id("sub"), nonce=platform.secret("nonce"),
        now=now, lifetime=600, deployment_id=deployment.id, target_link_uri=registration.target_link_uri,
        resource_link={"id": platform.new_id("link")}, roles=(ROLE_INSTRUCTOR,),
    )  # fmt: skip
    attacker = signing_key("attacker").public()
    return About(registration.client_id, platform.issuer, now, f"{deployment.id}-not-yours", launch, attacker)
