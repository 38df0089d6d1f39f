"""Faults of a V1 server in what it takes for a right signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from harness.net.listener import Inbound
from harness.wire import cloud_v1 as v1
from harness.wire.binding import Pairs, decode_multipart
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Failure
from mocks.engine.v1.domain import App
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

Hashed = Callable[[Pairs], str]
KNOWN = frozenset({
    "method", "appid", "ts", "origin", "applib", "regid", "courseid", "learnerid", "learnerTags", "lname", "fname",
    "file", "url", "authtype", "name", "password", "courseStructureStartsOpen", "zé名",
})  # fmt: skip


def _hashing(name: str, kind: str, doc: str, rows: str, hashed: Hashed) -> type[Fault]:
    """Make a fault that hashes another string and refuses what is signed rightly."""

    def canonical(self: CloudBehaviour, params: Pairs) -> str:
        return hashed(params)

    breaks = {f"CLOUD-{row}": "refused" for row in rows.split()}
    body: dict[str, Any] = {"__doc__": doc, "name": f"v1.{name}", "kind": kind, "breaks": breaks}
    return type("Hashing", (Fault, CloudBehaviour), body | {"canonical": canonical})


def _joined(params: Pairs, values: Callable[[list[str]], str]) -> str:
    groups: dict[str, list[str]] = {}
    for key, value in params:
        if key not in v1.UNSIGNED:
            groups.setdefault(key, []).append(value)
    return "".join(key + values(groups[key]) for key in sorted(groups, key=lambda key: (key.lower(), key)))


def _as_sent(params: Pairs) -> str:
    return "".join(key + value for key, value in params if key not in v1.UNSIGNED)


def _selected(chosen: Callable[[str, str], object]) -> Hashed:
    return lambda params: v1.canonical(pair for pair in params if chosen(*pair))


def _rewritten(write: Callable[[str], str]) -> Hashed:
    return lambda params: v1.canonical((key, write(value)) for key, value in params)


FAMILY: tuple[type[Fault], ...] = (
    _hashing(
        "sorts-by-case", WRONG_VALUE, "Names are sorted with regard to case.", "AUTH-01 AUTH-02", v1.canonical_by_case
    ),
    _hashing(
        "does-not-sort", LEFT_OUT, "Parameters are hashed in the order in which they come.",
        "AUTH-01 AUTH-02 AUTH-08 AUTH-09", _as_sent,
    ),
    _hashing(
        "hashes-encoded", LEFT_OUT, "Values are hashed percent-encoded, as they may stand in a URL.",
        "AUTH-01 AUTH-02 AUTH-05 AUTH-06 AUTH-09", _rewritten(quote),
    ),
    _hashing("decodes-twice", WRONG_VALUE, "Values are percent-decoded twice.", "AUTH-05", _rewritten(unquote)),
    _hashing(
        "hashes-ascii", LEFT_OUT, "Characters beyond ASCII are not hashed.", "AUTH-01 AUTH-06",
        lambda params: v1.canonical(params).encode("ascii", "ignore").decode(),
    ),
    _hashing(
        "first-value-alone", LEFT_OUT, "Of a parameter with several values the first alone is hashed.",
        "AUTH-01 AUTH-08", lambda params: _joined(params, lambda values: values[0]),
    ),
    _hashing(
        "values-as-sent", WRONG_VALUE, "The values of a parameter are hashed in the order in which they come.",
        "AUTH-01 AUTH-08", lambda params: _joined(params, "".join),
    ),
    _hashing(
        "drops-empty", LEFT_OUT, "Parameters without a value are not hashed.", "AUTH-01 AUTH-09",
        _selected(lambda key, value: value),
    ),
    _hashing(
        "empty-is-null", WRONG_VALUE, "A parameter without a value is hashed with the word null.", "AUTH-01 AUTH-09",
        _rewritten(lambda value: value or "null"),
    ),
    _hashing(
        "origin-not-hashed", LEFT_OUT, "origin and applib are not hashed.", "AUTH-01 AUTH-10",
        _selected(lambda key, value: key not in ("origin", "applib")),
    ),
    _hashing(
        "hashes-known-alone", LEFT_OUT, "Parameters that no method knows are not hashed.", "EP-10",
        _selected(lambda key, value: key in KNOWN),
    ),
)  # fmt: skip


class ReadsUtf8AsLatin1(Fault, CloudBehaviour):
    """Names and values are hashed as if their UTF-8 were ISO 8859-1."""

    name = "v1.utf-8-as-latin-1"
    kind = WRONG_VALUE
    breaks = {"CLOUD-AUTH-01": "refused", "CLOUD-AUTH-06": "refused"}

    def canonical(self, params: Pairs) -> str:
        return v1.canonical(params).encode().decode("latin-1")


class AcceptsByCase(Fault, CloudBehaviour):
    """Names sorted with regard to case are accepted as well."""

    name = "v1.accepts-by-case"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-03": "accepted"}

    def signatures(self, params: Pairs, app: App) -> list[str]:
        return [
            *super().signatures(params, app),
            *(v1.digest(v1.canonical_by_case(params), secret) for secret in app.secrets),
        ]


class LowerCaseAlone(Fault, CloudBehaviour):
    """Signatures in upper-case hex digits are refused."""

    name = "v1.lower-case-sig"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-04": "refused"}

    def same_signature(self, sent: str, expected: str) -> bool:
        return sent == expected.lower()


class UpperCaseAlone(Fault, CloudBehaviour):
    """Signatures in lower-case hex digits are refused."""

    name = "v1.upper-case-sig"
    kind = WRONG_VALUE
    breaks = {"CLOUD-AUTH-04": "refused"}

    def same_signature(self, sent: str, expected: str) -> bool:
        return sent == expected.upper()


def _files(inbound: Inbound) -> tuple[str, ...]:
    """Return the names of the parts of an upload, from disk or from what stands in the body."""
    if inbound.parts:
        return tuple(part.name for part in inbound.parts)
    return tuple(name for name, _ in decode_multipart(inbound.header("Content-Type"), inbound.body).pairs)


class HashesFile(Fault, CloudBehaviour):
    """A part called file counts for the signature."""

    name = "v1.hashes-file"
    kind = WRONG_VALUE
    breaks = {"CLOUD-AUTH-07": "refused"}

    def parameters(self, inbound: Inbound) -> Pairs:
        return super().parameters(inbound) + tuple((name, "") for name in _files(inbound) if name == "file")


class HashesUpload(Fault, CloudBehaviour):
    """What is uploaded counts for the signature, whatever its name."""

    name = "v1.hashes-upload"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-07": "refused"}

    def parameters(self, inbound: Inbound) -> Pairs:
        return super().parameters(inbound) + tuple((f"upload.{name}", "") for name in _files(inbound))


class DemandsOrigin(Fault, CloudBehaviour):
    """A call without origin is refused."""

    name = "v1.demands-origin"
    kind = WRONG_VALUE
    breaks = {"CLOUD-AUTH-10": "refused"}

    def check_signature(self, params: Pairs, app: App) -> None:
        if "origin" not in dict(params):
            raise Failure(v1.SECURITY)
        super().check_signature(params, app)


class RefusesUnknown(Fault, CloudBehaviour):
    """A call with a parameter that no method knows is refused."""

    name = "v1.refuses-unknown-parameters"
    kind = WRONG_VALUE
    breaks = {"CLOUD-EP-10": "refused"}

    def check_signature(self, params: Pairs, app: App) -> None:
        super().check_signature(params, app)
        if {key for key, _ in params} - KNOWN - {"sig"}:
            raise Failure(v1.BAD_ARGUMENT)


class AnySignature(Fault, CloudBehaviour):
    """Any signature is good."""

    name = "v1.any-signature"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-11": "accepted"}

    def same_signature(self, sent: str, expected: str) -> bool:
        return True


class NoSignature(Fault, CloudBehaviour):
    """A call without a signature is let in."""

    name = "v1.no-signature"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-12": "accepted"}

    def check_signature(self, params: Pairs, app: App) -> None:
        if any(key == "sig" for key, _ in params):
            super().check_signature(params, app)


def _mapping(name: str, doc: str, breaks: Mapping[str, str], codes: Mapping[int, int]) -> type[Fault]:
    """Make a fault that answers with other codes."""

    def code(self: CloudBehaviour, code: int) -> int:
        return codes.get(code, code)

    body: dict[str, Any] = {"__doc__": doc, "name": f"v1.{name}", "kind": WRONG_VALUE, "breaks": breaks, "code": code}
    return type("Mapping", (Fault, CloudBehaviour), body)


_WRONG = "wrong-code"
FAMILY += (
    _mapping(
        "security-failure-alone", "Whatever is wrong with a signature, the code is 100.",
        {"CLOUD-AUTH-03": _WRONG, "CLOUD-AUTH-11": _WRONG, "CLOUD-AUTH-12": _WRONG}, {103: 100, 104: 100},
    ),
    _mapping("appid-codes-swapped", "The codes of a missing and of an unknown appid are swapped.",
             {"CLOUD-AUTH-13": _WRONG}, {101: 102, 102: 101}),
    _mapping("ts-codes-swapped", "The codes of a missing and of a malformed ts are swapped.",
             {"CLOUD-AUTH-14": _WRONG}, {105: 106, 106: 105}),
)  # fmt: skip
