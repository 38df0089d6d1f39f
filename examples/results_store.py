"""Results of registrations: read from V1 XML, merged so that nothing goes backwards, pulled from the V1 API.

Written from SCORM Cloud "LMS Integration" V1 and "Registration Postbacks" V1. Postbacks carry neither a time nor a
number, may come twice and in any order, and a failed one is sent again minutes later: so what is stored only grows.
"""

import hashlib
import math
import threading
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlencode, urlsplit
from xml.parsers import expat

MAX_ANSWER = 8 * 2**20
COMPLETE, SUCCESS = ("unknown", "incomplete", "complete"), ("unknown", "failed", "passed")
CHARSETS = {"utf-8", "utf-16", "iso-8859-1", "us-ascii"}
ACTIVITY = "activity"
OBJECTIVE = f"{ACTIVITY}/objectives/objective"


class Unreadable(ValueError):
    """Data that are no registration report; the message says why and repeats nothing of them."""


@dataclass(frozen=True)
class Result:
    """A result: words as V1 writes them, `score` None while unknown, `totaltime` in seconds."""

    complete: str = "unknown"
    success: str = "unknown"
    score: float | None = None
    totaltime: int = 0


def seconds(text: str) -> int:
    """Read whole seconds, or `hhhh:mm:ss.ss` as the activity formats write times; 0 when it is neither."""
    try:
        values = [float(part) for part in text.split(":")]
    except ValueError:
        return 0
    whole = sum(value * 60**power for power, value in enumerate(reversed(values)))
    return int(whole) if len(values) in (1, 3) and 0 <= whole < 2**53 else 0


