"""Open sessions of a person: which there are, and ending them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from shield.accounts.events import about
from shield.accounts.models import User

STARTED: Final = "shield_started"
SEEN: Final = "shield_seen"


def sessions_of(user: User) -> QuerySet[UserSession]:
    """The sessions that are open, the last seen first."""
    UserSession.objects.purge_and_list(user)
    return UserSession.objects.filter(user=user).order_by("-last_seen_at")


@transaction.atomic
def session_end(*, session: UserSession, actor: str) -> None:
    """End one session now."""
    about(actor, "session.end", session.user, after={"address": session.ip})
    session.end()


@transaction.atomic
def sessions_end_all(*, user: User, actor: str, reason: str = "") -> None:
    """End every session of a person now, also those that were never listed."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    for session in UserSession.objects.filter(user=user):
        session.end()
    about(actor, "session.end_all", user, reason=reason)


def sessions_end_others(*, request: HttpRequest, user: User) -> None:
    """End every other session; this one goes on under a new key."""
    sessions_end_all(user=user, actor=user.get_username(), reason="signed out elsewhere")
    request.session.create()
    update_session_auth_hash(request, user)
    UserSession.objects.create_from_request(request)


def begin(session: SessionBase) -> None:
    """Start the clocks of a session."""
    session[STARTED] = session[SEEN] = timezone.now().timestamp()


def moment(session: SessionBase, key: str) -> datetime | None:
    """One of the clocks."""
    at = session.get(key)
    return datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) else None
