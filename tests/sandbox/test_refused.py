"""Formats that run code are recognised by their content and refused with a way out."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import joblib
import numpy as np
import pytest

from shield.sandbox.client import ModelSource, describe
from shield.sandbox.contract import SandboxFailure
from shield.sandbox.models.refused import refuse_code
from tests.sandbox.support import failure, write


class Bomb:
    """What a hostile pickle looks like: it calls a function as it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ["model.pkl", "model.onnx", "model.skops"])
def test_pickles_of_every_protocol_and_name(tmp_path: Path, protocol: int, name: str) -> None:
    mark = tmp_path / "ran"
    data = pickle.dumps(Bomb(mark), protocol)
    with pytest.raises(SandboxFailure) as caught:
        refuse_code(data, name)
    assert caught.value.code == "pickle_refused"
    assert "pickle" in caught.value.message
    assert "skl2onnx" in caught.value.hint
    assert not mark.exists()


@pytest.mark.parametrize("kind", ["onnx", "skops", "xgboost", "lightgbm"])
def test_every_kind_refuses_them_in_the_sandbox(tmp_path: Path, kind: str) -> None:
    mark = tmp_path / "ran"
    path = write(tmp_path, pickle.dumps(Bomb(mark)), "model.bin")
    assert failure(describe, {}, model=ModelSource(kind, path)).code == "pickle_refused"
    assert not mark.exists()


@pytest.mark.parametrize("compress", [0, 3])
def test_joblib_files(tmp_path: Path, compress: int) -> None:
    joblib.dump({"weights": np.zeros(50)}, tmp_path / "model.dat", compress=compress)
    with pytest.raises(SandboxFailure, match="pickle"):
        refuse_code((tmp_path / "model.dat").read_bytes(), "model.dat")


def test_pytorch_archives(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.bin", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
        archive.writestr("archive/version", "3")
    with pytest.raises(SandboxFailure, match="PyTorch"):
        refuse_code((tmp_path / "model.bin").read_bytes(), "model.bin")


@pytest.mark.parametrize("name", ["model.pkl", "Model.JOBLIB", "net.pt", "net.pth"])
def test_a_name_alone_is_enough(name: str) -> None:
    with pytest.raises(SandboxFailure, match="pickle"):
        refuse_code(b"anything", name)


@pytest.mark.parametrize("data", [b"{}", b"tree\n.", b"\x08\x08\x12", b"PK\x03\x04schema.json"])
def test_harmless_formats_pass(data: bytes) -> None:
    refuse_code(data, "model.any")


def test_an_unknown_kind_says_which_are_known(tmp_path: Path) -> None:
    source = ModelSource("torch-export", write(tmp_path, b"x", "model.bin"))
    error = failure(describe, {}, model=source)
    assert error.code == "unsupported_model"
    assert "onnx, xgboost, lightgbm, skops" in error.hint
