"""The elements of the collect that a client sends (CMI010 1.0a §4.1, §6.2)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from harness.judging.expect import expect, inapplicable, remark, untestable
from harness.judging.suite import checks
from harness.subjects.publish_records import Publications, Published
from harness.wire import pens
from harness.wire.pens_schema import required
from suites.pens_client.rules import came, element, present, request_of

MANIFESTS = {"scorm-1.2": "1.2", "scorm-2004": "2004"}
_ZONE = re.compile(r"[T ].*?(Z|[+-]\d\d:?(?:\d\d)?)$")
_NOWHERE = timedelta(hours=14)


@checks("PENS-CONF-03")
def test_collect_has_every_required_element(published: Published) -> None:
    """The collect carries all ten required elements."""
    came(published)
    for name in required("collect"):
        there = published.element(name) is not None
        expect(there, f"no-{name}", expected=f"element {name}", got=published.message.names, at=published.at)


@checks("PENS-CONF-03")
def test_collect_goes_to_the_configured_address(published_to: Published) -> None:
    """The collect goes to the target URL as it was configured, a slash at its end included."""
    if not published_to.published and published_to.case["address"] == "https":
        inapplicable("https to a target whose certificate this run has issued")
    wanted = unquote(urlsplit(published_to.target).path)
    got = unquote(urlsplit(request_of(published_to).target).path)
    expect(got == wanted, "other-address", expected=wanted, got=got, at=published_to.at)


@checks("PENS-COLLECT-01")
def test_version_is_a_released_one(published: Published) -> None:
    """pens-version is three integers and a released version, which 1.0.0 is alone."""
    version = present(published, "pens-version")
    three = re.fullmatch(r"\d+\.\d+\.\d+", version, re.ASCII)
    expect(three, "not-a-version", expected="three integers", got=version, at=published.at)
    expect(version == pens.VERSION, "unreleased", expected=pens.VERSION, got=version, at=published.at)


@checks("PENS-COLLECT-02")
def test_command_is_collect(published: Published) -> None:
    """The command is the word collect."""
    command = present(published, "command")
    expect(command == "collect", "not-collect", expected="collect", got=command, at=published.at)


@checks("PENS-COLLECT-03")
def test_command_is_no_reserved_word(published: Published) -> None:
    """The command is none of the words that are reserved for a later version."""
    command = element(published, "command")
    reserved = {word.casefold() for word in pens.RESERVED_COMMANDS}
    free = command.strip().casefold() not in reserved
    expect(free, "reserved-word", expected="neither Delete nor Revise", got=command, at=published.at)


@checks("PENS-COLLECT-04")
def test_package_type_is_of_the_vocabulary(published: Published) -> None:
    """package-type is a word of the vocabulary; ims-qti, which deployed tools write for lms-qti, is noted."""
    kind = present(published, "package-type")
    words = (*pens.PACKAGE_TYPES, *pens.FIELD_PACKAGE_TYPES)
    expect(kind in words, "unknown-type", expected=pens.PACKAGE_TYPES, got=kind, at=published.at)
    remark("ims-qti", unless=kind in pens.PACKAGE_TYPES, got=kind, at=published.at)


@checks("PENS-COLLECT-05")
def test_package_type_version_says_something(published: Published) -> None:
    """package-type-version is not empty; one that the manifest contradicts is noted."""
    version = present(published, "package-type-version")
    expect(version.strip(), "empty", expected="a version", got=version, at=published.at)
    found = next((str(e.facts["standard"]) for e in published.happened if e.name == "imported"), "")
    agrees = MANIFESTS.get(found, "") in version
    remark("manifest-differs", unless=agrees, got=f"{version}, while the manifest says {found}", at=published.at)


@checks("PENS-COLLECT-06")
def test_package_format_is_a_reserved_word(published: Published) -> None:
    """package-format is there; a word that is not among the reserved ones is noted."""
    form = present(published, "package-format")
    remark("unknown-format", unless=form in pens.PACKAGE_FORMATS, got=form, at=published.at)


@checks("PENS-COLLECT-07")
def test_package_id_is_an_absolute_uri(published: Published) -> None:
    """package-id is an absolute URI; that it reads as an http URL is not asked."""
    name = present(published, "package-id")
    expect(pens.is_absolute_uri(name), "not-absolute", expected="an absolute URI", got=name, at=published.at)


@checks("PENS-COLLECT-08")
def test_package_id_stands_for_the_content(publications: Publications) -> None:
    """The same content has the same package-id each time, other content another one."""
    first, again, other = (publications.steps.get(name) for name in ("first", "again", "other"))
    if first is None or again is None or other is None:
        untestable("not all of the three publications were made")
    ids = [element(record, "package-id") for record in (first, again, other)]
    expect(ids[1] == ids[0], "changed-id", expected=ids[0], got=ids[1], at=again.at)
    expect(ids[2] != ids[0], "same-id", expected="another package-id", got=ids[2], at=other.at)


@checks("PENS-COLLECT-09")
def test_package_id_begins_with_the_address_of_a_product(published: Published) -> None:
    """package-id begins with scheme and authority of the product or service that made it."""
    name = element(published, "package-id")
    named = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]", name)
    remark("no-authority", unless=named, got=name, at=published.at)


@checks("PENS-COLLECT-15")
def test_expiry_is_utc_in_iso_form(published: Published) -> None:
    """package-url-expiry is written YYYY-MM-DDThh:mm:ssZ; no Z, other forms of UTC and null are warned of."""
    text, at = present(published, "package-url-expiry"), published.at
    if not text.strip():  # the value space names the null string, though nobody can go by it
        remark("null-expiry", got=text, at=at, warn=True)
        return
    expiry = pens.read_expiry(text)
    expect(expiry, "not-iso", expected="YYYY-MM-DDThh:mm:ssZ", got=text, at=at)
    expect(re.search(r"[T ]\d", text), "no-time", expected="date and time", got=text, at=at)
    zone = zone_of(text)
    expect(not zone.strip("Z+-0:"), "not-utc", expected="UTC", got=text, at=at)
    remark("no-z", unless=zone == "Z", got=text, at=at, warn=True)
    remark("other-form", unless=zone != "Z" or (expiry and expiry.strict), got=text, at=at, warn=True)


def zone_of(text: str) -> str:
    """Return how an expiry names its zone: Z, an offset, or the empty string."""
    found = _ZONE.search(text.strip())
    return found[1] if found else ""


@checks("PENS-COLLECT-17")
def test_expiry_lies_in_the_future(published: Published) -> None:
    """The expiry is still to come when the collect is sent; without a zone every zone is thought of."""
    text = element(published, "package-url-expiry")
    expiry = pens.read_expiry(text)
    if expiry is None or published.collect is None:
        untestable(f"package-url-expiry cannot be read: {text!r}")
    now = datetime.fromisoformat(published.collect.at)
    latest = expiry.instant if zone_of(text) else expiry.instant + _NOWHERE
    expect(latest > now, "expired", expected=f"later than {pens.write_expiry(now)}", got=text, at=published.at)


@checks("PENS-COLLECT-18")
def test_client_is_named(published: Published) -> None:
    """The element client is there; an empty one, which the value space allows, is noted."""
    client = present(published, "client")
    remark("empty-client", unless=client.strip(), got=client, at=published.at)


@checks("PENS-COLLECT-19")
def test_credentials_for_the_target_are_a_pair(published: Published) -> None:
    """A system-password comes with the system-user-id to which it belongs."""
    came(published)
    paired = published.element("system-user-id") or not published.element("system-password")
    remark("password-without-user", unless=paired, got=published.message.names, at=published.at)


@checks("PENS-COLLECT-20")
def test_receipt_is_a_url(published: Published) -> None:
    """receipt is an http, https or mailto URL."""
    is_callback_url(present(published, "receipt"), published)


@checks("PENS-COLLECT-21")
def test_mail_recipients_are_separated_by_commas(published: Published) -> None:
    """Several recipients in one mailto URL are separated by commas."""
    came(published)
    values = [published.element(name) or "" for name in ("receipt", "alerts")]
    mails = [unquote(value) for value in values if pens.scheme_of(value) == "mailto"]
    several = [mail.partition("?")[0] for mail in mails if mail.partition("?")[0].count("@") > 1]
    if not several:
        inapplicable("several mail recipients")
    for mail in several:
        parts = mail.partition(":")[2].split(",")
        alone = all(part.count("@") == 1 and not re.search(r"[;\s]", part.strip()) for part in parts)
        expect(alone, "not-by-commas", expected="addresses with commas between", got=mail, at=published.at)


@checks("PENS-COLLECT-22")
def test_alerts_has_the_form_of_receipt(published: Published) -> None:
    """alerts, where it is sent, is an http, https or mailto URL."""
    came(published)
    alerts = published.element("alerts")
    if not alerts:
        inapplicable("alerts")
    is_callback_url(alerts, published)


def is_callback_url(value: str, record: Published) -> None:
    """Expect an address to which receipts or alerts can go."""
    scheme = pens.scheme_of(value)
    bare = "@" in value and not scheme
    expect(not bare, "bare-address", expected="mailto: before the address", got=value, at=record.at)
    expect(
        scheme in pens.CALLBACK_SCHEMES,
        "not-a-url",
        expected="http, https or mailto",
        got=value,
        at=record.at,
    )
    rest = value.partition(":")[2]
    complete = "@" in rest if scheme == "mailto" else re.match(r"//[^/?#\s]", rest)
    expect(complete, "not-complete", expected="a complete URL", got=value, at=record.at)


@checks("ENGINE-PENS-17")
def test_configured_credentials_are_sent(published: Published) -> None:
    """The collect carries the system-user-id and system-password that the client was given."""
    came(published)
    given = next((str(e.facts.get("user", "")) for e in published.happened if e.name == "armed"), "")
    if not given:
        inapplicable("system credentials")
    user, names = published.element("system-user-id"), published.message.names
    expect(user, "no-user", expected="system-user-id", got=names, at=published.at)
    expect(user == given, "other-user", expected=given, got=user, at=published.at)
    password = published.element("system-password")
    expect(password, "no-password", expected="system-password", got=names, at=published.at)
