"""Names and passwords."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser


class PasswordBackend(AuthenticationBackend):
    """By user name, whatever its case. Somebody who was switched off is told no more than a stranger.

    The library would send people who were switched off, and know their password, to a page of its own.
    """

    @classmethod
    def _stash_user(cls, user: AbstractBaseUser | None) -> AbstractBaseUser | None:
        return None
