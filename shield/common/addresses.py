"""Which network addresses the product may reach on somebody's behalf: public ones, or allow-listed.

An IPv4 address can hide in an IPv6 one (mapped, compatible, NAT64). What is judged is what the
packet would reach in the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK: Final = IPv4Address("127.0.0.1")

EMBEDS: Final = (
    IPv6Network("::/96"),  # IPv4-compatible
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated
    IPv6Network("64:ff9b::/96"),  # NAT64
)
"""Networks whose last 32 bits are the IPv4 address that answers."""

REFUSED: Final[tuple[Network, ...]] = (
    ip_network("168.63.129.16/32"),  # Azure's host agent: public by number, private by nature
    ip_network("192.0.0.0/24"),  # protocol assignments; metadata in some clouds
    ip_network("192.88.99.0/24"),  # 6to4 relays
    ip_network("2001::/32"),  # Teredo, 6to4 and local NAT64 hide an address in ways that vary
    ip_network("2002::/16"),
    ip_network("64:ff9b:1::/48"),
    ip_network("fec0::/10"),  # site-local: deprecated, and still routed in places
    ip_network("5f00::/16"),  # segment routing
)
"""Beside what the registries of special-purpose addresses say (`is_global`)."""


def networks(written: Iterable[str]) -> tuple[Network, ...]:
    """The allow-list of the settings; a single address is a network of one."""
    return tuple(ip_network(each.strip(), strict=False) for each in written if each.strip())


def inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address leads to, or the address itself."""
    if isinstance(address, IPv4Address) or int(address) <= 1:  # :: and ::1 are themselves
        return address
    if any(address in network for network in EMBEDS):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_loopback(address: Address) -> bool:
    """This machine, written in whatever way."""
    return inner(address).is_loopback


def may_reach(address: Address, allowed: Iterable[Network] = ()) -> bool:
    """Whether the address that answers in the end is public, or allow-listed."""
    reached = inner(address)
    if any(_within(each, network) for network in allowed for each in (address, reached)):
        return True
    return _public(reached)


def literal(host: str) -> Address | None:
    """The address that a host is written as, or None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _public(address: Address) -> bool:
    special = (
        not address.is_global
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
    )
    return not special and not any(_within(address, network) for network in REFUSED)


def _within(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network
