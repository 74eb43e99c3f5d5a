"""The parent's side: one child a call, killed in time, and a failure for every way to die."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from shield.sandbox import process
from shield.sandbox.client import (
    Limits,
    ModelSource,
    PrepareRequest,
    SandboxFailure,
    TableSource,
    describe,
    prepare,
)
from shield.sandbox.failures import as_failure
from tests.sandbox.support import (
    ROOT,
    described,
    endless_onnx,
    failure,
    linear_onnx,
    named_onnx,
    numbers_csv,
    prepared,
    write,
)

BEFORE: set[int] = set()
"""Processes that other tests of this worker keep, a browser's driver for one."""


@pytest.fixture(autouse=True)
def _others() -> None:
    BEFORE.clear()
    BEFORE.update(children())


def children() -> list[int]:
    """The processes that this one has started during the test and that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text()
            except OSError:
                continue  # it ended in between
            if int(status.rpartition(")")[2].split()[1]) == os.getpid():
                found.append(int(entry.name))
    return [each for each in found if each not in BEFORE]


def slow_request(folder: Path) -> tuple[PrepareRequest, Path]:
    """A model that never ends."""
    model = ModelSource("onnx", write(folder, endless_onnx(), "model.onnx"))
    scratch = folder / "scratch"
    scratch.mkdir()
    source = TableSource(numbers_csv(folder, columns=2), "csv")
    return PrepareRequest(source, ("y",), model, target="y"), scratch


def test_a_model_that_hangs_is_killed_with_its_group(tmp_path: Path) -> None:
    request, scratch = slow_request(tmp_path)
    start = time.monotonic()
    error = failure(prepare, request, scratch, limits=Limits(wall_s=2))
    assert error.code == "time_exceeded"
    assert "2 s" in error.message
    assert time.monotonic() - start < 15
    assert children() == []


def test_processor_time_is_limited_too(tmp_path: Path) -> None:
    request, scratch = slow_request(tmp_path)
    error = failure(prepare, request, scratch, limits=Limits(wall_s=60, cpu_s=2))
    assert error.code == "time_exceeded"
    assert "processor" in error.message
    assert children() == []


def test_progress_that_raises_ends_the_child(tmp_path: Path) -> None:
    request, scratch = slow_request(tmp_path)

    class Cancelled(Exception):
        pass

    def cancel(fraction: float, message: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        prepare(request, scratch, progress=cancel)
    assert children() == []


def test_progress_keeps_coming_while_a_model_is_silent(tmp_path: Path) -> None:
    request, scratch = slow_request(tmp_path)
    heard: list[float] = []
    limits = Limits(wall_s=4)
    error = failure(
        prepare,
        request,
        scratch,
        limits=limits,
        progress=lambda f, _: heard.append(time.monotonic()),
    )
    assert error.code == "time_exceeded"
    assert max(later - earlier for earlier, later in pairwise(heard)) < 2
    assert len(heard) >= 4


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGSEGV, "crashed"), (signal.SIGABRT, "crashed"), (signal.SIGKILL, "memory_exceeded")],
)
def test_a_child_that_dies_by_a_signal(tmp_path: Path, number: int, code: str) -> None:
    """SIGKILL that we did not send is the kernel's answer to too much memory."""
    request, scratch = slow_request(tmp_path)

    def kill() -> None:
        deadline = time.monotonic() + 20
        while not children() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1)
        os.kill(children()[0], number)

    killer = threading.Thread(target=kill)
    killer.start()
    error = failure(prepare, request, scratch, limits=Limits(wall_s=30))
    killer.join()
    assert error.code == code


def test_a_result_larger_than_the_file_limit(tmp_path: Path) -> None:
    path = numbers_csv(tmp_path, rows=20_000)
    error = failure(prepared, path, tmp_path / "out", "x0", limits=Limits(file_bytes=64 << 10))
    assert error.code == "file_too_large"


