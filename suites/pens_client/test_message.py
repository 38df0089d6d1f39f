"""How the collect is written and sent (CMI010 1.0a §A.1)."""

from __future__ import annotations

import re
from difflib import get_close_matches

from harness.judging.expect import expect, inapplicable, remark
from harness.judging.suite import checks
from harness.subjects.publish_records import Published
from harness.wire import pens
from harness.wire.binding import Decoded, decode_form
from suites.pens_client.rules import came, request_of

_ENCODED = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*%3A", re.IGNORECASE)
_SEPARATED = re.compile(r"[;|,\s](" + "|".join(pens.ELEMENTS) + ")=")
URIS = ("package-id", "package-url", "receipt", "alerts")


@checks("PENS-MSG-03")
def test_collect_is_posted(published: Published) -> None:
    """The collect is sent by POST."""
    method = request_of(published).method
    expect(method == "POST", "by-get", expected="POST", got=method, at=published.at)


@checks("PENS-MSG-13/C")
def test_collect_by_get_is_noted(published: Published) -> None:
    """That a collect is sent by GET, as from a browser window, is noted."""
    method = request_of(published).method
    remark("by-get", unless=method == "POST", got=method, at=published.at)


@checks("PENS-MSG-04")
def test_query_of_the_target_stays_whole(published: Published, published_query: Published) -> None:
    """To an address that has a query, no second question mark is added; its query and all elements arrive."""
    came(published)
    request, at = request_of(published_query), published_query.at
    expect(request.target.count("?") < 2, "two-question-marks", expected="one ?", got=request.target, at=at)
    own = decode_form(published_query.target.partition("?")[2].encode()).pairs
    sent = decode_form(request.query.encode("latin-1", "replace")).pairs
    expect(set(own) <= set(sent), "own-query-lost", expected=own, got=request.query, at=at)
    wanted = set(published.message.names) & set(pens.REQUIRED)
    lost = sorted(wanted - set(published_query.message.names))
    expect(not lost, "elements-lost", expected="the elements of every collect", got=f"without {lost}", at=at)


def written(record: Published) -> Decoded:
    """Read the collect's text again, for how it is written; line ends after a body are nobody's concern."""
    if record.collect is None:
        return Decoded("none", ())
    request = record.collect.request
    query = request.query.replace("?", "&", 1).encode("latin-1", "replace")
    return decode_form(request.body.rstrip(b"\r\n") if request.method == "POST" else query)


@checks("PENS-MSG-05")
def test_collect_is_a_valid_uri(published: Published) -> None:
    """The collect is url-encoded, once: no character stands in it that no URI may hold."""
    came(published)
    binding, at = published.message.binding, published.at
    expect(
        binding in ("get", "form"),
        "not-url-encoded",
        expected="a query or an urlencoded body",
        got=binding,
        at=at,
    )
    odd = written(published).oddities
    expect("not-uri" not in odd, "not-uri", expected="characters of a URI alone", got=odd, at=at)
    expect("bad-percent" not in odd, "bad-percent", expected="% before two hexadecimal digits", got=odd, at=at)
    for name in URIS:
        value = published.element(name) or ""
        expect(not _ENCODED.match(value), "encoded-twice", expected=f"{name} encoded once", got=value, at=at)
    remark("not-utf-8", unless="not-utf-8" not in odd, got=odd, at=at)


@checks("PENS-MSG-05")
def test_values_survive_decoding(published_as: Published) -> None:
    """A value that holds what delimits a query arrives as it was given."""
    came(published_as)
    given, got = str(published_as.case["user"]), published_as.element("system-user-id") or ""
    if not got.startswith("invigil-"):
        inapplicable("system-user-id as it is given by the run")
    expect(got == given, "value-changed", expected=given, got=got, at=published_as.at)


def misspelt(record: Published) -> dict[str, str]:
    """Return names that are none of the data model but meant as one, with what they mean."""
    names = record.message.names
    found: dict[str, str] = {}
    missing = [name for name in pens.ELEMENTS if name not in names]
    for name in names:
        if name not in pens.ELEMENTS:
            plain = re.sub(r"[^a-z]", "", name.removeprefix("amp;").lower())
            same = [known for known in pens.ELEMENTS if known.replace("-", "") == plain]
            near = same or get_close_matches(name.lower(), missing, 1, 0.85)
            found |= {name: near[0]} if near else {}
    return found


@checks("PENS-MSG-08")
def test_names_are_spelt_as_specified(published: Published) -> None:
    """Element names are spelt as in the data model and joined by = and &."""
    came(published)
    wrong, at = misspelt(published), published.at
    expect(not wrong, "misspelt", expected=list(wrong.values()), got=list(wrong), at=at)
    joined = [value for _, value in published.message.pairs if _SEPARATED.search(value)]
    expect(not joined, "other-separator", expected="& between elements", got=joined, at=at)
    single = published.message.binding in ("get", "form") and "no-equals" in written(published).oddities
    expect(not single, "no-equals", expected="name=value", got="a name without =", at=at)


@checks("PENS-MSG-09")
def test_no_element_is_added(published: Published) -> None:
    """The collect holds no element beyond the data model; those that it adds are noted."""
    came(published)
    known = {*pens.ELEMENTS, *misspelt(published)}
    extra = [name for name in published.message.names if name not in known]
    remark("extra-elements", unless=not extra, got=extra, at=published.at)
