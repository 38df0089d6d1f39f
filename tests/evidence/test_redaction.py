"""A secret leaves no trace wherever it stands and however it is written; what holds it still parses."""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.redaction import Redactor
from harness.wire.binding import decode_form, decode_multipart, encode_multipart

# A secret as people choose them: every printable ASCII character, umlauts, and what encodings must escape.
SECRETS = st.text(
    st.sampled_from(string.ascii_letters + string.digits + "!#$%&'()*+,-./:;<=>?@[]^_`{|}~äß€ \"\\"),
    min_size=8,
    max_size=24,
)
SECRETS = SECRETS.map(lambda text: "Zq" + text + "9x").filter(lambda text: "secret-" not in text)

WRITINGS: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "plain": (str, str),
    "percent": (lambda s: quote(s, safe=""), unquote),
    "percent, slash kept": (quote, unquote),
    "percent, lower case": (lambda s: re.sub("%..", lambda m: m[0].lower(), quote(s, safe="")), unquote),
    "form": (quote_plus, lambda s: parse_qsl("a=" + s)[0][1]),
    "double percent": (lambda s: quote(quote(s, safe=""), safe=""), lambda s: unquote(unquote(s))),
    "form within percent": (lambda s: quote(quote_plus(s), safe=""), lambda s: parse_qsl("a=" + unquote(s))[0][1]),
    "base64": (lambda s: base64.b64encode(s.encode()).decode(), str),
    "base64 for URLs": (lambda s: base64.urlsafe_b64encode(s.encode()).decode(), str),
    "JSON": (lambda s: json.dumps(s)[1:-1], lambda s: str(json.loads(f'"{s}"'))),
    "JSON, not escaped": (lambda s: json.dumps(s, ensure_ascii=False)[1:-1], lambda s: str(json.loads(f'"{s}"'))),
}
AROUND = st.text(string.ascii_lowercase + " ", max_size=12)


def traces(secret: str) -> set[str]:
    return {write(secret) for write, _ in WRITINGS.values()}


def assert_clean(text: str, secret: str) -> None:
    assert not [trace for trace in traces(secret) if trace in text]


@pytest.mark.parametrize("writing", WRITINGS)
@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_a_known_secret_is_replaced_in_every_writing_and_place(
    writing: str, secret: str, before: str, after: str
) -> None:
    write, read = WRITINGS[writing]
    redactor = Redactor()
    replacement = redactor.add("token", secret)
    redacted = redactor.text(f"{before}|{write(secret)}|{after}")
    assert read(redacted.split("|")[1]) == replacement == "secret-token-1"
    assert redacted.split("|")[::2] == [before, after]


@given(secret=SECRETS, twin=SECRETS)
def test_equal_secrets_get_equal_replacements_and_others_others(secret: str, twin: str) -> None:
    redactor = Redactor()
    first, second = redactor.add("token", secret), redactor.add("token", twin)
    assert (first == second) == (secret == twin)
    assert redactor.add("other", secret) == first
    assert set(redactor.replacements) == {first, second}
    assert re.fullmatch(r"[A-Za-z0-9-]+", first)
    assert redactor.add("token", first) == first


@pytest.mark.parametrize(
    ("element", "kind"),
    [
        ("package-url-password", "package-password"),
        ("system-password", "system-password"),
        ("System-Password", "system-password"),
    ],
)
@given(secret=SECRETS)
def test_a_password_element_shows_itself_by_its_place(element: str, kind: str, secret: str) -> None:
    redactor = Redactor()
    query = urlencode([("client", "x"), (element, secret), ("receipt", "http://h/?a=b")])
    redacted = redactor.text(f"GET /pens?{query} HTTP/1.1")
    assert parse_qsl(urlsplit(redacted.split(" ")[1]).query)[1:] == [
        (element, f"secret-{kind}-1"),
        ("receipt", "http://h/?a=b"),
    ]
    assert_clean(redactor.text(f"later: {secret} and {quote(secret, safe='')}"), secret)


