"""Postback settings of a registration, read and changed by calls ("Registration Postbacks" V1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.call import Call, Nodes
from mocks.engine.v1.domain import Hook, Registration


class Hooks:
    """What is told and taken of postback settings; faults override single methods or attributes."""

    settings: Any
    login_element = "login"

    def update_postback_info(self, call: Call) -> Nodes:
        """Change where and how later results are posted; the names are others than at creation (text)."""
        registration: Registration = self.found(call, call.need("regid"))  # type: ignore[attr-defined]
        call.need("url")
        hook: Hook = self.hook_of(call, "url", "name", "password")  # type: ignore[attr-defined]
        self.check_host(hook)  # type: ignore[attr-defined]
        self.keep_hook(call, registration, hook)
        return (Node("success"),)

    def keep_hook(self, call: Call, registration: Registration, hook: Hook | None) -> None:
        """Write postback settings of a registration."""
        call.put("registrations", registration.id, replace(registration, hook=hook))

    def get_postback_info(self, call: Call) -> Nodes:
        """Tell the settings; every element is there, empty without a value (observed: LIB-NET)."""
        registration: Registration = self.found(call, call.need("regid"))  # type: ignore[attr-defined]
        hook: Hook | None = self.hook_for(call.tx, call.app.id, registration)  # type: ignore[attr-defined]
        return (self.hook_node(registration, hook),)

    def hook_node(self, registration: Registration, hook: Hook | None) -> Node:
        """Write postback settings; the name is called ``login`` (observed: LIB-JAVA, LIB-NET)."""
        shown = hook or Hook("", "", resultsformat="")
        return Node(
            "postbackinfo", {"regid": registration.id}, Node("url", text=shown.url),
            Node("authtype", text=shown.authtype), Node(self.login_element, text=shown.name),
            Node("password", text=shown.password), Node("resultsformat", text=shown.resultsformat),
        )  # fmt: skip

    def delete_postback_info(self, call: Call) -> Nodes:
        """Post nothing more about a registration (observed: LIB-NET)."""
        registration: Registration = self.found(call, call.need("regid"))  # type: ignore[attr-defined]
        self.keep_hook(call, registration, None)
        self.forget_postings(call, registration)
        return (Node("success"),)

    def forget_postings(self, call: Call, registration: Registration) -> None:
        """Drop what is owed still (observed: LIB-NET, "no further postback"; of those in the queue: assumed)."""
        for posting in call.rows("postings"):
            if posting.regid == registration.id:
                call.delete("postings", posting.id)
