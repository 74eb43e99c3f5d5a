"""What the description of the API says of every operation, so that no view has to repeat it."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

_ERROR: Final = {"$ref": "#/components/schemas/Error"}
_RESPONSES: Final = {
    "4XX": "Refused: code, message and hint in the one shape of errors",
    "503": "Something that the server needs is not there; the hint says what",
}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Any text of your own, new for each request: sent again with it within 24 hours, "
    "the request is not executed again and its answer is the same.",
}
_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag that you read: 412 when somebody has changed the object since.",
}
_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The ETag that you have: 304 when nothing has changed.",
}


def common_answers(result: dict[str, Any], **context: object) -> dict[str, Any]:
    """drf-spectacular's hook: errors, idempotency keys and ETags of every operation."""
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            if method not in ("get", "post", "put", "patch", "delete"):
                continue
            _complete(operation, method, has_object="{" in path)
    return result


def _complete(operation: dict[str, Any], method: str, *, has_object: bool) -> None:
    responses = operation.setdefault("responses", {})
    for status, text in _RESPONSES.items():
        responses.setdefault(
            status, {"description": text, "content": {"application/json": {"schema": _ERROR}}}
        )
    parameters = operation.setdefault("parameters", [])
    if method == "post":
        parameters.append(_KEY)
    if method in ("put", "patch", "delete") or (method == "post" and has_object):
        parameters.append(_MATCH)
    if method == "get":
        parameters.append(_NONE_MATCH)
        responses.setdefault("304", {"description": "Nothing has changed"})


class Schema(AutoSchema):
    """As drf-spectacular's, but a field that is only read says that it may be null or empty.

    A read-only field of a serializer does not know that its column may be; the answer shows it.
    """

    def _map_serializer_field(
        self, field: serializers.Field, direction: str, bypass_extensions: bool = False
    ) -> Any:  # noqa: ANN401
        column = _column(field) if field.read_only else None
        if column is not None:
            field.allow_null = getattr(field, "allow_null", False) or _may_be_null(field)
            if isinstance(field, serializers.ChoiceField):
                field.allow_blank = field.allow_blank or column.blank
        return super()._map_serializer_field(field, direction, bypass_extensions)

    def _insert_field_validators(self, field: serializers.Field, schema: dict[str, Any]) -> None:
        super()._insert_field_validators(field, schema)
        column = _column(field) if field.read_only else None
        blank = column.blank if column is not None else getattr(field, "allow_blank", False)
        if blank and schema.get("format") in ("email", "uri"):
            del schema["format"]  # the empty text is neither


def _path(field: serializers.Field) -> list[Field]:
    """The columns that the field's source leads through; empty when it is no column."""
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    found: list[Field] = []
    for name in getattr(field, "source_attrs", None) or ():
        try:
            column = model._meta.get_field(name) if model is not None else None
        except FieldDoesNotExist:
            column = None
        if not isinstance(column, Field):
            return []
        found.append(column)
        model = column.related_model
    return found


def _column(field: serializers.Field) -> Field | None:
    path = _path(field)
    return path[-1] if path else None


def _may_be_null(field: serializers.Field) -> bool:
    return any(column.null for column in _path(field))
