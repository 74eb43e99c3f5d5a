"""Words that people write about findings: checked once, the same for pages, API and bulk acts."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from shield.common.errors import InvalidInput
from shield.findings.choices import REASONS

LONGEST = 5000
"""Characters of a comment."""


def text_of(text: str, *, what: str, required: bool = True, longest: int = LONGEST) -> str:
    """The text without blanks around it. InvalidInput when it is missing, too long or unreadable."""
    text = text.strip()
    if required and not text:
        raise InvalidInput(
            f"{what}_missing",
            _("Some words are needed here."),
            _("Say why, for who reads it later."),
        )
    if len(text) > longest:
        raise InvalidInput(
            f"{what}_too_long",
            _("This text has %(n)s characters; at most %(most)s fit.")
            % {"n": len(text), "most": longest},
            _("Shorten it, or link a document."),
        )
    if "\0" in text:
        raise InvalidInput(
            f"{what}_unreadable", _("The text contains a null character."), _("Remove it.")
        )
    return text


def reason_of(category: str, act: str) -> str:
    """The reason, when it is on the act's short list; else InvalidInput that names the list."""
    choices: type[TextChoices] = REASONS[act]
    if category not in choices.values:
        raise InvalidInput(
            "reason_unknown",
            _("A reason from the list is needed."),
            _("One of: %(reasons)s.") % {"reasons": ", ".join(choices.values)},
        )
    return category
