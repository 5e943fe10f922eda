"""The IP address that a request comes from."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest


def get_client_ip(request: HttpRequest) -> str | None:
    """Return the IP address that limits and locks count by; None where there is none (a Unix socket).

    Each proxy appends the address it was called from, so only as many entries from the right as there are
    proxies of ours can be believed; what stands before them was written by the client.
    """
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies: int = settings.TRUSTED_PROXIES
    forwarded = _normalize_ip(hops[-proxies]) if 0 < proxies <= len(hops) else None
    return forwarded or _normalize_ip(request.META.get("REMOTE_ADDR", ""))


def _normalize_ip(text: str) -> str | None:
    """Return one spelling of an address; for IPv6 its /64, as a single household can use all of those addresses."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address.packed, 64), strict=False).network_address)
