"""Landlock: after this the process opens only the files it was given and the libraries it needs.

Source: Linux documentation, userspace-api/landlock.rst (ABI 1 from Linux 5.13, network from ABI 4).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_RULE_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_REG, _TRUNCATE = 1 << 5, 1 << 8, 1 << 14
_ALL_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_IOCTL_DEVICE = 1 << 15  # from ABI 5
_NETWORK = (1 << 0) | (1 << 1)  # bind and connect of TCP, from ABI 4
_SCOPED = (1 << 0) | (1 << 1)  # abstract sockets and signals, from ABI 6
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE


class _Ruleset(ctypes.Structure):
    _fields_ = [
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def restrict(
    libc: ctypes.CDLL,
    *,
    readable: Iterable[Path],
    writable: Iterable[Path],
    descriptors: Iterable[int],
) -> str:
    """Restrict the process for good; "landlock (ABI n)", or "" where the kernel has no Landlock.

    `descriptors` are files that are already open and may be opened again for reading.
    """
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return ""
    handled = _ALL_BY_ABI.get(version, _ALL_BY_ABI[4] | _IOCTL_DEVICE)
    attributes = _Ruleset(handled, _NETWORK if version >= 4 else 0, _SCOPED if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return ""
    read = _READ_FILE | _READ_DIR | _EXECUTE
    write = _READ_FILE | _READ_DIR | _WRITE_FILE | _MAKE_REG | _REMOVE_FILE | _TRUNCATE
    for places, rights in ((readable, read), (writable, write)):
        for place in places:
            # A place that cannot be opened is not needed: the child may then do less, never more.
            with contextlib.suppress(OSError):
                # Not closed: rules on /proc live only as long as somebody holds the entry.
                _allow(libc, ruleset, os.open(place, os.O_PATH | os.O_CLOEXEC), rights & handled)
    for descriptor in descriptors:
        _allow(libc, ruleset, descriptor, _READ_FILE)
    active = libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return f"landlock (ABI {version})" if active else ""


def _allow(libc: ctypes.CDLL, ruleset: int, descriptor: int, rights: int) -> None:
    if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
        rights &= _FILE_RIGHTS
    rule = _PathBeneath(rights, descriptor)
    if libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0) != 0:
        raise OSError(ctypes.get_errno(), "a Landlock rule was refused")
