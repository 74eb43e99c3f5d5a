"""Who answers for a service: the account behind the owner's text, deputies, and what has no owner."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Upper

from shield.accounts.models import User
from shield.registry.models import Service


def owner_account(text: str) -> User | None:
    """The one active account whose username or e-mail address is `text`; None for none or several."""
    wanted = text.strip()
    if not wanted:
        return None
    found = User.objects.filter(Q(username__iexact=wanted) | Q(email__iexact=wanted))
    accounts = list(found.filter(is_active=True)[:2])
    return accounts[0] if len(accounts) == 1 else None


def owner_link(service: Service) -> None:
    """Bring `owner_user` up to the owner's text. The text is what people decide; this follows it."""
    account = owner_account(service.owner)
    if service.owner_user_id != (account.pk if account else None):
        service.owner_user = account
        service.save(update_fields=["owner_user"])


def services_without_owner() -> QuerySet[Service]:
    """Services in use for which nobody with an active account answers, neither owner nor deputy."""
    active = User.objects.filter(is_active=True).order_by()
    # Two lists that are read once; a lookup for each service would read all people each time.
    usernames = active.values_list(Upper("username"))
    addresses = active.exclude(email="").values_list(Upper("email"))
    deputies = User.objects.filter(is_active=True, deputised_services=OuterRef("pk"))
    return (
        Service.objects.filter(retired_at=None)
        .exclude(owner_user__is_active=True)
        .alias(named=Upper("owner"))
        .exclude(named__in=usernames)
        .exclude(named__in=addresses)
        .filter(~Exists(deputies))
    )
