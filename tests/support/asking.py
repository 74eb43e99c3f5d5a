"""A client for walks of thousands of requests: it shares its handler and keeps no templates' contexts.

Django's client loads the middleware again for each client and copies every context of every template.
A view that raises answers 500 here, as on a server, and its traceback is in the log.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler

AWAY: Final = "203.0.113.7"
"""An address that is not this machine, for `/metrics`."""
TOKEN: Final = "t" * 32
"""A form's token: any that the cookie and the form agree on."""

_LENIENT: Final = ClientHandler(enforce_csrf_checks=False)
_STRICT: Final = ClientHandler(enforce_csrf_checks=True)


class Asking(Client):
    """Asks as one session (None: not signed in), from somewhere else; `strict` asks for forms' tokens."""

    def __init__(self, session: str | None = None, *, strict: bool = False, **more: object) -> None:
        super().__init__(**{"REMOTE_ADDR": AWAY, **more})
        self.handler = _STRICT if strict else _LENIENT
        if session is not None:
            self.cookies[settings.SESSION_COOKIE_NAME] = session

    def request(self, **request: object) -> HttpResponse:
        return self.handler(self._base_environ(**request))


def session_of(client: Client) -> str:
    """The session of a client that was signed in."""
    value: str = client.cookies[settings.SESSION_COOKIE_NAME].value
    return value
