"""From what was asked (pillars or ids) to the checks of a run, in an order that never moves.

Two steps, because the first needs no data: `select_checks` when the run is requested,
`plan_checks` when the subject is known. A check of a pillar that is for another kind of target
(regression, for a binary service) is not part of the plan at all; one that was asked for by its
id, and one whose needs the subject does not meet, is planned and skipped with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from assessments.core.check import Check
from assessments.core.parameters import parse_parameters
from assessments.core.subject import Need, Task

MISSING: Mapping[Need, str] = {
    Need.DECISIONS: "needs decisions: the manifest names no data.prediction",
    Need.SCORES: "needs a score: neither data.score nor the model gives one",
    Need.LABELS: "needs a label: the manifest names no data.target",
    Need.SENSITIVE: "needs a sensitive column: the manifest names none in data.sensitive",
    Need.LEGITIMATE: "needs a legitimate column: the manifest names none in data.legitimate",
    Need.REFERENCE: "needs a reference group: the manifest names none in data.groups",
    Need.MODEL: "needs a model that can be asked about new rows: this kind has none",
    Need.GRADIENTS: "needs a model with gradients: this kind has none",
    Need.TREES: "needs a tree model: this kind is none",
    Need.EMBEDDINGS: "needs a model that gives embeddings: this kind gives none",
}
_TASKS: Mapping[Task, str] = {
    Task.BINARY: "two outcomes",
    Task.MULTICLASS: "several classes",
    Task.REGRESSION: "a number",
}


@dataclass(frozen=True, slots=True)
class PlannedCheck:
    """One check of a plan with its typed parameters; `skip` says why it will not run."""

    check: Check
    parameters: object
    skip: str | None = None


class UnknownCheck(ValueError):
    """A name that is neither a pillar nor a check."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        close = get_close_matches(name, known, n=1)
        pillars = ", ".join(entry for entry in known if "." not in entry) or "none"
        self.name = name
        self.fix = f"did you mean {close[0]}?" if close else f"the pillars are {pillars}"
        super().__init__(f"{name} is neither a pillar nor a check: {self.fix}")


def select_checks(wanted: Iterable[str], available: Mapping[str, Check]) -> tuple[Check, ...]:
    """The checks that pillars and ids stand for, each once, ordered by id; may raise UnknownCheck."""
    by_pillar: dict[str, list[str]] = {}
    for check in available.values():
        by_pillar.setdefault(check.pillar, []).append(check.id)
    chosen: set[str] = set()
    for name in wanted:
        if name in by_pillar:
            chosen.update(by_pillar[name])
        elif name in available:
            chosen.add(name)
        else:
            raise UnknownCheck(name, [*by_pillar, *available])
    return tuple(available[check_id] for check_id in sorted(chosen))


def left_out(
    wanted: Collection[str],
    available: Mapping[str, Check],
    *,
    planned: Collection[str],
    task: Task,
) -> list[str]:
    """Ids of checks that pillars and ids stand for and that fit the task, but that nobody planned.

    Whoever asks for less than a tier does leaves these open; names that stand for no check are passed over.
    """
    return sorted(
        check.id
        for check in available.values()
        if (check.id in wanted or check.pillar in wanted)
        and task in check.tasks
        and check.id not in planned
    )


def plan_checks(
    checks: Iterable[Check],
    *,
    asked_by_id: Iterable[str],
    parameters: Mapping[str, Mapping[str, object]],
    task: Task,
    needs_met: frozenset[Need],
) -> tuple[PlannedCheck, ...]:
    """The plan for one subject; raises ParameterError when a check's parameters do not fit."""
    by_id = frozenset(asked_by_id)
    planned = []
    for check in sorted(checks, key=lambda check: check.id):
        if task not in check.tasks and check.id not in by_id:
            continue
        values: object = parse_parameters(check.parameters, parameters.get(check.id, {}))
        planned.append(PlannedCheck(check, values, reason_to_skip(check, task, needs_met)))
    return tuple(planned)


def reason_to_skip(check: Check, task: Task, needs_met: frozenset[Need]) -> str | None:
    """Why the check cannot run on this subject, in plain words; None when it can."""
    if task not in check.tasks:
        kinds = " or ".join(_TASKS[kind] for kind in Task if kind in check.tasks)
        return f"is for models that predict {kinds}; this one predicts {_TASKS[task]}"
    missing = [need for need in Need if need in check.needs - needs_met]
    return "; ".join(MISSING[need] for need in missing) or None
