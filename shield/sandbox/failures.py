"""Exceptions of libraries as failures with stable codes."""

from __future__ import annotations

import errno

from shield.sandbox.contract import Limits, SandboxFailure
from shield.sandbox.labels import clean_text
from shield.sandbox.process import memory_exceeded

_MEMORY_SIGNS = (
    "bad_alloc",
    "bad allocation",
    "Failed to allocate memory",
    "out of memory",
    "malloc of size",
    "failed to map segment",
    "cannot allocate memory",
)


def as_failure(error: BaseException, limits: Limits) -> SandboxFailure:
    """The failure for any exception; what nobody expected becomes `sandbox_internal_error`."""
    if isinstance(error, SandboxFailure):
        return error
    chain: BaseException | None = error
    while chain is not None:
        if is_memory(chain):
            return memory_exceeded(limits.memory_bytes)
        chain = chain.__cause__
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SandboxFailure(
            "disk_full",
            "The disk is full: the prepared table could not be written.",
            "Free some space.",
        )
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return SandboxFailure(
            "file_too_large",
            f"The prepared table is larger than the limit of {limits.file_bytes / 2**30:.1f} GiB.",
            "Assess a sample of the rows.",
        )
    text = clean_text(f"{type(error).__name__}: {error}", 500)
    return SandboxFailure("sandbox_internal_error", f"The sandbox failed unexpectedly: {text}")


def is_memory(error: BaseException) -> bool:
    """True when an exception says, in the way of its library, that memory ran out."""
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in _MEMORY_SIGNS)
