"""The requirement catalogue is complete, well formed and counted rightly."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import schemas
from harness.judging.catalogue import (
    Catalogue,
    CatalogueError,
    Requirement,
    Source,
    UnknownRequirementError,
    as_json,
    coverage,
    load,
)

SCHEMAS = Path(schemas.__file__).parent
FILES = sorted((SCHEMAS / "requirements").glob("*.toml"))

DOCUMENTS = {
    "rustici": ("SCORM Cloud ", "Rustici"),
    "d2l": ("D2L ",),
    "instructure": ("Canvas API documentation, ",),
}
"""How the names of a vendor's documents begin."""

GOOD = """
[[requirement]]
id = "DEMO-ONE-01"
subject = "pens-target"
role = ["target"]
level = "MUST"
basis = "standard"
sentence = "The target must answer."
source = { document = "Demo", section = "1", url = "https://example.org/demo" }
condition = "always"
disposition = "tested"
"""

BROKEN = [
    ('id = "DEMO-ONE-01"', 'id = "demo"', ["demo", "id", "an id such as"]),
    ('id = "DEMO-ONE-01"\n', "", ["requirement 1", "id", "got nothing"]),
    ('subject = "pens-target"', 'subject = "lms"', ["DEMO-ONE-01", "subject", "pens-client", "got 'lms'"]),
    (
        'role = ["target"]',
        'role = ["client"]',
        ["DEMO-ONE-01", "role", "roles of pens-target", "got ['client']"],
    ),
    *(
        (
            'subject = "pens-target"\nrole = ["target"]',
            f'subject = "{subject}"\nrole = ["{other}"]',
            ["DEMO-ONE-01", "role", f"roles of {subject}", f"got ['{other}']"],
        )
        for subject, other in [
            *(("pens-client", "server"), ("cloud-v1", "receiver"), ("results-receiver", "server")),
            *(("lti-platform", "tool"), ("lti-tool", "platform")),
        ]
    ),
    ('role = ["target"]', "role = []", ["DEMO-ONE-01", "role", "got []"]),
    ('role = ["target"]', 'role = ["target", "target"]', ["DEMO-ONE-01", "role", "each role once"]),
    ('level = "MUST"', 'level = "SHALL"', ["DEMO-ONE-01", "level", "MUST NOT", "got 'SHALL'"]),
    ('basis = "standard"', 'basis = "hearsay"', ["DEMO-ONE-01", "basis", "got 'hearsay'"]),
    (
        'basis = "standard"',
        'basis = "vendor"',
        ["DEMO-ONE-01", "vendor", "as basis is vendor", "got nothing"],
    ),
    ('level = "MUST"', 'level = "MUST"\nvendor = "rustici"', ["DEMO-ONE-01", "vendor", "no value unless"]),
    *(
        ('basis = "standard"', f'basis = "vendor"\nvendor = {value}', ["DEMO-ONE-01", "vendor", "each once"])
        for value in ('"acme"', "[]", '["d2l", "d2l"]', '["d2l", "acme"]', "7")
    ),
    ("The target must answer.", "", ["DEMO-ONE-01", "sentence", "got ''"]),
    ("The target must answer.", "the target answers", ["DEMO-ONE-01", "sentence", "full stop"]),
    ('document = "Demo"', 'document = " "', ["DEMO-ONE-01", "source.document", "not blank", "got ' '"]),
    ('section = "1", ', "", ["DEMO-ONE-01", "source.section", "got nothing"]),
    ("https://example.org", "http://example.org", ["DEMO-ONE-01", "source.url", "https"]),
    ('section = "1"', 'section = "1", page = 3', ["DEMO-ONE-01", "source.page", "no key but", "got 3"]),
    (
        'source = { document = "Demo", section = "1", url = "https://example.org/demo" }\n',
        "",
        ["source", "a table"],
    ),
    ('condition = "always"', 'condition = "sometimes"', ["DEMO-ONE-01", "condition", "got 'sometimes'"]),
    ('disposition = "tested"', 'disposition = "skipped"', ["DEMO-ONE-01", "disposition", "got 'skipped'"]),
    ('disposition = "tested"', 'disposition = "attested"', ["DEMO-ONE-01", "reason", "got nothing"]),
    (
        'disposition = "tested"',
        'disposition = "tested"\nreason = "None."',
        ["DEMO-ONE-01", "reason", "no value"],
    ),
    ('disposition = "tested"', 'disposition = "tested"\njudged = "no"', ["DEMO-ONE-01", "judged", "remarks"]),
    ('disposition = "tested"', 'disposition = "tested"\nnote = "x"', ["DEMO-ONE-01", "note", "no key but"]),
    ('level = "MUST"', "level = true", ["DEMO-ONE-01", "level", "got True"]),
]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / "requirement.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(**files: str) -> Path:
        for name, text in files.items():
            (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def row(name: str, level: str = "MUST", **changes: Any) -> Requirement:
    subject = changes.pop("subject", "pens-target")
    role = ("target",) if subject == "pens-target" else ("client",)
    values: dict[str, Any] = {"disposition": "tested", **changes}
    return Requirement(
        id=name,
        subject=subject,
        role=role,
        level=level,
        basis="standard",
        sentence="The rule must hold.",
        source=Source("Demo", "1"),
        condition="always",
        **values,
    )


# What the files hold


def test_each_of_the_143_pens_rules_is_there_once_or_once_per_subject(catalogue: Catalogue) -> None:
    rules = Counter(name.split("/")[0] for name in catalogue if name.startswith("PENS-"))
    areas = Counter(name.split("-")[1] for name in rules)
    assert len(rules) == 143
    assert areas == {
        **{"CONF": 5, "MSG": 14, "COLLECT": 30, "VAL": 22, "RESP": 14, "ERR": 4},
        **{"DL": 14, "RCPT": 21, "ALERT": 10, "MAIL": 6, "SEC": 3},
    }
    shared = {name for name, times in rules.items() if times == 2}
    assert shared == {*(f"PENS-RESP-{number:02}" for number in range(1, 9)), "PENS-MSG-13"}
    assert max(rules.values()) == 2


def test_the_numbers_of_each_area_run_without_a_gap(catalogue: Catalogue) -> None:
    areas: dict[str, set[int]] = {}
    for name in catalogue:
        if name.startswith("PENS-"):
            _, area, number = name.split("/")[0].split("-")
            areas.setdefault(area, set()).add(int(number))
    for numbers in areas.values():
        assert numbers == set(range(1, max(numbers) + 1))


def test_a_shared_rule_names_its_subject_in_the_suffix(catalogue: Catalogue) -> None:
    suffixed = {name: row.subject for name, row in catalogue.items() if "/" in name and name.startswith("PENS-")}
    assert len(suffixed) == 18
    for name, subject in suffixed.items():
        assert subject == ("pens-target" if name.endswith("/T") else "pens-client")
    assert catalogue["PENS-RESP-01/R"].role == ("receipt-receiver", "alert-processor")
    assert catalogue["PENS-ALERT-09"].role == ("receipt-receiver", "alert-processor")


def test_the_13_engine_rules_apply_under_the_engine_condition_alone(catalogue: Catalogue) -> None:
    engine = [name for name, row in catalogue.items() if row.condition == "engine"]
    numbers = [1, 4, 5, 8, 11, 12, 13, 14, 15, 16, 17, 18, 20]
    assert engine == [f"ENGINE-PENS-{number:02}" for number in numbers]


def test_rows_that_repeat_another_name_one_of_the_same_subject(catalogue: Catalogue) -> None:
    assert {name: row.same_as for name, row in catalogue.items() if row.same_as} == {
        "ENGINE-PENS-11": "PENS-RESP-01/T",
        "ENGINE-PENS-15": "PENS-COLLECT-24",
        "ENGINE-PENS-16": "PENS-MSG-04",
        "ENGINE-PENS-18": "PENS-COLLECT-16",
    }
    for requirement in catalogue.values():
        if requirement.same_as:
            assert catalogue[requirement.same_as].subject == requirement.subject


def test_each_sentence_uses_the_word_of_its_level(catalogue: Catalogue) -> None:
    for requirement in catalogue.values():
        word = requirement.level.lower()
        assert re.search(rf"\b{word}\b", requirement.sentence), requirement.id
        if "NOT" not in requirement.level:
            assert f"{word} not" not in requirement.sentence, requirement.id


def test_sentences_are_single_distinct_and_free_of_stray_blanks(catalogue: Catalogue) -> None:
    sentences = [row.sentence for row in catalogue.values()]
    assert len(set(sentences)) == len(sentences)
    for sentence in sentences:
        assert not re.search(r"[.!?] [A-Z]|  | [.,;]", sentence)
        assert len(sentence) <= 160


def test_every_document_of_a_standard_or_a_vendor_has_an_address_and_no_rule_of_our_own(catalogue: Catalogue) -> None:
    for requirement in catalogue.values():
        # A client library is named by its repository and commit, which say more than an address.
        if requirement.basis != "field" or requirement.condition == "engine":
            assert (requirement.source.url is None) == (requirement.basis == "ours"), requirement.id
        if requirement.basis == "vendor":
            assert requirement.vendors, requirement.id
            names = tuple(word for vendor in requirement.vendors for word in DOCUMENTS[vendor])
            assert requirement.source.document.startswith(names), requirement.id
        if requirement.basis in ("standard", "derived") and not requirement.subject.startswith("lti-"):
            assert requirement.source.document == "CMI010 Guidelines for PENS 1.0a"
            assert requirement.source.section.startswith("§")


@pytest.mark.parametrize("name", ["VAL-21", "VAL-22", "DL-06", "RCPT-11", "ALERT-05", "COLLECT-03", "MSG-04", "ERR-02"])
def test_a_pure_prohibition_is_a_must_not(catalogue: Catalogue, name: str) -> None:
    assert catalogue[f"PENS-{name}"].level == "MUST NOT"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_follows_the_published_schema(file: Path, validator: jsonschema.Draft202012Validator) -> None:
    errors = [error.message for error in validator.iter_errors(tomllib.loads(file.read_text(encoding="utf-8")))]
    assert errors == []


def test_only_the_known_files_ship() -> None:
    names = ["cloud-v1", "engine-pens", "lti-platform", "lti-tool", "pens", "results-receiver"]
    assert [file.stem for file in FILES] == names


# Reading


@pytest.mark.parametrize(("old", "new", "said"), BROKEN, ids=lambda value: None if isinstance(value, list) else value)
def test_a_broken_row_is_refused_by_reader_and_schema_alike(
    old: str,
    new: str,
    said: list[str],
    write: Callable[..., Path],
    validator: jsonschema.Draft202012Validator,
) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new)
    with pytest.raises(CatalogueError) as caught:
        load(folder=write(broken=text))
    message = str(caught.value)
    assert message.startswith("broken.toml, ")
    assert message.endswith(".")
    for words in said:
        assert words in message
    assert not validator.is_valid(tomllib.loads(text))


