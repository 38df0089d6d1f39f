"""Answers with white space between their elements, as a switch: some clients cannot read them (LIB-JAVA, LIB-PY)."""

from __future__ import annotations

from collections.abc import Sequence

from harness.wire.cloud_v1_answer import DECLARATION, Node


class _Written(Node):
    """XML that is written already, to stand among nodes."""

    __slots__ = ()

    def write(self) -> str:
        return str(self.text)


def indented(node: Node, depth: int = 0) -> str:
    """Return an element as XML, its children on lines of their own."""
    if not node.children:
        return node.write()
    inner = "".join(f"\n{'  ' * (depth + 1)}{indented(child, depth + 1)}" for child in node.children)
    return Node(node.name, node.attrs, _Written("", text=f"{inner}\n{'  ' * depth}")).write()


def indented_ok(nodes: Sequence[Node]) -> str:
    """Return a successful answer."""
    return f"{DECLARATION}{indented(Node('rsp', {'stat': 'ok'}, *nodes))}\n"


def indented_fail(code: int, message: str) -> str:
    """Return a failure."""
    return f"{DECLARATION}{indented(Node('rsp', {'stat': 'fail'}, Node('err', {'code': code, 'msg': message})))}\n"
