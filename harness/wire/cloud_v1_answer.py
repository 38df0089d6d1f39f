"""The answer of a V1 call: written compact, as the clients need it, and read leniently (``rsp``, ``stat``, ``err``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from harness.wire.xml import XmlRefused, parse

DECLARATION = '<?xml version="1.0" encoding="utf-8" ?>\n'
CONTENT_TYPE = "text/xml; charset=utf-8"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[^\x20!#-%'-;=?-~\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ATTRIBUTE = {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def clean(text: str) -> str:
    """Replace what XML 1.0 cannot hold (control characters, lone surrogates) by U+FFFD."""
    return _NO_XML.sub("�", text)


class Node:
    """An element to be written: attributes, then children or text; ``cdata`` puts the text into a CDATA section.

    There is never white space between elements: LIB-JAVA and LIB-PY take the first child node for the first element.
    """

    __slots__ = ("attrs", "cdata", "children", "name", "text")

    def __init__(
        self, name: str, attrs: Mapping[str, object] | None = None, *children: Node, text: object = "",
        cdata: bool = False,
    ) -> None:  # fmt: skip
        self.name = name
        self.attrs = attrs or {}
        self.children: tuple[Node, ...] = children
        self.text = text
        self.cdata = cdata

    def write(self) -> str:
        """Return the element as XML."""
        head = self.name
        for name, value in self.attrs.items():
            text = str(value)
            head += f" {name}={attribute(text)}" if _SPECIAL.search(text) else f' {name}="{text}"'
        if self.children:
            inner = "".join([child.write() for child in self.children])
        else:
            inner = str(self.text)
            if self.cdata or _SPECIAL.search(inner):
                inner = self._text()
        if inner:
            return f"<{head}>{inner}</{self.name}>"
        return f"<{head} />" if self.name in ("success", "pong", "empty") else f"<{head}/>"

    def _text(self) -> str:
        text = str(self.text)
        if not _SPECIAL.search(text):
            return f"<![CDATA[{text}]]>" if self.cdata and text else text
        if self.cdata:
            kept = clean(text).replace("]]>", "]]]]><![CDATA[>").replace("\r", "]]>&#13;<![CDATA[")
            return f"<![CDATA[{kept}]]>"
        return content(text)


def attribute(value: object) -> str:
    """Return an attribute value in quotes; line ends and tabs survive."""
    text = str(value)
    if not _SPECIAL.search(text):
        return f'"{text}"'
    quoted = quoteattr(clean(text), _ATTRIBUTE)
    return quoted if quoted.startswith('"') else '"' + escape(clean(text), {**_ATTRIBUTE, '"': "&quot;"}) + '"'


def content(value: object) -> str:
    """Return text as it stands between tags."""
    text = str(value)
    return text if not _SPECIAL.search(text) else escape(clean(text)).replace("\r", "&#13;")


def words(text: object) -> Node:
    """Return bare text, to stand among nodes (an invitation id stands so in ``rsp``)."""
    return _Words(text)


class _Words(Node):
    __slots__ = ()

    def __init__(self, text: object) -> None:
        super().__init__("", text=text)

    def write(self) -> str:
        return self._text()


def ok(*nodes: Node) -> str:
    """Return a successful answer."""
    return DECLARATION + '<rsp stat="ok">' + "".join([node.write() for node in nodes]) + "</rsp>"


def fail(code: int, message: str) -> str:
    """Return a failure; nothing stands between ``rsp`` and ``err``."""
    return DECLARATION + f'<rsp stat="fail"><err code="{code}" msg={attribute(message)} /></rsp>'


@dataclass(frozen=True, slots=True)
class Rsp:
    """An answer as read. ``stat`` is empty when there is no ``rsp``; ``errors`` are (code, message) pairs.

    ``root`` is the ``rsp`` element (comments left out); ``refused`` says why the body could not be read as XML.
    """

    body: bytes
    stat: str = ""
    errors: tuple[tuple[str, str], ...] = ()
    root: Any = None
    refused: str = ""
    oddities: tuple[str, ...] = field(default=())

    @property
    def is_ok(self) -> bool:
        """Whether it says success."""
        return self.stat == "ok"

    @property
    def code(self) -> int | None:
        """The code of the first error; None without one, or when it is no number."""
        text = self.errors[0][0] if self.errors else ""
        return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else None

    @property
    def message(self) -> str:
        """The message of the first error."""
        return self.errors[0][1] if self.errors else ""

    def find(self, path: str) -> Any:
        """Return the first element at a path below ``rsp``, or None."""
        return self.root.find(path) if self.root is not None else None

    def all(self, path: str) -> list[Any]:
        """Return all elements at a path below ``rsp``."""
        return list(self.root.findall(path)) if self.root is not None else []

    def text(self, path: str) -> str | None:
        """Return the text of the first element at a path, stripped; None when there is none."""
        found = self.find(path)
        return None if found is None else (found.text or "").strip()


def read_rsp(body: bytes) -> Rsp:
    """Read an answer leniently: a byte order mark, blanks, indentation, the case of ``stat``, a missing ``rsp``.

    Oddities: ``bom``, ``leading-blanks``, ``no-declaration``, ``stat-case``, ``no-rsp``. Never raises.
    """
    oddities = []
    data = body
    if data.startswith(b"\xef\xbb\xbf"):
        oddities.append("bom")
        data = data[3:]
    if data[:1].isspace():
        oddities.append("leading-blanks")
        data = data.lstrip()
    if not data.startswith(b"<?xml"):
        oddities.append("no-declaration")
    try:
        root = parse(data)
    except XmlRefused as why:
        return Rsp(body, refused=why.reason, oddities=tuple(oddities))
    if root.tag != "rsp":
        return Rsp(body, root=None, refused="no-rsp", oddities=(*oddities, "no-rsp"))
    stat = (root.get("stat") or "").strip()
    if stat != stat.lower():
        oddities.append("stat-case")
    errors = tuple(((found.get("code") or "").strip(), found.get("msg") or "") for found in root.iter("err"))
    return Rsp(body, stat.lower(), errors, root, oddities=tuple(oddities))
