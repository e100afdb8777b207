"""Where a git URL really leads, looked at before git goes there: git itself resolves and follows whatever it is told."""

import re
from urllib.parse import urlsplit

import msgspec

from registry.fetch import addresses, request
from registry.fetch.network import Network
from registry.fetch.transfer import ForbiddenError, TransferError, TransientError

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.I)
_REFS = "/info/refs"
_QUERY = "?service=git-upload-pack"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """What git is told: the URL at the end of the redirects, the protocols it may use, and settings that hold it to them."""

    url: str
    protocols: str = "https:http:ssh:git:file"
    """Never `ext`, which runs a command."""
    settings: tuple[str, ...] = ()


def route(url: str, network: Network) -> Route:
    """The way to a repository. Raises ForbiddenError where a card of this kind may not lead there.

    A stranger's card may name http(s) repositories alone: ssh goes with the user's keys, a path reads what is on this machine.
    """
    scheme = _SCHEME.match(url)
    if scheme is None or scheme[1].lower() not in ("http", "https"):
        if network.private_hosts:
            return Route(url=url)
        raise ForbiddenError("a stranger's card may name repositories by https alone")
    final, public = _end_of_redirects(url, network)
    parts = urlsplit(final)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    settings = ["http.followRedirects=false"]
    try:
        found = addresses.resolve(host, port)
    except (OSError, UnicodeError):
        found = []  # git says so itself, or a proxy knows the name
    allowed = addresses.admitted(host, found, network.private_hosts and not public)
    if allowed and host != allowed[0]:
        pinned = ",".join(f"[{one}]" if ":" in one else one for one in allowed)
        settings.append(f"http.curloptResolve={host}:{port}:{pinned}")
    return Route(url=final, protocols="https:http", settings=tuple(settings))


def _end_of_redirects(url: str, network: Network) -> tuple[str, bool]:
    """(the repository's URL at the end of the redirects, whether it was reached at a public address)."""
    client = request.session(network)
    try:
        with request.get(client, url.rstrip("/") + _REFS + _QUERY, network) as answer:
            final = str(answer.url)
    except ForbiddenError:
        raise
    except (TransferError, TransientError, ValueError):
        return url, False  # what is wrong there is git's to say
    base, found, _ = final.partition(_REFS)
    return (base, client.is_public(final)) if found else (url, False)
