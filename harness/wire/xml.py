"""Hardened XML parsing: the one door through which XML of a peer enters, and what it refuses."""

from __future__ import annotations

import codecs
from typing import Final, Literal

from lxml import etree

__all__ = ["SIZE_LIMIT", "XmlRefused", "XmlRefusedReason", "parse"]

XmlRefusedReason = Literal["not-xml", "doctype", "too-large"]

SIZE_LIMIT: Final = 16 * 1024 * 1024
"""Default limit of a document, in bytes."""

_MARKUP_LIMIT: Final = 1_000_000
# libxml2 spends some hundred bytes of memory on an element or attribute that takes four bytes on the wire.

_BOMS: Final = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


class XmlRefused(ValueError):
    """XML that is not read: `reason` is the code, `detail` the sentence for a person."""

    def __init__(self, reason: XmlRefusedReason, detail: str) -> None:
        """Keep the reason code and the sentence."""
        super().__init__(f"{reason}: {detail}")
        self.reason: XmlRefusedReason = reason
        self.detail = detail


def parse(data: bytes, *, limit: int = SIZE_LIMIT) -> etree._Element:
    """Read a document of at most `limit` bytes and return its root element.

    Comments and processing instructions are left out, so that the text of an element is whole. Nothing is
    fetched and nothing is expanded: a document type declaration is refused before the parser sees it,
    because lxml without entities drops every reference to them silently.
    Raises XmlRefused with `too-large` (bytes, markup, depth beyond 256, one text beyond 10 MB), `doctype`
    or `not-xml`. Source: XML 1.0 (Fifth Edition), 2.1 and 2.8.
    """
    if len(data) > limit:
        raise XmlRefused("too-large", f"the document has {len(data)} bytes, at most {limit} are read")
    markup = data.count(b"<") + data.count(b"=")
    if markup > _MARKUP_LIMIT:
        raise XmlRefused(
            "too-large",
            f"the document has about {markup} tags and attributes, at most {_MARKUP_LIMIT} are read",
        )
    if _declares_doctype(data):
        raise XmlRefused("doctype", "the document has a document type declaration, none is accepted")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        code = getattr(error, "code", None)  # there, but not in the stubs
        if code in (etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG):
            raise XmlRefused("too-large", f"the document goes beyond a limit of the parser: {error.msg}") from error
        said = " ".join(str(error.msg).split())
        raise XmlRefused("not-xml", f"the document is not well-formed: {said}") from error
    tree: etree._ElementTree = root.getroottree()
    # Behind the scan above: encodings that it does not know and the parser does.
    if tree.docinfo.internalDTD is not None:
        raise XmlRefused("doctype", "the document has a document type declaration, none is accepted")
    return root


def _declares_doctype(data: bytes) -> bool:
    """Whether the prolog holds a document type declaration (XML 1.0, production 22)."""
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "latin-1")
    text = data.decode(encoding, errors="replace")
    at = 0
    while True:
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
        if text.startswith("<?", at):
            end, width = text.find("?>", at + 2), 2
        elif text.startswith("<!--", at):
            end, width = text.find("-->", at + 4), 3
        else:
            return text.startswith("<!DOCTYPE", at)
        if end < 0:
            return False
        at = end + width
