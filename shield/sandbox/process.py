"""The parent's side: start one confined child, speak frames with it, and never let it outlive the call."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shield.sandbox import protocol
from shield.sandbox.contract import Limits, SandboxFailure
from shield.sandbox.labels import clean_text

Progress = Callable[[float, str], None]

_ROOT = str(Path(__file__).resolve().parents[2])
# -I: no PYTHON* variables, no user site, no current folder on the path. The root goes last, and the
# child confines itself before it reads anything but its own modules.
_ENTRY = f"import sys; sys.path.append({_ROOT!r}); from shield.sandbox.child import main; sys.exit(main())"
_HEARTBEAT_S = 1.0
_STDERR_BYTES = 64 * 1024
_OUT_OF_MEMORY = ("bad_alloc", "MemoryError", "Cannot allocate memory", "out of memory")


def open_upload(path: Path) -> int:
    """Open an uploaded file for the child: a regular file only; no link, pipe, device or folder.

    The child gets the open descriptor, so it needs no right to the path, and what was checked is
    what is read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise SandboxFailure("file_missing", f"{path.name} is not there.") from None
    except OSError as error:
        reason = "a symbolic link" if path.is_symlink() else os.strerror(error.errno or 0)
        raise SandboxFailure(
            "file_not_regular",
            f"{path.name} cannot be opened: {reason}.",
            "Give the file itself: links, folders, pipes and devices are refused.",
        ) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SandboxFailure(
            "file_not_regular",
            f"{path.name} is not a regular file.",
            "Give the file itself: links, folders, pipes and devices are refused.",
        )
    return descriptor


def run(
    operation: str,
    payload: Mapping[str, Any],
    *,
    files: Mapping[str, Path],
    folder: Path,
    limits: Limits,
    progress: Progress | None = None,
) -> protocol.Frame:
    """Run one operation in a child of its own and return its result frame.

    `folder` is the child's working folder, the only place it may write. Raises SandboxFailure.
    Whatever happens here, also an exception from `progress`, the child's process group is dead
    when this returns.
    """
    with contextlib.ExitStack() as stack:
        descriptors = {}
        for name, path in files.items():
            descriptors[name] = open_upload(path)
            stack.callback(os.close, descriptors[name])
        child = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", _ENTRY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=_environment(folder),
            pass_fds=tuple(descriptors.values()),
            start_new_session=True,
        )
        conversation = _Conversation(child, limits, progress)
        try:
            conversation.send(
                {
                    "operation": operation,
                    "payload": dict(payload),
                    "files": descriptors,
                    "names": {name: path.name for name, path in files.items()},
                    "limits": asdict(limits),
                    "parent": os.getpid(),
                }
            )
            return conversation.listen()
        finally:
            conversation.end()


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of the parent's environment but where libraries are: no secret, no database address."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    threads = ("OMP", "OPENBLAS", "MKL", "ARROW_IO", "NUMEXPR")
    return (
        kept
        | {f"{library}_NUM_THREADS": "1" for library in threads}
        | {
            "ARROW_IO_THREADS": "1",
            "ARROW_DEFAULT_MEMORY_POOL": "system",  # pools that reserve address space hide real use
            "MALLOC_ARENA_MAX": "2",
            "MALLOC_TRIM_THRESHOLD_": "16777216",
            "JOBLIB_MULTIPROCESSING": "0",
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "HOME": str(folder),
            "TMPDIR": str(folder),
        }
    )


