"""What messages are about, and what becomes of a delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What a message is about; people choose by it what they are told, and how."""

    ASSIGNED = "assigned", _("Assigned to me")
    DECISION = "decision", _("Waiting for my decision")
    DECIDED = "decided", _("Decision on my proposal")
    CRITICAL = "critical", _("New critical finding")
    REGRESSED = "regressed", _("Finding has come back")
    GATE = "gate", _("Gate failed in production")
    DEADLINE = "deadline", _("Deadline near or missed")
    RUN = "run", _("My run has ended")
    INCIDENT = "incident", _("Incident")
    APPETITE = "appetite", _("Risk appetite exceeded")
    ACTIVITY = "activity", _("What I own or follow")
    ACCOUNT = "account", _("My account")
    OPERATIONS = "operations", _("Operations")


@dataclass(frozen=True, slots=True)
class About:
    """What a kind means to a person, and whether it comes by e-mail unless they say otherwise."""

    help: str | Promise
    email: bool
    icon: str
    tone: str


ABOUT: Final[dict[str, About]] = {
    Kind.ASSIGNED: About(_("Somebody made you responsible for a finding."), True, "user-check", "info"),
    Kind.DECISION: About(_("A proposal that you may decide, in your units and tiers."), True, "help-circle", "medium"),
    Kind.DECIDED: About(_("What you proposed was approved, rejected or has ended."), True, "check", "pass"),
    Kind.CRITICAL: About(_("A critical finding in a service of your units."), True, "alert-octagon", "critical"),
    Kind.REGRESSED: About(_("A finding that was resolved or accepted asks for work again."), True, "arrow-back-up", "critical"),
    Kind.GATE: About(_("A version that serves in production failed its gate."), True, "shield-half", "fail"),
    Kind.DEADLINE: About(_("Due dates, expiring decisions, evidence that goes stale."), True, "clock-exclamation", "high"),
    Kind.RUN: About(_("A run that you asked for finished, failed or met a bug."), False, "activity", "info"),
    Kind.INCIDENT: About(_("An incident was reported or changed in your units."), True, "alert-triangle", "fail"),
    Kind.APPETITE: About(_("A service is above the appetite that was set for it."), True, "alert-triangle", "high"),
    Kind.ACTIVITY: About(_("Comments and changes on your findings and on what you follow."), False, "message", "grey"),
    Kind.ACCOUNT: About(_("Roles, tokens and sign-in of your own account."), True, "lock", "info"),
    Kind.OPERATIONS: About(_("Parts of this installation that need an administrator."), True, "bug", "error"),
}  # fmt: skip


class Rhythm(models.TextChoices):
    """When e-mail is sent."""

    AT_ONCE = "at_once", _("At once")
    DIGEST = "digest", _("Once a day")


class Attention(models.TextChoices):
    """What a person wants of one service or finding."""

    FOLLOW = "follow", _("Follow")
    MUTE = "mute", _("Mute")


class DeliveryState(models.TextChoices):
    """What became of one message to one place."""

    PENDING = "pending", _("Waiting")
    SENT = "sent", _("Delivered")
    DEAD = "dead", _("Given up")
    DROPPED = "dropped", _("No longer wanted")


class Format(models.TextChoices):
    """How the body of a webhook is written."""

    SHIELD = "shield", _("Shield (JSON, version 1)")
    SLACK = "slack", _("Slack (and compatible): a line of text")
