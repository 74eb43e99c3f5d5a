"""From a prepared table to the `Subject` that checks see: arrays, groups, and what is available.

    spec = SubjectSpec(target="approve", favourable=1, sensitive=("race", "sex"), …)
    prepared = prepare(prepare_request(spec, table=…, model=…), scratch)      # the sandbox
    subject, warnings = build_subject(prepared.path, spec)

Everything hostile was parsed in the sandbox; here are only plain columns, which are validated first.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from assessments.core.groupings import build_groupings, freeze_groups
from assessments.core.preparation_outcome import infer_task, read_outcome
from assessments.core.preparation_spec import (
    MINIMUM_GROUP,
    GroupRule,
    SubjectSpec,
    prepare_request,
)
from assessments.core.preparation_table import PreparedTable, codes_of
from assessments.core.preparation_values import Outcome
from assessments.core.subject import Grouping, IntArray, Need, Subject
from shield.sandbox.contract import SandboxFailure

__all__ = [
    "MINIMUM_GROUP",
    "GroupRule",
    "SubjectSpec",
    "build_subject",
    "freeze_groups",
    "prepare_request",
]


def build_subject(path: Path, spec: SubjectSpec) -> tuple[Subject, tuple[tuple[str, str], ...]]:
    """The subject in a prepared table, and (code, message) warnings about it.

    Raises SandboxFailure for input that cannot be measured: no rows, missing labels or decisions,
    scores that are not probabilities, a favourable label that does not occur.
    """
    table = PreparedTable(path)
    if table.rows == 0:
        raise SandboxFailure("table_empty", "The table has no rows.", "Give a table with rows.")
    warnings: list[tuple[str, str]] = []
    task = infer_task(spec, table)
    outcome = read_outcome(task, spec, table, warnings)
    groupings, legitimate, found = build_groupings(spec, table)
    subject = Subject(
        task=task,
        n=table.rows,
        label=outcome.label,
        decision=outcome.decision,
        score=outcome.score,
        classes=outcome.classes,
        groupings=groupings,
        legitimate=legitimate,
        person=_person(spec, table),
        needs_met=_needs_met(outcome, groupings, legitimate),
    )
    return subject, (*warnings, *found)


def _person(spec: SubjectSpec, table: PreparedTable) -> IntArray | None:
    """Codes of the person behind each row; a row without an identifier is a person of its own."""
    if spec.person is None:
        return None
    column = table.column(f"data:{spec.person}").combine_chunks().dictionary_encode()
    codes = codes_of(column.indices)
    alone = np.flatnonzero(codes < 0)
    codes[alone] = len(column.dictionary) + np.arange(len(alone))
    return codes


def _needs_met(
    outcome: Outcome, groupings: tuple[Grouping, ...], legitimate: tuple[Grouping, ...]
) -> frozenset[Need]:
    """What checks may ask of this subject. A subject in memory has no model handle: those needs are unmet."""
    available = {
        Need.LABELS: outcome.label is not None,
        Need.DECISIONS: outcome.decision is not None,
        Need.SCORES: outcome.score is not None,
        Need.SENSITIVE: bool(groupings),
        Need.LEGITIMATE: bool(legitimate),
        Need.REFERENCE: any(grouping.reference is not None for grouping in groupings),
    }
    return frozenset(need for need, there in available.items() if there)
