"""`shield.yaml`, version 1, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Final

from shield.evidence.canonical import digest
from shield.evidence.measurement import Threshold
from shield.registry.choices import ModelKind
from shield.registry.manifest.document import Value

FRAMEWORKS: Final = (
    "mas-feat", "mas-aim", "nist-ai-rmf", "eu-ai-act", "iso-42001", "ai-verify", "sr-26-2",
)  # fmt: skip
DIRECTIONS: Final = ("increase", "decrease")
FORMATS: Final = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
}


@dataclass(frozen=True, slots=True)
class ServiceSection:
    """Who answers for what."""

    id: str
    name: str
    owner: str
    purpose: str
    tier: str
    frameworks: tuple[str, ...] = ()
    unit: str | None = None
    """The business unit's id; None leaves it to the registry (a new service: the default unit)."""


@dataclass(frozen=True, slots=True)
class ModelSection:
    """The artefact; `path` as written, `file` resolved and confined (None for predictions)."""

    version: str
    kind: str
    path: str | None = None
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `path` as written, `file` resolved and confined, `format` csv | parquet | arrow."""

    path: str
    file: Path
    format: str


@dataclass(frozen=True, slots=True)
class GroupRule:
    """How a sensitive column is cut and compared; None leaves it to the defaults."""

    bins: tuple[float, ...] = ()
    reference: Value = None
    minimum: int | None = None


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What attacks and counterfactuals must respect."""

    mutable: bool | None = None
    min: float | None = None
    max: float | None = None
    direction: str | None = None


@dataclass(frozen=True, slots=True)
class DataSection:
    """The tables and what their columns mean."""

    test: Table
    train: Table | None = None
    target: str | None = None
    favourable: Value = None
    prediction: str | None = None
    score: str | None = None
    sensitive: tuple[str, ...] = ()
    groups: Mapping[str, GroupRule] = field(default_factory=dict)
    legitimate: tuple[str, ...] = ()
    person: str | None = None
    columns: Mapping[str, ColumnFacts] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, Table]:
        """Role → table, for those that the manifest gives."""
        return {"test": self.test} | ({"train": self.train} if self.train else {})

    @property
    def profiled(self) -> tuple[str, ...]:
        """Columns whose labels matter when the service registers, each once."""
        named = (self.target, self.prediction, *self.sensitive, *self.legitimate)
        return tuple(dict.fromkeys(column for column in named if column))


@dataclass(frozen=True, slots=True)
class GateSection:
    """The lowest severity that fails the gate; None leaves it to the tier."""

    fail_on: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A valid manifest. `lines` maps a key path to its line, for problems that are found later."""

    file: Path
    service: ServiceSection
    model: ModelSection
    data: DataSection
    checks: tuple[str, ...] = ()
    parameters: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    policy: Mapping[str, Threshold] = field(default_factory=dict)
    gate: GateSection = GateSection()
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    def as_json(self) -> dict[str, object]:
        """The document with its own keys, without comments and without what was not given."""
        body: dict[str, object] = {"shield": 1}
        for part in ("service", "model", "data", "checks", "parameters", "policy", "gate"):
            value = _json(getattr(self, part))
            if value not in ({}, []):
                body[part] = value
        return body

    @property
    def warnings(self) -> tuple[tuple[str, str], ...]:
        """(code, message) of keys that are right but do nothing."""
        return idle_keys(self.as_json())

    @property
    def sha256(self) -> str:
        """Digest of `as_json()`: comments and layout do not count."""
        return digest(self.as_json())

    @property
    def artefact(self) -> Path:
        """The file whose bytes are the version: the model, or the table of predictions."""
        return self.model.file or self.data.test.file

    def line(self, key: str) -> int:
        """The line of a key path, or of the nearest key above it that was written."""
        while key and key not in self.lines:
            key = key.rpartition("[" if key.endswith("]") else ".")[0]
        return self.lines.get(key, 1)


def idle_keys(document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(code, message) of the keys of a manifest's JSON form that are right but do nothing."""
    data, kind = document["data"], document["model"]["kind"]
    used = {*data.get("sensitive", ()), *data.get("legitimate", ())}
    idle = [
        (f"data.groups.{column}", f"{column} is in neither data.sensitive nor data.legitimate")
        for column in data.get("groups", ())
        if column not in used
    ]
    if kind != ModelKind.PREDICTIONS:
        idle += [
            (f"data.{name}", f"the model (kind {kind}) is asked instead")
            for name in ("prediction", "score")
            if name in data
        ]
    return tuple(("manifest.no_effect", f"{key} has no effect: {why}.") for key, why in idle)


def _json(value: object) -> object:
    """JSON form of a section; what is resolved (`file`, `format`) or not given stays out."""
    if is_dataclass(value):
        pairs = ((f.name, getattr(value, f.name)) for f in fields(value))
        return {
            name: _json(part)
            for name, part in pairs
            if name not in ("file", "format") and part is not None and part not in ((), {})
        }
    if isinstance(value, Mapping):
        return {key: _json(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_json(part) for part in value]
    return value
