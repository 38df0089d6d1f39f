"""Faults of a PENS client in how it writes and sends its collect."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from harness.net.client import Request
from harness.wire.binding import Pairs, encode_multipart, encode_query
from mocks.author.behaviour import AuthorBehaviour
from mocks.faults.base import LEFT_OUT, Fault


class ByGet(Fault, AuthorBehaviour):
    """Sends the collect by GET, rightly written."""

    name = "author.by-get"
    breaks = {"PENS-MSG-03": "by-get", "PENS-MSG-13/C": "by-get"}

    def request(self, target: str, pairs: Pairs) -> Request:
        return self.get_request(target, pairs)


class SecondQuestionMark(Fault, AuthorBehaviour):
    """Joins its query to the target URL with a question mark whatever the URL."""

    name = "author.second-question-mark"
    breaks = {"PENS-MSG-03": "by-get", "PENS-MSG-13/C": "by-get", "PENS-MSG-04": "two-question-marks"}

    def request(self, target: str, pairs: Pairs) -> Request:
        return Request("GET", f"{target}?{self.encode(pairs)}")


class DropsOwnQuery(Fault, AuthorBehaviour):
    """Leaves out the query that the target URL has of its own."""

    name = "author.drops-own-query"
    kind = LEFT_OUT
    breaks = {"PENS-MSG-04": "own-query-lost"}

    def request(self, target: str, pairs: Pairs) -> Request:
        return super().request(target.partition("?")[0], pairs)


class LosesFirst(Fault, AuthorBehaviour):
    """Leaves out its first element where the target URL has a query, as one who cuts at the wrong place."""

    name = "author.loses-first"
    kind = LEFT_OUT
    breaks = {"PENS-MSG-04": "elements-lost"}
    profile = "pens-1.0"

    def request(self, target: str, pairs: Pairs) -> Request:
        return super().request(target, pairs[1:] if "?" in target else pairs)


class Multipart(Fault, AuthorBehaviour):
    """Posts the collect as multipart/form-data."""

    name = "author.multipart-collect"
    breaks = {"PENS-MSG-05": "not-url-encoded"}

    def request(self, target: str, pairs: Pairs) -> Request:
        content_type, body = encode_multipart(pairs)
        return Request("POST", target, (("Content-Type", content_type),), body)


class RawValues(Fault, AuthorBehaviour):
    """Leaves percent-encoding out."""

    name = "author.raw-values"
    kind = LEFT_OUT
    breaks = {"PENS-MSG-05": "not-uri"}

    def encode(self, pairs: Pairs) -> str:
        return "&".join(f"{name}={value}" for name, value in pairs)


class EncodesTwice(Fault, AuthorBehaviour):
    """Encodes what is encoded already; so no value is what it was meant to be."""

    name = "author.encodes-twice"
    breaks = {"PENS-MSG-05": "encoded-twice"}
    collateral = (
        "PENS-COLLECT-07", "PENS-COLLECT-09", "PENS-COLLECT-10", "PENS-COLLECT-11", "PENS-COLLECT-15",
        "PENS-COLLECT-20", "PENS-COLLECT-22",
    )  # fmt: skip

    def encode(self, pairs: Pairs) -> str:
        return encode_query(tuple((name, quote(value, safe="")) for name, value in pairs))


class BadPercent(Fault, AuthorBehaviour):
    """Leaves the percent sign as it is when it encodes."""

    name = "author.bad-percent"
    breaks = {"PENS-MSG-05": "bad-percent"}
    client_name = "author 100%"

    def encode(self, pairs: Pairs) -> str:
        return super().encode(pairs).replace("%25", "%")


class BarePlus(Fault, AuthorBehaviour):
    """Leaves the plus sign as it is when it encodes."""

    name = "author.bare-plus"
    kind = LEFT_OUT
    breaks = {"PENS-MSG-05": "value-changed"}

    def encode(self, pairs: Pairs) -> str:
        return super().encode(pairs).replace("%2B", "+")


class Latin(Fault, AuthorBehaviour):
    """Encodes characters in ISO 8859-1."""

    name = "author.latin-1"
    breaks = {"PENS-MSG-05": "not-utf-8"}
    client_name = "éditeur"

    def encode(self, pairs: Pairs) -> str:
        return super().encode(pairs).replace("%C3%A9", "%E9")


class Semicolons(Fault, AuthorBehaviour):
    """Joins elements by semicolons, so that all become one."""

    name = "author.semicolons"
    breaks = {"PENS-MSG-08": "other-separator"}
    collateral = ("PENS-CONF-03", *(f"PENS-COLLECT-{n:02}" for n in range(1, 21)), "ENGINE-PENS-17")

    def encode(self, pairs: Pairs) -> str:
        return ";".join(f"{name}={quote(value, safe='')}" for name, value in pairs)


class BareNames(Fault, AuthorBehaviour):
    """Leaves out the equals sign of an element that has no value."""

    name = "author.bare-names"
    kind = LEFT_OUT
    breaks = {"PENS-MSG-08": "no-equals"}

    def encode(self, pairs: Pairs) -> str:
        return super().encode(pairs) + "&vendor-data"


class RusticiSample(Fault, AuthorBehaviour):
    """Does as Rustici's PENSExampleCode: an element of its own first, ``?`` always, one package-id."""

    name = "author.rustici-sample"
    breaks = {
        "PENS-MSG-03": "by-get", "PENS-MSG-13/C": "by-get", "PENS-MSG-04": "two-question-marks",
        "PENS-MSG-09": "extra-elements", "PENS-COLLECT-04": "ims-qti", "PENS-COLLECT-08": "same-id",
    }  # fmt: skip
    client_name = "test-harness-v1.0.3"

    def package_id(self, namespace: str, digest: str) -> str:
        return "http://yoursite.com:your-pens-package-id"

    def change(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(name, "ims-qti" if name == "package-type" else value) for name, value in pairs if value]

    def request(self, target: str, pairs: Pairs) -> Request:
        return Request("GET", f"{target}?{urlencode((('target-system-url', target), *pairs))}")


class LiteralPrefix(Fault, AuthorBehaviour):
    """Puts the address together from a literal ``http://`` and what follows, without the slash at its end."""

    name = "author.literal-prefix"
    breaks = {"PENS-CONF-03": "other-address"}

    def request(self, target: str, pairs: Pairs) -> Request:
        path, mark, query = target.removeprefix("http://").partition("?")
        return super().request(f"http://{path.rstrip('/')}{mark}{query}", pairs)
