"""Servers that behave badly, and short ways to make events."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from shield.audit.models import Event
from shield.audit.services import record
from shield.findings.models import Finding
from shield.notify.deliveries import deliver
from shield.notify.models import Endpoint
from shield.notify.reading import read
from shield.notify.services import endpoints as services
from shield.notify.services.endpoints import Terms

Serve = Callable[[socket.socket], None]


@contextmanager
def server(serve: Serve) -> Iterator[int]:
    """A TCP server on this machine; `serve` gets each connection in a thread. Yields the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    done = threading.Event()

    def accept() -> None:
        while not done.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            except OSError:  # shut down while it waited
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    def one(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(20)
            try:
                serve(connection)
            except OSError as error:
                print(f"the client went away: {error}")

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        done.set()
        listening.shutdown(socket.SHUT_RDWR)  # wakes the thread
        thread.join()
        listening.close()


def read_request(connection: socket.socket) -> tuple[str, dict[str, str], bytes]:
    """First line, headers and body of one request."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            break
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return first, headers, body


def answering(status: str = "200 OK", body: bytes = b"ok", extra: str = "") -> Serve:
    """Answers every request the same way."""

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
        connection.sendall(head.encode() + body)

    return serve


class Recording:
    """Keeps what it was sent; answers with `status`."""

    def __init__(self, status: str = "200 OK") -> None:
        self.status = status
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

    def __call__(self, connection: socket.socket) -> None:
        self.requests.append(read_request(connection))
        connection.sendall(f"HTTP/1.1 {self.status}\r\nContent-Length: 0\r\n\r\n".encode())


def happened(act: str, of: Finding, *, actor: str = "somebody", **more: object) -> Event:
    """An event about a finding."""
    return record(
        actor=actor, act=act, object_type="finding", object_id=of.pk, object_text=str(of),
        unit=of.unit_id, **more,
    )  # fmt: skip


def endpoint(port: int = 9, *, acts: tuple[str, ...] = ("finding.*",), **more: Any) -> Endpoint:
    """A webhook to this machine; port 9 takes nothing."""
    terms = Terms("CI", f"http://127.0.0.1:{port}/hook?a=b", acts, more.pop("format", "shield"))
    return services.endpoint_create(terms=terms, unit=more.pop("unit", None), actor="admin")[0]


def send(of: Endpoint, at: Any = None) -> int:
    """Deliver what is due; how many."""
    return deliver(channel="webhook", queue=str(of.pk), now=at)


def happen_and_read(finding: Finding, times: int = 1) -> None:
    """Events that webhooks are to hear, read from the outbox."""
    for _ in range(times):
        happened("finding.regressed", finding)
    read()