def number(text: str) -> float | None:
    """Read a score; the word `unknown`, and whatever else is no number, is None and never 0."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


class Reader:
    """Collects the few texts that matter; the rest, a suspend_data of any size too, passes by."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.inside = 0
        self.texts: dict[str, str] = {}
        self.whole: set[str] = set()
        self.regid: str | None = None
        self.format = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Enter an element; the report is the root, or a child of the root `rsp`."""
        if name == "registrationreport" and self.path in ([], ["rsp"]) and self.regid is None:
            self.inside, self.regid = len(self.path) + 1, attributes.get("regid")
            self.format = attributes.get("format", "course").lower()
        elif not self.path and name != "rsp":
            raise Unreadable("the root is neither registrationreport nor rsp")
        self.path.append(name)

    def where(self) -> str:
        """Name the place below the report; empty outside of it and where nothing matters."""
        return "/".join(self.path[self.inside :]) if self.inside and len(self.path) < self.inside + 5 else ""

    def text(self, data: str) -> None:
        """Take text of the report itself and of its outermost activity; of equal elements the first counts."""
        where = self.where()
        if where and where not in self.whole and len(self.texts.get(where, "")) < 1000:
            self.texts[where] = self.texts.get(where, "") + data[:1000]

    def end(self, name: str) -> None:
        """Leave an element."""
        self.whole.add(self.where())
        self.path.pop()

    def forbidden(self, *declaration: object) -> None:
        """Refuse a document type declaration, and with it every entity."""
        raise Unreadable("a document type declaration is not accepted")

    def result(self) -> Result:
        """Give the result in any of the formats course, activity and full."""
        word = {path: text.strip().lower() for path, text in self.texts.items()}
        if self.format == "full":
            complete = "incomplete" if word.get(f"{ACTIVITY}/attemptprogressstatus") == "true" else "unknown"
            success = "failed" if word.get(f"{ACTIVITY}/progressstatus") == "true" else "unknown"
            complete = "complete" if word.get(f"{ACTIVITY}/completed") == "true" else complete
            success = "passed" if word.get(f"{ACTIVITY}/satisfied") == "true" else success
            known = word.get(f"{OBJECTIVE}/measurestatus") == "true"
            measure = number(word.get(f"{OBJECTIVE}/normalizedmeasure", "")) if known else None
            score = None if measure is None else round(measure * 100, 4)
        else:
            place = f"{ACTIVITY}/" if self.format == "activity" else ""
            complete, success = word.get(place + "complete", ""), word.get(place + "success", "")
            score = number(word.get(place + "score", ""))
        time = word.get("totaltime") or word.get(f"{ACTIVITY}/timeacrossattempts", "")
        complete = complete if complete in COMPLETE else "unknown"
        return Result(complete, success if success in SUCCESS else "unknown", score, seconds(time))


def read_report(data: bytes, charset: str | None = None) -> tuple[str, Result]:
    """Read a report, bare or in `rsp`, with or without XML declaration, and give the regid with the result."""
    reader, parser = Reader(), expat.ParserCreate(charset if charset in CHARSETS else None)
    parser.StartDoctypeDeclHandler = reader.forbidden
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(data.lstrip(), True)
    except (expat.ExpatError, LookupError, ValueError) as problem:
        raise problem if isinstance(problem, Unreadable) else Unreadable("not well-formed XML") from problem
    if not reader.regid:
        raise Unreadable("no registrationreport with a regid")
    return reader.regid, reader.result()


class Store:
    """The registrations that this system knows, with their results. Safe to use from many threads."""

    def __init__(self, registrations: Iterable[str] = ()) -> None:
        self.lock = threading.Lock()
        self.results = {regid: Result() for regid in registrations if regid}
        self.applied = dict.fromkeys(self.results, 0)

    def knows(self, regid: str) -> bool:
        """Tell whether a registration was made here; ids are compared exactly."""
        return regid in self.results

    def enrol(self, regid: str) -> None:
        """Make a registration known; one that is known keeps its result."""
        with self.lock:
            self.applied.setdefault(regid, 0)
            self.results.setdefault(regid, Result())

    def reset(self, regid: str) -> None:
        """Forget what came for a registration; whatever comes now counts again."""
        with self.lock:
            self.results[regid] = Result()

    def apply(self, regid: str, result: Result) -> None:
        """Merge a result into what is stored."""
        with self.lock:
            old = self.results[regid]
            merged = self.merge(old, result)
            self.applied[regid] += self.effects(old, merged)
            self.results[regid] = merged

    def effects(self, old: Result, new: Result) -> int:
        """Count what a result brings about: only what changes the state does, so a certificate is mailed once."""
        return int(old != new)

    def merge(self, old: Result, new: Result) -> Result:
        """Keep the better of each value: complete and passed stay, the best score and the longest time count."""
        complete = max(old.complete, new.complete, key=COMPLETE.index)
        success = max(old.success, new.success, key=SUCCESS.index)
        scores = [score for score in (old.score, new.score) if score is not None]
        return Result(complete, success, max(scores, default=None), max(old.totaltime, new.totaltime))

    def seen(self, regid: str) -> dict[str, object]:
        """Describe a registration for the probe."""
        return {"regid": regid, **asdict(self.results[regid]), "applied": self.applied[regid]}


def signed(parameters: dict[str, str], secret: str) -> str:
    """Sign a call: MD5 over the secret and the names and values, names sorted regardless of case."""
    text = secret + "".join(name + parameters[name] for name in sorted(parameters, key=str.lower))
    return urlencode(parameters | {"sig": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()})


def fetch(api: str, appid: str, secret: str, regid: str) -> bytes:
    """Ask the API for a result (rustici.registration.getRegistrationResult); no redirect is followed."""
    call = {"method": "rustici.registration.getRegistrationResult", "appid": appid, "regid": regid}
    call |= {"ts": datetime.now(UTC).strftime("%Y%m%d%H%M%S"), "resultsformat": "course"}
    parts = urlsplit(api)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    with closing(kind(parts.hostname or "", parts.port, timeout=10)) as connection:
        connection.request("GET", f"{parts.path or '/'}?{signed(call, secret)}")
        response = connection.getresponse()
        body = response.read(MAX_ANSWER + 1)
    if response.status != 200 or len(body) > MAX_ANSWER:
        raise OSError(f"the API answered HTTP {response.status} with {len(body)} bytes")
    return body
