"""What the child takes from itself before it touches an upload; it reports what really took effect."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from shield.sandbox import landlock, seccomp
from shield.sandbox.contract import GIBIBYTE, Limits

_CPU_SPARE_S = 5
_CLONE_NEWNET = 0x40000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWIPC = 0x08000000
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522


def confine(limits: Limits, parent: int, uploads: Iterable[int]) -> dict[str, str]:
    """Apply every protection that this machine permits, strictest last; which ones are active.

    Each value is the name of a mechanism or "none". The order matters: namespaces before the
    process has threads and before capabilities are dropped; the file rules while paths can still
    be opened; system calls last.
    """
    active = {"process": "own process group", "limits": _limit(limits)}
    if sys.platform != "linux":
        return active | {"network": "none", "files": "none", "system_calls": "none"}
    libc = ctypes.CDLL(None, use_errno=True)
    _die_with_parent(libc, parent)
    namespace = _leave_network(libc)
    if "user" in namespace:  # only there are the processes counted apart from the user's others
        resource.setrlimit(resource.RLIMIT_NPROC, (limits.processes, limits.processes))
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    privileges = _drop_capabilities(libc)
    files = landlock.restrict(
        libc, readable=_readable(), writable=[Path.cwd()], descriptors=uploads
    )
    calls = seccomp.restrict(libc, platform.machine())
    return active | {
        "network": namespace or ("system-call filter" if calls else "none"),
        "files": files or "none",
        "system_calls": "seccomp" if calls else "none",
        "privileges": "dropped" if privileges else "kept",
    }


def _limit(limits: Limits) -> str:
    """Resource limits. Address space has room to spare above memory: libraries map more than they use."""
    wanted = (
        ("memory", resource.RLIMIT_DATA, limits.memory_bytes),
        ("address space", resource.RLIMIT_AS, limits.memory_bytes + 4 * GIBIBYTE),
        ("cpu", resource.RLIMIT_CPU, limits.cpu_s),
        ("file size", resource.RLIMIT_FSIZE, limits.file_bytes),
        ("open files", resource.RLIMIT_NOFILE, limits.open_files),
        ("core", resource.RLIMIT_CORE, 0),
    )
    done = []
    for name, which, amount in wanted:
        with contextlib.suppress(ValueError, OSError):  # a lower hard limit is already in force
            # At the soft CPU limit comes SIGXCPU, which can be told apart; at the hard one SIGKILL.
            spare = _CPU_SPARE_S if which == resource.RLIMIT_CPU else 0
            resource.setrlimit(which, (amount, amount + spare))
        if resource.getrlimit(which)[0] in range(amount + 1):
            done.append(name)
    # Python's default for SIGXFSZ is to ignore it: the write then fails with EFBIG, which is reported.
    return ", ".join(done)


def _die_with_parent(libc: ctypes.CDLL, parent: int) -> None:
    """A worker that is killed must not leave a child behind."""
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def _leave_network(libc: ctypes.CDLL) -> str:
    """A network namespace of its own, empty: as root directly, else through a user namespace."""
    for flags, name in (
        (_CLONE_NEWNET | _CLONE_NEWIPC, "network namespace"),
        (_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC, "network and user namespace"),
    ):
        if libc.unshare(flags) == 0:
            return name
    return ""


def _drop_capabilities(libc: ctypes.CDLL) -> bool:
    """Give up every capability; True when none is left."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    return libc.capset(header, nothing) == 0


def _readable() -> list[Path]:
    """Where the interpreter, its libraries and this package lie; nothing of the project else."""
    own = Path(__file__).resolve().parent
    root = own.parents[1]
    places = [own, Path(sys.prefix), Path(sys.base_prefix), Path(sys.base_exec_prefix)]
    places += [Path(entry) for entry in sys.path if entry and Path(entry).resolve() != root]
    system = (
        "/usr /lib /lib64 /etc/ld.so.cache /etc/localtime /dev/null /dev/zero /dev/urandom /dev/random "
        "/proc/self /proc/cpuinfo /proc/meminfo /proc/stat /sys/devices/system "
        "/proc/sys/vm/overcommit_memory /sys/kernel/mm/transparent_hugepage"
    )
    places += [Path(place) for place in system.split()]
    return [place for place in dict.fromkeys(places) if place.exists() and str(place) != "/"]
