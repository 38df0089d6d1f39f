"""A refused signature is explained by what the client must have hashed, and a refused time by how far it is off."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from harness.wire.binding import Pairs, decode_form, encode_query
from harness.wire.cloud_v1 import canonical, canonical_by_case, digest
from harness.wire.cloud_v1_diagnosis import SHOWN, Diagnosis, diagnose, skew

SECRET, OTHER = "key-of-the-app-41", "key-of-another-77"
KEYS = {"app": (SECRET,), "other": (OTHER,)}
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
CALL: Pairs = (
    ("method", "rustici.registration.createRegistration"),
    ("courseid", "c 1+é&=%"),
    ("courseTags", "b,a"),
    ("regid", ""),
    ("path", "z"),
    ("path", "a"),
    ("appid", "app"),
    ("ts", "20260101000000"),
)


def said(
    hashed: str, *, pairs: Pairs = CALL, query: str = "", secret: str = SECRET, charset: str = "utf-8",
    body: bytes = b"",
) -> Diagnosis:  # fmt: skip
    sig = hashlib.md5((secret + hashed).encode(charset), usedforsecurity=False).hexdigest()
    raw = (query or encode_query(pairs)).encode()
    params = decode_form(raw).pairs + decode_form(body).pairs
    return diagnose((*params, ("sig", sig)), (raw + b"&sig=" + sig.encode(), body), KEYS, sig)


def joined(pairs: Pairs) -> str:
    return "".join(name + value for name, value in pairs)


@pytest.mark.parametrize(
    ("hashed", "word"),
    [
        (canonical_by_case(CALL), "with regard to case"),
        (joined(CALL[:4]) + "pathaz" + joined(CALL[6:]), "in the order in which they are sent"),
        (canonical(p for p in CALL if p[1]), "empty parameters are left out"),
        (canonical((n, v.strip().lower()) for n, v in CALL), "in lower case"),
        (canonical(CALL).replace("pathaz", "pathapathz"), "before each"),
        (canonical(CALL).replace("pathaz", "pathzpatha"), "before each of them"),
        (canonical(CALL).replace("pathaz", "pathza"), "in the order sent"),
        (canonical(CALL).replace("pathaz", "pathz,a"), "joined by commas"),
        (canonical(CALL).replace("pathaz", "pathz"), "the first alone"),
        (canonical(CALL).replace("pathaz", "patha"), "the last alone"),
        (
            canonical(CALL).replace("c 1+é&=%", "c%201%2B%C3%A9%26%3D%25").replace("b,a", "b%2Ca"),
            "as they stand in the URL",
        ),
        (canonical(CALL).replace("c 1+é&=%", "c+1%2B%C3%A9%26%3D%25").replace("b,a", "b%2Ca"), "form-encoded"),
        (canonical(p for p in CALL if p[0] != "courseTags"), "'courseTags' is left out"),
        (canonical((*CALL, ("sig ", ""))).replace("sig ", "sig"), "sig itself is counted"),
        (canonical(CALL).replace("appidapp", "appidother"), "'other' is hashed"),
        ("&".join(f"{n}={v}" for n, v in sorted(dict(CALL[:4] + CALL[6:]).items())), "wrong secret key"),
    ],
)
def test_what_a_client_gets_wrong_is_named(hashed: str, word: str) -> None:
    assert word in said(hashed).why


def test_both_strings_are_shown_with_the_first_difference() -> None:
    found = said(canonical_by_case(CALL))
    assert found.ours == canonical(CALL)
    assert found.theirs == canonical_by_case(CALL)
    assert found.ours[: found.at] == found.theirs[: found.at]
    assert found.ours[found.at] != found.theirs[found.at]
    assert f"at character {found.at}" in found.why


def test_a_plus_sign_that_is_sent_bare_is_recognised() -> None:
    found = said("appidappcourseida+bmethodmtsx", query="method=m&courseid=a+b&appid=app&ts=x")
    assert "%2B" in found.why
    assert (found.ours, found.theirs) == ("appidappcourseida bmethodmtsx", "appidappcourseida+bmethodmtsx")


def test_another_character_set_is_recognised_though_the_strings_look_alike() -> None:
    found = said(canonical(CALL), charset="latin-1")
    assert "ISO 8859-1" in found.why
    assert found.theirs == found.ours
    assert found.at == -1


def test_a_form_body_that_the_client_leaves_out_is_recognised() -> None:
    found = said("appidappmethodm", query="method=m&appid=app", body=b"regid=r1&tag=t")
    assert "form body are left out" in found.why


def test_filedata_that_the_client_counts_is_recognised() -> None:
    pairs = (("method", "m"), ("filedata", "x"), ("appid", "app"))
    assert "filedata is counted" in said("appidappfiledataxmethodm", pairs=pairs).why


def test_the_key_of_another_application_is_recognised() -> None:
    found = said(canonical(CALL), secret=OTHER)
    assert "key of the application 'other'" in found.why


def test_two_mistakes_at_once_are_recognised() -> None:
    hashed = canonical_by_case(p for p in CALL if p[1])
    why = said(hashed).why
    assert "regard to case" in why
    assert "empty" in why


def test_when_nothing_fits_the_key_is_suspected() -> None:
    found = said(canonical(CALL), secret="nobody knows")
    assert found.theirs is None
    assert "wrong secret key" in found.why


@pytest.mark.parametrize(("length", "word"), [(40, "as of SHA-1"), (64, "as of SHA-256"), (5, "got 5 characters")])
def test_what_is_no_md5_is_said_to_be_none(length: int, word: str) -> None:
    assert word in diagnose(CALL, (b"", b""), KEYS, "a" * length).why


def test_neither_keys_nor_passwords_are_shown() -> None:
    pairs = (*CALL, ("urlpass", "p a+ss"), ("PASSWORD", "hunter22"), ("note", f"my key is {SECRET} and {OTHER}"))
    for hashed in (canonical(pairs), canonical_by_case(pairs), joined(pairs), encode_query(pairs)):
        for secret in (SECRET, "another"):
            shown = repr(said(hashed, pairs=pairs, secret=secret)) + repr(
                said(hashed, pairs=pairs, secret=secret).facts()
            )
            for hidden in ("p a+ss", "p%20a", "hunter22", SECRET, OTHER):
                assert hidden not in shown


def test_a_difference_in_a_password_is_told_without_it() -> None:
    pairs = (("appid", "app"), ("method", "m"), ("urlpass", "a b"))
    found = said("appidappmethodmurlpassa%20b", pairs=pairs)
    assert "in a value that is not shown" in found.why
    assert found.theirs == found.ours == "appidappmethodmurlpass(hidden)"


@pytest.mark.parametrize(
    "params",
    [
        (),
        (("", ""),),
        (("a\0", "\ud800"), ("sig", "x"), ("Ω", "\udfff\x7f")),
        tuple((f"n{number}", "v") for number in range(3000)),
        (("a", "x" * 3_000_000),),
    ],
)
def test_no_call_is_too_odd_to_be_looked_at(params: Pairs) -> None:
    found = diagnose(params, (b"%&=+", b"\xff&"), KEYS, "0" * 32)
    assert found.why
    assert len(found.ours) < SHOWN + 100


def test_an_application_without_keys_or_none_at_all_is_no_error() -> None:
    assert diagnose(CALL, (b"", b""), {}, "0" * 32).why
    assert diagnose(CALL, (b"", b""), {"app": ()}, digest(canonical(CALL), "x")).theirs is None


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (timedelta(minutes=-17, seconds=-4), "your ts is 17 m 04 s behind"),
        (timedelta(minutes=16), "your ts is 16 m 00 s ahead"),
        (timedelta(seconds=9), "your ts is 9 s ahead"),
        (timedelta(hours=2, minutes=20), "your ts is 2 h 20 m 00 s ahead"),
        (
            timedelta(hours=-5, seconds=-3),
            "your ts is 5 h 00 m 03 s behind; that looks like a local time, but ts is UTC",
        ),
        (timedelta(days=3, hours=4), "your ts is 3 d 04 h 00 m ahead"),
        (timedelta(0), "your ts is now"),
    ],
)
def test_skew_is_told_in_words(off: timedelta, words: str) -> None:
    assert skew(NOW + off, NOW) == words
