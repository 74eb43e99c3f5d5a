"""Passwords that look long and are not: variations of common ones, repetitions and sequences."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from shield.accounts.models import User

_LEET: Final = str.maketrans("0134578@$!", "oieastbasi")
_RUNS: Final = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
_PRODUCT: Final = ("shield",)
LEAST_OWN: Final = 8
"""So many characters must remain beside a common word, or the word is the password."""


@cache
def _common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)


class NotAVariationValidator:
    """Refuses a common password with a few characters added, the product's name, and simple runs."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError when the password is a variation."""
        plain = password.casefold()
        if any(_is_variation(each) for each in {plain, plain.translate(_LEET)}):
            raise ValidationError(
                _("This is a variation of a password that many people use."),
                code="password_variation",
            )

    def get_help_text(self) -> str:
        """The rule, for people."""
        return _(
            "Several unrelated words are good. Variations of common passwords, repetitions and "
            "sequences are refused; nothing has to be mixed in."
        )


def _is_variation(password: str) -> bool:
    if _is_repetition(password) or _is_run(password):
        return True
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password)
    words = {core, password.strip("0123456789"), *_PRODUCT}
    return any(
        word in _common() | set(_PRODUCT) and len(password.replace(word, "")) < LEAST_OWN
        for word in words
        if len(word) >= 4 and word in password
    )


def _is_repetition(password: str) -> bool:
    """A piece of up to six characters, again and again."""
    return re.fullmatch(r"(.{1,6}?)\1+.{0,3}", password, re.DOTALL) is not None


def _is_run(password: str) -> bool:
    """A stretch of the alphabet, the digits or the keyboard, also backwards, also twice."""
    for run in _RUNS:
        for line in (run * 3, (run * 3)[::-1]):
            if password in line:
                return True
    return False
