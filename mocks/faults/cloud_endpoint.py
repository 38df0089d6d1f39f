"""Faults of a V1 server in where it is reached and how a request may carry its parameters."""

from __future__ import annotations

import re

from harness.net.listener import Inbound, Reply
from harness.wire import cloud_v1 as v1
from harness.wire.binding import FORM, Pairs, decode_form
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

PLAIN = (("Content-Type", "text/plain"),)
API, ENGINE = "/api", "/EngineWebServices/api"


def _moved(inbound: Inbound, path: str) -> Reply:
    query = inbound.target.partition("?")[2]
    return Reply(301, (("Location", f"{path}?{query}"), *PLAIN))


class NoApiPath(Fault, CloudBehaviour):
    """Nothing is served at /api."""

    name = "v1.no-api-path"
    kind = LEFT_OUT
    breaks = {"CLOUD-EP-01": "no-rsp"}
    paths = (ENGINE,)


class ApiPathMoved(Fault, CloudBehaviour):
    """/api redirects to the other path."""

    name = "v1.api-path-moved"
    kind = WRONG_VALUE
    breaks = {"CLOUD-EP-01": "no-rsp"}

    def refuses_verb(self, inbound: Inbound) -> Reply | None:
        moved = self.path_of(inbound) == API
        return _moved(inbound, ENGINE) if moved else super().refuses_verb(inbound)


class NoEnginePath(Fault, CloudBehaviour):
    """Nothing is served at /EngineWebServices/api, nor with its slash doubled."""

    name = "v1.no-engine-path"
    kind = LEFT_OUT
    breaks = {"CLOUD-EP-02": "no-rsp"}
    collateral = ("CLOUD-EP-03",)
    paths = (API,)


class EnginePathIsOld(Fault, CloudBehaviour):
    """At /EngineWebServices/api an unknown method is answered as a call that is invalid."""

    name = "v1.engine-path-is-old"
    kind = WRONG_VALUE
    breaks = {"CLOUD-EP-02": "other-answer"}

    def finds_old(self, inbound: Inbound) -> bool:
        return self.path_of(inbound) == ENGINE

    def parameters(self, inbound: Inbound) -> Pairs:
        pairs = super().parameters(inbound)
        if self.finds_old(inbound) and ("method", "rustici.debug.noSuch") in pairs:
            return tuple(pair for pair in pairs if pair[0] != "method")
        return pairs


class DoubledSlash(Fault, CloudBehaviour):
    """A path with a doubled slash is another path."""

    name = "v1.doubled-slash"
    kind = LEFT_OUT
    breaks = {"CLOUD-EP-03": "no-rsp"}

    def path_of(self, inbound: Inbound) -> str:
        return inbound.path


class DoubledSlashMoved(Fault, CloudBehaviour):
    """A path with a doubled slash redirects to that with a single one, which drops what was posted."""

    name = "v1.doubled-slash-moved"
    kind = WRONG_VALUE
    breaks = {"CLOUD-EP-03": "no-rsp"}

    def refuses_verb(self, inbound: Inbound) -> Reply | None:
        doubled = re.search("/{2,}", inbound.path)
        return _moved(inbound, self.path_of(inbound)) if doubled else super().refuses_verb(inbound)


class NoPost(Fault, CloudBehaviour):
    """A call by POST is refused."""

    name = "v1.no-post"
    kind = LEFT_OUT
    breaks = {"CLOUD-EP-04": "no-rsp", "CLOUD-EP-05": "no-rsp", "CLOUD-EP-06": "no-rsp", "CLOUD-EP-07": "no-rsp",
              "CLOUD-EP-08": "no-rsp"}  # fmt: skip

    def refuses_verb(self, inbound: Inbound) -> Reply | None:
        return Reply(405, PLAIN, b"use GET\n") if inbound.method == "POST" else super().refuses_verb(inbound)


