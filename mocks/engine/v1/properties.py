"""The property editor: a page that shows the attributes of a course (observed: LIB-PHP, LIB-PY, LIB-JAVA, LIB-NET)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape

from harness.net.listener import Reply
from harness.wire.binding import Pairs
from harness.wire.cloud_v1_answer import clean
from mocks.engine.v1.call import Call
from mocks.engine.v1.domain import App, Course

POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html_page(title: str, body: str, *, status: int = 200) -> Reply:
    """Answer with a plain page; ``body`` is HTML already, the title is not."""
    heading = escape(clean(title))
    text = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{heading}</title></head>'
        f"<body><main><h1>{heading}</h1>{body}</main></body></html>\n"
    )
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", POLICY))
    return Reply(status, headers, text.encode("utf-8", "replace"))


class Properties:
    """Who sees the property editor and what it shows; faults override single methods."""

    def properties(self, call: Call) -> Reply:
        """Show the attributes of a course (a page: assumed; a redirect is possible as well)."""
        course: Course = self.found_course(call)  # type: ignore[attr-defined]
        return self.properties_page(course)

    def authenticate_widget(self, params: Pairs, apps: Mapping[str, App], now: datetime) -> App:
        """Return the application that has signed the editor's URL, by the rules for calls (observed: LIB-JAVA)."""
        app: App = self.authenticate(params, apps, now)  # type: ignore[attr-defined]
        return app

    def properties_page(self, course: Course) -> Reply:
        """Return the page: a table of names and values."""
        attributes: Mapping[str, str] = self.attributes_of(course)  # type: ignore[attr-defined]
        cells = [(escape(clean(name)), escape(clean(value))) for name, value in attributes.items()]
        rows = "".join(f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in cells)
        return html_page(course.title, f"<table><caption>Properties</caption>{rows}</table>")
