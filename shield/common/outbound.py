"""The one door to addresses that people have typed in: webhooks, and later model endpoints.

Whoever names a target can point it at the inside of the network (server-side request forgery).
Therefore: only https; the name is looked up once, every address it leads to is judged, and the
connection goes to exactly the judged address (a second look-up could answer otherwise); redirects
are not followed; proxies of the environment are not used; time, size and ports are limited.

`OUTBOUND_ALLOW` lists networks that may be reached although they are private; `OUTBOUND_LOOPBACK`
allows plain http, on any port, to this machine alone (for trying out and for tests).
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from types import TracebackType
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from shield.common import addresses
from shield.common.errors import InvalidInput, ShieldError

LONGEST_URL: Final = 2_000
CONNECT_S: Final = 5.0
LOOK_UP_S: Final = 2.0
TOTAL_S: Final = 10.0
MOST_BYTES: Final = 64 * 1024


class Refused(InvalidInput):
    """The target is one that the product does not go to; nothing was sent."""


class Unreachable(ShieldError):
    """The target could not be reached, or did not answer in time or in HTTP."""

    status = 502


@dataclass(frozen=True, slots=True)
class Target:
    """A URL whose form is allowed. Where it leads is judged when it is used."""

    secure: bool
    host: str
    port: int
    path: str  # with the query

    @property
    def authority(self) -> str:
        """As the header Host has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.secure else 80
        return host if self.port == usual else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is cut at the limit; `cut` says that there was more."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool
    duration_s: float = field(compare=False, default=0.0)


