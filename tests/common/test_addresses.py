"""Which addresses may be reached: public ones, in whatever disguise they come."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shield.common.addresses import is_loopback, literal, may_reach, networks

PRIVATE = [
    "0.0.0.0",  # noqa: S104
    "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "2001:db8::1",
    "2001::1", "2002:808:808::1", "64:ff9b:1::808:808", "100::1", "5f00::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111"]
DISGUISES = ["::ffff:{}", "::{}", "64:ff9b::{}", "::ffff:0:{}"]


@pytest.mark.parametrize("written", PRIVATE)
def test_private_and_reserved_addresses_are_refused(written: str) -> None:
    assert not may_reach(ip_address(written))


@pytest.mark.parametrize("written", PUBLIC)
def test_public_addresses_may_be_reached(written: str) -> None:
    assert may_reach(ip_address(written))


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("written", [each for each in PRIVATE + PUBLIC if "." in each])
def test_an_ipv4_address_is_judged_inside_an_ipv6_one(disguise: str, written: str) -> None:
    hidden = ip_address(disguise.format(written))
    assert may_reach(hidden) == (written in PUBLIC)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_never_easier_to_reach_than_what_it_maps(address: object) -> None:
    for disguise in DISGUISES:
        assert may_reach(ip_address(disguise.format(address))) <= may_reach(address)


def test_an_allow_list_opens_its_networks_and_nothing_else() -> None:
    allowed = networks(["10.20.0.0/16", " 192.168.7.9 ", "fd12::/32"])
    assert may_reach(ip_address("10.20.3.4"), allowed)
    assert may_reach(ip_address("::ffff:10.20.3.4"), allowed)
    assert may_reach(ip_address("192.168.7.9"), allowed)
    assert may_reach(ip_address("fd12::1"), allowed)
    assert not may_reach(ip_address("10.21.0.1"), allowed)
    assert not may_reach(ip_address("192.168.7.10"), allowed)
    assert networks(["10.0.0.1"]) == (ip_network("10.0.0.1/32"),)


@pytest.mark.parametrize("written", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_known_in_every_form(written: str) -> None:
    assert is_loopback(ip_address(written))


def test_a_name_is_no_literal() -> None:
    assert literal("example.org") is None
    assert literal("10.0.0.1") == ip_address("10.0.0.1")
