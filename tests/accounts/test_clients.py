"""The client's address behind proxies, and networks: what anybody could have written does not count."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from shield.accounts.clients import client_address, is_within, networks_clean
from shield.common.errors import InvalidInput


def seen(header: str | None, peer: str = "10.0.0.9") -> str | None:
    more = {} if header is None else {"HTTP_X_FORWARDED_FOR": header}
    return client_address(RequestFactory(REMOTE_ADDR=peer).get("/", **more))


@pytest.mark.parametrize("header", [None, "203.0.113.7", "10.1.1.1, 203.0.113.7"])
def test_without_proxies_the_header_is_not_looked_at(header: str | None) -> None:
    assert seen(header, "198.51.100.1") == "198.51.100.1"


@pytest.mark.parametrize(
    ("proxies", "header", "expected"),
    [
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "10.1.1.1, 203.0.113.7", "203.0.113.7"),  # the first was written by the client
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (2, "203.0.113.7", "10.0.0.9"),  # came around a proxy
        (1, None, "10.0.0.9"),
        (1, "", "10.0.0.9"),
        (1, "rubbish", None),
        (1, "203.0.113.7:5123", "203.0.113.7"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_only_what_trusted_proxies_appended_counts(
    settings: object, proxies: int, header: str | None, expected: str | None
) -> None:
    settings.TRUSTED_PROXIES = proxies  # type: ignore[attr-defined]
    assert seen(header) == expected


def test_networks_are_kept_in_one_form() -> None:
    assert networks_clean(["10.1.2.3/16", "192.0.2.7", " ", "10.1.0.0/16", "2001:DB8::/32"]) == [
        "10.1.0.0/16",
        "192.0.2.7/32",
        "2001:db8::/32",
    ]
    for wrong in (["example.org"], ["10.0.0.0/40"], ["x" * 5000], ["10.0.0.0/8"] * 51):
        with pytest.raises(InvalidInput):
            networks_clean(wrong)


def test_an_unknown_address_is_in_no_network() -> None:
    assert is_within(None, [])
    assert not is_within(None, ["0.0.0.0/0"])
    assert is_within("10.1.2.3", ["192.0.2.0/24", "10.1.0.0/16"])
    assert not is_within("10.2.0.1", ["10.1.0.0/16"])
    assert not is_within("2001:db8::1", ["10.0.0.0/8"])
