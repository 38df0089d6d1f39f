"""How a V1 server is moved to post results: in every form, to receivers that take them and to some that do not."""

from __future__ import annotations

from datetime import timedelta

from harness.judging.suite import Case, scenario
from harness.net.hook import Answering, Hook, always
from harness.net.host import CallbackHost
from harness.net.listener import Reply
from harness.net.patience import within
from harness.net.reach import free_ports
from harness.net.staging import Gate
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_records import Story

LEARNING = ("callback.http", "stimulus.learn")
MOVING = (*LEARNING, "control")
NAME, PASSWORD = "results", "p&ss=w:rd 7%"
LOGIN = {"urlname": NAME, "urlpass": PASSWORD}
QUERY = "?lms=7&note=a%26b%20c"
LONGEST_GAP = timedelta(minutes=15)
TAKEN = (200, 201, 204, 301, 302, 303, 307)
FAILED = (400, 403, 404, 410, 500, 502, 503)
MOST_TRIES = 71
INCREMENTS = ((15.0, 0.25), (120.0, 1.0), (1800.0, 5.0), (float("inf"), 20.0))
"""Up to which second since the beginning protocol time moves in which steps; a try is dated as exactly as these."""


def first(reply: Reply) -> Answering:
    """Answer the first request so, and take all later ones."""
    taken = always()
    return lambda number: taken(number) if number else reply


@scenario(
    cases=[
        Case("form", {}, ("CLOUD-POSTBACK-03", "CLOUD-POSTBACK-05", "CLOUD-POSTBACK-06", "CLOUD-POSTBACK-07")),
        Case("form-login", {"authtype": "form", "login": True, "resultsformat": "course"},
             ("CLOUD-POSTBACK-02", "CLOUD-POSTBACK-05", "CLOUD-POSTBACK-06", "CLOUD-POSTBACK-07")),
        Case("basic", {"authtype": "httpbasic", "login": True},
             ("CLOUD-POSTBACK-04", "CLOUD-POSTBACK-05", "CLOUD-POSTBACK-06")),
        Case("activity", {"resultsformat": "activity"},
             ("CLOUD-POSTBACK-05", "CLOUD-POSTBACK-06", "CLOUD-POSTBACK-07")),
        Case("full", {"authtype": "httpbasic", "login": True, "resultsformat": "full"},
             ("CLOUD-POSTBACK-04", "CLOUD-POSTBACK-05", "CLOUD-POSTBACK-06", "CLOUD-POSTBACK-07")),
    ],
    needs=LEARNING,
    packages=0,
)  # fmt: skip
async def posted(cloud: Calling, case: Case) -> Story:
    """A learner passes with 92; results are posted as was set, and then asked for in the same format."""
    given = {name: case.values[name] for name in ("authtype", "resultsformat") if name in case.values}
    given |= LOGIN if case.values.get("login") else {}
    regid = await cloud.registered(postbackurl=cloud.hook("postback"), **given)
    await cloud.learn(regid, to="passed", score="92", exit="close-browser")
    await cloud.arrived("postback")
    await cloud.result_of(regid, step="settled", until="passed")
    wanted = {"resultsformat": case.values["resultsformat"]} if "resultsformat" in case.values else {}
    await cloud.call("registration.getRegistrationResult", {"regid": regid, **wanted}, step="result")
    return cloud.story()


@scenario(needs=LEARNING, packages=0)
async def posted_at_changes(cloud: Calling) -> Story:
    """A learner begins, comes back and passes; results go to a URL that has a query."""
    regid = await cloud.registered(postbackurl=cloud.hook("postback", query=QUERY))
    await cloud.learn(regid, step="begins", to="incomplete", exit="close-browser")
    await cloud.arrived("postback")
    await cloud.learn(regid, step="passes", to="passed", score="92", exit="close-browser")
    await cloud.arrived("postback", 2)
    return cloud.story()


