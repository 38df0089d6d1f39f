"""How a V1 server is moved by properties: ids, forms of calls, bent, flawed and hostile ones, drawn by Hypothesis."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict

from harness.judging.properties import Ahead, Budget, examine
from harness.judging.suite import Case, scenario
from harness.net.client import Request
from harness.strategies.cloud_v1 import Bent, Form, Ids, bent_calls, forms
from harness.strategies.cloud_v1 import id_pairs as pairs_of_ids
from harness.strategies.cloud_v1_flaws import Flaw, Hostile, flaws
from harness.strategies.cloud_v1_flaws import hostile_calls as hostile
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_examples import CloudExamples
from harness.subjects.cloud_v1_records import Story
from harness.wire.binding import FORM, Pairs, encode_query, join_query
from suites.cloud_v1.calls import PING, bracketed
from suites.cloud_v1.rules_properties import (
    both_are_told_apart,
    has_no_effect,
    is_answered,
    is_let_in,
    is_told_by_its_signature,
)
from suites.cloud_v1.scenarios_access import exists

CREATE, EXISTS = "registration.createRegistration", "registration.exists"
EXTRA = (("a1", "1"), ("z1", "1"))
RESULT, DETAIL = "registration.getRegistrationResult", "registration.getRegistrationDetail"
SOME: Mapping[str, Budget] = {"proof": Budget(20, 8), "quick": Budget(16, 40), "full": Budget(200, 400)}
FEW: Mapping[str, Budget] = {"proof": Budget(40, 8), "quick": Budget(8, 30), "full": Budget(60, 120)}
"""The budget of one among many cases. A proof tries more: there every fault has to be found by one seed."""


def _token(cloud: Calling, step: str) -> str:
    """Return eight letters of this step's own: an id has to leave room for what is tried."""
    return hashlib.sha256(cloud.own(step).encode()).hexdigest()[:8]


def _learner(cloud: Calling) -> dict[str, str]:
    return {"fname": "Ada", "lname": "Byron", "learnerid": cloud.own("l")}


# --- ids and names --------------------------------------------------------------------------------------------------

IDS = ("create", "exists", "apart", "result", "detail", "create-other", "result-other")


@scenario(threaded=True, packages=0)
def id_pairs(cloud: Calling, seed: int) -> CloudExamples:
    """Pairs of registrations whose ids differ in one piece, of any script and up to 255 characters long."""

    async def ahead() -> None:
        regid = await cloud.registered()
        await cloud.call(DETAIL, step="detail", regid=regid)

    async def act(example: Ids, step: str) -> Story:
        one, other = example.pair(_token(cloud, step))
        names = {"courseid": await cloud.driver.course(), "fname": example.fname, "lname": example.lname}
        await cloud.call(CREATE, names | {"regid": one, "learnerid": one}, step=step)
        await cloud.call(EXISTS, step=step, regid=one)
        await cloud.call(EXISTS, step=step, regid=other)
        await cloud.call(RESULT, step=step, regid=one)
        await cloud.call(DETAIL, step=step, regid=one)
        await cloud.call(CREATE, names | {"regid": other, "learnerid": other}, step=step)
        await cloud.call(RESULT, step=step, regid=other)
        if cloud.driver.mock is None:
            for regid in (one, other):
                await cloud.call("registration.deleteRegistration", step=step, regid=regid)
        return cloud.told(step)

    def describe(example: Ids) -> dict[str, object]:
        return {**asdict(example), "calls": IDS}

    budget = SOME[cloud.driver.budget]
    return examine(cloud, pairs_of_ids(), act, both_are_told_apart, seed, describe=describe, budget=budget, ahead=ahead)


# --- forms of a sound call ------------------------------------------------------------------------------------------


def _sent(cloud: Calling, signed: Pairs, form: Form) -> Request:
    """Return the request for a signed call in a form."""
    query, body = form.parts(signed)
    url = join_query(cloud.driver.target.url, query)
    return Request("POST", url, (("Content-Type", FORM),), body.encode()) if body else Request("GET", url)


def _feature(name: str, row: str) -> Case:
    return Case(name, {"feature": name}, (row,))


def _controls(cloud: Calling) -> Ahead:
    async def ahead() -> None:
        await bracketed(cloud)
        # In sorted order, so that a server that does not sort lets them in too.
        *counted, sig = cloud.sign(exists(cloud.own("r")))
        await cloud.send((*sorted(counted), sig), step="plain")
        await cloud.send((*sorted(counted), sig), step="form", via="form")
        # Its signature stands in the midst, as LIB-JAVA sends it.
        await cloud.send(tuple(sorted(cloud.sign((*exists(cloud.own("r")), *EXTRA)))), step="extra")

    return ahead


