"""Faults in who is answered to an authentication request, and how a refusal is told."""

from __future__ import annotations

from harness.net.listener import Reply
from harness.wire.binding import Pairs, encode_query, join_query
from harness.wire.lti_forms import form_page
from harness.wire.lti_login import AuthRequest, auth_error_pairs
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.platform.answers import HTML, Refused, page
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Launch, Registration
from mocks.platform.login import NoRedirect


class AnyRedirect(Fault, PlatformBehaviour):
    """A redirect URI is not compared with anything."""

    name = "platform.any-redirect"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-04": "redirected"}

    def refuses_redirect(self, request: AuthRequest, registration: Registration | None) -> None:
        if registration is None:
            raise NoRedirect("client_id: there is no such client")


class RedirectByPrefix(Fault, PlatformBehaviour):
    """A redirect URI needs but begin like a registered one."""

    name = "platform.redirect-by-prefix"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-04": "redirected"}

    def refuses_redirect(self, request: AuthRequest, registration: Registration | None) -> None:
        urls = registration.redirect_urls if registration else ()
        if not (request.redirect_uri or "").startswith(urls or "none"):
            raise NoRedirect("redirect_uri: it is not one of those registered for this tool")


class ErrorToAnyRedirect(Fault, PlatformBehaviour):
    """A redirect URI that is not registered gets an error by form."""

    name = "platform.error-to-any-redirect"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-04": "redirected"}

    def no_redirect(self, request: AuthRequest, why: NoRedirect) -> Reply:
        pairs = auth_error_pairs("invalid_request", str(why), request.state)
        return Reply(200, HTML, form_page(request.redirect_uri or "", pairs))


class AnyFields(Fault, PlatformBehaviour):
    """Nobody looks at what has one permitted value, or is required."""

    name = "platform.any-fields"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-05": "accepted"}

    def refuses_fields(self, request: AuthRequest) -> None:
        return None


class AnyValues(Fault, PlatformBehaviour):
    """Required parameters have to be there, with any value."""

    name = "platform.any-values"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-05": "accepted"}

    def field_faults(self, request: AuthRequest) -> tuple[tuple[str, str], ...]:
        return tuple(fault for fault in super().field_faults(request) if fault[1] == "missing")


class ErrorWithoutState(Fault, PlatformBehaviour):
    """An error comes without the state."""

    name = "platform.error-without-state"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-06": "other-state"}

    def auth_error(self, request: AuthRequest, refused: Refused) -> Reply:
        pairs = auth_error_pairs(refused.error, refused.description, None)
        return Reply(200, HTML, form_page(request.redirect_uri or "", pairs))


class ErrorOnPage(Fault, PlatformBehaviour):
    """An error is shown to the person, and the tool is told nothing."""

    name = "platform.error-on-page"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-06": "not-reported"}

    def auth_error(self, request: AuthRequest, refused: Refused) -> Reply:
        return page(400, "The tool cannot be opened", refused.description)


class ErrorInQuery(Fault, PlatformBehaviour):
    """An error comes in the query of a redirect."""

    name = "platform.error-in-query"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-06": "not-posted"}

    def auth_error(self, request: AuthRequest, refused: Refused) -> Reply:
        pairs = auth_error_pairs(refused.error, refused.description, request.state)
        return Reply(302, (("Location", join_query(request.redirect_uri or "", encode_query(pairs))),))


class ShowsLogin(Fault, PlatformBehaviour):
    """A browser without a session is shown a login page."""

    name = "platform.shows-login"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-07": "login-page"}

    def auth_error(self, request: AuthRequest, refused: Refused) -> Reply:
        if refused.error != "login_required":
            return super().auth_error(request, refused)
        form = b"<form method=post action=/login><input name=user><input name=word type=password></form>"
        return Reply(200, HTML, b"<!DOCTYPE html><title>Log in</title>" + form)


class AsksForPassword(Fault, PlatformBehaviour):
    """A browser without a session is asked for a password by itself; the error is left out."""

    name = "platform.asks-for-password"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-07": "password-asked-for"}

    def auth_error(self, request: AuthRequest, refused: Refused) -> Reply:
        if refused.error != "login_required":
            return super().auth_error(request, refused)
        return Reply(401, (("WWW-Authenticate", 'Basic realm="platform"'),))


class NoState(Fault, PlatformBehaviour):
    """A message comes without the state."""

    name = "platform.no-state"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-08": "no-state"}

    def auth_pairs(self, request: AuthRequest, token: str) -> Pairs:
        return (("id_token", token),)


class OtherState(Fault, PlatformBehaviour):
    """Percent signs of the state are decoded once more on the way back."""

    name = "platform.other-state"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-08": "other-state"}

    def auth_pairs(self, request: AuthRequest, token: str) -> Pairs:
        return (("id_token", token), ("state", (request.state or "").replace("%20", " ")))


class MessageInQuery(Fault, PlatformBehaviour):
    """A message comes in the query of a redirect."""

    name = "platform.message-in-query"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-08": "not-posted"}

    def auth_reply(self, request: AuthRequest, token: str) -> Reply:
        query = encode_query(self.auth_pairs(request, token))
        return Reply(302, (("Location", join_query(request.redirect_uri or "", query)),))


class AnyUser(Fault, PlatformBehaviour):
    """A login hint is not compared with anything, so that one of nobody is good as well."""

    name = "platform.any-user"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-10": "accepted", "LTI-LAUNCH-05": "accepted"}

    def refuses_user(self, request: AuthRequest, launch: Launch, session: str | None) -> None:
        return None


class UserOfTheLaunch(Fault, PlatformBehaviour):
    """A login hint has to be that of the launch, whoever is logged in."""

    name = "platform.user-of-the-launch"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-10": "accepted"}

    def refuses_user(self, request: AuthRequest, launch: Launch, session: str | None) -> None:
        super().refuses_user(request, launch, launch.person)


class HintAgain(Fault, PlatformBehaviour):
    """A message hint may be used as often as one likes."""

    name = "platform.hint-again"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-11": "accepted"}

    def is_used(self, launch: Launch) -> bool:
        return False
