"""Four eyes: who proposes does not decide. The service refuses it, and so does the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _

from shield.common.errors import NotPermitted

if TYPE_CHECKING:
    from shield.accounts.models import User


class Proposal(models.Model):
    """What one person asks for and another decides. Add `four_eyes_constraint` to the subclass."""

    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(auto_now_add=True)
    reason = models.TextField()
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True)

    class Meta:
        abstract = True


def four_eyes_constraint(name: str) -> models.CheckConstraint:
    """The database's own refusal of a decider who is the proposer."""
    return models.CheckConstraint(condition=Q(decider=None) | ~Q(decider=F("proposer")), name=name)


def refuse_own(proposal: Proposal, user: User) -> None:
    """Raise NotPermitted when `user` proposed it: nobody approves what they asked for themselves."""
    if proposal.proposer == user:
        raise NotPermitted(
            "own_proposal",
            _("You proposed this yourself, so somebody else must decide."),
            _("Ask a colleague with the right to decide."),
        )