@scenario(needs=LEARNING, packages=0)
async def postback_redirected(cloud: Calling) -> Story:
    """A receiver answers a postback with a redirect to another address of ours."""
    elsewhere = cloud.hook("postback", step="elsewhere")
    away = Reply(302, (("Location", elsewhere),))
    regid = await cloud.registered(postbackurl=cloud.hook("postback", step="here", answering=lambda number: away))
    await cloud.learn(regid, to="passed", exit="close-browser")
    await cloud.arrived("postback", step="here")
    return cloud.story()


@scenario(needs=MOVING, alone=True, packages=0)
async def postback_answered(cloud: Calling) -> Story:
    """Receivers take postbacks in many ways, refuse a first one, hang up, or are not there; the longest gap passes."""
    answers = {str(status): Reply(status, _location(cloud, status)) for status in (*TAKEN, *FAILED)}
    answers["hung-up"] = Reply(drop=True)
    answerings = {
        step: _constantly(reply) if step in map(str, TAKEN) else first(reply) for step, reply in answers.items()
    }
    urls = {step: cloud.hook("postback", step=step, answering=answering) for step, answering in answerings.items()}
    late = await _later(cloud)
    urls |= {"refused": late[1]} if late else {}
    for step, url in urls.items():
        regid = await cloud.registered(step, step=f"create-{step}", postbackurl=url)
        await cloud.learn(regid, step=step, to="passed", exit="close-browser")
    test = cloud.hook("postback", step="test", answering=lambda number: Reply(500))
    await cloud.call("registration.testRegistrationPostUrl", step="tested", postbackurl=test)
    await cloud.driver.settle()
    if late:
        await late[0].listen("http", port=late[2])
    try:
        await cloud.advance(LONGEST_GAP + timedelta(minutes=1))
        await cloud.driver.settle()
    finally:
        if late:
            await late[0].stop()
    return cloud.story()


def _location(cloud: Calling, status: int) -> tuple[tuple[str, str], ...]:
    return (("Location", cloud.hook("postback", step="elsewhere")),) if 300 <= status < 400 else ()


async def _later(cloud: Calling) -> tuple[CallbackHost, str, int] | None:
    """Return a host at whose port nobody listens yet, and an address there; None when the server is not near."""
    near = "http://127.0.0.1:"
    if not cloud.driver.host.public["http"].startswith(near):
        return None
    port = free_ports(1)[0]
    host, path = CallbackHost(cloud.driver.journal), f"{cloud.token}-refused/postback"
    host.mount(path, Hook(cloud.where("refused"), "postback"))
    return host, f"{near}{port}/{path}", port


@scenario(needs=MOVING, alone=True, packages=0)
async def postback_given_up(cloud: Calling) -> Story:
    """One receiver always answers 500, another always hangs up, until nothing comes any more.

    Protocol time moves in small steps; the note ``tries`` says between which seconds since the beginning each came.
    """
    replies = {"error": Reply(500), "hung-up": Reply(drop=True)}
    for step, reply in replies.items():
        url = cloud.hook("postback", step=step, answering=_constantly(reply))
        regid = await cloud.registered(step, step=f"create-{step}", postbackurl=url)
        await cloud.learn(regid, step=step, to="passed", exit="close-browser")
    tries = await _watched(cloud, tuple(replies))
    for step, seen in tries.items():
        cloud.note("tries", step, between=seen)
    return cloud.story()


def _constantly(reply: Reply) -> Answering:
    return lambda number: reply


