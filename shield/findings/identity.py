"""The identity of a finding: what it is about, never how large it is or how it is worded."""

from __future__ import annotations

from collections.abc import Mapping

from shield.evidence.canonical import digest


def fingerprint(*, service: str, check: str, version: str, slice: Mapping[str, str]) -> str:
    """SHA-256 of the canonical (service, check id, check major version, slice).

    `version` is the check's whole version; only the part before the first dot enters, so that a
    correction of a check keeps its findings and a redefinition starts new ones.
    """
    return digest(
        {"service": service, "check": check, "major": major(version), "slice": dict(slice)}
    )


def major(version: str) -> str:
    """The part of a check's version that changes when its meaning does."""
    return version.split(".", 1)[0]