class PostKnowsLess(Fault, CloudBehaviour):
    """Methods whose names begin with get are unknown by POST."""

    name = "v1.post-knows-less"
    kind = WRONG_VALUE
    breaks = {"CLOUD-EP-04": "other-answer"}

    def parameters(self, inbound: Inbound) -> Pairs:
        pairs = super().parameters(inbound)
        if inbound.method != "POST" or ".get" not in dict(pairs).get("method", ""):
            return pairs
        return tuple((key, "rustici.none" if key == "method" else value) for key, value in pairs)


class PostReadsBodyAlone(Fault, CloudBehaviour):
    """Of a POST the body alone is read, not the query; an upload is left as it is."""

    name = "v1.post-reads-body-alone"
    kind = LEFT_OUT
    breaks = {"CLOUD-EP-05": "refused", "CLOUD-EP-06": "refused", "CLOUD-EP-08": "refused"}
    collateral = ("CLOUD-EP-04",)

    def parameters(self, inbound: Inbound) -> Pairs:
        if inbound.method == "POST" and not inbound.parts:
            return v1.parameters(b"", inbound.header("Content-Type"), inbound.body)
        return super().parameters(inbound)


class DemandsType(Fault, CloudBehaviour):
    """A POST without a content type is refused."""

    name = "v1.demands-type"
    kind = WRONG_VALUE
    breaks = {"CLOUD-EP-05": "no-rsp"}

    def refuses_verb(self, inbound: Inbound) -> Reply | None:
        if inbound.method == "POST" and not inbound.header("Content-Type"):
            return Reply(415, PLAIN, b"which type is it?\n")
        return super().refuses_verb(inbound)


class StrictMultipart(Fault, CloudBehaviour):
    """A multipart body without parts is refused."""

    name = "v1.strict-multipart"
    kind = WRONG_VALUE
    breaks = {"CLOUD-EP-06": "no-rsp"}

    def refuses_verb(self, inbound: Inbound) -> Reply | None:
        if inbound.header("Content-Type").startswith("multipart/") and not inbound.body and not inbound.parts:
            return Reply(400, PLAIN, b"no parts\n")
        return super().refuses_verb(inbound)


class FormIgnored(Fault, CloudBehaviour):
    """Form bodies are not read."""

    name = "v1.form-ignored"
    kind = LEFT_OUT
    breaks = {"CLOUD-EP-07": "refused", "CLOUD-EP-08": "refused"}

    def parameters(self, inbound: Inbound) -> Pairs:
        return decode_form(inbound.query).pairs


class FormInLatin1(Fault, CloudBehaviour):
    """Form bodies are read as ISO 8859-1."""

    name = "v1.form-in-latin-1"
    kind = WRONG_VALUE
    breaks = {"CLOUD-EP-07": "refused"}

    def parameters(self, inbound: Inbound) -> Pairs:
        query = decode_form(inbound.query).pairs
        if not inbound.header("Content-Type").startswith(FORM):
            return query
        form = decode_form(inbound.body).pairs
        return query + tuple((key, value.encode().decode("latin-1")) for key, value in form)


class BodyNotSigned(Fault, CloudBehaviour):
    """Where there is a query, parameters of a form body are read but not signed.

    Calls that have any other parameter behind their signature are refused with the rest.
    """

    name = "v1.body-not-signed"
    kind = WRONG_VALUE
    breaks = {"CLOUD-EP-08": "refused"}
    collateral = ("CLOUD-AUTH-01", "CLOUD-EP-10")

    def canonical(self, params: Pairs) -> str:
        """Take what stands behind the signature, where only a body can put it, as unsigned."""
        names = [key for key, _ in params]
        signed = params[: names.index("sig") + 1] if "sig" in names else params
        return super().canonical(signed)


class NoHttps(Fault, CloudBehaviour):
    """Over HTTPS nothing is served."""

    name = "v1.no-https"
    kind = LEFT_OUT
    breaks = {"CLOUD-EP-09": "no-rsp"}

    def refuses_verb(self, inbound: Inbound) -> Reply | None:
        return Reply(404, PLAIN, b"nothing is served here\n") if inbound.tls else super().refuses_verb(inbound)