async def _watched(cloud: Calling, steps: tuple[str, ...]) -> dict[str, list[list[float]]]:
    """Move time until no receiver has been tried for longer than any gap may last, or one too often."""
    control, clock = cloud.driver.control, cloud.driver.clock
    if control is None:
        return {}
    begun, moved, looked = clock.now(), 0.0, 0.0
    tries: dict[str, list[list[float]]] = {step: [] for step in steps}

    def look() -> None:
        nonlocal looked
        now = moved + (clock.now() - begun).total_seconds()
        for step in steps:
            missing = cloud.hooks[f"postback/{step}"].count - len(tries[step])
            tries[step] += [[round(looked, 3), round(now, 3)] for _ in range(missing)]
        looked = now

    async def move(seconds: float) -> None:
        nonlocal moved
        await control.advance(cloud.driver.target.appid, timedelta(seconds=seconds))
        cloud.driver.ahead += timedelta(seconds=seconds)
        moved += seconds
        look()

    look()
    last = 0.0
    while looked - last < LONGEST_GAP.total_seconds() + 60 and max(map(len, tries.values())) <= MOST_TRIES + 5:
        await move(next(step for until, step in INCREMENTS if looked < until))
        last = max([seen[-1][1] for seen in tries.values() if seen] or [0.0])
    await move(2 * 3600)
    return tries


@scenario(
    cases=[
        Case("plain", {}, ("CLOUD-POSTBACK-12", "CLOUD-POSTBACK-13")),
        Case("form-activity", {"authtype": "form", "login": True, "resultsformat": "activity"},
             ("CLOUD-POSTBACK-12", "CLOUD-POSTBACK-13")),
        Case("basic-full", {"authtype": "httpbasic", "login": True, "resultsformat": "full"},
             ("CLOUD-POSTBACK-12", "CLOUD-POSTBACK-13")),
    ],
    needs=("callback.http",),
    packages=0,
)  # fmt: skip
async def postback_tested(cloud: Calling, case: Case) -> Story:
    """A test postback to a receiver that takes it."""
    given = {name: case.values[name] for name in ("authtype", "resultsformat") if name in case.values}
    given |= LOGIN if case.values.get("login") else {}
    url = cloud.hook("postback", query=QUERY)
    await cloud.call("registration.testRegistrationPostUrl", {"postbackurl": url, **given}, step="tested")
    return cloud.story()


@scenario(needs=("callback.http",), packages=0)
async def postback_test_failed(cloud: Calling) -> Story:
    """A test postback to a receiver that fails, to one that hangs up, and to one that takes it."""
    replies = {"error": Reply(500), "hung-up": Reply(drop=True), "taken": Reply(200)}
    for step, reply in replies.items():
        url = cloud.hook("postback", step=step, answering=_constantly(reply))
        await cloud.call("registration.testRegistrationPostUrl", step=step, postbackurl=url)
    return cloud.story()


@scenario(needs=LEARNING, packages=0)
async def postback_moved(cloud: Calling) -> Story:
    """A learner begins; then address, login and format of the postbacks are changed; then the learner passes."""
    regid = await cloud.registered(postbackurl=cloud.hook("postback", step="old"))
    await cloud.learn(regid, step="begins", to="incomplete", exit="close-browser")
    await cloud.arrived("postback", step="old")
    changes = {"authtype": "httpbasic", "name": NAME, "password": PASSWORD, "resultsformat": "full"}
    url = cloud.hook("postback", step="new")
    await cloud.call("registration.updatePostbackInfo", {"regid": regid, "url": url, **changes}, step="update")
    await cloud.learn(regid, step="passes", to="passed", score="92", exit="close-browser")
    await cloud.arrived("postback", step="new")
    return cloud.story()


