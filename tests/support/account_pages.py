"""The pages of the own account and of administrators, for the tests that visit every page."""

from __future__ import annotations

from allauth.mfa.totp.internal.auth import TOTP
from django.urls import reverse

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.accounts.services import invitation_path, token_create
from tests import factories
from tests.support.pages import BIDI, LONG

LEADS_ON = {"invitation"}
"""Pages that lead on to another address: the link's secret goes into the session."""


def administrator() -> User:
    """Somebody who may open all of them, with a token and a colleague who has a bit of everything."""
    user = factories.user("root", role=Role.ADMINISTRATOR)
    token_create(
        user=user, name=LONG[:100], days=9, actor="", scopes=["read", "ci"],
        unit=factories.unit("retail"), networks=["10.0.0.0/8", "2001:db8::/32"],
    )  # fmt: skip
    return user


def colleague() -> User:
    """A person of several units, with a second factor, tokens and names that test the layout."""
    unit = factories.unit("payments")
    unit.name = BIDI[:120]
    unit.save()
    person = factories.user("dan", unit=unit, tier_limit="high")
    person.email = f"{LONG[:40]}@example.org"
    person.save()
    TOTP.activate(person, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    token_create(user=person, name="nightly", days=9, actor="")
    return person


def account_pages(person: User) -> dict[str, str]:
    """Every one of them, by name; `person` is whom the pages of people are about."""
    off = factories.user("gone", role=Role.VIEWER, is_active=False)
    service = factories.service("to-be-moved")
    return {
        "account": reverse("account"),
        "password": reverse("account_change_password"),
        "security": reverse("mfa_index"),
        "app": reverse("mfa_activate_totp"),
        "passkey": reverse("mfa_add_webauthn"),
        "recovery codes": reverse("mfa_generate_recovery_codes"),
        "sessions": reverse("account-sessions"),
        "tokens": reverse("account-tokens"),
        "again": reverse("account_reauthenticate"),
        "people": reverse("person-list"),
        "people filtered": reverse("person-list") + "?role=engineer&state=on&unit=payments&q=dan",
        "people without a match": reverse("person-list") + "?q=zzz",
        "invite": reverse("person-new"),
        "person": reverse("person-detail", args=[person.pk]),
        "person off": reverse("person-detail", args=[off.pk]),
        "units": reverse("unit-list"),
        "service-move": reverse("service-move", args=[service.slug]),
        "invitation": invitation_path(user=person),
        "invitation used": reverse("invitation", args=["MQ", "x-y"]),
    }
