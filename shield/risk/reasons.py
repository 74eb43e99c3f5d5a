"""The short lists of reasons for acts on policies, exceptions, tiers and appetite.

What is kept is one text: the reason in words, then what the person wrote. So a reader of the history
needs no list, and a list may change.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shield.common.errors import InvalidInput


class LimitReason(TextChoices):
    """Why a limit of a tier, or of one service, is to be another one."""

    RULE = "rule", gettext_lazy("A law, standard or supervisor asks for it")
    EVIDENCE = "evidence", gettext_lazy("The measurements show that the limit does not fit")
    APPETITE = "appetite", gettext_lazy("The appetite for risk has changed")
    JUSTIFIED = "justified", gettext_lazy("The difference has a legitimate reason")
    TIME = "time", gettext_lazy("The repair is planned and needs time")
    OTHER = "other", gettext_lazy("Something else")


class AppetiteReason(TextChoices):
    """Why a unit is to bear more or less."""

    BOARD = "board", gettext_lazy("The board or a committee decided it")
    LOSSES = "losses", gettext_lazy("Incidents or losses show that it is needed")
    BUSINESS = "business", gettext_lazy("The business of the unit has changed")
    REVIEW = "review", gettext_lazy("The regular review")
    OTHER = "other", gettext_lazy("Something else")


class TierReason(TextChoices):
    """Why the questionnaire is answered."""

    FIRST = "first", gettext_lazy("The service is assessed for the first time")
    USE = "use", gettext_lazy("The service is used in another way")
    REVIEW = "review", gettext_lazy("The regular review")
    MISTAKE = "mistake", gettext_lazy("The last answers were wrong")
    OTHER = "other", gettext_lazy("Something else")


class ApproveReason(TextChoices):
    EVIDENCE = "evidence", gettext_lazy("The evidence supports it")
    BORNE = "borne", gettext_lazy("The risk can be borne")
    RULE = "rule", gettext_lazy("A law, standard or supervisor asks for it")
    OTHER = "other", gettext_lazy("Something else")


class RejectReason(TextChoices):
    WEAK = "weak", gettext_lazy("The evidence is too weak")
    RISK = "risk", gettext_lazy("The risk is too high")
    INCOMPLETE = "incomplete", gettext_lazy("Something in the proposal is missing or wrong")
    OTHER = "other", gettext_lazy("Something else")


class EndReason(TextChoices):
    """Why a proposal is taken back, or an exception ends before its time."""

    NOT_NEEDED = "not_needed", gettext_lazy("It is no longer needed")
    REPLACED = "replaced", gettext_lazy("Something else takes its place")
    MISTAKE = "mistake", gettext_lazy("It was a mistake")
    OTHER = "other", gettext_lazy("Something else")


class ReviewReason(TextChoices):
    """Why a version may stay as it is."""

    FITS = "fits", gettext_lazy("The limits still fit what is measured")
    NO_NEW_RULE = "no_new_rule", gettext_lazy("No law, standard or supervisor asks for others")
    PENDING = "pending", gettext_lazy("A change is on its way; until then it stays")
    OTHER = "other", gettext_lazy("Something else")


Reasons = type[TextChoices]


def told(reasons: Reasons, reason: str, comment: str = "") -> str:
    """One text from a reason, by its code or in own words, and a comment; InvalidInput without either."""
    words = str(reasons(reason).label) if reason in reasons.values else reason.strip()
    parts = [part for part in (words, comment.strip()) if part]
    if not parts:
        raise InvalidInput(
            "risk.reason",
            _("A decision needs a reason."),
            _("Own words, or one of: %(reasons)s.") % {"reasons": ", ".join(reasons.values)},
        )
    return ": ".join(parts)
