"""Signing a test's client in without the login page."""

from __future__ import annotations

from django.test import Client

from shield.accounts.models import User


def sign_in(client: Client, user: User) -> None:
    """A fresh session of `user`."""
    client.force_login(user)
