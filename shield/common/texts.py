"""Characters that nobody sees, and that make one text look like another."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def has_hidden_characters(text: str) -> bool:
    """Control characters, direction marks and overrides, zero-width and unassigned characters."""
    return any(unicodedata.category(each) in {"Cc", "Cf", "Cn", "Co", "Cs"} for each in text)


def refuse_hidden_characters(text: str) -> str:
    """The text in one form (NFC); raises ValidationError for characters that nobody sees."""
    if has_hidden_characters(text):
        raise ValidationError(
            _("This has invisible characters. Type it again instead of pasting it."),
            code="hidden_characters",
        )
    return unicodedata.normalize("NFC", text)
