"""What a confined process can no longer do, and that the record says which protections were active."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path

import pytest

from tests.sandbox.support import full_description, numbers_csv, probe

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="namespaces, Landlock and seccomp are Linux"
)


def attempt(code: str, folder: Path | None = None) -> str:
    """ "done", or the name of the error that the attempt ended in."""
    lines = "\n    ".join(code.strip().splitlines())
    return probe(
        f"try:\n    {lines}\n    print('done')\nexcept OSError as error:\n"
        "    print(type(error).__name__)",
        folder=folder,
    )


def isolation() -> dict[str, str]:
    return json.loads(probe("import json; print(json.dumps(isolation))"))


def needs(measure: str) -> None:
    if isolation()[measure] == "none":
        pytest.skip(f"this kernel or machine offers no protection of kind {measure!r}")


def test_the_record_names_what_was_active(tmp_path: Path) -> None:
    active = full_description(numbers_csv(tmp_path)).isolation
    assert set(active) >= {"process", "limits", "network", "files", "system_calls"}
    assert "memory" in active["limits"]
    if platform.machine() == "x86_64":
        assert active["system_calls"] == "seccomp"


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"])
def test_no_socket_of_any_family(family: str) -> None:
    needs("system_calls")
    assert attempt(f"import socket; socket.socket(socket.{family})") == "PermissionError"


def test_the_network_namespace_is_empty() -> None:
    """Where a namespace is permitted there is not even a loopback that is up."""
    if "namespace" not in isolation()["network"]:
        pytest.skip(
            "this machine permits no network namespace; the system-call filter stands alone"
        )
    lines = probe("print(open('/proc/self/net/dev').read())").splitlines()[2:]
    assert [line.split(":")[0].strip() for line in lines] == ["lo"]


def test_no_other_program_and_no_other_process() -> None:
    needs("system_calls")
    assert attempt("os.execv('/bin/true', ['true'])") == "PermissionError"
    assert attempt("os.fork()") == "PermissionError"
    assert attempt("import subprocess; subprocess.run(['true'])") == "PermissionError"


def test_threads_still_start() -> None:
    code = (
        "import threading; t = threading.Thread(target=lambda: print('ran')); t.start(); t.join()"
    )
    assert probe(code) == "ran"


def test_no_signal_to_the_parent() -> None:
    needs("system_calls")
    assert attempt("import signal; os.kill(os.getppid(), signal.SIGTERM)") == "PermissionError"


@pytest.mark.parametrize(
    "code",
    [
        "import resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (64, 64))",
        "import resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
        "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
        "os.sched_setaffinity(os.getppid(), {0})",
        "import fcntl; fcntl.fcntl(1, 8, os.getppid())",
    ],
    ids=["limits", "reading limits", "priority", "processor", "signals by file"],
)
def test_no_hand_on_the_parent(code: str) -> None:
    """These need no right but to be the same user, and Landlock does not ask."""
    needs("system_calls")
    assert attempt(code) == "PermissionError"


def test_limits_of_its_own_can_be_read() -> None:
    code = "import resource; resource.getrlimit(resource.RLIMIT_NOFILE); os.sched_getaffinity(0)"
    assert attempt(code) == "done"


def test_a_child_cannot_arrange_to_outlive_its_parent() -> None:
    needs("system_calls")
    code = "import ctypes; print(ctypes.CDLL(None).prctl(1, 0, 0, 0, 0))"
    assert probe(code) == "-1"


@pytest.mark.parametrize(
    "call", ["os.chmod({0}, 0o777)", "os.utime({0}, (0, 0))", "os.setxattr({0}, 'user.x', b'1')"]
)
def test_modes_times_and_attributes_of_files_stay_as_they_are(tmp_path: Path, call: str) -> None:
    needs("system_calls")
    victim = tmp_path / "victim"
    victim.write_text("x")
    before = victim.stat()
    assert attempt(call.format(repr(str(victim)))) == "PermissionError"
    assert victim.stat() == before


def test_no_file_of_the_machine_or_of_the_project(tmp_path: Path) -> None:
    needs("files")
    root = Path(__file__).resolve().parents[2]
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    for path in ("/etc/passwd", "/etc/hostname", str(root / "manage.py"), str(secret)):
        assert attempt(f"open({path!r}).read()") == "PermissionError"
    assert attempt(f"os.listdir({str(root)!r})") == "PermissionError"
    assert attempt("open('/proc/' + str(os.getppid()) + '/environ').read()") == "PermissionError"


def test_writing_works_in_the_own_folder_only(tmp_path: Path) -> None:
    needs("files")
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    assert attempt("open('new', 'w').write('x')", inside) == "done"
    assert attempt(f"open({str(outside / 'new')!r}, 'w')", inside) == "PermissionError"
    assert attempt(f"os.symlink({str(outside)!r}, 'link')", inside) == "PermissionError"
    assert list(outside.iterdir()) == []


def test_no_capability_is_left() -> None:
    status = probe("print(open('/proc/self/status').read())").splitlines()
    values = dict(line.split(":\t", 1) for line in status if ":\t" in line)
    assert int(values["CapEff"], 16) == 0
    assert values["NoNewPrivs"] == "1"


def test_memory_beyond_the_limit_is_an_error_not_a_crash() -> None:
    code = "try:\n    bytes(6 << 30)\nexcept MemoryError:\n    print('refused')"
    assert probe(code) == "refused"


def test_a_dead_parent_takes_the_child_along() -> None:
    """The process that the child was told to follow is not its parent: it ends at once."""
    import subprocess

    from tests.sandbox.support import ROOT

    code = (
        f"import sys; sys.path.append({str(ROOT)!r})\n"
        "from shield.sandbox.confinement import confine\n"
        "from shield.sandbox.contract import Limits\n"
        "confine(Limits(), 1 << 22, []); print('alive')"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == ""
    assert done.returncode == 1
