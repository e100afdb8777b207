"""Which addresses a download may reach: the public ones; private ones for a user's own card; cloud metadata never."""

import ipaddress
import socket
from typing import Literal

from registry.fetch.transfer import ForbiddenError

Kind = Literal["public", "private", "metadata"]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA = tuple(
    ipaddress.ip_network(text)
    for text in (
        "169.254.0.0/16",  # link-local: 169.254.169.254 of most clouds, 169.254.170.2 of ECS
        "fe80::/10",
        "fd00:ec2::/32",  # AWS
        "fd20:ce::254/128",  # Google Cloud
        "100.100.100.200/32",  # Alibaba Cloud
        "168.63.129.16/32",  # Azure's wire server, an address that looks public
        "192.0.0.192/32",  # Oracle Cloud
    )
)
_EMBEDS_IPV4 = tuple(ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96"))
"""IPv6 networks whose last 32 bits are an IPv4 address (NAT64; the old compatible addresses)."""


def kind(text: str) -> Kind:
    """What an address as the resolver gives it (`127.0.0.1`, `fe80::1%eth0`) belongs to; an IPv4 address within IPv6 counts as itself."""
    address = ipaddress.ip_address(text.split("%")[0])
    found = {_kind(one) for one in (address, *_embedded(address))}
    order: tuple[Kind, ...] = ("metadata", "private")
    return next((one for one in order if one in found), "public")


def resolve(host: str, port: int) -> list[str]:
    """The host's addresses, in the resolver's order. Raises OSError (socket.gaierror) where it has none."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def admitted(host: str, addresses: list[str], private: bool) -> list[str]:
    """Those of a host's addresses that may be connected to. Raises ForbiddenError with the cause where it has none."""
    kinds = {address: kind(address) for address in addresses}
    allowed = ("public", "private") if private else ("public",)
    kept = [address for address, what in kinds.items() if what in allowed]
    if addresses and not kept:
        first = addresses[0]
        what = "a cloud's metadata service" if kinds[first] == "metadata" else "this machine's own network"
        named = first if host.strip("[]") == first else f"{host!a} ({first})"
        raise ForbiddenError(f"{named} is an address of {what}, where it may not lead")
    return kept


def _kind(address: Address) -> Kind:
    if any(address in network for network in _METADATA if network.version == address.version):
        return "metadata"
    return "public" if address.is_global and not address.is_multicast else "private"


def _embedded(address: Address) -> list[Address]:
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    found: list[Address] = [one for one in (address.ipv4_mapped, address.sixtofour) if one is not None]
    if address.teredo is not None:
        found += address.teredo
    if any(address in network for network in _EMBEDS_IPV4) and int(address) > 1:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found
