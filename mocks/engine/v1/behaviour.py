"""How the engine behaves as a server of the V1 API: all areas together, composed for one application."""

from __future__ import annotations

from mocks.engine.v1.access import Access
from mocks.engine.v1.debug import Debug
from mocks.engine.v1.importing import Importing
from mocks.engine.v1.launching import Launching
from mocks.engine.v1.postbacks import Postbacks
from mocks.engine.v1.registrations import Registrations
from mocks.engine.v1.results import Results


class CloudBehaviour(Access, Debug, Importing, Registrations, Results, Launching, Postbacks):
    """The right behaviour; faults override single methods or attributes of it."""
