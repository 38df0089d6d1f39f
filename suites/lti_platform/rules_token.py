"""Rules of the token endpoint that several checks share."""

from __future__ import annotations

from harness.judging.expect import control, untestable
from harness.subjects.lti_platform_records import Issued, Tooled
from suites.lti_platform.rules import is_put_off

ERRORS = (
    "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
    "invalid_scope",
)  # fmt: skip
"""The error codes of a token endpoint (RFC 6749, 5.2)."""


def asked(record: Tooled, step: str) -> Issued:
    """Return a token request; a record without it can say nothing."""
    found = record.issued(step)
    if found is None:
        untestable(f"no token was asked for ({step})")
    if is_put_off(found.response):
        untestable(f"the platform limits how often it is asked ({step}: {found.got})")
    return found


def control_granted(record: Tooled, step: str, what: str = "a right request is given a token") -> Issued:
    """Demand that a twin was let in: a platform that refuses all refuses nothing in particular."""
    found = asked(record, step)
    control(found.granted, f"{what} ({step}: {found.got})")
    return found


def control_at_work(record: Tooled, step: str) -> Issued:
    """Demand that the platform works at all: its key set is served, and its token endpoint answers for itself."""
    control(any(one.document is not None for one in record.keys), "the platform's key set can be read")
    found = asked(record, step)
    answers = found.response is not None and found.status < 500
    control(answers, f"the token endpoint answers ({found.got})")
    return found


def control_success(record: Tooled, step: str) -> Issued:
    """Demand an answer of success, whatever it holds."""
    found = asked(record, step)
    control(200 <= found.status <= 299, f"a right request succeeds ({step}: {found.got})")
    return found