def test_the_row_that_is_broken_above_is_good_as_it_stands(
    write: Callable[..., Path], validator: jsonschema.Draft202012Validator
) -> None:
    assert list(load(folder=write(good=GOOD))) == ["DEMO-ONE-01"]
    assert validator.is_valid(tomllib.loads(GOOD))


def test_attested_and_vendor_rows_carry_their_reason_and_vendor(write: Callable[..., Path]) -> None:
    text = GOOD.replace('"tested"', '"attested"\nreason = "Only a person sees it."')
    text = text.replace('"standard"', '"vendor"\nvendor = "rustici"')
    requirement = load(folder=write(good=text))["DEMO-ONE-01"]
    assert (requirement.reason, requirement.vendors) == ("Only a person sees it.", ("rustici",))


def test_a_rule_that_several_vendors_document_names_them_all(
    write: Callable[..., Path], validator: jsonschema.Draft202012Validator
) -> None:
    text = GOOD.replace('"standard"', '"vendor"\nvendor = ["d2l", "instructure"]')
    assert load(folder=write(good=text))["DEMO-ONE-01"].vendors == ("d2l", "instructure")
    assert validator.is_valid(tomllib.loads(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[requirement]\n", "expected TOML in UTF-8"),
        ("", "got nothing"),
        ("requirement = []\n", "expected [[requirement]] tables"),
        ("title = 'x'\n" + GOOD, "got title, requirement"),
        ("requirement = [1]\n", "requirement 1: expected a table, got 1"),
    ],
)
def test_a_file_that_is_no_list_of_requirements_is_refused_by_name(
    text: str, said: str, write: Callable[..., Path]
) -> None:
    with pytest.raises(CatalogueError, match=r"^broken\.toml") as caught:
        load(folder=write(broken=text))
    assert said in str(caught.value)


