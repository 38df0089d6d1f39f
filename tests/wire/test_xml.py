"""What the XML reader takes and what it refuses."""

from __future__ import annotations

import pytest

from harness.wire.xml import XmlRefused, XmlRefusedReason, parse

BOMB = (
    '<!DOCTYPE a [<!ENTITY l0 "laugh">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]><a>&l9;</a>"
)


def refused(data: bytes, limit: int = 16 * 1024 * 1024) -> XmlRefusedReason:
    with pytest.raises(XmlRefused) as caught:
        parse(data, limit=limit)
    assert caught.value.detail
    assert str(caught.value) == f"{caught.value.reason}: {caught.value.detail}"
    return caught.value.reason


def test_a_document_is_read_with_its_namespaces_and_attributes() -> None:
    root = parse(b'<?xml version="1.0"?><r xmlns="urn:x" a="1"><c>t&amp;u</c></r>')
    assert root.tag == "{urn:x}r"
    assert root.get("a") == "1"
    assert root.findtext("{urn:x}c") == "t&u"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_a_document_is_read_in_each_encoding_that_it_declares(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    assert parse(f'<?xml version="1.0" encoding="{declared}"?><a>é</a>'.encode(encoding)).text == "é"


def test_a_comment_does_not_cut_the_text_of_an_element() -> None:
    assert parse(b"<a>admin<!-- x -->istrator<?pi?>s</a>").text == "administrators"


@pytest.mark.parametrize("data", [b"", b"  ", b"text", b"<a>", b"<a></b>", b"<a>&unknown;</a>", b"<!doctype a><a/>"])
def test_what_is_not_well_formed_is_no_xml(data: bytes) -> None:
    assert refused(data) == "not-xml"


@pytest.mark.parametrize("end", [b"<!-- ", b"<?xml "])
def test_a_prolog_without_end_is_no_xml(end: bytes) -> None:
    assert refused(end + b"<!DOCTYPE a>") == "not-xml"


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE a><a/>",
        '<!DOCTYPE a SYSTEM "http://a.example/a.dtd"><a/>',
        '<?xml version="1.0"?>\n<!-- hello --><?pi ?>\n <!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///invigil/outside.txt">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://a.example/p.dtd"> %p;]><a/>',
        BOMB,
        "<!DOCTYPE a",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_document_type_declaration_is_refused_before_anything_is_expanded(text: str, encoding: str) -> None:
    assert refused(text.encode(encoding)) == "doctype"


def test_a_document_type_declaration_in_an_encoding_that_only_the_parser_knows_is_refused() -> None:
    text = '<?xml version="1.0" encoding="cp037"?><!DOCTYPE a><a/>'
    # Whether the parser knows EBCDIC depends on its build; what counts is that it is not read.
    assert refused(text.encode("cp037")) in ("doctype", "not-xml")


def test_the_word_doctype_inside_the_document_is_text() -> None:
    assert parse(b"<!-- <!DOCTYPE a> --><a><![CDATA[<!DOCTYPE html>]]></a>").text == "<!DOCTYPE html>"


def test_a_document_of_the_limit_is_read_and_one_byte_more_is_not() -> None:
    data = b"<a>123</a>"
    assert parse(data, limit=len(data)).text == "123"
    assert refused(data, limit=len(data) - 1) == "too-large"


def test_depth_is_limited() -> None:
    assert parse(b"<a>" * 200 + b"</a>" * 200).tag == "a"
    assert refused(b"<a>" * 300 + b"</a>" * 300) == "too-large"


@pytest.mark.parametrize("piece", [b"<b/>", b"<b a=''/>"])
def test_a_small_document_of_very_many_elements_is_too_large(piece: bytes) -> None:
    assert refused(b"<a>" + piece * 1_000_001 + b"</a>") == "too-large"