@given(secret=SECRETS)
def test_a_password_within_an_encoded_message_shows_itself(secret: str) -> None:
    inner = f"package-url-password={quote(secret, safe='')}&client=x"
    for depth in (1, 2):
        redactor = Redactor()
        outer = inner
        for _ in range(depth):
            outer = quote(outer, safe="")
        redacted = redactor.text(f"message={outer}&next=1")
        message = decode_form(redacted.encode()).elements
        for _ in range(depth - 1):
            message["message"] = unquote(message["message"])
        assert message["message"] == "package-url-password=secret-package-password-1&client=x"
        assert message["next"] == "1"
        assert_clean(redacted, secret)


@given(secret=SECRETS)
def test_a_password_in_a_multipart_form_shows_itself(secret: str) -> None:
    content_type, body = encode_multipart((("system-password", secret), ("client", "x")))
    redacted = Redactor().data(body)
    assert decode_multipart(content_type, redacted).pairs == (
        ("system-password", "secret-system-password-1"),
        ("client", "x"),
    )


@given(secret=SECRETS)
def test_basic_credentials_stay_readable_without_their_password(secret: str) -> None:
    redactor = Redactor()
    token = base64.b64encode(f"tim:{secret}".encode()).decode()
    (_, value), *_ = redactor.headers([("Authorization", f"Basic {token}"), ("X-Note", f"was {secret}")])
    assert base64.b64decode(value.removeprefix("Basic ")).decode() == "tim:secret-basic-1"
    assert redactor.headers([("X-Note", f"was {secret}")]) == (("X-Note", "was secret-basic-1"),)
    percent = redactor.text(f"authorization=Basic%20{quote(token, safe='')}&x=1")
    assert_clean(percent, secret)
    assert token not in percent


@given(secret=SECRETS)
def test_a_password_in_a_url_shows_itself_however_often_it_is_encoded(secret: str) -> None:
    url, clean = f"https://tim:{quote(secret, safe='')}@h/a.zip", "https://tim:secret-userinfo-1@h/a.zip"
    for _ in range(3):
        redactor = Redactor()
        assert redactor.text(f"a={url}&b=1") == f"a={clean}&b=1"
        assert_clean(redactor.text(f"later: {secret}"), secret)
        url, clean = quote(url, safe=""), quote(clean, safe="")


@pytest.mark.parametrize("password", ["abc+def!$~", "a:b:c'd", "*(=;,)"])
def test_a_password_in_a_url_needs_no_encoding(password: str) -> None:
    redacted = Redactor().text(f"fetch ftp://tim:{password}@host.example/a.zip now")
    assert redacted == "fetch ftp://tim:secret-userinfo-1@host.example/a.zip now"


def test_a_port_is_no_password() -> None:
    text = "receipt=http://host:8080&alerts=mailto:a@x http://h:80/@ http://h:80?a@b"
    assert Redactor().text(text) == text


def test_a_quote_around_a_message_is_no_part_of_a_password_and_one_within_is() -> None:
    redactor = Redactor()
    quoted = """'system-password=it's-open' "system-password=abcdefgh" """
    quoted += """\\"system-password=hijklmno\\" <system-password=pqrstuvw>"""
    marks = re.sub("secret-system-password-[1-4]", "*", redactor.text(quoted))
    assert marks == """'system-password=*' "system-password=*" \\"system-password=*\\" <system-password=*>"""
    assert redactor.add("x", "it's-open") == "secret-system-password-1"
    assert redactor.add("x", "pqrstuvw") == "secret-system-password-4"


def test_basic_credentials_in_latin_1_are_read() -> None:
    redactor = Redactor()
    token = base64.b64encode("tim:café-olé".encode("latin-1")).decode()
    redacted = redactor.text(f"Basic {token}")
    assert base64.b64decode(redacted.removeprefix("Basic ")) == b"tim:secret-basic-1"
    assert redactor.add("x", "café-olé") == "secret-basic-1"


def test_bearer_tokens_cookies_and_keys_go_whole() -> None:
    redactor = Redactor()
    headers = [
        ("Authorization", "Bearer abc.def.ghi"),
        ("Cookie", "sid=1"),
        ("Set-Cookie", "sid=2"),
        ("X-API-Key", "k"),
    ]
    assert redactor.headers(headers) == (
        ("Authorization", "Bearer secret-bearer-1"),
        ("Cookie", "secret-cookie-1"),
        ("Set-Cookie", "secret-set-cookie-1"),
        ("X-API-Key", "secret-x-api-key-1"),
    )