def test_an_id_in_two_files_is_refused_with_both_names(write: Callable[..., Path]) -> None:
    with pytest.raises(CatalogueError, match=r"b\.toml, DEMO-ONE-01, id: .* a\.toml has it too"):
        load(folder=write(a=GOOD, b=GOOD))


def test_an_id_twice_in_one_catalogue_is_refused() -> None:
    with pytest.raises(CatalogueError, match="Two requirements have the id A-1"):
        Catalogue([row("A-1"), row("A-1")])


@pytest.mark.parametrize("target", ["DEMO-TWO-01", "DEMO-ONE-01"])
def test_same_as_must_name_another_row_that_repeats_none(target: str, write: Callable[..., Path]) -> None:
    text = GOOD + f'same_as = "{target}"\n'
    with pytest.raises(CatalogueError, match=rf"same_as: expected the id .* got '{target}'"):
        load(folder=write(a=text))


def test_same_as_must_stay_within_its_subject(write: Callable[..., Path]) -> None:
    other = GOOD.replace("ONE", "TWO").replace('"pens-target"', '"pens-client"').replace('["target"]', '["client"]')
    with pytest.raises(CatalogueError, match="a requirement of pens-client"):
        load(folder=write(a=GOOD, b=other + 'same_as = "DEMO-ONE-01"\n'))


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no requirement files"):
        load(folder=tmp_path)


