"""Signing a test's client in without the login page, as if the person had just done it."""

from __future__ import annotations

import time

from allauth.account.internal.flows import login
from django.test import Client

from shield.accounts.models import User


def sign_in(client: Client, user: User, *, ago_s: float = 0.0) -> None:
    """A fresh session of `user`, whose password was given `ago_s` seconds ago."""
    client.force_login(user)
    session = client.session
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "at": time.time() - ago_s}
    ]
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
