"""The data model of PENS, held against tables typed from the standard a second time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fixtures
from harness.wire import pens

VECTORS = Path(fixtures.__file__).parent / "vectors" / "pens"

# CMI010 1.0a §6: element, whether it is required, the code when it is missing (§6.3 table 3).
ELEMENTS = """
command                yes 2002
pens-version           yes 2001
package-type           yes 2003
package-type-version   yes 2004
package-format         yes 2005
package-id             yes 2007
package-url            yes 2008
package-url-expiry     yes 2009
client                 yes 2010
receipt                yes 2011
package-url-user-id    no
package-url-account    no
package-url-password   no
system-user-id         no
system-password        no
alerts                 no
vendor-data            no
"""
ROWS = [line.split() for line in ELEMENTS.split("\n") if line]

# CMI010 1.0a §6.3 table 3; 1420 carries its descriptive text, since its name does not describe it.
CODES = """
0    success
1101 General error
1201 General argument error
1301 General retrieve error
1302 Secure HTTP protocol not supported
1304 FTP protocol not supported
1306 Secure FTP protocol not supported
1310 Invalid or unresponsive package URL
1312 Invalid package access credentials
1320 Warning - invalid expiry date
1322 Warning - expired package
1420 Insufficient permission
1421 Command not supported
1430 Package type not supported
1432 Internal package error
1440 Insufficient host space or storage available
1500 General acknowledgment error
1510 Unsupported acknowledgement protocol
1520 Unsupported alert protocol
2001 pens-version parameter missing or invalid
2002 command parameter missing or invalid
2003 package-type parameter missing or invalid
2004 package-type-version parameter missing or invalid
2005 package-format parameter missing or invalid
2007 package-id parameter missing or invalid
2008 package-url parameter missing or invalid
2009 package-url-expiry parameter missing or invalid
2010 client parameter missing or invalid
2011 receipt parameter missing or invalid
"""


def test_the_elements_are_those_of_the_standard_required_ones_first() -> None:
    assert [row[0] for row in ROWS if row[1] == "yes"] == list(pens.REQUIRED)
    assert [row[0] for row in ROWS if row[1] == "no"] == list(pens.OPTIONAL)
    assert list(pens.ELEMENTS) == [row[0] for row in ROWS]
    assert {row[0]: int(row[2]) for row in ROWS if len(row) > 2} == pens.MISSING_CODE


def test_the_codes_are_those_of_the_standard() -> None:
    expected = {int(line[:4]): line[5:] for line in CODES.split("\n") if line}
    assert expected == pens.CODES
    named = {int(code): name for code, name in json.loads((VECTORS / "cmi010-6.3-codes.json").read_text()).items()}
    assert named.keys() == pens.CODES.keys()
    agree = {code for code, name in named.items() if pens.CODES[code].startswith(name)}
    assert named.keys() - agree == {0, 1420, 1440}


def test_the_words_are_those_of_the_standard() -> None:
    assert pens.VERSION == "1.0.0"
    assert pens.COMMANDS == ("collect",)
    assert pens.RESERVED_COMMANDS == ("Delete", "Revise")
    assert pens.CALLBACK_COMMANDS == ("receipt", "alert")
    assert pens.PACKAGE_TYPES == ("aicc-pkg", "scorm-pif", "lms-qti")
    assert pens.FIELD_PACKAGE_TYPES == ("ims-qti",)
    assert pens.PACKAGE_FORMATS == ("zip", "url", "jar", "war", "xml")
    assert pens.FETCH_SCHEMES == ("http", "https")
    assert pens.CALLBACK_SCHEMES == ("http", "https", "mailto")
    assert pens.SECRET_ELEMENTS == ("package-url-password", "system-password")
    assert pens.VENDOR_DATA_FLOOR == 4096
    assert frozenset({1320, 1322}) == pens.WARNINGS


def test_the_elements_of_receipts_and_alerts_are_those_of_the_samples() -> None:
    sample = (VECTORS / "cmi010-a1.1-receipt.txt").read_text().strip().partition("?")[2]
    assert tuple(part.partition("=")[0] for part in sample.split("&")) == pens.CALLBACK_ELEMENTS


@pytest.mark.parametrize("code", [199, 501, 511, 1000, 1431, 2000, 2006, 2012, 9999, 65536, -1])
def test_a_code_that_the_standard_reserves_is_not_listed(code: int) -> None:
    assert not pens.listed_code(code)


@pytest.mark.parametrize("code", [0, 200, 404, 500, 1101, 2011, 10000, 10001, 65535])
def test_a_code_of_the_table_of_the_protocol_below_or_of_an_implementation_may_be_sent(code: int) -> None:
    assert pens.listed_code(code)


@pytest.mark.parametrize("row", json.loads((VECTORS / "expiries.json").read_text()))
def test_every_writing_of_an_expiry_in_circulation_is_read(row: dict[str, str | bool]) -> None:
    found = pens.read_expiry(str(row["text"]))
    assert found == pens.Expiry(datetime.fromisoformat(str(row["instant"])), bool(row["strict"]))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2099-01-01", "2099-01-01T00:00:00"),
        ("20990101", "2099-01-01T00:00:00"),
        ("20990101T101112Z", "2099-01-01T10:11:12"),
        ("2099-01-01T10:11", "2099-01-01T10:11:00"),
        ("2099-01-01 10:11:12", "2099-01-01T10:11:12"),
        ("2099-01-01T10:11:12.345Z", "2099-01-01T10:11:12"),
        ("2099-01-01T10:11:12,5Z", "2099-01-01T10:11:12"),
        ("2099-01-01T10:11:12+02:00", "2099-01-01T08:11:12"),
        ("2099-01-01T10:11:12+0230", "2099-01-01T07:41:12"),
        ("2099-01-01T10:11:12-05", "2099-01-01T15:11:12"),
        ("2099-01-01T00:11:12+00:30", "2098-12-31T23:41:12"),
        (" 2099-01-01T10:11:12Z ", "2099-01-01T10:11:12"),
        ("2099-01-01T10:11:12 Z", "2099-01-01T10:11:12"),
    ],
)
def test_a_lenient_expiry_is_an_instant_in_utc_and_not_exact(text: str, instant: str) -> None:
    assert pens.read_expiry(text) == pens.Expiry(datetime.fromisoformat(instant).replace(tzinfo=UTC), False)


@pytest.mark.parametrize(
    "text",
    [
        *("", "invalid", "tomorrow", "1234567890", "2099", "2099-13-01", "2099-02-30", "2099-01-01T25:00:00Z"),
        *("2099-01-01T10:61:00Z", "2099-01-01T10:11:12+25:00", "0001-01-01T00:00:00+01:00", "2099-1-1"),
        *("2099-01-01T10:11:12ZZ", "x2099-01-01", "2099-01-01T", "２０９９-01-01"),
    ],
)
def test_what_is_no_date_is_no_expiry(text: str) -> None:
    assert pens.read_expiry(text) is None


@given(st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9998, 1, 1)), st.integers(-23, 23))
def test_an_expiry_is_written_exactly_and_read_back(naive: datetime, hours: int) -> None:
    instant = naive.replace(microsecond=0, tzinfo=timezone(timedelta(hours=hours)))
    text = pens.write_expiry(instant)
    assert len(text) == 20
    assert pens.read_expiry(text) == pens.Expiry(instant.astimezone(UTC), True)


@pytest.mark.parametrize(
    "text",
    [
        "http://myurl.com:2631e419-1573-4720-b4c6-8701f960dccc",
        "http://yoursite.com:your-pens-package-id",
        "urn:uuid:1",
        "a+b.c-1:x",
        "tag:é",
    ],
)
def test_an_absolute_uri_is_told_by_its_scheme_and_never_parsed_as_http(text: str) -> None:
    assert pens.is_absolute_uri(text)


@pytest.mark.parametrize(
    "text", ["", "invalid", "1a:b", ":x", "http:", "a:b c", "a:<b>", 'a:"', "a:b#c", "a:b\n", "a:\x7f", "a:{}"]
)
def test_what_has_no_scheme_or_holds_what_no_uri_may_hold_is_no_absolute_uri(text: str) -> None:
    assert not pens.is_absolute_uri(text)


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("HTTP://h/", "http"),
        ("svn+ssh://h", "svn+ssh"),
        ("mailto:a@b", "mailto"),
        ("h/p", ""),
        ("1x:y", ""),
        ("", ""),
        ("é:x", ""),
    ],
)
def test_the_scheme_of_a_url_is_what_stands_before_its_colon(url: str, scheme: str) -> None:
    assert pens.scheme_of(url) == scheme


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("mailto:name@domain.com", ("name@domain.com",)),
        ("mailto:a@x,b@y?subject=s,t@u", ("a@x", "b@y")),
        ("mailto:a%2Bb@x, c@y,", ("a+b@x", "c@y")),
        ("mailto:", ()),
    ],
)
def test_a_mailto_url_names_its_addresses(url: str, addresses: tuple[str, ...]) -> None:
    assert pens.mailto_addresses(url) == addresses
