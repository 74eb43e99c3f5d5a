"""The words that parent and child share: sources, limits, descriptions, and the one failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE

TABLE_FORMATS = ("csv", "parquet", "arrow")
MODEL_KINDS = ("onnx", "xgboost", "lightgbm", "skops")

Label = str | int | float | bool
"""A label as a manifest writes it; compared by value (see `labels`)."""


class SandboxFailure(Exception):
    """What was uploaded cannot be used as it is, or broke a limit.

    `code` is stable and meant for programs, `message` says what happened in words of the person who
    uploaded it (file, column, line), `hint` what to do. It is always an expected failure of the
    input, never a bug of the product, except for `sandbox_internal_error`.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child process may use.

    `memory_bytes` limits the writable memory of the child, `file_bytes` each file that it writes,
    `wall_s` the time until its process group is killed, `line_bytes` one line of a CSV file,
    `rows` the rows of one table, `unfolded_bytes` its needed columns together.
    """

    memory_bytes: int = 3 * GIBIBYTE
    wall_s: float = 600.0
    cpu_s: int = 600
    file_bytes: int = 4 * GIBIBYTE
    open_files: int = 256
    processes: int = 64
    line_bytes: int = 1 * MEBIBYTE
    rows: int = 50_000_000
    unfolded_bytes: int = 2 * GIBIBYTE


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table on disk. The path must name a regular file itself, not a link to one."""

    path: Path
    format: str  # csv | parquet | arrow


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model artefact on disk, in a format that cannot run code."""

    kind: str  # onnx | xgboost | lightgbm | skops
    path: Path


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its type: int64, float64, bool, string, time, null or unsupported."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What freezing groups and checking labels need to know of one column.

    `labels` are (label, count), most frequent first, at most `PROFILE_LABELS`; labels are written as
    `labels.label_text` writes them. `distinct` counts the values that are not missing; None when
    there are too many to count. `minimum`, `maximum` and `quantiles` (0, 1/20, …, 1) are None for
    columns that are not numeric.
    """

    nulls: int
    distinct: int | None
    labels: tuple[tuple[str, int], ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    quantiles: tuple[float, ...] | None = None


PROFILE_LABELS = 2_000


@dataclass(frozen=True, slots=True)
class TableDescription:
    """Rows, columns and the asked-for profiles of one table.

    `path` is an Arrow file with the profiled columns, when `describe` was given a scratch folder.
    """

    rows: int
    columns: tuple[Column, ...]
    profiles: Mapping[str, Profile] = field(default_factory=lambda: MappingProxyType({}))
    path: Path | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in file order."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What a model says about itself.

    `features`: its input names in order, or None when it has only a width; `width`: the number of
    inputs when known; `classes`: its class labels when known; `outputs`: output names;
    `capabilities`: some of "decisions", "scores", "trees", "gradients".
    """

    kind: str
    features: tuple[str, ...] | None
    width: int | None
    classes: tuple[str, ...] | None
    outputs: tuple[str, ...]
    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """What `describe` found. `isolation` says which protections were really active."""

    tables: Mapping[str, TableDescription]
    model: ModelDescription | None
    isolation: Mapping[str, str]
    warnings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PrepareRequest:
    """Which columns to carry over, and which model to run on which table.

    The model's features are found by name when it has names; else by position, among the columns
    that are none of `target`, `prediction`, `score`, `person` (then none of `sensitive` either).
    """

    table: TableSource
    columns: tuple[str, ...]
    model: ModelSource | None = None
    target: str | None = None
    prediction: str | None = None
    score: str | None = None
    person: str | None = None
    sensitive: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """An Arrow IPC file with the carried columns ("data:<name>") and the model's outputs ("model:…")."""

    path: Path
    isolation: Mapping[str, str]
    warnings: tuple[tuple[str, str], ...] = ()
