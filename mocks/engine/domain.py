"""What the engine knows: tenants and credentials, courses and the import jobs that make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mocks.state.rows import row

PENS_SCOPE = "pens:collect"
ALLOWED_BY_DEFAULT = (
    "LAUNCH_PAGE",
    "DELIVER_PAGE",
    "RECORD_AICC_RESULTS_PAGE",
    "RECORD_SCORM_RESULTS_PAGE",
    "SUPPORT_PAGES",
)
PENS_REQUEST = "Pens_COLLECT"


@row
@dataclass(frozen=True, slots=True)
class Credential:
    """An API credential: an empty tuple of scopes makes it a root credential; ``tenant`` pins it when not empty."""

    id: str
    secret: str
    scopes: tuple[str, ...] = (PENS_SCOPE,)
    tenant: str = ""


@row
@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant and which request types it lets in (setting AllowedRequests; Rustici "PENS" for Engine)."""

    name: str
    allowed_requests: tuple[str, ...] = (*ALLOWED_BY_DEFAULT, PENS_REQUEST)


@row
@dataclass(frozen=True, slots=True)
class Course:
    """A course that an import has made."""

    id: str
    tenant: str
    title: str
    standard: str
    package_id: str
    size: int
    sha256: str
    created: datetime
    vendor_data: str = ""


@row
@dataclass(frozen=True, slots=True)
class ImportJob:
    """One accepted collect on its way: ``state`` is created, running, finished or error; ``code`` its PENS code."""

    id: str
    tenant: str
    elements: Mapping[str, str]
    created: datetime
    state: str = "created"
    code: int = 0
    text: str = ""
    course_id: str = ""
    warnings: tuple[int, ...] = field(default=())
