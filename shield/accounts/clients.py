"""The address of whoever asks, as far as it can be trusted."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

from shield.common.errors import InvalidInput


def client_address(request: HttpRequest) -> str | None:
    """The address of the client; None where it cannot be known.

    Behind `SHIELD_PROXIES` proxies, each of which appends the address that it saw, only that many
    entries from the right of X-Forwarded-For are true; what stands left of them anybody may have
    written. With fewer entries than proxies somebody came around them: then the peer's own address
    counts. Without proxies the header is not looked at.
    """
    count = settings.TRUSTED_PROXIES
    peer = request.META.get("REMOTE_ADDR", "")
    if count:
        seen = [entry.strip() for entry in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(seen) >= count and seen[-count]:
            return _plain(seen[-count])
    return _plain(peer)


def _plain(written: str) -> str | None:
    """An address in its one form: without port, brackets or zone, IPv4 out of IPv6."""
    bare = written.partition("%")[0]
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except (ValueError, AddressValueError):
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def networks_clean(written: list[str]) -> list[str]:
    """Networks in their one form (`10.1.0.0/16`; an address alone is a network of one).

    Raises InvalidInput for what is none, or too many.
    """
    if len(written) > 50:
        raise InvalidInput("token.networks", "At most 50 networks.", "Name larger ones.")
    found = []
    for text in written:
        if not text.strip():
            continue
        try:
            found.append(str(ip_network(text.strip(), strict=False)))
        except ValueError as error:
            raise InvalidInput(
                "token.networks",
                f"{text.strip()[:60]!r} is no network.",
                "Write it like 10.1.0.0/16, 192.0.2.7 or 2001:db8::/32.",
            ) from error
    return list(dict.fromkeys(found))


def is_within(address: str | None, networks: list[str]) -> bool:
    """Whether the address lies in one of the networks; without networks, anywhere does."""
    if not networks:
        return True
    if address is None:
        return False
    parsed: IPv4Address | IPv6Address = ip_address(address)
    return any(parsed in ip_network(network) for network in networks)
