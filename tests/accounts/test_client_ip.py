from typing import Any

import pytest
from django.test import RequestFactory

from accounts.client_ip import get_client_ip

PEER = "10.0.0.9"


def seen(forwarded: str | None, peer: str = PEER) -> str | None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return get_client_ip(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, None, PEER),
        (0, "203.0.113.5", PEER),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "1.1.1.1, 203.0.113.5", "203.0.113.5"),
        (1, "127.0.0.1,10.0.0.1 , 203.0.113.5", "203.0.113.5"),
        (2, "1.1.1.1, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (2, "203.0.113.5", PEER),
        (1, None, PEER),
        (1, "", PEER),
        (1, "203.0.113.5, nonsense", PEER),
        (1, "203.0.113.5, " + "9" * 500, PEER),
        (1, "203.0.113.5,", PEER),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(
    settings: Any, proxies: int, forwarded: str | None, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert seen(forwarded) == expected


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:DB8:1:2:ffff::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
    ],
)
def test_one_household_is_one_address(peer: str, expected: str) -> None:
    assert seen(None, peer) == expected


def test_a_unix_socket_has_no_address() -> None:
    assert seen(None, "") is None
