"""The same value always gives the same bytes."""

from __future__ import annotations

import hashlib

import pytest

from shield.evidence.canonical import canonical_json, digest


def test_the_order_of_keys_does_not_matter_and_there_are_no_spaces() -> None:
    assert canonical_json({"b": 1, "a": [0.1, None]}) == b'{"a":[0.1,null],"b":1}'
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})


def test_text_is_written_as_itself_in_utf_8() -> None:
    assert canonical_json("Žižek") == '"Žižek"'.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")]])
def test_a_number_that_json_has_no_word_for_is_refused(value) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json(value)


def test_a_value_that_is_not_json_is_refused() -> None:
    with pytest.raises(TypeError):
        canonical_json({"a": {1, 2}})


def test_a_digest_is_the_sha_256_of_the_bytes() -> None:
    assert digest([]) == hashlib.sha256(b"[]").hexdigest()
