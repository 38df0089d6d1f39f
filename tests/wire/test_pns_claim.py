"""The claim by which a launch offers the notification service."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.lti_schema import problems
from harness.wire.pns import CONTEXT_COPY, HELLO_WORLD, SCOPE, WRONG_SCOPE, pns_claim, read_pns_claim

URL = "https://lms.example.edu/d2l/api/lti/pns/1.0/handlers/deployment/5f0c?x=1"
CLAIM = pns_claim(URL, [CONTEXT_COPY, HELLO_WORLD])
JSON = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.text() | st.none(), max_size=3)


def test_a_claim_is_read_as_it_was_written() -> None:
    found = read_pns_claim(CLAIM)
    assert (found.url, found.versions, found.scopes) == (URL, ("1.0",), (SCOPE,))
    assert (found.types, found.problems) == ((CONTEXT_COPY, HELLO_WORLD), ())
    assert problems("pns_claim", CLAIM) == ()


def test_a_claim_without_scope_can_be_used_all_the_same() -> None:
    found = read_pns_claim(pns_claim(URL, [CONTEXT_COPY], scope=False))
    assert (found.url, found.scopes, found.problems) == (URL, None, ("no-scope",))


def test_unknown_members_and_types_are_ignored() -> None:
    found = read_pns_claim(CLAIM | {"later": 1, "notice_types_supported": ["LtiFutureNotice", CONTEXT_COPY]})
    assert (found.problems, CONTEXT_COPY in found.types) == ((), True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"platform_notification_service_url": None}, "no-url"),
        ({"platform_notification_service_url": "/pns"}, "url-not-absolute"),
        ({"platform_notification_service_url": "https://a.example/{id}"}, "url-not-absolute"),
        ({"service_versions": None}, "no-versions"), ({"service_versions": "1.0"}, "versions-form"),
        ({"service_versions": ["2.0"]}, "no-version-1.0"), ({"scope": SCOPE}, "scope-form"),
        ({"scope": [WRONG_SCOPE]}, "no-noticehandlers-scope"), ({"notice_types_supported": None}, "no-types"),
        ({"notice_types_supported": [1]}, "types-form"), ({"notice_types_supported": []}, "types-empty"),
        ({"notice_types_supported": [CONTEXT_COPY, CONTEXT_COPY]}, "types-repeated"),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_wrong_with_a_claim_is_named(change: dict[str, Any], code: str) -> None:
    assert read_pns_claim(CLAIM | change).problems == (code,)
    assert problems("pns_claim", CLAIM | change)


@given(JSON | st.dictionaries(st.sampled_from(sorted(CLAIM)), JSON))
def test_no_value_breaks_the_reader(value: object) -> None:
    assert read_pns_claim(value) is not None
