"""The data files: valid, complete, and naming only checks that exist or pillars that are planned."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from assessments.documentation import check_definitions
from shield.frameworks.catalogue import DATA, ORDER, frameworks, parse
from shield.registry.manifest.model import FRAMEWORKS

SCHEMA = json.loads((DATA / "framework-v1.schema.json").read_text())
FILES = sorted(DATA.glob("*.yaml"))
PLANNED = {"robustness", "explainability", "privacy", "security", "ekyc", "monitoring"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_fits_the_schema_and_is_named_after_its_framework(file: Path) -> None:
    data = yaml.safe_load(file.read_text())
    Draft202012Validator(SCHEMA).validate(data)
    assert data["id"] == file.stem


def test_the_schema_refuses_a_requirement_that_nothing_answers() -> None:
    data = yaml.safe_load(FILES[0].read_text())
    data["groups"][0]["requirements"][0] = {"id": "1", "title": "x"}
    with pytest.raises(ValidationError):
        Draft202012Validator(SCHEMA).validate(data)


def test_every_framework_that_a_manifest_may_name_has_a_file_and_the_other_way_round() -> None:
    assert set(ORDER) == set(FRAMEWORKS) == {file.stem for file in FILES}
    assert list(frameworks()) == list(ORDER)


@pytest.mark.parametrize(
    ("name", "requirements"),
    [("mas-feat", 14), ("nist-ai-rmf", 72), ("iso-42001", 38), ("ai-verify", 12)],
)
def test_a_framework_has_as_many_requirements_as_its_publisher_says(
    name: str, requirements: int
) -> None:
    assert len(frameworks()[name].requirements) == requirements


def test_the_nist_subcategories_are_numbered_without_gaps() -> None:
    numbers: dict[str, list[int]] = {}
    for item in frameworks()["nist-ai-rmf"].requirements:
        category, _, number = item.id.partition(".")
        assert category == item.group
        numbers.setdefault(category, []).append(int(number))
    assert {name: len(found) for name, found in numbers.items()} == {
        "GOVERN 1": 7, "GOVERN 2": 3, "GOVERN 3": 2, "GOVERN 4": 3, "GOVERN 5": 2, "GOVERN 6": 2,
        "MAP 1": 6, "MAP 2": 3, "MAP 3": 5, "MAP 4": 2, "MAP 5": 2,
        "MEASURE 1": 3, "MEASURE 2": 13, "MEASURE 3": 3, "MEASURE 4": 3,
        "MANAGE 1": 4, "MANAGE 2": 4, "MANAGE 3": 2, "MANAGE 4": 3,
    }  # fmt: skip
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


def test_dates_and_states_are_what_the_publishers_say() -> None:
    proposed = [name for name, item in frameworks().items() if item.proposed]
    assert proposed == ["mas-aim"]
    act = frameworks()["eu-ai-act"]
    assert str(act.applies_from) == "2027-12-02"
    assert "P017-2025" in frameworks()["mas-aim"].edition


@pytest.mark.parametrize("name", ORDER)
def test_identifiers_and_addresses_are_unique(name: str) -> None:
    framework = frameworks()[name]
    assert len(framework.by_id) == len(framework.by_slug) == len(framework.requirements)


def test_evidence_names_checks_of_this_product_or_pillars_that_are_planned() -> None:
    known = {check.id for check in check_definitions()}
    pillars = {check.partition(".")[0] for check in known} | PLANNED
    unknown = {
        check
        for framework in frameworks().values()
        for item in framework.requirements
        for asked in item.evidence
        for check in asked.checks
        if check not in known and check not in pillars
    }
    assert unknown == set()


def test_the_digest_follows_the_contents() -> None:
    data = yaml.safe_load(FILES[0].read_text())
    before = parse(data)
    data["note"] += " More."
    assert before.sha256 != parse(data).sha256
