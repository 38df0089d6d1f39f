"""The good tool with three defects, each an honest mistake that is often made; all else is right.

1. For whom a message is meant is not looked at: whatever the platform signs is taken (PNS-RECV-05).
2. A notice is known again by its nonce, which is new whenever it is sent again: so it counts twice (PNS-NOTICE-19).
3. The key set is fetched once and for all, so that nothing is believed any more after a rotation (PNS-RECV-13).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from examples import lti_jws as jws
    from examples import lti_platforms as platforms
    from examples import lti_tool_good as good
    from examples import lti_trust as trust
else:  # run as a script: the neighbours are found in the script's own folder
    import lti_jws as jws
    import lti_platforms as platforms
    import lti_tool_good as good
    import lti_trust as trust


class FlawedPlatforms(platforms.Platforms):
    """Was written when keys did not change."""

    def fetches_again(self, found: Mapping[str, jws.Key]) -> bool:
        """Fetch once."""
        return not found


class FlawedTool(good.Tool):
    """Believes what is signed."""

    asking = FlawedPlatforms

    def meant_for(self, claims: Mapping[str, Any], platform: trust.Platform) -> None:
        """Look at the authorized party alone."""
        trust.authorized(claims, platform.client_id)

    def is_news(self, found: trust.Copy, message: jws.Message, platform: trust.Platform) -> bool:
        """Know a notice by its nonce."""
        return self.is_first(message.claims["nonce"])


if __name__ == "__main__":
    good.main(FlawedTool)
