"""Which passwords are good: long, and not what everybody uses; no forced mixtures."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from shield.accounts.models import User

ADA = User(username="ada.lovelace", email="countess@example.org")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse",
        "anvil grey tuesday",
        "plum orbit canvas seven",
        "nnqwzkxhvbtr",
        "Füße über dem Gras",
        "日本語の長い合言葉なので安全です",
        "823746198236",
        "x" * 3 + "jUhw7dh2kq9s" * 8,
    ],
)
def test_long_and_uncommon_is_enough(password: str) -> None:
    validate_password(password, ADA)


@pytest.mark.parametrize(
    "password",
    [
        "short horse",
        "ada.lovelace1815",
        "countess@example.org",
        "password2024!",
        "P@ssw0rd123456",
        "iloveyou2024!!",
        "shieldshield",
        "Shield-2026!!",
        "aaaaaaaaaaaa",
        "abcabcabcabcabc",
        "123456789012",
        "qwertyuiopasdf",
        "zyxwvutsrqpo",
    ],
)
def test_short_common_similar_and_mechanical_ones_are_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, ADA)
