"""Check ids, pillars and parameter names of a manifest, held against the checks that exist."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shield.registry.manifest.checks import validate_checks
from tests.registry.folders import MODEL, manifest


@dataclass(frozen=True)
class Evasion:
    epsilon: tuple[float, ...] = (0.1,)


@dataclass(frozen=True)
class Nothing:
    pass


KNOWN = {"fairness.selection_rate_ratio": Nothing, "robustness.evasion": Evasion}


def test_pillars_ids_and_parameters_that_exist_are_right(tmp_path: Path) -> None:
    assert validate_checks(manifest(tmp_path, MODEL), KNOWN) == []


def test_unknown_checks_are_named_with_the_nearest_one(tmp_path: Path) -> None:
    text = MODEL.replace("[fairness, robustness.evasion]", "[fairnes, robustness.evasion]")
    text = text.replace("fairness.selection_rate_ratio:", "fairness.selection_rate_ration:")
    found = validate_checks(manifest(tmp_path, text), KNOWN)
    assert [(problem.line, problem.key, problem.fix) for problem in found] == [
        (27, "checks[0]", "did you mean 'fairness'?"),
        (
            31,
            "policy.fairness.selection_rate_ration",
            "did you mean 'fairness.selection_rate_ratio'?",
        ),
    ]


def test_unknown_parameters_are_named(tmp_path: Path) -> None:
    (problem,) = validate_checks(manifest(tmp_path, MODEL.replace("{epsilon:", "{epsilom:")), KNOWN)
    assert problem.key == "parameters.robustness.evasion.epsilom"
    assert problem.fix == "did you mean 'epsilon'?"


def test_a_check_without_parameters_takes_none(tmp_path: Path) -> None:
    text = MODEL.replace("  robustness.evasion: {epsilon", "  fairness.selection_rate_ratio: {x")
    (problem,) = validate_checks(manifest(tmp_path, text), KNOWN)
    assert problem.fix == "it takes no parameters"
