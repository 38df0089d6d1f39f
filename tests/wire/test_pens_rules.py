"""Which code answers which fault of a collect, held against a table typed from the standard a second time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fixtures
from harness.wire import pens
from harness.wire.binding import decode_form
from harness.wire.pens_rules import ACCEPTED, PREFERRED, Support, Violation, violations

VECTORS = Path(fixtures.__file__).parent / "vectors" / "pens"
NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)

# CMI010 1.0a §6.2, §6.3: fault, the code that the highest-number rule prefers, the codes that can be defended.
TABLE = """
command            unparseable  1101 1101 2002 2011
command            missing      2002 1101 2002 2011
command            unknown      2002 1421 2002
command            reserved     1421 1421 2002
command            foreign      1421 1421 2002
command            case         -    0 1421 2002
pens-version       missing      2001 2001
pens-version       malformed    2001 1420 2001
pens-version       unknown      2001 1420 2001
pens-version       unsupported  1420 1420 2001
package-type       missing      2003 1430 2003
package-type       unknown      2003 1430 2003
package-type       unsupported  1430 1430 2003
package-type-version missing    2004 2004
package-format     missing      2005 1201 2005
package-format     unknown      2005 1201 2005
package-format     unsupported  2005 1201 1301 1432 2005
package-id         missing      2007 2007
package-id         malformed    2007 2007
package-url        missing      2008 1310 2008
package-url        malformed    2008 1310 2008
package-url        no-file-name 2008 0 2008
package-url        https        1302 1302
package-url        ftp          1304 1301 1304
package-url        ftps         1306 1301 1306
package-url        scheme       1301 1301 1310 2008
package-url-expiry missing      2009 2009
package-url-expiry empty        2009 0 2009 2010
package-url-expiry malformed    2009 1320 2009
package-url-expiry lenient      -    0 1320 2009
package-url-expiry expired      1322 0 1322
client             missing      2010 2010
client             empty        2010 0 2009 2010
receipt            missing      2011 2011
receipt            malformed    2011 2011
receipt            scheme       1510 1510 2011
alerts             malformed    1201 1201 1520
alerts             scheme       1520 1201 1520
"""
ROWS = [line.split() for line in TABLE.split("\n") if line]

VALID = {
    "command": "collect",
    "pens-version": "1.0.0",
    "package-type": "scorm-pif",
    "package-type-version": "1.2",
    "package-format": "zip",
    "package-id": "http://myurl.com:2631e419-1573-4720-b4c6-8701f960dccc",
    "package-url": "http://author.example/packages/course1.zip",
    "package-url-expiry": "2099-05-20T16:05:39Z",
    "client": "Author",
    "receipt": "http://author.example/pens",
}


def wrong(
    changes: Mapping[str, str | None], support: Support | None = None, now: datetime = NOW
) -> list[tuple[str, str]]:
    elements = {name: value for name, value in {**VALID, **changes}.items() if value is not None}
    return [(found.element, found.kind) for found in violations(elements, support or Support(), now)]


def test_the_preferred_codes_are_those_of_the_table() -> None:
    assert {(row[0], row[1]): int(row[2]) for row in ROWS if row[2] != "-"} == PREFERRED


def test_the_accepted_codes_are_those_of_the_table() -> None:
    assert {(row[0], row[1]): frozenset(map(int, row[3:])) for row in ROWS} == ACCEPTED


def test_what_the_mock_prefers_can_always_be_defended_and_is_listed() -> None:
    assert all(code in ACCEPTED[fault] and code in pens.CODES for fault, code in PREFERRED.items())


def test_a_target_supports_by_default_what_the_standard_and_the_field_ask() -> None:
    assert Support() == Support(
        frozenset({"1.0.0"}),
        frozenset({"aicc-pkg", "scorm-pif", "lms-qti", "ims-qti"}),
        frozenset({"zip"}),
        frozenset({"http", "https"}),
        frozenset({"http", "https", "mailto"}),
        False,
    )


def test_a_valid_collect_has_no_fault() -> None:
    assert wrong({}) == []


@pytest.mark.parametrize("word", ["aicc-pkg", "scorm-pif", "lms-qti", "ims-qti"])
def test_every_word_for_a_package_type_is_taken(word: str) -> None:
    assert wrong({"package-type": word}) == []


FAULTS: list[tuple[str, str | None, str | None]] = [
    ("command", None, "missing"),
    ("command", "", "missing"),
    ("command", "foo", "unknown"),
    ("command", "COLLECT", "unknown"),
    ("command", "Delete", "reserved"),
    ("command", "Revise", "reserved"),
    ("command", "receipt", "foreign"),
    ("command", "alert", "foreign"),
    ("pens-version", None, "missing"),
    ("pens-version", "", "missing"),
    ("pens-version", "abc", "malformed"),
    ("pens-version", "1.0", "malformed"),
    ("pens-version", "1.0.0.0", "malformed"),
    ("pens-version", "0.8.0", "unknown"),
    ("pens-version", "10.20.30", "unknown"),
    ("package-type", None, "missing"),
    ("package-type", "", "missing"),
    ("package-type", "aicc-au", "unknown"),
    ("package-type-version", None, "missing"),
    ("package-type-version", "", "missing"),
    ("package-type-version", "2004 3rd Edition", None),
    ("package-format", None, "missing"),
    ("package-format", "", "missing"),
    ("package-format", "rar", "unknown"),
    ("package-format", "url", "unsupported"),
    ("package-format", "jar", "unsupported"),
    ("package-format", "war", "unsupported"),
    ("package-format", "xml", "unsupported"),
    ("package-id", None, "missing"),
    ("package-id", "", "missing"),
    ("package-id", "invalid", "malformed"),
    ("package-url", None, "missing"),
    ("package-url", "", "missing"),
    ("package-url", "invalid", "malformed"),
    ("package-url", "/course.zip", "malformed"),
    ("package-url", "http:///course.zip", "malformed"),
    ("package-url", "http://[course.zip", "malformed"),
    ("package-url", "http://h/a b.zip", "malformed"),
    ("package-url", "http://h", "no-file-name"),
    ("package-url", "http://h/", "no-file-name"),
    ("package-url", "http://h/course", "no-file-name"),
    ("package-url", "http://h/.zip", "no-file-name"),
    ("package-url", "http://h/course.", "no-file-name"),
    ("package-url", "http://h/course.zip/", "no-file-name"),
    ("package-url", "http://h?f=course.zip", "no-file-name"),
    ("package-url", "http://h/course.zip?token=1", None),
    ("package-url", "http://h/a%2Fb.zip", None),
    ("package-url", "HTTPS://h/COURSE.ZIP", None),
    ("package-url", "ftp://h/course.zip", "ftp"),
    ("package-url", "ftps://h/course.zip", "ftps"),
    ("package-url", "file:///course.zip", "scheme"),
    ("package-url", "gopher://h/course.zip", "scheme"),
    ("package-url-expiry", None, "missing"),
    ("package-url-expiry", "", "empty"),
    ("package-url-expiry", "invalid", "malformed"),
    ("package-url-expiry", "2001-01-01T00:00:00Z", "expired"),
    ("package-url-expiry", "2099-01-01", None),
    ("client", None, "missing"),
    ("client", "", "empty"),
    ("receipt", None, "missing"),
    ("receipt", "", "missing"),
    ("receipt", "name@domain.com", "malformed"),
    ("receipt", "http://", "malformed"),
    ("receipt", "mailto:name", "malformed"),
    ("receipt", "mailto:a@x,", "malformed"),
    ("receipt", "mailto:a@x b@y", "malformed"),
    ("receipt", "gopher://x/", "scheme"),
    ("receipt", "ftp://h/", "scheme"),
    ("receipt", "http://author.example?job=7", None),
    ("receipt", "https://author.example/pens?job=7", None),
    ("receipt", "MAILTO:a@x", None),
    ("receipt", "mailto:a@x,b@y", None),
    ("receipt", "mailto:a@x?subject=PENS", None),
    ("alerts", None, None),
    ("alerts", "", None),
    ("alerts", "testing", "malformed"),
    ("alerts", "http:/author.com/pens.cgi", "malformed"),
    ("alerts", "gopher://x/", "scheme"),
    ("alerts", "mailto:a@x", None),
    ("vendor-data", "x" * 4096, None),
    ("foo", "bar", None),
]


@pytest.mark.parametrize(("element", "value", "kind"), FAULTS)
def test_each_fault_is_found_alone_and_named(element: str, value: str | None, kind: str | None) -> None:
    assert wrong({element: value}) == ([(element, kind)] if kind else [])


def test_every_fault_that_can_be_found_has_its_codes() -> None:
    assert {(element, kind) for element, _, kind in FAULTS if kind} <= PREFERRED.keys() & ACCEPTED.keys()


@pytest.mark.parametrize(
    ("support", "changes", "fault"),
    [
        (Support(versions=frozenset({"2.0.0"})), {}, ("pens-version", "unsupported")),
        (Support(types=frozenset({"scorm-pif"})), {"package-type": "lms-qti"}, ("package-type", "unsupported")),
        (Support(types=frozenset({"scorm-pif"})), {"package-type": "ims-qti"}, ("package-type", "unsupported")),
        (Support(fetch=frozenset({"http"})), {"package-url": "https://h/a.zip"}, ("package-url", "https")),
        (Support(callbacks=frozenset({"http"})), {"receipt": "mailto:a@x"}, ("receipt", "scheme")),
        (Support(callbacks=frozenset({"http"})), {"alerts": "mailto:a@x"}, ("alerts", "scheme")),
    ],
)
def test_what_a_target_does_not_support_is_told_from_what_nobody_knows(
    support: Support, changes: dict[str, str | None], fault: tuple[str, str]
) -> None:
    assert wrong(changes, support) == [fault]


def test_what_a_target_supports_beyond_the_standard_is_taken() -> None:
    ftp = Support(fetch=frozenset({"http", "ftp"}), formats=frozenset({"zip", "jar"}))
    assert wrong({"package-url": "ftp://h/a.zip", "package-format": "jar"}, ftp) == []


def test_an_empty_value_is_the_null_string_where_that_reading_is_chosen() -> None:
    null = Support(empty_is_null=True)
    assert wrong({"client": "", "package-url-expiry": ""}, null) == []
    assert wrong({"client": None, "package-url-expiry": None}, null) == [
        ("package-url-expiry", "missing"),
        ("client", "missing"),
    ]


def test_a_package_expires_just_after_its_instant_and_not_at_it() -> None:
    at = {"package-url-expiry": pens.write_expiry(NOW)}
    assert wrong(at) == []
    assert wrong(at, now=NOW + timedelta(seconds=1)) == [("package-url-expiry", "expired")]


def test_a_wrong_command_is_reported_alone() -> None:
    assert violations({}, Support(), NOW) == (Violation("command", "missing"),)
    assert violations({"command": "foo"}, Support(), NOW) == (Violation("command", "unknown"),)


def test_a_bare_collect_lacks_everything_else_in_the_order_of_the_standard() -> None:
    found = violations({"command": "collect"}, Support(), NOW)
    assert found == tuple(Violation(name, "missing") for name in pens.REQUIRED[1:])
    assert [PREFERRED[v.element, v.kind] for v in found] == [2001, 2003, 2004, 2005, 2007, 2008, 2009, 2010, 2011]


@given(st.sets(st.sampled_from(pens.REQUIRED[1:])))
def test_each_missing_element_is_found_whatever_else_is_missing(names: set[str]) -> None:
    assert {element for element, _ in wrong(dict.fromkeys(names))} == names


@given(st.dictionaries(st.sampled_from(pens.ELEMENTS), st.text(max_size=30)))
def test_judging_never_fails_and_gives_only_faults_with_a_code(elements: dict[str, str]) -> None:
    for found in violations({"command": "collect", **elements}, Support(), NOW):
        assert (found.element, found.kind) in PREFERRED


def test_the_samples_of_others_have_the_faults_that_they_are_known_for() -> None:
    link = (VECTORS / "cmi010-a1.1-collect-link.txt").read_text().strip().partition("?")[2].replace(" ", "")
    found = violations(decode_form(link.encode()).elements, Support(), NOW)
    assert found == (Violation("package-url-expiry", "expired"),)
    line = (VECTORS / "cmi010-a2-collect.http").read_text().split(" ")[1]
    found = violations(decode_form(line.partition("?")[2].encode()).elements, Support(), NOW)
    assert found == (Violation("package-url-expiry", "expired"), Violation("alerts", "malformed"))
    rustici = (VECTORS / "rustici-example-collect.txt").read_text().strip()
    assert violations(decode_form(rustici.encode()).elements, Support(), NOW) == ()
