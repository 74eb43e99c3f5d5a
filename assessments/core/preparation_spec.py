"""What a manifest says about a subject, as plain values: which column plays which part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from shield.sandbox.contract import Label, ModelSource, PrepareRequest, TableSource

MINIMUM_GROUP = 30


@dataclass(frozen=True, slots=True)
class GroupRule:
    """How one sensitive or legitimate column is cut and compared.

    `bins`: edges for a numeric column; an edge belongs to the group above it. `reference`: the
    label of the group that the others are compared with. `minimum`: smaller groups are pooled.
    """

    bins: tuple[float, ...] | None = None
    reference: Label | None = None
    minimum: int = MINIMUM_GROUP


@dataclass(frozen=True, slots=True)
class SubjectSpec:
    """The columns of a test table and what they mean; the fields are those of `shield.yaml`.

    `kind` is the model's kind. `frozen` is what `freeze_groups` gave when the service first
    registered; empty means that groups are cut by this table alone. `depth` is the largest number
    of sensitive columns that are crossed.
    """

    kind: str = "predictions"
    target: str | None = None
    favourable: Label | None = None
    prediction: str | None = None
    score: str | None = None
    sensitive: tuple[str, ...] = ()
    groups: Mapping[str, GroupRule] = field(default_factory=lambda: MappingProxyType({}))
    legitimate: tuple[str, ...] = ()
    person: str | None = None
    frozen: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    depth: int = 2

    def rule(self, column: str) -> GroupRule:
        """The rule for a column; the default one when the manifest gives none."""
        return self.groups.get(column, GroupRule())

    @property
    def cut_columns(self) -> tuple[str, ...]:
        """The columns that are cut into groups, without repetition."""
        return tuple(dict.fromkeys((*self.sensitive, *self.legitimate)))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the table must have beside the model's features."""
        single = (self.target, self.prediction, self.score, self.person)
        named = [name for name in single if name is not None]
        return tuple(dict.fromkeys((*named, *self.cut_columns)))

    @property
    def profiled(self) -> tuple[str, ...]:
        """The columns whose labels matter at registration: for `describe(profile=…)`."""
        outcome = [name for name in (self.target, self.prediction) if name is not None]
        return tuple(dict.fromkeys((*outcome, *self.cut_columns)))


def prepare_request(
    spec: SubjectSpec, *, table: TableSource, model: ModelSource | None = None
) -> PrepareRequest:
    """What to ask of the sandbox for this subject."""
    return PrepareRequest(
        table=table,
        columns=spec.columns,
        model=model,
        target=spec.target,
        prediction=spec.prediction,
        score=spec.score,
        person=spec.person,
        sensitive=spec.sensitive,
    )
