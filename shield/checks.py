"""What the production profile refuses to start with, each with an id and a hint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from shield.accounts.choices import Role
from shield.accounts.mapping import problems
from shield.audit.keys import signing_key
from shield.common.errors import MissingPrerequisite

SHORTEST_SECRET: Final = 50
LEAST_DIFFERENT: Final = 8
THIS_MACHINE: Final = ("localhost", "127.0.0.1", "::1")


@register("shield")
def production_profile(**_: object) -> list[CheckMessage]:
    """Nothing to say of the embedded profile; in production, all that makes it unsafe."""
    if getattr(settings, "SHIELD_PROFILE", "embedded") != "production":
        return []
    return list(_unsafe())


def _unsafe() -> Iterator[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield Error(
            "The production profile does not run on SQLite.",
            hint="Set SHIELD_DATABASE_URL=postgres://user:password@host:5432/shield.",
            id="shield.E001",
        )
    if settings.CELERY_BROKER_URL.split(":", 1)[0] in ("filesystem", "memory", ""):
        yield Error(
            "The production profile does not queue work in files or in memory.",
            hint="Set SHIELD_BROKER_URL=redis://host:6379/0 (or amqp://…).",
            id="shield.E002",
        )
    secret = settings.SECRET_KEY
    if (
        len(secret) < SHORTEST_SECRET
        or len(set(secret)) < LEAST_DIFFERENT
        or secret.startswith("django-insecure-")
    ):
        yield Error(
            "The secret key is a default, or too short.",
            hint="Set SHIELD_SECRET_KEY to the output of "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'.",
            id="shield.E003",
        )
    if settings.DEBUG:
        yield Error(
            "DEBUG shows source code and settings to whoever meets an error.",
            hint="Unset SHIELD_DEBUG.",
            id="shield.E004",
        )
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS must name the hosts that this server answers for.",
            hint="Set SHIELD_ALLOWED_HOSTS=shield.example.org.",
            id="shield.E005",
        )
    yield from _unreachable()
    yield from _unsigned()


def _unreachable() -> Iterator[CheckMessage]:
    """The address at the root of every link that leaves the product."""
    address = urlsplit(settings.SHIELD_URL)
    if address.scheme != "https" or address.hostname in (None, *THIS_MACHINE):
        yield Error(
            f"SHIELD_URL is {settings.SHIELD_URL!r}: links in messages would lead nowhere.",
            hint="Set SHIELD_URL=https://shield.example.org, as people type it.",
            id="shield.E008",
        )


def _unsigned() -> Iterator[CheckMessage]:
    """What is wrong with the key of the audit trail and the place of its heads."""
    try:
        signing_key()
    except MissingPrerequisite as error:
        yield Error(error.message, hint=error.hint, id="shield.E006")
        return
    path = Path(settings.AUDIT_KEY_FILE)
    if not settings.AUDIT_KEY and path.stat().st_mode & 0o077:
        yield Error(
            f"Others than the product's user may read the audit key {path}.",
            hint=f"chmod 600 {path}",
            id="shield.E007",
        )


@register("shield")
def identity_provider(**_: object) -> list[CheckMessage]:
    """What is wrong with the settings of the identity provider, in every profile."""
    found: list[CheckMessage] = [
        Error(
            f"SHIELD_OIDC_GRANTS cannot be used. {problem}",
            hint='Write {"group": ["engineer@retail"]}: role, role@unit or role@unit:tier.',
            id="shield.E010",
        )
        for problem in problems(settings.OIDC_GRANTS)
    ]
    if settings.OIDC_ISSUER and not settings.OIDC_CLIENT_ID:
        found.append(
            Error(
                "An identity provider is named, but not who this installation is there.",
                hint="Set SHIELD_OIDC_CLIENT_ID and SHIELD_OIDC_CLIENT_SECRET.",
                id="shield.E011",
            )
        )
    if not settings.LOCAL_LOGIN and not settings.OIDC_ISSUER:
        found.append(
            Error(
                "Nobody could sign in: passwords are off and there is no identity provider.",
                hint="Set SHIELD_OIDC_ISSUER, or SHIELD_LOCAL_LOGIN=true.",
                id="shield.E012",
            )
        )
    unknown = sorted(set(settings.SECOND_FACTOR_ROLES) - set(Role.values))
    if unknown:
        found.append(
            Error(
                f"SHIELD_SECOND_FACTOR_ROLES names {', '.join(unknown)}, which is no role.",
                hint=f"Use {', '.join(Role.values)}.",
                id="shield.E013",
            )
        )
    return found


def refuse_unsafe_start() -> None:
    """For servers, which run no checks by themselves: raise ImproperlyConfigured with all of them."""
    found = production_profile()
    if found:
        raise ImproperlyConfigured(
            "\n".join(f"{each.id}: {each.msg} {each.hint}" for each in found)
        )
