"""Pages beside the API that show a course: its properties (also at ``/EngineWebServices/widget``) and its preview."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import unquote

from harness.net.listener import Inbound, Reply
from harness.wire.cloud_v1_answer import clean
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Failure
from mocks.engine.v1.domain import App, Course
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.properties import html_page

KIND = "ApiCourseId|"


async def widget(engine: CloudEngine, behaviour: CloudBehaviour, inbound: Inbound) -> Reply:
    """Show the properties of a course to whoever has signed for it (observed: LIB-JAVA, LIB-NET build this URL)."""
    params = behaviour.parameters(inbound)
    given = dict(reversed(params))
    tenant = given.get("appid", "") if given.get("appid", "") in engine.apps else engine.default_app
    try:
        app = behaviour.authenticate_widget(params, engine.apps, engine.now(tenant))
        courseid = given.get("package", "").removeprefix(KIND)
        course = await _course(engine, app.id, courseid)
        if course is None:
            raise Failure(1, f"Could not find course [{courseid}] associated with appid [{app.id}]")
    except Failure as failure:
        facts: dict[str, Any] = {"app": tenant, "code": failure.code, "message": failure.message}
        engine.tell("refused", facts)
        return behaviour.failed(inbound, given, failure)
    return behaviour.properties_page(course)


async def preview(engine: CloudEngine, behaviour: CloudBehaviour, inbound: Inbound) -> Reply:
    """Show that a course can be played, without playing it: nothing is tracked."""
    given = dict(reversed(behaviour.parameters(inbound)))
    app = engine.apps.get(given.get("appid", "")) or App(engine.default_app, ())
    courseid = unquote(behaviour.path_of(inbound).removeprefix("/preview/"))
    course = await _course(engine, app.id, courseid)
    if course is None:
        return html_page("No such course", "<p>There is no course here.</p>", status=404)
    target = clean(given.get("redirecturl", ""))
    back = f'<p><a href="{escape(target)}">Exit</a></p>' if target.startswith(("http://", "https://")) else ""
    return html_page(course.title, f"<p>This is a preview; nothing is tracked.</p>{back}")


async def _course(engine: CloudEngine, app: str, courseid: str) -> Course | None:
    async with engine.store.transaction() as tx:
        found: Course | None = tx.get(f"courses/{app}", courseid)
        return found
