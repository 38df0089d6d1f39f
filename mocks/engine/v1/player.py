"""The page behind a launch: a plain form in which a learner says what they came to, and leaves by Exit or not."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import unquote

from harness.net.listener import Inbound, Reply
from harness.wire.cloud_v1 import parameters
from harness.wire.cloud_v1_activity import write_score
from harness.wire.cloud_v1_answer import clean
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Rows
from mocks.engine.v1.domain import Launch, Registration
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.learning import STATES, LearnerError, ended, result_of, save

SECURITY = (
    ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline' http: https:; "
     "script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; frame-ancestors *"),
)  # fmt: skip
STATE_LABELS: Mapping[str, str] = {
    "incomplete": "not finished yet", "complete": "completed, neither passed nor failed", "passed": "passed",
    "failed": "failed", "failed-incomplete": "failed, not finished yet",
}  # fmt: skip
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>{style}</head>
<body><main>{body}</main></body></html>
"""
_STYLE = """<style>
:root{color-scheme:light dark;--line:#8a8f98;--soft:#5b6270;--key:#1a56b0;--on-key:#fff;--page:#f3f4f6;--card:#fff}
@media (prefers-color-scheme:dark){
:root{--line:#7d8590;--soft:#a9b1bc;--key:#8ab4f8;--on-key:#10161f;--page:#14171c;--card:#1d2128}}
*{box-sizing:border-box}
body{font:1rem/1.5 system-ui,sans-serif;margin:0;background:var(--page)}
main{max-width:34rem;margin:6vh auto;padding:2rem;background:var(--card);border-radius:.75rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem;overflow-wrap:anywhere}
label{display:block;margin:1.25rem 0 .25rem;font-weight:600}
select,input{font:inherit;width:100%;padding:.5rem .6rem;border:1px solid var(--line);border-radius:.4rem}
button{font:inherit;min-height:2.75rem;padding:0 1.5rem;margin:1.5rem .5rem 0 0;border:1px solid var(--key)}
button{border-radius:.4rem;background:none;color:var(--key);cursor:pointer}
button[value=exit]{background:var(--key);color:var(--on-key)}
:focus-visible{outline:3px solid var(--key);outline-offset:2px}
.hint,.who{color:var(--soft);margin:.25rem 0 0}
[role]{border-left:4px solid var(--key);padding:.25rem .75rem}
</style>"""
# What the learner has set is saved when the window is closed, as a player does from its last event.
_SCRIPT = """<script>
const form = document.forms[0]; let left = false;
form.addEventListener("submit", () => { left = true; });
addEventListener("pagehide", () => {
  if (left) return;
  const said = new URLSearchParams(new FormData(form)); said.set("action", "close");
  navigator.sendBeacon(location.href, said);
});
</script>"""


async def page(engine: CloudEngine, behaviour: CloudBehaviour, inbound: Inbound) -> Reply:
    """Show a launch, or take what its learner has done: ``action`` is save, exit or close."""
    app, launch = _asked(engine, behaviour, inbound)
    if inbound.method == "POST":
        return await _taken(engine, behaviour, inbound, app, launch)
    if inbound.method not in ("GET", "HEAD"):
        return Reply(405, (("Allow", "GET, POST"), *SECURITY), _html("Use GET or POST", ""))
    async with engine.store.transaction() as tx:
        return _shown(tx, app, launch)


def _asked(engine: CloudEngine, behaviour: CloudBehaviour, inbound: Inbound) -> tuple[str, str]:
    pairs = dict(reversed(parameters(inbound.query, "", b"")))
    app = pairs.get("appid", "")
    last = behaviour.path_of(inbound).removeprefix("/launch/")
    return app if app in engine.apps else engine.default_app, unquote(last)


