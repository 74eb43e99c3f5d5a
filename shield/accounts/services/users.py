"""People: made, invited, switched off and on again."""

from __future__ import annotations

import secrets

from allauth.mfa.models import Authenticator
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from shield.accounts.changes import PERSON_LEFT
from shield.accounts.choices import Role
from shield.accounts.directory import manages
from shield.accounts.events import about
from shield.accounts.models import BusinessUnit, User
from shield.accounts.pages import require
from shield.accounts.policy import EVERYWHERE
from shield.accounts.services.grants import (
    grant_add,
    grant_give,
    refuse_last_administrator,
    refuse_unknown_role,
)
from shield.accounts.services.tokens import token_revoke
from shield.accounts.sessions import sessions_end_all
from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.common.texts import has_hidden_characters


def user_create(
    *,
    username: str,
    role: str,
    actor: str,
    email: str = "",
    unit: BusinessUnit | None = None,
    tier_limit: str = "",
) -> tuple[User, str]:
    """A user with one grant (in `unit`, or everywhere) and a random password, shown only now.

    Raises InvalidInput for a role or name that cannot be, Conflict for a name that is taken.
    """
    refuse_unknown_role(role=role)
    password = secrets.token_urlsafe(15)
    user = _new(username, email)
    user.set_password(password)
    with _unless_taken(username), transaction.atomic():
        user.save()
        about(actor, "user.create", user, after={"email": email})
        grant_add(user=user, role=role, unit=unit, tier_limit=tier_limit, actor=actor)
    return user, password


def person_invite(
    *,
    actor: User,
    username: str,
    role: str,
    reason: str,
    email: str = "",
    unit: BusinessUnit | None = None,
    tier_limit: str = "",
) -> tuple[User, str]:
    """Somebody new, without a password, and the path of the page that sets one: once, for three days.

    Raises NotPermitted in units that are not the actor's, and what `user_create` raises.
    """
    require(actor, "user.manage", of=unit or EVERYWHERE)
    refuse_unknown_role(role=role)
    user = _new(username, email)
    user.set_unusable_password()
    with _unless_taken(username), transaction.atomic():
        user.save()
        about(actor.get_username(), "user.create", user, after={"email": email}, reason=reason)
        grant_give(
            actor=actor, user=user, role=role, unit=unit, tier_limit=tier_limit, reason=reason
        )
    return user, invitation_path(user=user)


def invitation_path(*, user: User) -> str:
    """The path of the page where this person sets a password; void after use, sign-in or three days."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("invitation", args=[uid, default_token_generator.make_token(user)])


@transaction.atomic
def invitation_renew(*, actor: User, user: User, reason: str) -> str:
    """A new link to set a password, for somebody who lost theirs; open sessions end.

    Raises NotPermitted for who also removed the second factors since the person was last here.
    """
    require_manages(actor=actor, user=user)
    _refuse_both(actor, user, other="factor.reset")
    user.set_unusable_password()
    user.save(update_fields=["password"])
    sessions_end_all(user=user, actor=actor.get_username(), reason=reason)
    about(actor.get_username(), "user.invite", user, reason=reason)
    return invitation_path(user=user)


@transaction.atomic
def person_switch_off(*, actor: User, user: User, reason: str) -> User:
    """End somebody's access: sessions and tokens at once; rooms above are told. Idempotent.

    Raises NotPermitted for oneself and for people of other units, Conflict for the last administrator.
    """
    require_manages(actor=actor, user=user)
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        return user
    refuse_last_administrator(user=user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    sessions_end_all(user=user, actor=actor.get_username(), reason=reason)
    for token in user.api_tokens.filter(revoked_at=None):
        token_revoke(token=token, actor=actor.get_username())
    about(actor.get_username(), "user.switch_off", user, reason=reason)
    PERSON_LEFT.tell(user)
    return user


@transaction.atomic
def person_switch_on(*, actor: User, user: User, reason: str) -> User:
    """Let somebody in again, with the roles of before and without the old tokens. Idempotent."""
    require_manages(actor=actor, user=user)
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        about(actor.get_username(), "user.switch_on", user, reason=reason)
    return user


@transaction.atomic
def factors_reset(*, actor: User, user: User, reason: str) -> None:
    """Remove somebody's second factors, for who lost the device and the codes; open sessions end.

    Raises NotPermitted for who also made a link to set the password since the person was last here.
    """
    require_manages(actor=actor, user=user)
    _refuse_both(actor, user, other="user.invite")
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    Authenticator.objects.filter(user=user).delete()
    sessions_end_all(user=user, actor=actor.get_username(), reason=reason)
    about(actor.get_username(), "factor.reset", user, before={"kinds": kinds}, reason=reason)


def require_manages(*, actor: User, user: User) -> None:
    """Raise NotPermitted for oneself, and for people whom `actor` does not look after as a whole."""
    if actor.pk == user.pk:
        raise NotPermitted(
            "own_account", _("Nobody does this to the own account."), _("Ask a colleague.")
        )
    if not manages(actor, user):
        raise NotPermitted(
            "not_permitted",
            _("This person also works in units that you do not administer."),
            _("Ask an administrator of everything."),
        )


def _refuse_both(actor: User, user: User, *, other: str) -> None:
    """Password and second factor together are the account: one administrator alone replaces only one
    of them, of somebody who has been here, where there is a second administrator to ask."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if user.last_login is None or not _another_administrator(actor, user):
        return
    done = Event.objects.filter(
        act=other, object_type="user", object_id=str(user.pk),
        actor=actor.get_username(), at__gte=user.last_login,
    )  # fmt: skip
    if done.exists():
        raise NotPermitted(
            "second_person",
            _("You have replaced the password or the second factors of this person already; with "
              "both you could act as them."),
            _("Ask another administrator to do the second step."),
        )  # fmt: skip


def _another_administrator(actor: User, user: User) -> bool:
    everywhere = Q(is_superuser=True) | Q(grants__role=Role.ADMINISTRATOR, grants__unit=None)
    others = User.objects.filter(everywhere, is_active=True)
    return others.exclude(pk__in=[actor.pk, user.pk]).exists()


def _new(username: str, email: str) -> User:
    user = User(username=User.normalize_username(username), email=email)
    if has_hidden_characters(username):
        raise InvalidInput("user.name", "The name has invisible characters.", "Type it again.")
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise InvalidInput(
            "user.name", " ".join(error.messages), "Correct the name or the e-mail address."
        ) from error
    return user


class _unless_taken:  # noqa: N801  (reads as a sentence where it is used)
    """Context: a name that differs from another only in its case, or not at all, is a Conflict."""

    def __init__(self, username: str) -> None:
        self.error = Conflict(
            "user.exists", f"There is a user {username} already.", "Choose another name."
        )
        if User.objects.filter(username__iexact=username).exists():
            raise self.error

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, IntegrityError):
            raise self.error from error
