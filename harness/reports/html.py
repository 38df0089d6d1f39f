"""The report as one page: no script, no network, opens from disk, prints, reads in grey and in the dark."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from harness.reports.findings import Report
from harness.reports.text import ENTRY, named, visible
from harness.reports.view import readable_header, view, weight

MOST = 2_000_000
"""The most that a page weighs (bytes, UTF-8)."""

_ROOMS = (None, 900_000, 400_000, 100_000, 0, -1)
_END = re.compile(r"\r\n|\r|\n")
_ENDS = {"\r\n": "CR LF", "\r": "CR", "\n": "LF"}


def html(report: Report) -> str:
    """Return the page; when it would be too heavy, exchanges that no finding names are shortened."""
    page = ""
    for room in _ROOMS if weight(report) <= MOST else _ROOMS[1:]:
        page = _template().render(view(report, room))
        if len(page.encode("utf-8", "replace")) <= MOST:
            break
    return page


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"line_ends": line_ends, "linked": linked, "header": readable_header}
    return environment.get_template("report.html.j2")


def _shown(value: Any) -> Any:
    """Applied to whatever the template prints: secrets get their name, control characters are shown."""
    return visible(named(value)) if type(value) is str else value


def line_ends(text: str) -> Markup:
    """Return a body with its line ends made visible: in this protocol CR LF and LF are not the same."""
    parts, position = [], 0
    for found in _END.finditer(text):
        parts.append(escape(_shown(text[position : found.start()])))
        parts.append(Markup('<span class="eol" aria-hidden="true">{}</span>\n').format(_ENDS[found[0]]))
        position = found.end()
    parts.append(escape(_shown(text[position:])))
    return Markup("").join(parts)


def linked(text: str, known: set[str]) -> Markup:
    """Return a place such as ``E-0004 response body``, in which exchanges that the page shows are links."""
    parts, position = [], 0
    for found in ENTRY.finditer(text):
        parts.append(escape(_shown(text[position : found.start()])))
        link = Markup('<a href="#{0}">{0}</a>').format(found[0])
        parts.append(link if found[0] in known else escape(found[0]))
        position = found.end()
    parts.append(escape(_shown(text[position:])))
    return Markup("").join(parts)