def test_a_short_password_is_replaced_in_its_place_only() -> None:
    redactor = Redactor()
    assert redactor.text("system-password=lms&client=lms") == "system-password=secret-system-password-1&client=lms"
    assert redactor.add("token", "12345") == "secret-token-1"
    assert redactor.text("12345") == "12345"
    redactor.add("token", "123456")
    assert redactor.text("123456") == "secret-token-2"


def test_a_password_that_looks_like_a_replacement_is_one_all_the_same() -> None:
    redactor = Redactor()
    redactor.add("token", "secret-garden-7")
    assert redactor.text("the secret-garden-7!") == "the secret-token-1!"


def test_the_longer_of_two_secrets_is_replaced_whole() -> None:
    redactor = Redactor()
    redactor.add("token", "abcdef")
    redactor.add("token", "abcdefghij")
    assert redactor.text("abcdefghij abcdef") == "secret-token-2 secret-token-1"


def test_empty_passwords_and_innocent_names_stay() -> None:
    text = "package-url-password=&my-system-password=abcdefgh&Basic training, Basic !"
    assert Redactor().text(text) == text


def test_bytes_that_are_no_text_stay_one_to_one() -> None:
    redactor = Redactor()
    redactor.add("token", "abcdefgh")
    assert redactor.data(b"\xff\xfeabcdefgh\x00") == b"\xff\xfesecret-token-1\x00"
    assert Redactor().data(bytes(range(256))) == bytes(range(256))


def test_facts_stay_json_and_passwords_in_them_show_themselves_by_their_names() -> None:
    redactor = Redactor()
    facts = redactor.facts(
        {
            "elements": {"system-password": "opensesame", "client": "x"},
            "pairs": (("package-url-password", "hunter2!"), ("client", "x")),
            "output": 'curl "http://h/?package-url-password=abc"\nopensesame',
            "count": 3, "ok": True, "none": None, "ratio": 0.5,
        }
    )  # fmt: skip
    assert facts == {
        "elements": {"system-password": "secret-system-password-1", "client": "x"},
        "pairs": [["package-url-password", "secret-package-password-1"], ["client", "x"]],
        "output": 'curl "http://h/?package-url-password=secret-package-password-2"\nsecret-system-password-1',
        "count": 3, "ok": True, "none": None, "ratio": 0.5,
    }  # fmt: skip


def test_forty_canaries_leave_no_trace() -> None:
    draw = random.Random(20260115)
    canaries = ["cAn-" + "".join(draw.choices(string.ascii_letters + "+/&=% é'", k=16)) for _ in range(40)]
    redactor, written = Redactor(), []
    for number, canary in enumerate(canaries):
        places = (
            "system-password=" + quote_plus(canary),
            "package-url-password=" + quote(canary, safe=""),
            "Authorization: Basic " + base64.b64encode(f"u:{canary}".encode()).decode(),
            "https://u:" + quote(canary, safe="") + "@h/",
        )
        written.append(redactor.text(places[number % 4]))
        writings = [write(canary) for write, _ in WRITINGS.values()]
        written.append(redactor.text(" ".join(writings)))
        written.append(redactor.data("\n".join(writings).encode()).decode())
    everything = "\n".join(written)
    assert len(redactor.replacements) == 40
    assert not [trace for canary in canaries for trace in traces(canary) if trace in everything]


def test_a_secret_that_is_a_word_of_replacements_leaves_those_as_they_are() -> None:
    redactor = Redactor()
    token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJlLW9mLXNvbWVib2R5"
    assert redactor.text("https://ada:secret@lms.example/") == "https://ada:secret-userinfo-1@lms.example/"
    once = redactor.text(f"id_token={token}&password=signature")
    assert once == "id_token=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.secret-jws-signature-1&password=secret-password-1"
    assert redactor.text(once) == once


def test_the_parameters_of_a_challenge_are_no_secrets() -> None:
    redactor = Redactor()
    for challenge in ('Bearer error="invalid_token", scope="x"', 'bearer realm="handlers"', 'Basic realm="results"'):
        assert redactor.text(f"WWW-Authenticate: {challenge}") == f"WWW-Authenticate: {challenge}"
    assert redactor.replacements == ()
    assert redactor.text("error=invalid_request&error_description=x") == "error=invalid_request&error_description=x"
    assert redactor.text("Authorization: Bearer errand-of-mine") == "Authorization: Bearer secret-bearer-1"