# The catalogue as a mapping


def test_the_subjects_share_out_the_whole_catalogue(catalogue: Catalogue) -> None:
    names = ("cloud-v1", "lti-platform", "lti-tool", "pens-client", "pens-target", "results-receiver")
    assert catalogue.subjects() == names
    parts = [load(subject) for subject in catalogue.subjects()]
    assert sorted(name for part in parts for name in part) == sorted(catalogue)
    for part in parts:
        assert part == catalogue.for_subject(part.subjects()[0])


def test_an_unknown_subject_is_refused_with_the_known_ones(catalogue: Catalogue) -> None:
    known = "pens-target, pens-client, cloud-v1, results-receiver, lti-platform, lti-tool"
    with pytest.raises(CatalogueError, match=f"no subject 'pens'; the subjects are {known}"):
        catalogue.for_subject("pens")


def test_an_unknown_id_is_answered_with_the_nearest_one(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownRequirementError) as caught:
        catalogue["PENS-RESP-1/T"]
    assert isinstance(caught.value, KeyError)
    assert str(caught.value) == "The catalogue holds no requirement 'PENS-RESP-1/T'; did you mean PENS-RESP-01/T?"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert "PENS-RESP-1/T" not in catalogue
    assert catalogue.get("PENS-RESP-1/T") is None


def test_an_id_like_no_other_gets_no_suggestion(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownRequirementError, match=r"no requirement 'xyzzy'\.$"):
        catalogue["xyzzy"]


def test_the_digest_depends_on_what_is_said_and_not_on_its_order(catalogue: Catalogue) -> None:
    rows = list(catalogue.values())
    assert re.fullmatch("[0-9a-f]{64}", catalogue.digest)
    assert Catalogue(reversed(rows)).digest == catalogue.digest
    assert Catalogue(rows[1:]).digest != catalogue.digest
    assert Catalogue([row("A-1", "MUST")]).digest != Catalogue([row("A-1", "SHOULD")]).digest
    assert Catalogue([]).digest == hashlib.sha256(b"[]").hexdigest()