@scenario(
    threaded=True,
    cases=[
        _feature("order", "CLOUD-AUTH-01"),
        _feature("mixed-case", "CLOUD-AUTH-02"),
        _feature("hex", "CLOUD-AUTH-04"),
        _feature("spelling", "CLOUD-AUTH-05"),
        _feature("scripts", "CLOUD-AUTH-06"),
        _feature("repeated", "CLOUD-AUTH-08"),
        _feature("empty", "CLOUD-AUTH-09"),
        _feature("places", "CLOUD-EP-08"),
        _feature("unknown", "CLOUD-EP-10"),
    ],
    packages=0,
)
def sound_calls(cloud: Calling, case: Case, seed: int) -> CloudExamples:
    """A sound call that differs from a plain one in one feature: order, encoding, places, parameters beside its own."""

    async def act(example: Form, step: str) -> Story:
        signed = cloud.sign((*exists(cloud.own("r")), *example.extra))
        await cloud.request(_sent(cloud, signed, example), step=step)
        return cloud.told(step)

    budget = FEW[cloud.driver.budget]
    return examine(
        cloud, forms(case.name), act, is_let_in, seed, describe=asdict, budget=budget, ahead=_controls(cloud)
    )


@scenario(threaded=True, packages=0)
def bent_signatures(cloud: Calling, seed: int) -> CloudExamples:
    """A sound call, and the same with one thing changed after it was signed."""

    async def act(example: Bent, step: str) -> Story:
        signed = cloud.sign((*exists(cloud.own("r")), *example.form.extra))
        await cloud.request(_sent(cloud, signed, example.form), step=step)
        bent = example.applied(signed, example.form.extra)
        await cloud.request(_sent(cloud, bent, example.form), step=step)
        return cloud.told(step)

    def describe(example: Bent) -> dict[str, object]:
        return {**asdict(example), "calls": ("sound", "bent")}

    rule, budget = is_told_by_its_signature, SOME[cloud.driver.budget]
    return examine(cloud, bent_calls(), act, rule, seed, describe=describe, budget=budget, ahead=_controls(cloud))


# --- calls that have to fail ----------------------------------------------------------------------------------------


@scenario(
    threaded=True,
    cases=[
        Case("missing", {"codes": [203]}, ("CLOUD-ENV-09",)),
        Case("oversized", {"codes": []}, ("CLOUD-REG-07",)),
        Case("wrong-value", {"codes": [205]}, ("CLOUD-ENV-10",)),
    ],
    packages=0,
)
def flawed_calls(cloud: Calling, case: Case, seed: int) -> CloudExamples:
    """A call with one thing wrong: its argument left out, an id too long, a word that is none; then what came of it."""

    async def ahead() -> None:
        await bracketed(cloud)
        regid = await cloud.registered()
        await cloud.call(EXISTS, step="there", regid=regid)
        await cloud.call("course.exists", step="course", courseid=await cloud.driver.course())

    async def act(example: Flaw, step: str) -> Story:
        given = dict(example.beside)
        if example.method == CREATE:
            regid = {"regid": f"{cloud.own('f')}-{_token(cloud, step)}"}
            given |= {"courseid": await cloud.driver.course(), **regid, **_learner(cloud)}
        given |= {} if example.value is None else {example.argument: example.value}
        kept = {name: value for name, value in given.items() if example.value is not None or name != example.argument}
        await cloud.call(example.method, kept, step=step, via=example.via)
        await cloud.call(EXISTS, step=step, via="form", regid=given.get("regid", cloud.own("none")))
        return cloud.told(step)

    def describe(example: Flaw) -> dict[str, object]:
        return {**asdict(example), "calls": ("flawed", "after"), "codes": case.values["codes"]}

    rule, budget = has_no_effect, FEW[cloud.driver.budget]
    return examine(cloud, flaws(case.name), act, rule, seed, describe=describe, budget=budget, ahead=ahead)


@scenario(threaded=True, needs=("ownership",), packages=0)
def hostile_calls(cloud: Calling, seed: int) -> CloudExamples:
    """Calls that nobody makes in good faith, each signed as it stands, and a ping after each."""

    async def act(example: Hostile, step: str) -> Story:
        method: Pairs = (("method", f"rustici.{example.method}"),)
        about = tuple((name, example.argument) for name in ("regid", "courseid", "token", "filter", "url"))
        query = encode_query(cloud.sign((*method, *about)))
        url = join_query(cloud.driver.target.url, query)
        headers = (("Content-Type", example.content_type),)
        await cloud.request(Request("POST", url, headers, example.body), step=step)
        await cloud.send(cloud.sign(PING), step=step)
        return cloud.told(step)

    def describe(example: Hostile) -> dict[str, object]:
        return {**asdict(example), "junk": repr(example.junk), "calls": ("hostile", "ping")}

    async def ahead() -> None:
        await bracketed(cloud)

    budget = SOME[cloud.driver.budget]
    return examine(cloud, hostile(), act, is_answered, seed, describe=describe, budget=budget, ahead=ahead)
