"""The parent's reading of the child's answers: types are checked, text is cleaned, nothing is trusted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from shield.sandbox.contract import (
    Column,
    Description,
    ModelDescription,
    Profile,
    SandboxFailure,
    TableDescription,
)
from shield.sandbox.labels import clean_text, storable
from shield.sandbox.protocol import Frame

_NAME = 1_000


def read_description(answer: Frame, folder: Path | None) -> Description:
    """The description in a result frame; SandboxFailure when it is not one."""
    try:
        model = answer["model"]
        return Description(
            tables={
                str(table["role"]): _table(table, folder) for table in _items(answer["tables"])
            },
            model=None if model is None else _model(model),
            isolation=read_isolation(answer),
            warnings=read_warnings(answer),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _malformed() from error


def read_isolation(answer: Frame) -> Mapping[str, str]:
    """Which protections the child said were active; SandboxFailure when it said something else."""
    try:
        said = dict(answer.get("isolation", {}))
    except (TypeError, ValueError) as error:
        raise _malformed() from error
    return {_text(name): _text(state) for name, state in said.items()}


def read_warnings(answer: Frame) -> tuple[tuple[str, str], ...]:
    """(code, message) pairs; SandboxFailure when they are not."""
    try:
        return tuple(
            (_text(code), clean_text(str(message), 2_000)) for code, message in answer["warnings"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _malformed() from error


def _malformed() -> SandboxFailure:
    return SandboxFailure("sandbox_protocol", "The sandbox gave an answer that is not well-formed.")


def _table(table: Mapping[str, Any], folder: Path | None) -> TableDescription:
    kept = table.get("kept")
    path = None
    if kept is not None and folder is not None:
        path = folder / Path(str(kept)).name
        if path.is_symlink() or not path.is_file():
            raise ValueError("the kept columns are not there")
    return TableDescription(
        rows=_count(table["rows"]),
        columns=tuple(
            Column(storable(str(name)), _text(type_)) for name, type_ in table["columns"]
        ),
        profiles={str(name): _profile(values) for name, values in table["profiles"].items()},
        path=path,
    )


def _profile(values: Mapping[str, Any]) -> Profile:
    quantiles = values["quantiles"]
    return Profile(
        nulls=_count(values["nulls"]),
        distinct=None if values["distinct"] is None else _count(values["distinct"]),
        labels=tuple((str(label), _count(count)) for label, count in values["labels"]),
        minimum=_number(values["minimum"]),
        maximum=_number(values["maximum"]),
        quantiles=None if quantiles is None else tuple(float(edge) for edge in quantiles),
    )


def _model(model: Mapping[str, Any]) -> ModelDescription:
    features, classes, width = model["features"], model["classes"], model["width"]
    return ModelDescription(
        kind=_text(model["kind"]),
        features=None if features is None else tuple(str(name) for name in features),
        width=None if width is None else _count(width),
        classes=None if classes is None else tuple(str(label) for label in classes),
        outputs=tuple(_text(name) for name in model["outputs"]),
        capabilities=tuple(_text(name) for name in model["capabilities"]),
    )


def _items(value: object) -> Iterable[Mapping[str, Any]]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("not a count")
    return value


def _number(value: object) -> float | None:
    if value is None:
        return None
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _text(value: object) -> str:
    return clean_text(str(value), _NAME)
