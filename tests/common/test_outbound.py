"""Requests to addresses that people typed in: where they may go, and what bad servers cannot do."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shield.common import outbound
from shield.common.outbound import Refused, Unreachable, request, target
from tests.notify.support import Recording, answering, read_request, server

LOOKED_UP = socket.getaddrinfo


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.OUTBOUND_LOOPBACK = True


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.org/", "outbound.scheme"),
        ("ftp://example.org/", "outbound.scheme"),
        ("file:///etc/passwd", "outbound.scheme"),
        ("gopher://example.org/", "outbound.scheme"),
        ("//example.org/", "outbound.scheme"),
        ("https:///path", "outbound.scheme"),
        ("https://user:pass@example.org/", "outbound.userinfo"),
        ("https://user@example.org/", "outbound.userinfo"),
        ("https://example.org:22/", "outbound.port"),
        ("https://example.org:99999/", "outbound.form"),
        ("https://example.org/\r\nX-Evil: 1", "outbound.form"),
        ("https://example.org/ a", "outbound.form"),
        ("https://exämple.org/", "outbound.form"),
        ("https://example.org/" + "a" * 2000, "outbound.form"),
        ("https://[::1/", "outbound.form"),
        ("https://127.0.0.1/", "outbound.address"),
        ("https://10.0.0.1/", "outbound.address"),
        ("https://169.254.169.254/latest/meta-data/", "outbound.address"),
        ("https://[::1]/", "outbound.address"),
        ("https://[::ffff:10.0.0.1]/", "outbound.address"),
        ("https://[64:ff9b::7f00:1]/", "outbound.address"),
        ("https://[fd00:ec2::254]/", "outbound.address"),
    ],
)
def test_an_address_of_a_wrong_form_is_refused_when_it_is_typed_in(url: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        target(url)
    assert refused.value.code == code


@pytest.mark.parametrize("url", ["https://example.org", "https://example.org:8443/hook?a=b"])
def test_a_public_https_address_is_taken(url: str) -> None:
    assert target(url).host == "example.org"


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "localhost."]
)
def test_other_ways_to_write_this_machine_are_refused_after_the_look_up(host: str) -> None:
    with pytest.raises((Refused, Unreachable)) as refused:
        request("POST", f"https://{host}/")
    assert refused.value.code in ("outbound.address", "outbound.name")


def test_a_name_is_refused_when_one_of_its_addresses_is_private(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [(2, 1, 6, "", (each, 443)) for each in ("93.184.215.14", "10.0.0.5")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: rows)
    with pytest.raises(Refused, match="private or reserved"):
        request("POST", "https://two-faced.example/")


def test_the_connection_goes_to_the_judged_address_and_asks_for_no_other(
    monkeypatch: pytest.MonkeyPatch, loopback: None
) -> None:
    """DNS rebinding: the first answer is harmless, every later one is the metadata service."""
    asked: list[str] = []

    def look_up(host: str, *rest: object, **more: object) -> list[tuple]:
        if host != "rebinding.example":
            return LOOKED_UP(host, *rest, **more)  # an address as it is
        asked.append(host)
        found = "127.0.0.1" if len(asked) == 1 else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 80))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    hears = Recording()
    with server(hears) as port:
        answer = request("POST", f"http://rebinding.example:{port}/hook", body=b"{}")
    assert answer.status == 200
    assert asked == ["rebinding.example"]
    assert hears.requests[0][1]["host"] == f"rebinding.example:{port}"


def test_plain_http_is_for_this_machine_alone_even_when_it_is_allowed(
    monkeypatch: pytest.MonkeyPatch, loopback: None
) -> None:
    rows = [(2, 1, 6, "", ("93.184.215.14", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: rows)
    with pytest.raises(Refused) as refused:
        request("POST", "http://example.org/")
    assert refused.value.code == "outbound.scheme"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_to_a_private_address_is_an_answer_and_is_not_followed(
    status: str, loopback: None
) -> None:
    inside = Recording()
    with server(inside) as private, server(
        answering(status, extra=f"Location: http://127.0.0.1:{private}/latest/meta-data/\r\n")
    ) as port:  # fmt: skip
        answer = request("POST", f"http://127.0.0.1:{port}/", body=b"secret")
    assert answer.status == int(status[:3])
    assert inside.requests == []


def never(connection: socket.socket) -> None:
    """Takes the connection and says nothing until the other side has gone."""
    while connection.recv(65536):
        pass


def drips(connection: socket.socket) -> None:
    """Slow loris: always one more byte, in time for every single read, until the other side has gone."""
    for _ in range(600):
        connection.sendall(b"a")
        time.sleep(0.05)


def drips_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    drips(connection)


def drips_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    drips(connection)


def drips_a_stated_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    drips(connection)


@pytest.mark.parametrize("serve", [never, drips_headers, drips_body, drips_a_stated_body])
def test_a_server_that_does_not_come_to_an_end_is_left_in_time(
    serve: object, loopback: None
) -> None:
    with server(serve) as port, pytest.raises(Unreachable) as late:
        request("POST", f"http://127.0.0.1:{port}/", body=b"{}", total_s=0.5)
    assert late.value.code == "outbound.late"  # the server never ends before the request does


def test_a_huge_answer_is_cut_and_not_read_to_its_end(loopback: None) -> None:
    def endless(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with server(endless) as port:
        answer = request("GET", f"http://127.0.0.1:{port}/", most_bytes=10_000)
    assert answer.cut
    assert answer.body == b"x" * 10_000


def test_a_compressed_answer_is_not_unpacked(loopback: None) -> None:
    with server(
        answering(body=b"\x1f\x8b" + b"0" * 50, extra="Content-Encoding: gzip\r\n")
    ) as port:
        answer = request("GET", f"http://127.0.0.1:{port}/")
    assert answer.body.startswith(b"\x1f\x8b")


@pytest.mark.parametrize(
    "said",
    [
        b"\x00\xff\xfe garbage \r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 banana\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"",
    ],
)
def test_garbage_is_no_answer_and_no_crash(said: bytes, loopback: None) -> None:
    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(said)

    with server(serve) as port:
        try:
            answer = request("POST", f"http://127.0.0.1:{port}/", body=b"{}", total_s=2)
        except Unreachable as error:
            assert error.code == "outbound.connection"
        else:
            assert answer.status == 200
            assert b"Content-Length: nonsense" in said  # read as a body until the end


def test_nobody_listening_is_said_as_such(loopback: None) -> None:
    with server(answering()) as port:
        pass
    with pytest.raises(Unreachable) as error:
        request("POST", f"http://127.0.0.1:{port}/")
    assert error.value.code == "outbound.connection"


def test_a_name_that_is_not_looked_up_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    given_up, looked_up = threading.Event(), []

    def slow(*_: object, **__: object) -> list[object]:
        given_up.wait(30)
        looked_up.append("slow.example")
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(Unreachable, match="could not be looked up"):
        request("POST", "https://slow.example/", connect_s=0.2)
    assert looked_up == []
    given_up.set()


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of an authority of its own, for one name."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    alternatives = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(7).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives[:1]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


@pytest.mark.parametrize(
    ("name", "trusted", "works"),
    [("hook.example", True, True), ("hook.example", False, False), ("other.example", True, False)],
)
def test_the_certificate_must_be_trusted_and_be_that_of_the_name(
    name: str, trusted: bool, works: bool, tmp_path: Path, settings: Any,
    monkeypatch: pytest.MonkeyPatch, loopback: None,
) -> None:  # fmt: skip
    public, private = certificate(tmp_path, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    settings.OUTBOUND_CA_FILE = str(public) if trusted else ""
    hears = Recording()

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            hears(secure)

    def look_up(host: str, *rest: object, **more: object) -> list[tuple]:
        if host != "hook.example":
            return LOOKED_UP(host, *rest, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with server(serve) as port:
        if works:
            assert request("POST", f"https://hook.example:{port}/", body=b"x").status == 200
            assert hears.requests[0][2] == b"x"
        else:
            with pytest.raises(Unreachable) as error:
                request("POST", f"https://hook.example:{port}/", body=b"x")
            assert error.value.code == "outbound.tls"
            assert hears.requests == []


def test_a_plain_server_at_an_https_address_is_a_tls_error(loopback: None) -> None:
    with server(answering()) as port, pytest.raises(Unreachable) as error:
        request("POST", f"https://127.0.0.1:{port}/", connect_s=0.3)
    assert error.value.code in ("outbound.tls", "outbound.late")


def test_proxies_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, loopback: None
) -> None:
    proxy = Recording()
    with server(proxy) as elsewhere, server(answering()) as port:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{elsewhere}")
        assert request("GET", f"http://127.0.0.1:{port}/").status == 200
    assert proxy.requests == []


def test_the_limits_are_what_the_documentation_says() -> None:
    assert (outbound.CONNECT_S, outbound.TOTAL_S, outbound.MOST_BYTES) == (5.0, 10.0, 65_536)


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST.", "ci.localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1",
     "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]"],
)  # fmt: skip
def test_an_address_that_leads_inside_is_refused_when_it_is_typed_in(
    settings: Any, host: str
) -> None:
    settings.OUTBOUND_LOOPBACK = False
    with pytest.raises(outbound.Refused):
        outbound.refuse_inside(f"https://{host}/hook")


def test_a_name_that_is_not_known_at_this_moment_may_be_typed_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    outbound.refuse_inside("https://ci.example.org/hook")
