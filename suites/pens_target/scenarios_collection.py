"""How a PENS target is moved once a collect was understood: what it fetches, to whom it reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from harness.judging.suite import Case, scenario
from harness.net.client import Request
from harness.net.listener import Reply
from harness.subjects.pens_records import Collected, Series
from harness.subjects.pens_target import Collecting
from harness.wire.binding import Decoded, encode_query
from harness.wire.pens import REQUIRED

HTTP = ("callback.http",)
LOGIN = {"user": "author", "password": "Author's pass/word+100%"}
CREDENTIALS = {"package-url-user-id": LOGIN["user"], "package-url-password": LOGIN["password"]}
PAGE = b"<!DOCTYPE html><html><head><title>Please log in</title></head><body>Please log in</body></html>"
QUERY = "?t=1&name=a%2Bb%26c"


def closed(target: Collecting, path: str) -> str:
    """Return an address of this host at which nobody listens."""
    return f"http://{urlsplit(target.driver.host.public['http']).hostname}:1/{target.path(path)}"


def staged(target: Collecting, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the package of a case is staged."""
    package = target.driver.package
    contents = {"html": PAGE, "corrupt": package[: len(package) // 2]}
    found: dict[str, Any] = {
        "status": values.get("status", 200),
        "content": contents.get(values.get("content", ""), package),
    }
    if "cut" in values:
        found["cut"] = len(package) // 2
    return found | (LOGIN if "login" in values else {})


FAILURES = (
    Case("404", {"status": 404}, ("PENS-DL-08", "PENS-RCPT-02", "PENS-RCPT-12")),
    Case("410", {"status": 410}, ("PENS-DL-08",)),
    Case("500", {"status": 500}, ("PENS-DL-08",)),
    Case("503", {"status": 503}, ("PENS-DL-08",)),
    Case("closed-port", {"url": "closed"}, ("PENS-DL-07", "PENS-RCPT-02")),
    Case("no-such-host", {"url": "unknown"}, ("PENS-DL-07",)),
    Case("wrong-password", {"login": "wrong"}, ("PENS-DL-05",)),
    Case("truncated", {"cut": True}, ("PENS-DL-10",)),
    Case("html", {"content": "html"}, ("PENS-DL-10", "PENS-ALERT-02")),
    Case("corrupt", {"content": "corrupt"}, ("PENS-DL-10", "PENS-ALERT-02", "ENGINE-PENS-12")),
)


@scenario(cases=FAILURES, needs=HTTP, packages=0)
async def fetching(target: Collecting, case: Case) -> Collected:
    """A valid collect whose package cannot be had: absent, cut short, no package, protected, out of reach."""
    change: dict[str, str] = {}
    if "login" in case.values:
        change = CREDENTIALS | {"package-url-password": "not-the-password"}
    elif case.values.get("url") == "closed":
        change["package-url"] = closed(target, "course.zip")
    elif case.values.get("url") == "unknown":
        change["package-url"] = "http://nowhere.invalid/course.zip"
    return await target.collect(change, staged=staged(target, case.values))


@scenario(needs=("callback.http", "callback.https"))
async def secured(target: Collecting) -> Collected:
    """A valid collect whose package is staged by https."""
    return await target.collect(staged={"scheme": "https"})


@scenario(needs=HTTP)
async def protected(target: Collecting) -> Collected:
    """A valid collect whose package is protected by HTTP Basic, with the right user id and password."""
    return await target.collect(CREDENTIALS, staged=LOGIN)


@scenario(needs=HTTP)
async def accounted(target: Collecting) -> Collected:
    """A valid collect with a package-url-account besides the right user id and password."""
    return await target.collect(CREDENTIALS | {"package-url-account": "accounting"}, staged=LOGIN)


@scenario(needs=HTTP)
async def queried(target: Collecting) -> Collected:
    """A valid collect whose package-url has a query with percent-encoded characters."""
    return await target.collect({"package-url": target.stage() + QUERY})


TRANSFERS = (
    Case("ftp", {"scheme": "ftp"}, ("PENS-DL-03", "PENS-DL-04")),
    Case("ftps", {"scheme": "ftps"}, ("PENS-DL-04",)),
)


@scenario(cases=TRANSFERS, needs=HTTP)
async def transferred(target: Collecting, case: Case) -> Collected:
    """A collect whose package-url names an FTP server."""
    return await target.collect({"package-url": await target.stage_by_ftp(scheme=case.values["scheme"])})


LOCAL = (
    Case("file", {"url": "file:///etc/hostname.zip"}),
    Case("file-without-extension", {"url": "file:///etc/passwd"}),
    Case("jar", {"url": "jar:file:///etc/hostname.zip!/course.zip"}),
)


@scenario(cases=LOCAL, needs=("ownership", *HTTP), packages=0)
async def local(target: Collecting, case: Case) -> Collected:
    """A collect whose package-url names a file of the target's own machine."""
    return await target.collect({"package-url": case.values["url"]})


@scenario(needs=("ownership", *HTTP), packages=0)
async def internal(target: Collecting) -> Collected:
    """A collect whose package-url names a link-local address, as cloud machines have for their metadata."""
    return await target.collect({"package-url": "http://169.254.169.254/course.zip"})


@scenario(needs=("ownership", *HTTP), packages=2)
async def escaping(target: Collecting) -> Series:
    """A collect whose package-url hides a path out of the storage folder in a file name; then a plain one."""
    client = {"client": "invigil escaping"}
    url = target.stage("..%2f..%2fx.zip", step="escaping")
    await target.collect({"package-url": url, **client}, step="escaping")
    await target.collect(client, step="later")
    return Series.from_entries(target.driver.journal.of(target.scenario, target.case))


@scenario(needs=HTTP)
async def receipt_queried(target: Collecting) -> Collected:
    """A valid collect whose receipt URL has a query of its own."""
    return await target.collect({"receipt": target.receiver("receipt", query="?job=7&note=a%26b")})


ACKNOWLEDGEMENTS = (Case("empty", {"status": 200}), Case("no-content", {"status": 204}))


@scenario(cases=ACKNOWLEDGEMENTS, needs=HTTP)
async def unacknowledged(target: Collecting, case: Case) -> Collected:
    """A valid collect whose receipt is answered with an HTTP status of success and no body."""
    status = int(case.values["status"])

    def answering(message: Decoded) -> Reply:
        return Reply(status, (("Content-Type", "text/html"),))

    elements = target.elements()
    await target.send(elements | {"receipt": target.receiver("receipt", answering=answering)})
    await target.settled()
    return target.seen()


UNDELIVERED = (Case("receipt", {}, ("PENS-RCPT-20",)), Case("alerts", {}, ("PENS-ALERT-10",)))


@scenario(cases=UNDELIVERED, needs=HTTP, packages=2)
async def undeliverable(target: Collecting, case: Case) -> Series:
    """A collect whose receipts or alerts go to a port at which nobody listens; then a plain one."""
    client = {"client": f"invigil {case.name}"}
    await target.collect({case.name: closed(target, case.name), **client}, step="broken")
    await target.collect(client, step="later")
    return Series.from_entries(target.driver.journal.of(target.scenario, target.case))


@scenario(cases=(Case("absent"), Case("empty")), needs=HTTP)
async def unalerted(target: Collecting, case: Case) -> Collected:
    """A valid collect that names no alerts URL, or an empty one."""
    return await target.collect({"alerts": ""}, drop=("alerts",) if case.name == "absent" else ())


@scenario(needs=HTTP)
async def with_vendor_data(target: Collecting) -> Collected:
    """A valid collect with vendor-data that the target cannot know."""
    return await target.collect({"vendor-data": "invigil:shelf=4;note=for the librarian"})


@scenario(needs=("callback.http", "callback.smtp"))
async def mailed_to_two(target: Collecting) -> Collected:
    """A valid collect whose receipt goes by mail to two addresses, while alerts go by http."""
    return await target.collect({"receipt": target.mailbox("anna", "bert")})


@scenario(needs=("engine.closed-url", *HTTP), packages=0)
async def closed_tenant(target: Collecting) -> Collected:
    """A valid collect to an address of the same engine where AllowedRequests lacks Pens_COLLECT."""
    return await target.collect(url=target.driver.target.closed_url)


@scenario(cases=(Case("none"), Case("wrong"), Case("weak")), needs=("engine.read-only", *HTTP), packages=0)
async def uncredentialed(target: Collecting, case: Case) -> Collected:
    """A valid collect without credentials, with a wrong password, or with credentials for reading only."""
    if case.name == "none":
        return await target.collect(drop=("system-user-id", "system-password"))
    if case.name == "wrong":
        return await target.collect({"system-password": "not-the-password-of-anybody"})
    user, password = target.driver.target.weak or ("", "")
    return await target.collect({"system-user-id": user, "system-password": password})


@scenario(needs=("engine.other-tenant", *HTTP), packages=0)
async def foreign(target: Collecting) -> Collected:
    """A valid collect with the PENS credentials of another tenant."""
    user, password = target.driver.target.foreign or ("", "")
    return await target.collect({"system-user-id": user, "system-password": password})


@scenario(cases=tuple(Case(element, {"element": element}) for element in REQUIRED), needs=HTTP, packages=0)
async def lacking(target: Collecting, case: Case) -> Collected:
    """A collect that lacks one of the ten required elements."""
    return await target.collect(drop=(case.values["element"],))


@scenario(needs=HTTP)
async def doubled(target: Collecting) -> Collected:
    """A valid collect by GET with a second question mark where the address has a query already."""
    pairs = tuple(target.elements().items())
    url = f"{target.driver.target.url}?{encode_query(pairs)}"
    target.note("sent", binding="get", pairs=[list(pair) for pair in pairs])
    await target.driver.client.send(target.where(), "collect", Request("GET", url))
    await target.settled()
    return target.seen()