def test_a_full_disk_is_called_so(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)],
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode != 0:
        pytest.skip("mounting a small file system needs root; the mapping is tested without one")
    try:
        error = failure(prepared, numbers_csv(tmp_path, rows=50_000), small, "x0", "x1")
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert error.code == "disk_full"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "no space"), "disk_full"),
        (OSError(errno.EDQUOT, "quota"), "disk_full"),
        (OSError(errno.EFBIG, "too big"), "file_too_large"),
        (MemoryError(), "memory_exceeded"),
        (RuntimeError("std::bad_alloc"), "memory_exceeded"),
        (KeyError("surprise"), "sandbox_internal_error"),
        (SandboxFailure("own", "message"), "own"),
    ],
)
def test_exceptions_have_stable_codes(error: Exception, code: str) -> None:
    assert as_failure(error, Limits()).code == code


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "device", "nothing"])
def test_only_regular_files_are_opened(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "test.csv"
    match kind:
        case "link":
            path.symlink_to(numbers_csv(tmp_path).rename(tmp_path / "real.csv"))
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "device":
            path = Path("/dev/zero")
    error = failure(describe, {"test": TableSource(path, "csv")}, limits=Limits(wall_s=10))
    assert error.code == ("file_missing" if kind == "nothing" else "file_not_regular")
    assert path.name in error.message
    if kind == "link":
        assert "link" in error.message


def test_the_child_knows_no_secret_of_the_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "LD_PRELOAD"):
        monkeypatch.setenv(name, "s3cret")
    request, scratch = slow_request(tmp_path)
    seen: list[bytes] = []

    def look(fraction: float, message: str) -> None:
        seen.extend((Path("/proc") / str(pid) / "environ").read_bytes() for pid in children())
        if len(seen) > 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(request, scratch, progress=look)
    assert b"OMP_NUM_THREADS=1" in seen[-1]
    assert not any(b"s3cret" in environment for environment in seen)


def test_the_child_inherits_no_open_file_but_the_uploads(tmp_path: Path) -> None:
    request, scratch = slow_request(tmp_path)
    secret = write(tmp_path, "s3cret", "secret.txt").open()
    os.set_inheritable(secret.fileno(), True)
    links: list[str] = []

    def look(fraction: float, message: str) -> None:
        for pid in children():
            links.extend(str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir())
        if links:
            raise KeyboardInterrupt

    with secret, pytest.raises(KeyboardInterrupt):
        prepare(request, scratch, progress=look)
    assert not any("secret.txt" in link for link in links)


def test_many_tables_and_a_model_are_one_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    popen = subprocess.Popen

    def counting(*arguments, **named):
        started.append(arguments)
        return popen(*arguments, **named)

    monkeypatch.setattr(process.subprocess, "Popen", counting)
    source = TableSource(numbers_csv(tmp_path), "csv")
    model = ModelSource("onnx", write(tmp_path, linear_onnx([1, 1, 1]), "model.onnx"))
    found = describe({"test": source, "train": source, "live": source}, profile=["y"], model=model)
    assert set(found.tables) == {"test", "train", "live"}
    assert found.model is not None
    assert len(started) == 1


def test_two_calls_at_the_same_time_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = numbers_csv(tmp_path, rows=5000)
    rows: list[int] = []
    workers = [
        threading.Thread(target=lambda: rows.append(described(path, "y").rows)) for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert rows == [5000] * 3


def test_the_parent_loads_no_library_that_parses_uploads() -> None:
    code = (
        f"import sys; sys.path.append({str(ROOT)!r})\n"
        "import shield.sandbox.client\n"
        "heavy = {'numpy', 'pyarrow', 'pandas', 'onnxruntime', 'onnx', 'xgboost', 'lightgbm', 'skops',\n"
        "         'sklearn', 'scipy', 'torch', 'django'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_describe_and_prepare_of_a_small_table_take_little_time(tmp_path: Path) -> None:
    """At most 1.2 s together on an idle machine, so that `assess` stays within its 6 s."""
    path = numbers_csv(tmp_path, rows=2000, columns=8)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    described(path, "y", "x0")
    prepared(path, tmp_path / "out", "y", "x0")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert used < 1.2  # processor time, since other work may share the machine


def test_kept_columns_are_left_in_the_scratch_folder(tmp_path: Path) -> None:
    import pyarrow as pa

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    source = TableSource(numbers_csv(tmp_path), "csv")
    found = describe({"test": source}, profile=["y", "x0"], scratch=scratch).tables["test"]
    assert found.path is not None
    assert found.path.parent == scratch
    with pa.OSFile(str(found.path)) as file:
        assert pa.ipc.open_file(file).read_all().schema.names == ["y", "x0"]


def test_features_that_agree_but_for_signs_are_found(tmp_path: Path) -> None:
    path = write(tmp_path, "pay rate,age,y\n1,2,0\n3,4,1\n")
    model = ModelSource("onnx", write(tmp_path, named_onnx(["pay_rate", "age"]), "model.onnx"))
    got = prepared(path, tmp_path / "out", "y", model=model, target="y")
    assert got.column("model:score:0").to_pylist() == pytest.approx(
        [0.9525741, 0.9990889], abs=1e-6
    )
