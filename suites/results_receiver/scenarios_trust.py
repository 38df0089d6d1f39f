"""How a receiver of results is moved by postbacks whose sender it should not believe."""

from __future__ import annotations

from harness.judging.suite import scenario
from harness.subjects.receiver_records import Reception
from harness.subjects.results_receiver import Posting
from suites.results_receiver.results import DONE, rising

SUSPICIOUS = ("stranger", "wrong-password", "missing")


@scenario(packages=0)
async def suspicious(receiver: Posting) -> Reception:
    """Postbacks with wrong and without credentials, then one with the right ones, in each way of authentication."""
    login = receiver.login()
    if login is None:
        return receiver.seen()
    logins = (wrong(receiver), (login[0], wrong(receiver)[1]), None)
    for way in receiver.driver.target.auth_types:
        regid = await receiver.registration(way)
        await receiver.look(regid, step=f"{way}-before")
        for number, (name, pair) in enumerate(zip(SUSPICIOUS, logins, strict=True)):
            await receiver.post(regid, rising(number), step=f"{way}-{name}", authtype=way, login=pair)
            await receiver.unmoved(regid, step=f"{way}-{name}")
        await receiver.post(regid, DONE, step=f"{way}-right", authtype=way)
        await receiver.settled(regid, DONE, step=f"{way}-right")
    return receiver.seen()


def wrong(receiver: Posting) -> tuple[str, str]:
    """Return a user and a password that nobody has, and that turn up nowhere by chance."""
    return f"stranger-{receiver.token}", f"wrong-{receiver.token[::-1]}-7"


@scenario(packages=0, needs=("receiver.log",))
async def logging(receiver: Posting) -> Reception:
    """One postback with a wrong password and one with the right one, and then a look at the receiver's log."""
    regid = await receiver.registration()
    for name, login in (("wrong", wrong(receiver)), ("right", receiver.login())):
        await receiver.post(regid, DONE, step=name, login=login)
        if login:
            await receiver.logged(login[1], step=name)
    return receiver.seen()
