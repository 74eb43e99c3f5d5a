"""A check: a plain function with an id, what it needs, and typed parameters.

    @check(
        id="fairness.selection_rate_ratio",
        title="Selection-rate ratio (four-fifths rule)",
        needs={Need.DECISIONS, Need.SENSITIVE},
        tasks={Task.BINARY},
        parameters=RatioParameters,
    )
    def selection_rate_ratio(context: Context, parameters: RatioParameters) -> CheckResult: ...

The decorator only records; the engine plans, seeds, times and isolates. Packages outside the
project contribute checks through the entry-point group `shield.checks` (each entry point names a
module, whose import registers its checks).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

import numpy as np

from assessments.core.subject import Need, Subject, Task
from shield.evidence.measurement import Measurement

_ID = re.compile(r"[a-z]+(?:\.[a-z0-9_]+)+")


@dataclass(frozen=True, slots=True)
class NoParameters:
    """The parameter class of a check that takes none."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the engine hands to a check.

    `rng` is seeded from the run's seed and the check's id, so that results depend neither on the
    order of the checks nor on which of them run. `progress(fraction, message)` may be called at
    any time with a fraction in [0, 1]; it raises `Cancelled` when the run is being cancelled.
    """

    subject: Subject
    rng: np.random.Generator
    seed: int
    progress: Callable[[float, str], None]
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check returns: measurements without verdicts, or a reason why there are none."""

    measurements: tuple[Measurement, ...] = ()
    reason: str | None = None
    warnings: tuple[tuple[str, str], ...] = ()  # (code, message)


CheckFunction = Callable[[Context, Any], CheckResult]


@dataclass(frozen=True, slots=True)
class Check:
    """A registered check. `version`'s major part enters the identity of findings."""

    id: str
    version: str
    title: str
    function: CheckFunction
    needs: frozenset[Need]
    tasks: frozenset[Task]
    parameters: type
    description: str

    @property
    def pillar(self) -> str:
        """The part of the id before the first dot."""
        return self.id.split(".", 1)[0]

    @property
    def major(self) -> str:
        """The major version: identity of findings survives minor changes."""
        return self.version.split(".", 1)[0]


class Registry:
    """The checks by id. Filling it twice with the same function is harmless; with another, an error."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}

    def add(self, new: Check) -> None:
        known = self._checks.get(new.id)
        if known is not None and known.function.__qualname__ != new.function.__qualname__:
            raise ValueError(f"check {new.id} is registered twice")
        self._checks[new.id] = new

    def get(self, check_id: str) -> Check:
        return self._checks[check_id]

    def all(self) -> Mapping[str, Check]:
        """Every check, ordered by id."""
        return dict(sorted(self._checks.items()))


REGISTRY = Registry()


def check(
    *,
    id: str,
    title: str,
    needs: Iterable[Need],
    tasks: Iterable[Task],
    parameters: type = NoParameters,
    version: str = "1",
) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function as a check; its docstring becomes the check's documentation."""
    if not _ID.fullmatch(id):
        raise ValueError(f"check id {id!r} is not pillar.name in lower case")
    if not is_dataclass(parameters):
        raise TypeError(f"parameters of {id} must be a dataclass")

    def register(function: CheckFunction) -> CheckFunction:
        description = (function.__doc__ or "").strip()
        if not description:
            raise ValueError(f"check {id} needs a docstring: it is shown to its users")
        REGISTRY.add(
            Check(
                id=id,
                version=version,
                title=title,
                function=function,
                needs=frozenset(needs),
                tasks=frozenset(tasks),
                parameters=parameters,
                description=description,
            )
        )
        return function

    return register
