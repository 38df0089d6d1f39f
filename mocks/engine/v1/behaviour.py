"""How the engine behaves as a server of the V1 API: all areas together, composed for one application."""

from __future__ import annotations

from mocks.engine.v1.attributes import CourseAttributes
from mocks.engine.v1.browsers import Browsers
from mocks.engine.v1.course_files import CourseFiles
from mocks.engine.v1.courses import Courses
from mocks.engine.v1.debug import Debug
from mocks.engine.v1.dispatches import Dispatches
from mocks.engine.v1.hooks import Hooks
from mocks.engine.v1.importing import Importing
from mocks.engine.v1.importjobs import ImportJobs
from mocks.engine.v1.invitations import Invitations
from mocks.engine.v1.launches import Launches
from mocks.engine.v1.launching import Launching
from mocks.engine.v1.listing import Listing
from mocks.engine.v1.polling import Polling
from mocks.engine.v1.postbacks import Postbacks
from mocks.engine.v1.properties import Properties
from mocks.engine.v1.registrations import Registrations
from mocks.engine.v1.reporting import Reporting
from mocks.engine.v1.results import Results
from mocks.engine.v1.tagging import Tagging
from mocks.engine.v1.uploads import Uploads


class CloudBehaviour(
    Browsers, Debug, Importing, ImportJobs, Courses, CourseAttributes, CourseFiles, Properties, Uploads, Tagging,
    Hooks, Launches, Listing, Registrations, Results, Launching, Postbacks,
    Polling, Invitations, Dispatches, Reporting,
):  # fmt: skip
    """The right behaviour; faults override single methods or attributes of it."""
