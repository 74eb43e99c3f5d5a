"""One error class and four families; what a check finds is a value, never an exception."""

from __future__ import annotations


class ShieldError(Exception):
    """Something a person can do something about: a machine code, what happened, what to do next."""

    status = 500

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class MissingPrerequisite(ShieldError):
    """A library, a file or a service that is needed is not there; the hint is the line that fixes it."""

    status = 503


class InvalidInput(ShieldError):
    """What was handed in cannot be used as it is."""

    status = 422


class Conflict(ShieldError):
    """It contradicts what is already recorded, or somebody else was faster."""

    status = 409


class NotPermitted(ShieldError):
    """The actor may not do this."""

    status = 403
