"""Secrets within something else: JSON, a base64 word, the encoded body of a mail, a part that was cut off."""

from __future__ import annotations

import base64
import json
from email import message_from_string
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import parse_qs, quote, urlencode

import pytest

from harness.evidence.journal import Journal
from harness.evidence.redaction import Redactor
from harness.net.clock import ManualClock

SECRET = 'open "sesame" 4&5\\é'


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_password_in_json_shows_itself_and_the_json_still_reads(depth: int) -> None:
    text = json.dumps({"system-password": SECRET, "client": "x"})
    for _ in range(depth):
        text = json.dumps({"inner": text})
    redactor = Redactor()
    read = json.loads(redactor.text(text))
    for _ in range(depth):
        read = json.loads(read["inner"])
    assert read == {"system-password": "secret-system-password-1", "client": "x"}
    assert redactor.add("x", SECRET) == "secret-system-password-1"


def test_a_password_in_json_within_a_form_shows_itself() -> None:
    redactor = Redactor()
    form = redactor.text(urlencode({"data": json.dumps({"package-url-password": SECRET})}))
    assert json.loads(parse_qs(form)["data"][0]) == {"package-url-password": "secret-package-password-1"}
    assert redactor.add("x", SECRET) == "secret-package-password-1"


@pytest.mark.parametrize("prefix", ["", "a", "ab", "user:", "the request was client=x&system-password="])
def test_a_secret_within_a_base64_word_is_replaced_and_the_word_still_decodes(prefix: str) -> None:
    redactor = Redactor()
    redactor.add("token", SECRET)
    word = base64.b64encode(f"{prefix}{SECRET} and more".encode()).decode()
    for shown, decode in ((word, str), (quote(word, safe=""), lambda s: s.replace("%3D", "=").replace("%2B", "+"))):
        found = redactor.text(f"x={shown}&y=1").removeprefix("x=").removesuffix("&y=1")
        assert base64.b64decode(decode(found)).decode() == f"{prefix}secret-token-1 and more"


def test_a_base64_word_without_a_secret_stays_as_it_is() -> None:
    redactor = Redactor()
    redactor.add("token", SECRET)
    text = "x=" + base64.b64encode(b"nothing to see here, really").decode().rstrip("=") + " AAAAAAAAAAAAAAAAAAAAAAAA"
    assert redactor.text(text) == text


@pytest.mark.parametrize("encoding", ["7bit", "8bit", "base64", "quoted-printable"])
def test_a_mail_loses_its_secrets_and_nothing_else(encoding: str) -> None:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "PENS receipt"
    password = "x" * 40 + "-long-enough-to-be-broken-over-two-lines-" + "y" * 40
    text = f"see below\nsystem-password={password}\nurl=http://u:{password[::-1]}@h/\n"
    message.set_content(text, cte=encoding)
    clean = message_from_string(Redactor().mail(message.as_string()))
    body = clean.get_payload(decode=True)
    assert isinstance(body, bytes)
    wanted = "see below\nsystem-password=secret-system-password-1\nurl=http://u:secret-userinfo-1@h/\n"
    assert body.decode().replace("\r\n", "\n") == wanted
    assert clean["Subject"] == "PENS receipt"
    assert clean["Content-Transfer-Encoding"] == encoding


def test_a_part_with_further_headers_and_one_that_was_cut_off_show_their_password() -> None:
    part = 'Content-Disposition: form-data; name="system-password"\r\nContent-Type: text/plain\r\n\r\n'
    assert Redactor().text(f"--b\r\n{part}opensesame\r\n--b--") == f"--b\r\n{part}secret-system-password-1\r\n--b--"
    assert Redactor().text(f"--b\r\n{part}opensesa") == f"--b\r\n{part}secret-system-password-1"
    page = '<input name="system-password">\n\n<p>Forgotten?</p>'
    assert Redactor().text(page) == page


@pytest.mark.parametrize("depth", range(5))
def test_a_login_in_an_address_shows_itself_after_whatever_stands_before_it(depth: int) -> None:
    text, clean = "then/http://u:open-sesame@h/", "then/http://u:secret-userinfo-1@h/"
    for _ in range(depth):
        text, clean = quote(text, safe=""), quote(clean, safe="")
    assert Redactor().text(text) == clean


def test_what_a_header_teaches_is_replaced_in_the_body_before_it_is_kept() -> None:
    journal = Journal(ManualClock().now)
    token = base64.b64encode(b"u:open-sesame").decode()
    half = journal.half("POST /open-sesame HTTP/1.1", [("Authorization", f"Basic {token}")], b"it is open-sesame")
    assert half.start == "POST /secret-basic-1 HTTP/1.1"
    assert half.body == b"it is secret-basic-1"
    half = journal.half("GET / HTTP/1.1", [("X-Note", "abracadabra")], b"system-password=abracadabra")
    assert half.headers == (("X-Note", "secret-system-password-1"),)


def test_a_secret_of_absurd_length_is_replaced_at_once() -> None:
    long = "s" * 5000
    redactor = Redactor()
    assert redactor.text(f"system-password={long}&x=1 {long}") == (
        "system-password=secret-system-password-1&x=1 secret-system-password-1"
    )
