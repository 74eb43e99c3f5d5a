"""Every column type becomes one of four plain ones: int64, float64, bool, string."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pyarrow.compute as pc

from shield.sandbox.contract import SandboxFailure

TEXT_LENGTH = 200
_CONTROL = r"[\x00-\x1f\x7f\x{80}-\x{9f}]"


def plain_type(type_: pa.DataType) -> str:
    """The name of a column type in a description; "unsupported" cannot be read as a column."""
    if pa.types.is_dictionary(type_):
        return plain_type(type_.value_type)
    tests = (
        ("int64", pa.types.is_integer),
        ("float64", pa.types.is_floating),
        ("float64", pa.types.is_decimal),
        ("bool", pa.types.is_boolean),
        ("string", _is_text),
        ("time", _is_time),
        ("null", pa.types.is_null),
    )
    return next((name for name, test in tests if test(type_)), "unsupported")


def plain(array: pa.Array, name: str) -> pa.Array:
    """A column in its plain type; text and time become string, a column without values too.

    The content is validated first, because an Arrow file can lie about offsets and text.
    """
    array.validate(full=True)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind = plain_type(array.type)
    target = {
        "int64": pa.int64(),
        "float64": pa.float64(),
        "bool": pa.bool_(),
        "string": pa.string(),
        "time": pa.string(),
        "null": pa.string(),
    }.get(kind)
    if target is None:
        raise SandboxFailure(
            "column_type_unsupported",
            f"Column {name!r} has the type {array.type}, which cannot be used.",
            "Store it as numbers, text or booleans.",
        )
    if array.type.equals(target):
        return array
    try:
        return array.cast(target, safe=kind == "int64")
    except pa.ArrowInvalid as error:
        raise SandboxFailure(
            "column_type_unsupported",
            f"Column {name!r} of type {array.type} does not fit into {target}.",
            "Store identifiers that are longer than 18 digits as text.",
        ) from error


def tidy(array: pa.Array) -> pa.Array:
    """One way to say "missing": text is trimmed, and empty text and NaN become null.

    Text stands on one line, and control characters, which not every database, XML or terminal
    can take, become "�".
    Very long text is cut, with a digest of the whole, so that distinct values stay distinct.
    """
    if pa.types.is_string(array.type):
        trimmed = pc.utf8_trim_whitespace(_without_controls(array))
        return _shorten(pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed))
    if pa.types.is_floating(array.type):
        return pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array)
    return array


def _without_controls(array: pa.StringArray) -> pa.StringArray:
    if not pc.any(pc.match_substring_regex(array, _CONTROL)).as_py():
        return array
    lines = pc.replace_substring_regex(array, r"[\t\n\r]+", " ")
    return pc.replace_substring_regex(lines, _CONTROL, "\ufffd")


def _shorten(array: pa.StringArray) -> pa.StringArray:
    long = pc.fill_null(pc.greater(pc.utf8_length(array), TEXT_LENGTH), False)
    if not pc.any(long).as_py():
        return array
    digests = [
        f"{text[: TEXT_LENGTH - 20]}…#{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        for text in array.filter(long).to_pylist()
    ]
    return pc.replace_with_mask(array, long, pa.array(digests, pa.string()))


def _is_text(type_: pa.DataType) -> bool:
    return (
        pa.types.is_string(type_)
        or pa.types.is_large_string(type_)
        or pa.types.is_string_view(type_)
    )


def _is_time(type_: pa.DataType) -> bool:
    return pa.types.is_date(type_) or pa.types.is_time(type_) or pa.types.is_timestamp(type_)
