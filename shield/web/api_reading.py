"""The description of the API as people read it: the same schema, in words, with a curl line for each call."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from drf_spectacular.generators import SchemaGenerator

PREFIX: Final = "/api/v1/"
METHODS: Final = ("get", "post", "put", "patch", "delete")
_EXAMPLES: Final[Mapping[str, object]] = {
    "integer": 1, "number": 0.5, "boolean": True, "array": [], "object": {},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter of a call, or a field of what is sent or answered."""

    name: str
    kind: str
    text: str
    required: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one address."""

    id: str
    group: str
    method: str
    path: str
    title: str
    text: str
    parameters: tuple[Named, ...]
    body: tuple[Named, ...]
    answers: tuple[tuple[str, str, tuple[Named, ...]], ...]
    curl: str

    @property
    def words(self) -> str:
        """Everything that a search looks at, in lower case."""
        names = " ".join(each.name for each in (*self.parameters, *self.body))
        return f"{self.method} {self.path} {self.title} {self.text} {names}".lower()


@cache
def calls() -> tuple[Call, ...]:
    """Every call, in the order of the addresses; read once in a process."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    parts = schema["components"]["schemas"]
    return tuple(
        _call(path, method, methods[method], parts)
        for path, methods in sorted(schema["paths"].items())
        for method in METHODS
        if method in methods
    )


def groups() -> dict[str, list[Call]]:
    """First part of the address → its calls."""
    found: dict[str, list[Call]] = {}
    for call in calls():
        found.setdefault(call.group, []).append(call)
    return found


def calls_about(words: str) -> list[Call]:
    """The calls that name every one of these words somewhere."""
    wanted = words.lower().split()
    return [call for call in calls() if all(word in call.words for word in wanted)]


def _call(path: str, method: str, told: Mapping[str, Any], parts: Mapping[str, Any]) -> Call:
    title, _, text = str(told.get("description", "")).strip().partition("\n")
    sent = _content(told.get("requestBody", {}))
    body = tuple(_fields(sent, parts))
    return Call(
        id=told["operationId"],
        group=path.removeprefix(PREFIX).split("/")[0] or "root",
        method=method.upper(),
        path=path,
        title=title,
        text=text.strip(),
        parameters=tuple(
            Named(each["name"], _kind(each.get("schema", {}), parts), each.get("description", ""),
                  each.get("required", False), each["in"])
            for each in told.get("parameters", ())
        ),
        body=body,
        answers=tuple(
            (status, each.get("description", ""), tuple(_fields(_content(each), parts)))
            for status, each in sorted(told.get("responses", {}).items())
        ),
        curl=_curl(path, method, _example(sent, parts)),
    )  # fmt: skip


def _content(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of the JSON, or of whatever there is."""
    content = part.get("content", {})
    chosen: Mapping[str, Any] = content.get("application/json") or next(iter(content.values()), {})
    found: Mapping[str, Any] = chosen.get("schema", {})
    return found


def _opened(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind a reference, of an array its items, of a choice the first."""
    for _ in range(10):
        if "$ref" in schema:
            schema = parts[schema["$ref"].rpartition("/")[2]]
        elif choice := schema.get("allOf") or schema.get("oneOf") or schema.get("anyOf"):
            schema = choice[0]
        elif schema.get("type") == "array":
            schema = schema.get("items", {})
        else:
            break
    return schema


def _fields(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> Iterator[Named]:
    opened = _opened(schema, parts)
    required = opened.get("required", ())
    for name, field in opened.get("properties", {}).items():
        yield Named(name, _kind(field, parts), str(field.get("description", "")), name in required)


def _kind(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    """What a value is, in a few words."""
    if choice := schema.get("allOf") or schema.get("oneOf") or schema.get("anyOf"):
        return " or ".join(dict.fromkeys(_kind(each, parts) for each in choice))
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _kind(parts[name], parts) if "enum" in parts[name] else name
    if "enum" in schema:
        return " | ".join(json.dumps(each) for each in schema["enum"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}), parts)}"
    listed = kind if isinstance(kind, list) else [kind]
    return " or ".join(schema.get("format", each) if each == "string" else each for each in listed)


def _example(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, object] | None:
    """A value for every field that must be there; None when nothing is sent."""
    if not schema:
        return None
    opened = _opened(schema, parts)
    fields = opened.get("properties", {})
    return {
        name: _value(fields[name], parts) for name in opened.get("required", ()) if name in fields
    }


def _value(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> object:
    if schema.get("type") == "array":
        return []
    opened = _opened(schema, parts)
    if "enum" in opened:
        found: object = opened["enum"][0]
        return found
    kind = opened.get("type", "string")
    return _EXAMPLES.get(kind[0] if isinstance(kind, list) else kind, "…")


def _curl(path: str, method: str, body: Mapping[str, object] | None) -> str:
    lines = [f'curl -sSf -X {method.upper()} "$SHIELD_SERVER{path}"' if method != "get"
             else f'curl -sSf "$SHIELD_SERVER{path}"',
             '-H "Authorization: Bearer $SHIELD_TOKEN"']  # fmt: skip
    if body is not None:
        sent = json.dumps(body, ensure_ascii=False)
        lines += ['-H "Content-Type: application/json"', f"-d '{sent}'"]
    return " \\\n  ".join(lines)