@scenario(needs=LEARNING, packages=0)
async def postback_invited(cloud: Calling) -> Story:
    """Two learners follow an invitation; in between the settings of the first one's registration are changed."""
    courseid = await cloud.driver.course()
    given = {"courseid": courseid, "public": "true", "postbackurl": cloud.hook("postback", step="invitation")}
    made = await cloud.call("invitation.createInvitation", given, step="invitation")
    id = (made.rsp.root.text or "").strip() if made.is_ok and made.rsp.root is not None else ""
    if not id:
        return cloud.story()
    first_one = {"invitation": id, "email": "ada@example.org"}
    await cloud.learn("", step="first", to="incomplete", exit="close-browser", **first_one)
    await cloud.arrived("postback", step="invitation")
    regid = next((postback.report.regid for postback in cloud.story().posted("invitation")), None)
    if regid:
        await cloud.call("registration.getPostbackInfo", step="info", regid=regid)
        url = cloud.hook("postback", step="own")
        await cloud.call("registration.updatePostbackInfo", step="update", regid=regid, url=url)
        await cloud.learn(regid, step="again", to="passed", score="92", exit="close-browser")
        await cloud.arrived("postback", step="own")
        second = {"invitation": id, "email": "bob@example.org"}
        await cloud.learn("", step="second", to="passed", score="61", exit="close-browser", **second)
        await cloud.arrived("postback", 2, step="invitation")
    return cloud.story()


@scenario(needs=LEARNING, packages=0)
async def postback_dispatched(cloud: Calling) -> Story:
    """A learner comes by a dispatch; then the postback settings of the dispatch change, and the learner passes."""
    courseid = await cloud.driver.course()
    place = await cloud.call("dispatch.createDestination", step="destination", name=cloud.own("destination"))
    destination = place.rsp.text("destinationId")
    if not destination:
        return cloud.story()
    given = {"destinationid": destination, "courseid": courseid, "postbackurl": cloud.hook("postback", step="old")}
    dispatch = (await cloud.call("dispatch.createDispatch", given, step="dispatch")).rsp.text("dispatchId")
    if not dispatch:
        return cloud.story()
    await cloud.learn("", step="first", dispatch=dispatch, to="incomplete", exit="close-browser")
    await cloud.arrived("postback", step="old")
    regid = next((postback.report.regid for postback in cloud.story().posted("old")), None)
    if regid:
        url = cloud.hook("postback", step="new")
        await cloud.call("dispatch.updateDispatches", step="update", dispatchid=dispatch, postbackurl=url)
        await cloud.learn(regid, step="again", to="passed", score="92", exit="close-browser")
        await cloud.arrived("postback", step="new")
    return cloud.story()


@scenario(needs=LEARNING, packages=0)
async def postback_beside(cloud: Calling) -> Story:
    """While one receiver does not answer, a learner passes whose results go to another."""
    gate = Gate()
    down = await cloud.registered(
        "down", step="create-down", postbackurl=cloud.hook("postback", step="down", gate=gate)
    )
    up = await cloud.registered("up", step="create-up", postbackurl=cloud.hook("postback", step="up"))
    patience = cloud.driver.patience
    await cloud.learn(down, step="down", to="passed", exit="close-browser")
    await within(patience.callback, gate.reached.wait())
    await cloud.learn(up, step="up", to="passed", exit="close-browser")
    # Of our own mock it is known that it gives up waiting no sooner than after the patience for an answer.
    limit = patience.answer / 2 if cloud.driver.control else patience.callback
    await within(limit, cloud.hooks["postback/up"].reached(1))
    cloud.note("released")
    gate.open()
    return cloud.story()


@scenario(needs=(*MOVING, "stimulus.restart"), alone=True, packages=0)
async def postback_restarted(cloud: Calling) -> Story:
    """A receiver refuses a first postback; the server is restarted; then the longest gap passes."""
    url = cloud.hook("postback", answering=first(Reply(503)))
    regid = await cloud.registered(postbackurl=url)
    await cloud.learn(regid, to="passed", exit="close-browser")
    await cloud.driver.settle()
    cloud.note("tried", count=cloud.hooks["postback/"].count)
    stimulated = await cloud.driver.stimuli["restart"].start({"INVIGIL_APPID": cloud.driver.target.appid})
    outcome = await stimulated.outcome(cloud.driver.patience.callback)
    await stimulated.release()
    cloud.note("restarted", **outcome.facts())
    await cloud.advance(LONGEST_GAP + timedelta(minutes=1))
    await cloud.driver.settle()
    return cloud.story()
