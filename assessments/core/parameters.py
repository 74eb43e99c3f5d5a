"""Typed parameters of checks: a mapping from a manifest becomes the check's own dataclass, or a
list of problems, one per key; and back to JSON, so that a run records what each check was called
with.

Understood field types: bool, int, float, str, `Literal`, `StrEnum`, `X | None`, `tuple[X, ...]`,
`Mapping[str, X]` and nested dataclasses. Nothing is guessed: "0.1" is not a number, 1 is not true.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
_UNUSED: Any = None  # stands for a value whose problem is noted; the noted problems are raised


@dataclass(frozen=True, slots=True)
class ParameterProblem:
    """One key that cannot be used: where, what was expected, what was there."""

    key: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.key}: expected {self.expected}, found {self.found}"


class ParameterError(ValueError):
    """The mapping does not fit the parameter class; `problems` has one entry per key."""

    def __init__(self, problems: Sequence[ParameterProblem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def parse_parameters(kind: type[T], given: Mapping[str, object]) -> T:
    """An instance of the dataclass `kind`; raises ParameterError with every problem at once."""
    problems: list[ParameterProblem] = []
    value = _parse_dataclass(kind, given, "", problems)
    if problems:
        raise ParameterError(problems)
    return value


def parameters_as_json(value: object) -> dict[str, Any]:
    """The JSON form of a parameter dataclass; `parse_parameters` reads it back."""
    plain = _plain(value)
    assert isinstance(plain, dict)
    return plain


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(item) for item in value)  # type: ignore[type-var]
    return value


def _parse_dataclass(
    kind: type[T], given: object, path: str, problems: list[ParameterProblem]
) -> T:
    before = len(problems)
    values: dict[str, object] = {}
    if not isinstance(given, Mapping):
        problems.append(ParameterProblem(path or "parameters", "a mapping", _shown(given)))
        return _UNUSED
    hints = get_type_hints(kind)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for key in given:
        if key not in known:
            problems.append(_unknown(path + str(key), str(key), list(known)))
    for name, field in known.items():
        if name in given:
            values[name] = _parse(hints[name], given[name], path + name, problems)
        elif field.default is MISSING and field.default_factory is MISSING:
            problems.append(ParameterProblem(path + name, _expected(hints[name]), "nothing"))
    if len(problems) > before:
        return _UNUSED
    try:
        return kind(**values)
    except (ValueError, TypeError) as error:  # the class's own validation
        problems.append(ParameterProblem(path.rstrip(".") or "parameters", str(error), "other"))
        return _UNUSED


def _unknown(path: str, key: str, known: list[str]) -> ParameterProblem:
    close = get_close_matches(key, known, n=1)
    if close:
        return ParameterProblem(path, f"a known key (did you mean {close[0]}?)", "an unknown key")
    names = ", ".join(known) or "none: this check takes no parameters"
    return ParameterProblem(path, f"one of the known keys ({names})", "an unknown key")


def _parse(hint: object, given: object, path: str, problems: list[ParameterProblem]) -> object:
    """The value in the type `hint`; a problem is noted and the answer is then unused."""
    if is_dataclass(hint) and isinstance(hint, type):
        return _parse_dataclass(hint, given, f"{path}.", problems)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _parse_union(hint, given, path, problems)
    if origin is tuple and isinstance(given, (list, tuple)):
        inner = get_args(hint)[0]
        return tuple(_parse(inner, item, f"{path}[{i}]", problems) for i, item in enumerate(given))
    if origin in _MAPPINGS and isinstance(given, Mapping):
        inner = get_args(hint)[1]
        return {str(k): _parse(inner, item, f"{path}.{k}", problems) for k, item in given.items()}
    accepted, value = _scalar(hint, given)
    if not accepted:
        problems.append(ParameterProblem(path, _expected(hint), _shown(given)))
    return value


def _parse_union(
    hint: object, given: object, path: str, problems: list[ParameterProblem]
) -> object:
    """The first member that takes the value; with one real member its problems are the answer."""
    members = [member for member in get_args(hint) if member is not type(None)]
    if given is None and len(members) < len(get_args(hint)):
        return None
    for member in members:
        tried: list[ParameterProblem] = []
        value = _parse(member, given, path, tried)
        if not tried:
            return value
    if len(members) == 1:
        problems.extend(tried)
    else:
        problems.append(ParameterProblem(path, _expected(hint), _shown(given)))
    return None


def _scalar(hint: object, given: object) -> tuple[bool, object]:
    if get_origin(hint) is Literal:
        same = [choice for choice in get_args(hint) if choice == given and _alike(choice, given)]
        return bool(same), given
    if isinstance(hint, type) and issubclass(hint, Enum):
        values = {member.value: member for member in hint}
        known = isinstance(given, (str, int)) and given in values
        return known, values[given] if known else given
    if get_origin(hint) in (tuple, *_MAPPINGS):
        return False, given  # the right shapes were taken before
    test = _SCALARS.get(hint)
    if test is None:
        raise TypeError(f"{hint!r} is not a type that parameters may have")
    if not test(given):
        return False, given
    return True, float(given) if hint is float else given  # type: ignore[arg-type]


def _alike(first: object, second: object) -> bool:
    return isinstance(first, bool) == isinstance(second, bool)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return (_is_int(value) or isinstance(value, float)) and math.isfinite(value)  # type: ignore[arg-type]


_MAPPINGS = (dict, Mapping)
_SCALARS: Mapping[object, Callable[[object], bool]] = {
    bool: lambda value: isinstance(value, bool),
    int: _is_int,
    float: _is_number,
    str: lambda value: isinstance(value, str),
}
_WORDS: Mapping[object, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
}
_SHOWN = 60


def _expected(hint: object) -> str:
    """The type in a reader's words."""
    if is_dataclass(hint):
        return "a mapping"
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        words = " or ".join("nothing" if it is type(None) else _expected(it) for it in inner)
    elif origin is Literal:
        words = "one of " + ", ".join(str(choice) for choice in inner)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        words = "one of " + ", ".join(str(member.value) for member in hint)
    elif origin is tuple:
        words = f"a list (each {_expected(inner[0])})"
    elif origin in _MAPPINGS:
        words = f"a mapping (each {_expected(inner[1])})"
    else:
        words = _WORDS.get(hint, str(hint))
    return words


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
