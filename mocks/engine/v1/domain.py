"""What an application of SCORM Cloud holds: courses, import jobs, uploads, registrations, launches, postbacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from mocks.state.rows import row


@row
@dataclass(frozen=True, slots=True)
class App:
    """An application: its id, its secret keys (any of them signs), and whether the API may delete."""

    id: str
    secrets: tuple[str, ...]
    name: str = ""
    allow_delete: bool = True


@row
@dataclass(frozen=True, slots=True)
class Version:
    """One version of a course: its number, when it was made, and the package (a file name in the engine's folder)."""

    id: int
    updated: datetime
    size: int
    package: str = ""


@row
@dataclass(frozen=True, slots=True)
class Course:
    """A course of an application; ``attributes`` are those that differ from the defaults."""

    id: str
    title: str
    standard: str
    created: datetime
    versions: tuple[Version, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Size of the newest package in bytes."""
        return self.versions[-1].size if self.versions else 0


@row
@dataclass(frozen=True, slots=True)
class Job:
    """An import: ``state`` is created, running, finished or error; ``ended`` starts the week of its token.

    ``title`` is that of the course, of a job in the state error the reason; ``culture`` the language of its warnings.
    """

    id: str
    course_id: str
    package: str
    created: datetime
    state: str = "created"
    progress: int = 0
    message: str = "Queued"
    code: int | None = None
    title: str = ""
    successful: bool = True
    warnings: tuple[str, ...] = ()
    ended: datetime | None = None
    culture: str = ""


@row
@dataclass(frozen=True, slots=True)
class Upload:
    """An upload token, and the file once it has come: ``location`` has two segments, domain and file name."""

    token: str
    created: datetime
    location: str = ""
    package: str = ""
    size: int = 0


@row
@dataclass(frozen=True, slots=True)
class Hook:
    """Where results of a registration are posted, and how ("Registration Postbacks" V1)."""

    url: str
    authtype: str = "form"
    name: str = ""
    password: str = ""
    resultsformat: str = "course"


@row
@dataclass(frozen=True, slots=True)
class Result:
    """What a registration has come to: words as in V1, ``score`` None for unknown, ``seconds`` of tracked time."""

    complete: str = "unknown"
    success: str = "unknown"
    score: Decimal | None = None
    seconds: int = 0
    attempts: int = 0
    satisfied: Mapping[str, str] = field(default_factory=dict)


@row
@dataclass(frozen=True, slots=True)
class Past:
    """A result that was replaced, and when."""

    until: datetime
    result: Result


@row
@dataclass(frozen=True, slots=True)
class Instance:
    """One instance of a registration: its course version, its result, and the latest of those that were replaced."""

    id: int
    course_version: int
    updated: datetime
    result: Result = Result()
    past: tuple[Past, ...] = ()


@row
@dataclass(frozen=True, slots=True)
class Registration:
    """A learner on a course. ``serial`` numbers registrations of one id, so that a recreated one is another.

    ``version`` is the course version that was asked for; None: the newest at the first launch.
    """

    id: str
    course_id: str
    learner_id: str
    fname: str
    lname: str
    created: datetime
    email: str = ""
    hook: Hook | None = None
    dispatch: str = ""
    tags: tuple[str, ...] = ()
    tracking: bool = True
    instances: tuple[Instance, ...] = ()
    launches: tuple[str, ...] = ()
    first_access: datetime | None = None
    last_access: datetime | None = None
    completed: datetime | None = None
    updated: datetime | None = None
    serial: int = 0
    version: int | None = None

    @property
    def latest(self) -> Instance:
        """The newest instance; one that was never launched stands for instance 0."""
        return self.instances[-1] if self.instances else Instance(0, 0, self.created)

    @property
    def result(self) -> Result:
        """The result of the newest instance."""
        return self.latest.result


@row
@dataclass(frozen=True, slots=True)
class Launch:
    """One launch and what it came to. ``redirect`` is where the browser goes on exit, or one of three words.

    ``result.seconds`` are those of this launch.
    """

    id: str
    regid: str
    at: datetime
    redirect: str = ""
    tracked: bool = True
    ended: datetime | None = None
    result: Result = Result()
    css: str = ""
    culture: str = ""
    updated: datetime | None = None


@row
@dataclass(frozen=True, slots=True)
class Posting:
    """A postback that is owed: about which registration, to where, and the body if it was taken when it was owed."""

    id: str
    regid: str
    hook: Hook
    created: datetime
    body: str = ""
    serial: int = 0
    behaviour: Mapping[str, str] = field(default_factory=dict)


@row
@dataclass(frozen=True, slots=True)
class Arming:
    """What is to happen to the next ``left`` deliveries or polls of a registration (``""``: of all); ``by`` seconds."""

    id: str
    behaviour: str
    regid: str = ""
    left: int = 1
    by: float = 0.0


@row
@dataclass(frozen=True, slots=True)
class Learner:
    """What is kept of a learner beyond registrations: tags."""

    id: str
    tags: tuple[str, ...] = ()


@row
@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation: its postback settings are copied to every registration that comes of it."""

    id: str
    course_id: str
    created: datetime
    public: bool = False
    subject: str = ""
    body: str = ""
    hook: Hook | None = None
    open: bool = True
    enabled: bool = True
    addresses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    started: Mapping[str, str] = field(default_factory=dict)


@row
@dataclass(frozen=True, slots=True)
class Destination:
    """Where dispatches go."""

    id: str
    name: str
    created: datetime
    tags: tuple[str, ...] = ()


@row
@dataclass(frozen=True, slots=True)
class Dispatch:
    """A dispatch: its postback settings stay with it and act on existing registrations at once."""

    id: str
    destination_id: str
    course_id: str
    created: datetime
    hook: Hook | None = None
    enabled: bool = True
    open: bool = True
    tags: tuple[str, ...] = ()
    started: tuple[str, ...] = ()
