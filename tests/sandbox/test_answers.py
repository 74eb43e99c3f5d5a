"""The parent trusts neither the frames nor the values that a child sends."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shield.sandbox.answers import read_description
from shield.sandbox.contract import SandboxFailure
from shield.sandbox.protocol import FRAME_BYTES, FrameBuffer, ProtocolError, encode

PROFILE = {
    "nulls": 0, "distinct": 1, "labels": [["a", 3]], "minimum": None, "maximum": None, "quantiles": None,
}  # fmt: skip
TABLE = {"role": "test", "rows": 3, "columns": [["a", "string"]], "profiles": {"a": PROFILE}}
GOOD = {"tables": [TABLE], "model": None, "warnings": [], "isolation": {"network": "none"}}


def test_a_good_answer_is_read() -> None:
    found = read_description(GOOD, None)
    assert found.tables["test"].rows == 3
    assert found.tables["test"].profiles["a"].labels == (("a", 3),)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {**GOOD, "tables": {}},
        {**GOOD, "tables": [{**TABLE, "rows": -1}]},
        {**GOOD, "tables": [{**TABLE, "rows": "3"}]},
        {**GOOD, "tables": [{**TABLE, "columns": [["a"]]}]},
        {**GOOD, "tables": [{**TABLE, "profiles": {"a": {**PROFILE, "minimum": float("nan")}}}]},
        {**GOOD, "tables": [{**TABLE, "profiles": {"a": {**PROFILE, "labels": [["a", True]]}}}]},
        {**GOOD, "model": {"kind": "onnx"}},
        {**GOOD, "warnings": [["only one"]]},
        {**GOOD, "warnings": 3},
        {**GOOD, "isolation": 3},
        {**GOOD, "isolation": ["abc"]},
        {**GOOD, "tables": [{**TABLE, "profiles": {"a": {**PROFILE, "minimum": 10**400}}}]},
    ],
)
def test_an_answer_of_the_wrong_shape_is_refused(broken: dict) -> None:
    with pytest.raises(SandboxFailure) as caught:
        read_description(broken, None)
    assert caught.value.code == "sandbox_protocol"


def test_a_kept_file_cannot_lie_outside_the_folder(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "secret").write_text("s3cret")
    for kept in ("../secret", str(tmp_path / "secret")):
        answer = {**GOOD, "tables": [{**TABLE, "kept": kept}]}
        with pytest.raises(SandboxFailure):
            read_description(answer, tmp_path / "scratch")


def test_a_column_whose_name_no_database_takes_is_renamed_in_the_description() -> None:
    table = {**TABLE, "columns": [["a\x00\x1b\ud800\u202e", "string"]]}
    found = read_description({**GOOD, "tables": [table]}, None)
    assert found.tables["test"].names == ("a\ufffd\ufffd\ufffd\u202e",)


def test_control_characters_do_not_reach_people() -> None:
    found = read_description({**GOOD, "isolation": {"network": "a\x1b[31mb\u202ec\n"}}, None)
    assert found.isolation["network"] == "a[31mbc"


@given(
    st.lists(st.dictionaries(st.text(), st.integers() | st.text()), max_size=5),
    st.integers(1, 50),
)
def test_frames_arrive_whole_however_they_are_cut(frames: list[dict], step: int) -> None:
    data = b"".join(map(encode, frames))
    buffer = FrameBuffer()
    got = [f for at in range(0, len(data), step) for f in buffer.feed(data[at : at + step])]
    assert got == [json.loads(json.dumps(frame)) for frame in frames]


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b"[" * 100_000])
def test_frames_that_are_no_objects_are_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        FrameBuffer().feed(struct.pack(">I", len(body)) + body)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "9" * 5000])
def test_numbers_that_are_no_json_are_refused(number: str) -> None:
    body = f'{{"type": "progress", "fraction": {number}}}'.encode()
    with pytest.raises(ProtocolError):
        FrameBuffer().feed(struct.pack(">I", len(body)) + body)


def test_a_frame_that_claims_to_be_huge_is_refused_before_it_is_collected() -> None:
    with pytest.raises(ProtocolError, match="longer"):
        FrameBuffer().feed(struct.pack(">I", FRAME_BYTES + 1))
