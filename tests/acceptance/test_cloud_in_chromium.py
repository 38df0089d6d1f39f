"""The V1 API in a real browser: uploads from pages of another origin, and launch links that work until they expire."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fixtures.packages import scorm12
from tests.cli.calling import invigil, serving

CHROMIUM = os.environ.get("INVIGIL_CHROMIUM") or shutil.which("chromium")
REQUIRED = os.environ.get("INVIGIL_REQUIRE_ALL") == "1"
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--virtual-time-budget=20000",
)  # fmt: skip
TITLE = "Working safely at height 高所"
SCRIPTED = """<!DOCTYPE html><meta charset="utf-8"><title>script</title><pre id="told">waiting</pre><script>
const bytes = Uint8Array.from(atob("{package}"), (c) => c.charCodeAt(0));
const form = new FormData();
form.append("file", new File([bytes], "Kurs für alle.zip", {{type: "application/zip"}}));
fetch({url}, {{method: "POST", body: form}})
  .then((answer) => answer.text()).then((text) => new DOMParser().parseFromString(text, "text/xml"))
  .then((xml) => xml.querySelector("rsp[stat=ok] > token > id").textContent)
  .then((token) => {{ told.textContent = "token " + token; }}, (error) => {{ told.textContent = "error " + error; }});
</script>"""
FORM = """<!DOCTYPE html><meta charset="utf-8"><title>form</title>
<form method="post" enctype="multipart/form-data" action="{action}"><input type="file" name="filedata"></form><script>
const bytes = Uint8Array.from(atob("{package}"), (c) => c.charCodeAt(0));
const chosen = new DataTransfer();
chosen.items.add(new File([bytes], "course.zip", {{type: "application/zip"}}));
document.querySelector("input").files = chosen.files;
document.querySelector("form").submit();
</script>"""
LANDED = '<!DOCTYPE html><title>landed</title><h1>Thank you</h1><p id="landed">The course is being prepared.</p>'

pytestmark = pytest.mark.skipif(not CHROMIUM and not REQUIRED, reason="chromium is not installed")


@dataclass
class Site:
    """A site of ours, on an origin of its own: its pages by path, and what browsers have asked it for."""

    pages: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            page = made.pages.get(urlsplit(self.path).path)
            self.send_response(200 if page is not None else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((page or "").encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Cloud:
    """A served V1 API with one course."""

    info: dict[str, Any]

    def call(self, method: str, *words: str) -> str:
        """Make a signed call and return the answer, or with --print-url the signed address."""
        v1 = self.info["v1"]
        done = invigil("call", method, *words, "--to", v1["url"], "--app", f"{v1['app']}:{v1['secret']}")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def drive(self, *words: str) -> None:
        """Give a command to the control API."""
        done = invigil(*words, "--control", self.info["control"])
        assert done.returncode == 0, done.stderr


@contextmanager
def cloud() -> Iterator[Cloud]:
    with serving("engine", "--profile", "scorm-cloud", "--control", "0", "--json") as process:
        assert process.stdout is not None
        yield Cloud(json.loads(process.stdout.readline()))


def browsed(url: str, home: Path) -> tuple[str, list[str]]:
    """Open an address; return the page on which the browser ends, as it built it, and what it complained about."""
    assert CHROMIUM, "INVIGIL_REQUIRE_ALL=1, but chromium is not installed"
    command = [CHROMIUM, *QUIET, f"--user-data-dir={home / 'profile'}", "--dump-dom", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line and "favicon" not in line]


def package() -> str:
    return base64.b64encode(scorm12(title=TITLE)).decode()


def test_a_script_of_another_origin_posts_a_course_and_reads_its_token(site: Site, tmp_path: Path) -> None:
    with cloud() as served:
        url = served.call("course.importCourseAsync", "courseid=by-script", "--print-url")
        site.pages["/upload"] = SCRIPTED.format(package=package(), url=json.dumps(url))
        page, complaints = browsed(f"{site.url}/upload", tmp_path)
        told = re.search(r'<pre id="told">token ([\w-]+)</pre>', page)
        assert told, page
        assert not complaints
        state = served.call("course.getAsyncImportResult", f"token={told[1]}")
    assert "<status>finished</status>" in state
    assert TITLE in state


def test_a_form_lands_on_the_page_it_names_with_its_token(site: Site, tmp_path: Path) -> None:
    with cloud() as served:
        back = f"redirecturl={site.url}/landed?from=form"
        url = served.call("course.importCourseAsync", "courseid=by form & more", back, "--print-url")
        site.pages |= {"/upload": FORM.format(package=package(), action=html.escape(url)), "/landed": LANDED}
        page, complaints = browsed(f"{site.url}/upload", tmp_path)
        assert 'id="landed"' in page
        assert not complaints
        (landed,) = [path for path in site.asked if path.startswith("/landed")]
        given = {name: values[0] for name, values in parse_qs(urlsplit(landed).query).items()}
        token = given.pop("tokenid")
        wanted = {"from": "form", "success": "true", "courseid": "by form & more"}
        assert {name: given.get(name) for name in wanted} == wanted
        state = served.call("course.getAsyncImportResult", f"token={token}")
    assert "<status>finished</status>" in state


def test_a_launch_link_works_and_is_refused_after_sixteen_minutes(tmp_path: Path) -> None:
    course = tmp_path / "course.zip"
    course.write_bytes(scorm12(title=TITLE))
    with cloud() as served:
        served.call("course.importCourse", "courseid=c", "--file", str(course))
        served.call(
            "registration.createRegistration", "courseid=c", "regid=r", "fname=Ada", "lname=Byron", "learnerid=l"
        )
        link = served.call("registration.launch", "regid=r", "redirecturl=message", "--print-url")
        page, complaints = browsed(link, tmp_path)
        assert f"<h1>{TITLE}</h1>" in page
        assert "Learner: Ada Byron" in page
        assert not complaints
        served.drive("clock", "advance", "16m", "--tenant", served.info["v1"]["app"])
        refused, _ = browsed(link, tmp_path)
    assert TITLE not in refused
    assert 'err code="107"' in refused, refused
