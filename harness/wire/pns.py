"""The Platform Notification Service: its names, and the claim by which a launch offers it.

Source: LTI Platform Notification Service 1.0 as restated by the Canvas API documentation, "Platform Notification
Service", and D2L "Platform Notification Service with LTI 1.3".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.wire.json_text import as_object, as_text, as_texts
from harness.wire.lti import C, is_absolute_url

CLAIM: Final = C + "platformnotificationservice"
NOTICE: Final = C + "notice"
ORIGIN_CONTEXTS: Final = C + "origin_contexts"
SCOPE: Final = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
WRONG_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-pns/scope/notice"
"""A scope that an old test of a library uses; no platform accepts it (observed: packback LTI library)."""

SERVICE_VERSION: Final = "1.0"
HELLO_WORLD: Final = "LtiHelloWorldNotice"
CONTEXT_COPY: Final = "LtiContextCopyNotice"
SUBMISSION: Final = "LtiAssetProcessorSubmissionNotice"
CONTRIBUTION: Final = "LtiAssetProcessorContributionNotice"
TYPES: Final = (HELLO_WORLD, CONTEXT_COPY, SUBMISSION, CONTRIBUTION)

_URL = "platform_notification_service_url"


def pns_claim(
    url: str, types: Iterable[str], scope: bool = True, versions: Sequence[str] = (SERVICE_VERSION,)
) -> dict[str, Any]:
    """Return the claim of a launch; without ``scope`` as some payloads have it (observed: packback LTI library)."""
    return {
        "service_versions": list(versions),
        _URL: url,
        **({"scope": [SCOPE]} if scope else {}),
        "notice_types_supported": list(types),
    }


@dataclass(frozen=True, slots=True)
class PnsClaim:
    """The claim as read; ``scopes`` None when the member is missing.

    ``problems``: ``not-an-object``, ``no-url``, ``url-not-absolute`` (relative, or a template), ``no-versions``,
    ``versions-form``, ``no-version-1.0``, ``no-scope``, ``scope-form``, ``no-noticehandlers-scope``, ``no-types``,
    ``types-form``, ``types-empty``, ``types-repeated``. A tool can use the service as long as ``url`` is there.
    """

    url: str | None = None
    versions: tuple[str, ...] = ()
    scopes: tuple[str, ...] | None = None
    types: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def read_pns_claim(value: object) -> PnsClaim:
    """Read the value of the claim; unknown members are ignored (LTI Core 1.3, 4.3). Never raises."""
    claim = as_object(value)
    if claim is None:
        return PnsClaim(problems=("not-an-object",))
    url = as_text(claim.get(_URL))
    problems = ["no-url"] if url is None else [] if is_absolute_url(url) else ["url-not-absolute"]
    versions = _texts(claim, "service_versions", "versions", problems)
    if versions is not None and SERVICE_VERSION not in versions:
        problems.append("no-version-1.0")
    scopes = _texts(claim, "scope", "scope", problems)
    if scopes is not None and SCOPE not in scopes:
        problems.append("no-noticehandlers-scope")
    types = _texts(claim, "notice_types_supported", "types", problems)
    if types is not None and not types:
        problems.append("types-empty")
    if len(set(types or ())) < len(types or ()):
        problems.append("types-repeated")
    return PnsClaim(url, versions or (), scopes, types or (), tuple(problems))


def _texts(claim: Mapping[str, Any], member: str, word: str, problems: list[str]) -> tuple[str, ...] | None:
    found = as_texts(claim.get(member))
    if found is None:
        problems.append(f"no-{word}" if claim.get(member) is None else f"{word}-form")
    return found
