"""Hostile and broken YAML: refused with a line, never run, never slow."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from shield.registry.manifest import ManifestError, load
from tests.registry.folders import MODEL, write


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (b"", 1, "the file is empty"),
        (b"# only a comment\n", 1, "the file is empty"),
        (b"- a\n- b\n", 1, "a mapping"),
        (b"just text", 1, "a mapping"),
        (b"shield: 1\nservice: {id: a\n", 3, "valid YAML"),
        (b"shield: 1\n\tservice: 2\n", 2, "valid YAML"),
        (b"shield: 1\nservice: &a {id: x}\n", 2, "no anchors"),
        (b"a: &x [1]\nb: *x\n", 1, "no anchors"),
        (b"shield: 1\nservice: !!python/object/apply:os.system [id]\n", 2, "no YAML tags"),
        (b"shield: !!str 1\n", 1, "no YAML tags"),
        (b"shield: 1\n---\nshield: 1\n", 2, "one document"),
        (b"shield: 1\nservice: {[a]: b}\n", 2, "plain words"),
        (b"shield: 1\nx: \xff\xfe\n", 2, "UTF-8"),
        (MODEL.encode("utf-16"), 1, "UTF-8"),
        (b'shield: 1\nx: "\\ud800"\n', 2, "control characters"),
        (b'shield: 1\nx: "\\0"\n', 2, "control characters"),
        (b'shield: 1\nx: "\\U7fffffff"\n', 1, "valid YAML"),
        (b"shield: 1\nx: a\x00b\n", 1, "valid YAML"),
        (b"a: " + b"[" * 5000, 1, "nested at most 20 deep"),
        (b"a: [" + b"1," * 30_000 + b"]", 1, "at most 20000 values"),
        (b"a: " + b"x" * 1024**2, 1, "at most 1048576 bytes"),
        (b"shield: 1\nshield: 1\n", 2, "each key once, first seen on line 1"),
        (b"<<: {a: 1}\n", 1, "'<<' is not a key here"),
    ],
)
def test_what_is_no_manifest_is_refused_on_its_line(
    tmp_path: Path, text: bytes, line: int, says: str
) -> None:
    started = time.process_time()
    with pytest.raises(ManifestError) as error:
        load(write(tmp_path, text))
    assert time.process_time() - started < 5
    problem = next(each for each in error.value.problems if says in str(each))
    assert problem.line == line


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    assert load(write(tmp_path, b"\xef\xbb\xbf" + MODEL.encode())).service.tier == "high"


def test_a_number_of_a_million_digits_does_not_stop_the_loader(tmp_path: Path) -> None:
    text = MODEL.replace("favourable: 1", "favourable: " + "9" * 500_000)
    assert len(str(load(write(tmp_path, text)).data.favourable)) == 500_000