class _Conversation:
    """Reads frames and standard error until the child ends, the time is over, or it misbehaves."""

    def __init__(
        self, child: subprocess.Popen[bytes], limits: Limits, progress: Progress | None
    ) -> None:
        self._child = child
        self._limits = limits
        self._progress = progress
        self._deadline = time.monotonic() + limits.wall_s
        self._frames = protocol.FrameBuffer()
        self._stderr = b""
        self._answer: protocol.Frame | None = None
        self._stage = (0.0, "starting the sandbox")

    def send(self, request: protocol.Frame) -> None:
        assert self._child.stdin is not None
        # A child that died at once breaks the pipe; its end is classified in `listen`.
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(protocol.encode(request))
            self._child.stdin.close()

    def listen(self) -> protocol.Frame:
        """The result frame; a failure frame or a missing answer becomes SandboxFailure."""
        assert self._child.stdout is not None
        assert self._child.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ, self._on_stdout)
            selector.register(self._child.stderr, selectors.EVENT_READ, self._on_stderr)
            while selector.get_map():
                left = self._deadline - time.monotonic()
                if left <= 0:
                    raise _time_exceeded(f"{self._limits.wall_s:g} s of wall-clock time")
                for key, _ in selector.select(min(left, _HEARTBEAT_S)):
                    data = os.read(key.fd, 1 << 16)
                    if data:
                        key.data(data)
                    else:
                        selector.unregister(key.fileobj)
                if self._progress is not None:
                    self._progress(*self._stage)
        return self._conclude()

    def end(self) -> None:
        """Kill the process group (before reaping, so that its id cannot have been reused), then reap."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout, self._child.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def _on_stdout(self, data: bytes) -> None:
        try:
            frames = self._frames.feed(data)
        except protocol.ProtocolError:
            raise SandboxFailure(
                "sandbox_protocol", "The sandbox gave an answer that is not well-formed."
            ) from None
        for frame in frames:
            if frame.get("type") == "progress":
                self._stage = _stage(frame)
            elif self._answer is None:
                self._answer = frame

    def _on_stderr(self, data: bytes) -> None:
        self._stderr = (self._stderr + data)[-_STDERR_BYTES:]

    def _conclude(self) -> protocol.Frame:
        returncode = self._reap()
        answer = self._answer
        if answer is not None and answer.get("type") == "failure":
            raise SandboxFailure(
                *(clean_text(str(answer.get(key, "")), 4000) for key in ("code", "message", "hint"))
            )
        if answer is not None and answer.get("type") == "result" and returncode == 0:
            return answer
        raise _death(returncode, self._stderr.decode("utf-8", "replace"), self._limits)

    def _reap(self) -> int:
        """The exit status without reaping yet (`end` kills the group first), but within the time."""
        while time.monotonic() < self._deadline:
            done = os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
            if done is not None:
                killed = done.si_code in (os.CLD_KILLED, os.CLD_DUMPED)
                return -done.si_status if killed else done.si_status
            time.sleep(0.002)
        raise _time_exceeded(f"{self._limits.wall_s:g} s of wall-clock time")


def _stage(frame: protocol.Frame) -> tuple[float, str]:
    fraction = frame.get("fraction")
    known = min(max(fraction, 0), 1) if isinstance(fraction, int | float) else 0.0
    return float(known), clean_text(str(frame.get("message", "")), 200)


def _time_exceeded(limit: str) -> SandboxFailure:
    return SandboxFailure(
        "time_exceeded",
        f"Reading the data or running the model took more than the limit of {limit}; it was ended.",
        "Check that the model ends on every row; a larger limit can be set by the operator.",
    )


def _death(returncode: int, stderr: str, limits: Limits) -> SandboxFailure:
    """Why a child ended without an answer."""
    number = -returncode if returncode < 0 else 0
    if number == signal.SIGXCPU:
        return _time_exceeded(f"{limits.cpu_s} s of processor time")
    if number == signal.SIGKILL or any(sign in stderr for sign in _OUT_OF_MEMORY):
        return memory_exceeded(limits.memory_bytes)
    if number == signal.SIGXFSZ:
        return SandboxFailure("file_too_large", "The result is larger than the file limit.")
    if number:
        return SandboxFailure(
            "crashed",
            f"The library that read the upload crashed ({signal.Signals(number).name}).",
            "The file is damaged or hostile; export it again from a trusted source.",
        )
    lines = clean_text(stderr.strip().rpartition("\n")[2], 300)
    return SandboxFailure("sandbox_internal_error", f"The sandbox ended without an answer: {lines}")


def memory_exceeded(memory_bytes: int) -> SandboxFailure:
    """The failure for a child that ran into its memory limit."""
    return SandboxFailure(
        "memory_exceeded",
        f"Reading the data or running the model needs more than {memory_bytes / 2**30:.1f} GiB of memory.",
        "A small file that unfolds to very large columns is refused; split a file that is really so large.",
    )
