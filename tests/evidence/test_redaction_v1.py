"""The secrets of the V1 API show themselves by their place: parameters, form fields, elements of XML."""

from __future__ import annotations

import base64
import re
from urllib.parse import parse_qsl, quote, quote_plus, urlencode
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given

from harness.evidence.redaction import Redactor
from harness.wire.binding import decode_multipart, encode_multipart
from tests.evidence.test_redaction import SECRETS, assert_clean

KINDS = [("urlpass", "postback-password"), ("urlPass", "postback-password"), ("password", "password")]
KINDS += [("secretkey", "secret-key"), ("PASSWORD", "password")]


@pytest.mark.parametrize(("name", "kind"), KINDS)
@given(secret=SECRETS)
def test_a_parameter_shows_itself_in_query_and_form_however_often_encoded(name: str, kind: str, secret: str) -> None:
    pairs = [("regid", "r1"), ("urlname", "lms"), (name, secret), ("resultsformat", "course")]
    text, clean = urlencode(pairs), urlencode([*pairs[:2], (name, f"secret-{kind}-1"), pairs[3]])
    for _ in range(3):
        redactor = Redactor()
        assert redactor.text(text) == clean
        assert_clean(redactor.text(f"later: {secret} {quote(secret, safe='')}"), secret)
        text, clean = quote(text, safe=""), quote(clean, safe="")


@given(secret=SECRETS)
def test_a_postback_in_a_form_loses_its_password_and_keeps_its_data(secret: str) -> None:
    form = urlencode([("data", "<a b='1'/>"), ("username", "lms"), ("password", secret)])
    redacted = Redactor().data(form.encode()).decode()
    assert parse_qsl(redacted) == [("data", "<a b='1'/>"), ("username", "lms"), ("password", "secret-password-1")]


@given(secret=SECRETS)
def test_a_password_in_a_multipart_form_shows_itself(secret: str) -> None:
    content_type, body = encode_multipart((("password", secret), ("regid", "r1")))
    pairs = decode_multipart(content_type, Redactor().data(body)).pairs
    assert pairs == (("password", "secret-password-1"), ("regid", "r1"))


def info(secret: str) -> str:
    return f'<rsp stat="ok"><postbackinfo regid="r1"><login>l</login>{secret}<resultsformat/></postbackinfo></rsp>'


@pytest.mark.parametrize(
    ("write", "wanted"),
    [
        (lambda s: f"<password>{escape(s)}</password>", "<password>*</password>"),
        (lambda s: f'<v:password a="1">\n {escape(s)}\n</v:password>', '<v:password a="1">*</v:password>'),
        (lambda s: f"<password><![CDATA[{s}]]></password>", "<password><![CDATA[*]]></password>"),
        (lambda s: f"<urlpass>{escape(s)}</urlpass>", "<urlpass>*</urlpass>"),
        (lambda s: f"<secretKey>{escape(s)}</secretKey>", "<secretKey>*</secretKey>"),
    ],
)
@given(secret=SECRETS)
def test_a_password_element_of_xml_shows_itself_and_the_xml_still_reads(write, wanted: str, secret: str) -> None:
    secret = secret.replace("]]>", "")
    for encode in (str, quote, quote_plus, lambda s: quote(s, safe=""), lambda s: quote(quote_plus(s), safe="")):
        redactor = Redactor()
        redacted = redactor.text(encode(info(write(secret))))
        assert re.sub("secret-[a-z-]+-1", "*", redacted) == encode(info(wanted)).replace(encode("*"), "*")
        assert redactor.add("x", secret).startswith("secret-")
        assert_clean(redactor.text(f"later: {secret}, {quote(escape(secret), safe='')}"), secret)
        assert escape(secret) not in redactor.text(escape(secret))


def test_an_empty_password_element_and_one_that_was_cut_off() -> None:
    redactor = Redactor()
    for text in (
        info("<password/>"),
        info("<password></password>"),
        info("<password />"),
        info("<password> </password>"),
    ):
        assert redactor.text(text) == text
    assert redactor.text(info("<passwordhint>my first dog</passwordhint>")).count("my first dog") == 1
    assert redactor.replacements == ()
    assert redactor.text("<a><password>open-ses") == "<a><password>secret-password-1"
    ElementTree.fromstring(redactor.text(info("<password>open-sesame</password>")))


@pytest.mark.parametrize(
    "text",
    [
        "GET /api?method=rustici.debug.ping HTTP/1.1",
        "sig=9ede53950a29d780e06046f58a11825c&ts=20260101000000&appid=app",
        "/EngineWebServices//api multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
    ],
)
def test_a_call_without_a_secret_is_innocent_at_one_look(text: str) -> None:
    redactor = Redactor()
    redactor.add("token", "opensesame")
    assert redactor.innocent(text)
    assert redactor.innocent(text)
    assert redactor.text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "x opensesame y", "%6Fpensesame&opensesame", "a Ba\u017fic dG9tOm9wZW5zZXNhbWU=", "http://u:p@h/",
        "http%3A%2F%2Fu%3Ap%40h",
        "http%253A%252F%252Fu%253Ap%2540h", "x=" + base64.b64encode(b"it is opensesame, really").decode(),
        "x=" + quote(base64.b64encode(b"it is opensesame, really??").decode(), safe=""), "URLPASS=x", "Bearer x",
        "nothing to see here, really dull words= and " + base64.b64encode(b"also opensesame").decode(),
    ],
)  # fmt: skip
def test_what_may_hold_a_secret_is_looked_at_closely(text: str) -> None:
    redactor = Redactor()
    redactor.add("token", "opensesame")
    assert not redactor.innocent(text)


def test_what_was_innocent_is_looked_at_again_once_a_secret_is_known() -> None:
    redactor = Redactor()
    assert redactor.text("the word is opensesame") == "the word is opensesame"
    redactor.add("token", "opensesame")
    assert redactor.text("the word is opensesame") == "the word is secret-token-1"


def test_hundreds_of_secrets_are_learnt_one_by_one_in_no_time() -> None:
    redactor = Redactor()
    for number in range(300):
        redacted = redactor.text(f"urlpass=secret%20{number * 7919:08}&regid=r{number}")
        assert redacted == f"urlpass=secret-postback-password-{number + 1}&regid=r{number}"
    assert redactor.text("was secret 00007919?") == "was secret-postback-password-2?"
