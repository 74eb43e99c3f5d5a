"""YAML bytes to a tree that knows its lines.

Built from PyYAML's events instead of its constructor: no object is ever constructed, lines stay
known, and what a manifest has no use for (anchors, aliases, tags, several documents, duplicate
keys, merge keys) is refused. Plain scalars follow the YAML 1.2 core schema, as JSON Schema
validators of editors do: `yes` and `2026-11-20` are text, `true` and `1` are not.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import yaml

from shield.registry.manifest.problems import Problems, shown

MAX_BYTES: Final = 1024**2
MAX_DEPTH: Final = 20
MAX_NODES: Final = 20_000

Value = str | int | float | bool | None

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Final[dict[str, Value]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}


@dataclass(frozen=True, slots=True)
class Node:
    """A value with the line of its key. Exactly one of scalar, `entries`, `items` is meant by `kind`."""

    kind: str  # scalar | mapping | list
    line: int
    value: Value = None
    text: str = ""
    entries: dict[str, Node] = field(default_factory=dict)
    items: tuple[Node, ...] = ()

    @property
    def shown(self) -> str:
        """How a message names this value."""
        return shown(self.value) if self.kind == "scalar" else f"a {self.kind}"


def parse(data: bytes, problems: Problems) -> Node:
    """The document as a tree. Raises ManifestError when it cannot be read as YAML at all."""
    if len(data) > MAX_BYTES:
        raise problems.stop(
            line=1,
            key="file",
            expected=f"at most {MAX_BYTES} bytes, got {len(data)}",
            fix="keep data in the tables, not in the manifest",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise problems.stop(
            line=data.count(b"\n", 0, error.start) + 1,
            key="file",
            expected="UTF-8 text",
            fix="save the file with the encoding UTF-8",
        ) from error
    try:
        return _Builder(text, problems).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise problems.stop(
            line=mark.line + 1 if mark else 1,
            key="file",
            expected=f"valid YAML ({_reason(error)})",
            fix=_fix(error),
        ) from error
    except (ValueError, OverflowError) as error:  # "\U7fffffff": PyYAML's own chr() fails
        raise problems.stop(
            line=1,
            key="file",
            expected="valid YAML (an escape such as \\U names no character)",
            fix="write the character itself",
        ) from error


def _reason(error: yaml.YAMLError) -> str:
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
    return " ".join(str(reason).split())[:200]


def _fix(error: yaml.YAMLError) -> str:
    if "'\\t'" in _reason(error):
        return "YAML takes no tabs: indent with spaces"
    return "check indentation, colons and quotes on this line"


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


class _Builder:
    """Turns the stream of events into nodes; depth and number of nodes are bounded."""

    def __init__(self, text: str, problems: Problems) -> None:
        self.problems = problems
        self.events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=yaml.SafeLoader))
        self.nodes = 0

    def document(self) -> Node:
        """The only document of the stream."""
        next(self.events)  # StreamStart
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            raise self.problems.stop(
                line=1,
                key="file",
                expected="a manifest that starts with 'shield: 1'",
                fix="the file is empty; see the example in the documentation",
            )
        root = self.node(next(self.events), None, "", 0)
        next(self.events)  # DocumentEnd
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self.problems.stop(
                line=_line(after),
                key="file",
                expected="one document",
                fix="remove '---' and what follows it",
            )
        return root

    def node(self, event: yaml.Event, line: int | None, key: str, depth: int) -> Node:
        """The node that starts with `event`; `line` is that of its key, when it has one."""
        line = _line(event) if line is None else line
        self._refuse(event, line, key, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return Node("mapping", line, entries=self._entries(key, depth))
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(inner := next(self.events), yaml.SequenceEndEvent):
                items.append(self.node(inner, None, f"{key}[{len(items)}]", depth + 1))
            return Node("list", line, items=tuple(items))
        assert isinstance(event, yaml.ScalarEvent)
        return Node("scalar", line, value=self._scalar(event, line, key), text=event.value)

    def _entries(self, key: str, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = _line(event)
            self._refuse(event, line, key or "file", depth + 1)
            if not isinstance(event, yaml.ScalarEvent):
                raise self.problems.stop(
                    line=line,
                    key=key or "file",
                    expected="keys that are plain words",
                    fix="write 'key: value'",
                )
            name = event.value
            path = f"{key}.{name}" if key else name
            self._refuse_characters(name, line, path)
            child = self.node(next(self.events), line, path, depth + 1)
            if name in entries:
                self.problems.add(
                    line=line,
                    key=path,
                    expected=f"each key once, first seen on line {entries[name].line}",
                    fix="remove one of the two",
                )
            entries.setdefault(name, child)
        return entries

    def _refuse(self, event: yaml.Event, line: int, key: str, depth: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise self.problems.stop(
                line=line,
                key="file",
                expected=f"at most {MAX_NODES} values, nested at most {MAX_DEPTH} deep",
                fix="keep data in the tables, not in the manifest",
            )
        if getattr(event, "anchor", None) is not None:
            raise self.problems.stop(
                line=line, key=key, expected="no anchors or aliases", fix="repeat the value"
            )
        if getattr(event, "tag", None) is not None:
            raise self.problems.stop(
                line=line,
                key=key,
                expected="no YAML tags",
                fix=f"remove {shown(str(event.tag))}; put text in quotes",  # type: ignore[attr-defined]
            )

    def _scalar(self, event: yaml.ScalarEvent, line: int, key: str) -> Value:
        text = event.value
        if event.style is not None:
            self._refuse_characters(text, line, key)
            return text
        if text in _WORDS:
            value = _WORDS[text]
        elif _INTEGER.fullmatch(text):
            return int(text)
        elif _FLOAT.fullmatch(text) and not text.isdecimal():
            value = float(text)
        else:
            self._refuse_characters(text, line, key)
            return text
        if isinstance(value, float) and not math.isfinite(value):
            self.problems.add(
                line=line,
                key=key,
                expected=f"a finite number, got {shown(text)}",
                fix="leave the key out where there is no limit",
            )
            return 0.0
        return value

    def _refuse_characters(self, text: str, line: int, key: str) -> None:
        """Surrogates and control characters cannot be stored by every database, nor in UTF-8."""
        bad = {c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"}
        if bad:
            names = ", ".join(f"U+{ord(c):04X}" for c in sorted(bad)[:5])
            raise self.problems.stop(
                line=line,
                key="".join(c for c in key if c not in bad) or "file",
                expected=f"text without control characters, got {names}",
                fix="remove them",
            )