def target(url: str) -> Target:
    """The URL taken apart; Refused with what is wrong with it. Looks nothing up."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise _refused("form", "The address is too long or holds characters that no URL has.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused("form", "The address is no URL.") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise _refused("scheme", "The address must start with https:// and name a host.")
    if parts.username is not None or parts.password is not None:
        raise _refused("userinfo", "The address holds a user name or password.")
    secure = parts.scheme == "https"
    found = Target(secure, parts.hostname, port or (443 if secure else 80), _path(parts))
    if not secure and not settings.OUTBOUND_LOOPBACK:
        raise _refused("scheme", "The address must start with https://.")
    if found.port not in settings.OUTBOUND_PORTS and not settings.OUTBOUND_LOOPBACK:
        ports = ", ".join(str(each) for each in settings.OUTBOUND_PORTS)
        raise _refused("port", f"Port {found.port} is not one of {ports}.")
    written = addresses.LOOPBACK if _is_localhost(found.host) else addresses.literal(found.host)
    if written is not None:
        _judge(found, written)
    return found


def refuse_inside(url: str, *, connect_s: float = LOOK_UP_S) -> None:
    """Raise Refused for what `request` would refuse now: for the moment in which an address is typed in.

    A name that cannot be looked up at this moment passes; where it leads is judged at every use.
    """
    goal = target(url)
    try:
        _resolve(goal, connect_s)
    except Unreachable:
        return


def request(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    connect_s: float = CONNECT_S,
    total_s: float = TOTAL_S,
    most_bytes: int = MOST_BYTES,
) -> Answer:
    """One request, one answer, whatever its status; redirects are answers, too.

    Raises:
        Refused: the target is not allowed; nothing was sent.
        Unreachable: no connection, no valid certificate, no HTTP, or not within `total_s`.
    """
    began = time.monotonic()
    goal = target(url)
    address = _resolve(goal, connect_s)
    connection = _connection(goal, address, connect_s)
    said = {"Host": goal.authority, "Accept-Encoding": "identity", **(headers or {})}
    try:
        connection.connect()
        sock = connection.sock
        assert sock is not None
        left = max(0.1, total_s - (time.monotonic() - began))
        sock.settimeout(left)
        with _Deadline(sock, left) as deadline:
            connection.request(
                method, goal.path, body=body or None, headers=said, preload_content=False,
                decode_content=False,
            )  # fmt: skip
            answer = _read(connection.getresponse(), most_bytes, began)
            deadline.keep()
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise _unreachable(error) from error
    finally:
        connection.close()
    return answer


def _is_localhost(host: str) -> bool:
    """Names that are this machine by definition (RFC 6761), whatever the resolver knows of them."""
    return host.rstrip(".").rpartition(".")[2] == "localhost"


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _resolve(goal: Target, seconds: float) -> str:
    """The first address of the host, when every one that it leads to may be reached."""
    found: list[str] = []
    failed: list[Exception] = []

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(goal.host, goal.port, type=socket.SOCK_STREAM)
            found.extend(str(row[4][0]) for row in rows)
        except (OSError, UnicodeError) as error:
            failed.append(error)

    # The system's resolver takes no time limit; a thread that is left behind ends with it.
    thread = threading.Thread(target=look_up, name="look-up", daemon=True)
    thread.start()
    thread.join(seconds)
    if failed or not found:
        raise Unreachable(
            "outbound.name", f"The name {goal.host} could not be looked up.", "Check the address."
        )
    for each in found:
        written = addresses.literal(each)
        if written is None:
            raise _refused("address", f"{goal.host} leads to an address with a scope.")
        _judge(goal, written)
    return found[0]


def _judge(goal: Target, address: addresses.Address) -> None:
    """Raise Refused unless the connection may go there. Says nothing of what answers there."""
    if settings.OUTBOUND_LOOPBACK and addresses.is_loopback(address):
        return
    if not goal.secure:
        raise _refused("scheme", "The address must start with https://.")
    if goal.port not in settings.OUTBOUND_PORTS:
        raise _refused("port", f"Port {goal.port} is not allowed.")
    if not addresses.may_reach(address, addresses.networks(settings.OUTBOUND_ALLOW)):
        raise _refused("address", f"{goal.host} leads to a private or reserved address.")


def _connection(goal: Target, address: str, connect_s: float) -> HTTPConnection:
    """A connection to the judged address; the certificate must be that of the name."""
    if not goal.secure:
        return HTTPConnection(address, goal.port, timeout=connect_s)
    return HTTPSConnection(
        address,
        goal.port,
        timeout=connect_s,
        ssl_context=ssl.create_default_context(cafile=settings.OUTBOUND_CA_FILE or None),
        server_hostname=goal.host,
    )


def _read(response: BaseHTTPResponse, most: int, began: float) -> Answer:
    """The answer, with at most `most` bytes of its body."""
    parts, size = [], 0
    while size <= most and (part := response.read(min(8192, most + 1 - size))):
        parts.append(part)
        size += len(part)
    body = b"".join(parts)
    return Answer(
        status=response.status,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=body[:most],
        cut=len(body) > most,
        duration_s=time.monotonic() - began,
    )


class _Deadline:
    """Ends a connection when the whole exchange has taken too long.

    A socket's own time-out starts again with every byte that drips in; this does not.
    """

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self.passed = False
        self._sock = sock
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if error is not None:
            self.keep()

    def keep(self) -> None:
        """Raise TimeoutError when it has passed: a body without a stated length just seems to end."""
        if self.passed:
            raise TimeoutError

    def _end(self) -> None:
        self.passed = True
        try:
            # The plain socket's: TLS would want to say goodbye first, to somebody who does not listen.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
        except OSError:
            self.passed = True  # the other side was faster: it is closed already


def _refused(code: str, message: str) -> Refused:
    return Refused(
        f"outbound.{code}",
        message,
        "Use a public https address, or let whoever runs this server allow the network "
        "(SHIELD_OUTBOUND_ALLOW).",
    )


def _unreachable(error: Exception) -> Unreachable:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return Unreachable("outbound.late", "No answer within the time allowed.", "Answer faster.")
    if isinstance(error, ssl.SSLError) or "CERTIFICATE" in str(error) or "SSL" in str(error):
        return Unreachable(
            "outbound.tls", "The certificate was not accepted, or TLS failed.", "Check it."
        )
    return Unreachable(
        "outbound.connection", f"No usable answer ({type(error).__name__}).", "Is it running?"
    )