async def _taken(
    engine: CloudEngine, behaviour: CloudBehaviour, inbound: Inbound, app: str, launch: str
) -> Reply:  # fmt: skip
    values = dict(reversed(parameters(b"", inbound.header("Content-Type"), inbound.body)))
    way = values.get("action", "save")
    async with engine.store.transaction() as tx:
        found, registration = _rows(tx, app, launch)
        if found is None or registration is None:
            return _shown(tx, app, launch)
        if found.ended is None:
            try:
                result = result_of({"seconds": "0", **values}, registration.result)
            except LearnerError as error:
                return _shown(tx, app, launch, str(error), 400)
            save(engine, behaviour, tx, app, registration, result, found)
            if way != "save":
                ended(engine, tx, app, launch)
        said = _shown(tx, app, launch, "Saved.")
    await engine.outbox.kick()
    if way == "close":
        return Reply(204)
    return left(behaviour, found) if way == "exit" else said


def left(behaviour: CloudBehaviour, launch: Launch) -> Reply:
    """Answer an exit: with a redirect, or with the page that takes its place."""
    url = behaviour.return_url(launch)
    if url:
        return Reply(302, (("Location", url), ("Cache-Control", "no-store")))
    if launch.redirect == "blank":
        return Reply(200, SECURITY, b"<!DOCTYPE html><html lang=en><title>&#8203;</title></html>")
    script = "<script>window.close()</script>" if launch.redirect == "closer" else ""
    said = "You have left the course. You may close this window."
    return Reply(200, SECURITY, _html("You have left the course", f'<p role="status">{said}</p>{script}'))


def _rows(tx: Rows, app: str, launch: str) -> tuple[Launch | None, Registration | None]:
    found: Launch | None = tx.get(f"launches/{app}", launch)
    registration: Registration | None = tx.get(f"registrations/{app}", found.regid) if found else None
    return found, registration


def _shown(tx: Rows, app: str, launch: str, said: str = "", status: int = 200) -> Reply:
    found, registration = _rows(tx, app, launch)
    if found is None or registration is None:
        return Reply(404, SECURITY, _html("No such launch", "<p>There is no launch of that id.</p>"))
    course = tx.get(f"courses/{app}", registration.course_id)
    title = course.title if course else registration.course_id
    told = f'<p role="{"alert" if status >= 400 else "status"}">{_text(said)}</p>' if said else ""
    if found.ended is not None:
        return Reply(status, SECURITY, _html(title, f"{told}<p>This launch has ended.</p>"))
    style = (
        f'<link rel="stylesheet" href="{_text(found.css)}">' if found.css.startswith(("http://", "https://")) else ""
    )
    return Reply(status, SECURITY, _html(title, told + _form(registration, found), style))


def _form(registration: Registration, launch: Launch) -> str:
    result = registration.result
    chosen = next((name for name in STATE_LABELS if STATES[name] == (result.complete, result.success)), "incomplete")
    options = "".join(
        f'<option value="{name}"{" selected" if name == chosen else ""}>{label}</option>'
        for name, label in STATE_LABELS.items()
    )
    who = " ".join(name for name in (registration.fname, registration.lname) if name) or registration.learner_id
    untracked = "" if launch.tracked else "<p>This launch is not tracked: nothing that you set here is kept.</p>"
    return (
        f'<p class="who">Learner: {_text(who)}</p>{untracked}'
        '<form method="post">'
        f'<label for="to">Result</label><select id="to" name="to">{options}</select>'
        '<label for="score">Score</label>'
        '<input id="score" name="score" autocomplete="off" aria-describedby="score-hint" '
        f'value="{_text(write_score(result.score))}">'
        '<p class="hint" id="score-hint">0 to 100, or the word unknown</p>'
        '<label for="seconds">Further time in seconds</label>'
        '<input id="seconds" name="seconds" type="number" min="0" max="99999999" value="60">'
        '<button name="action" value="save">Save</button><button name="action" value="exit">Exit</button>'
        '<p class="hint">Closing the window saves, too, but leads nowhere.</p>'
        f"</form>{_SCRIPT}"
    )


def _html(title: str, body: str, style: str = "") -> bytes:
    text = _text(title)
    return _PAGE.format(title=text, style=_STYLE + style, body=f"<h1>{text}</h1>{body}").encode()


def _text(text: str) -> str:
    return escape(clean(text), quote=True)