def test_reading_the_catalogue_loads_none_of_the_heavy_libraries() -> None:
    heavy = "{'aiohttp', 'lxml', 'hypothesis', 'faker', 'jsonschema'}"
    code = "import sys; from harness.judging import catalogue; catalogue.load(); "
    code += f"print({heavy} & set(sys.modules))"
    root = Path(schemas.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# Coverage


@pytest.fixture
def tiny() -> Catalogue:
    return Catalogue(
        [
            row("A-1", "MUST"),
            row("A-2", "MUST NOT"),
            row("A-3", "MUST"),
            row("A-4", "SHOULD"),
            row("A-5", "SHOULD NOT"),
            row("A-6", "MAY"),
            row("A-7", "MUST", disposition="attested", reason="A person sees it."),
            row("A-8", "SHOULD", disposition="not-testable", reason="Nobody sees it."),
            row("A-9", "MUST", same_as="A-1"),
            row("C-1", "MUST", subject="pens-client"),
        ]
    )


def test_coverage_counts_demands_with_a_check_and_leaves_out_what_is_not_tested(tiny: Catalogue) -> None:
    checks = {
        "A-1": ["one"],
        "A-2": ["two", "three"],
        "A-4": [],
        "A-5": ["four"],
        "A-6": ["five"],
        "A-7": ["six"],
    }
    assert coverage(tiny, checks) == {
        "pens-client": {
            **{"must_total": 1, "must_tested": 0, "should_total": 0, "should_tested": 0},
            **{"attested": 0, "not_testable": 0},
        },
        "pens-target": {
            **{"must_total": 4, "must_tested": 3, "should_total": 2, "should_tested": 1},
            **{"attested": 1, "not_testable": 1},
        },
    }


def test_a_row_that_repeats_another_shares_its_checks(tiny: Catalogue) -> None:
    listed = as_json(tiny, {"A-1": ["one", "two"], "A-9": ["nine", "one"]})["requirements"]
    assert isinstance(listed, list)
    by_id = {entry["id"]: entry["checks"] for entry in listed}
    assert by_id["A-9"] == ["nine", "one", "two"]
    assert by_id["A-1"] == ["one", "two"]


def test_json_holds_each_requirement_with_its_checks_and_the_coverage(tiny: Catalogue) -> None:
    checks = {"A-2": ("two",)}
    data = json.loads(json.dumps(as_json(tiny, checks)))
    assert set(data) == {"requirements", "coverage"}
    assert data["coverage"] == coverage(tiny, checks)
    assert [entry["id"] for entry in data["requirements"]] == list(tiny)
    assert data["requirements"][1] == {
        **{"id": "A-2", "subject": "pens-target", "level": "MUST NOT", "basis": "standard"},
        **{"disposition": "tested", "checks": ["two"]},
    }


def test_a_check_for_an_unknown_requirement_is_an_error_and_not_ignored(tiny: Catalogue) -> None:
    with pytest.raises(UnknownRequirementError, match="'A-11'"):
        coverage(tiny, {"A-11": ["one"]})


def test_without_checks_nothing_counts_as_tested_and_everything_as_demanded(catalogue: Catalogue) -> None:
    rest = {"must_tested": 0, "should_tested": 0, "attested": 0, "not_testable": 0}
    assert coverage(catalogue, {}) == {
        "cloud-v1": {"must_total": 115, "should_total": 17, **rest, "attested": 1},
        "lti-platform": {"must_total": 132, "should_total": 29, **rest, "attested": 1},
        "lti-tool": {"must_total": 38, "should_total": 29, **rest, "attested": 1},
        "pens-client": {"must_total": 44, "should_total": 8, **rest},
        "pens-target": {"must_total": 86, "should_total": 14, **rest},
        "results-receiver": {"must_total": 7, "should_total": 10, **rest},
    }
