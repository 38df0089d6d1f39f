"""The methods of the V1 API: which member of the behaviour carries each out, and how complete it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Method:
    """One method: the member of the behaviour that carries it out, and its priority (A, B or C)."""

    handler: str
    priority: str = "B"


METHODS: Mapping[str, Method] = {
    "rustici.debug.ping": Method("ping"),
    "rustici.debug.authPing": Method("auth_ping"),
    "rustici.debug.getTime": Method("get_time"),
    "rustici.course.importCourseAsync": Method("import_course_async", "A"),
    "rustici.course.getAsyncImportResult": Method("get_async_import_result", "A"),
    "rustici.registration.getRegistrationResult": Method("get_registration_result", "A"),
    "rustici.registration.launch": Method("launch", "A"),
    "rustici.registration.createRegistration": Method("create_registration", "A"),
    "rustici.registration.exists": Method("registration_exists"),
    "rustici.registration.deleteRegistration": Method("delete_registration"),
    "rustici.registration.updateLearnerInfo": Method("update_learner_info"),
}
