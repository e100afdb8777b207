"""The HTTP client: each connection goes to an address that was looked at, and a server that dawdles is cut off."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from registry.fetch import addresses
from registry.fetch.network import Network


class Client(requests.Session):
    """A session that asks for one hop at a time; `registry.fetch.request.get` follows the redirects."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._guard = _Guard(network)
        self._network = network
        for scheme in ("http://", "https://"):
            self.mount(scheme, self._guard)
        self.headers["User-Agent"] = "zoo-model-fetcher/1"
        self.headers["Accept-Encoding"] = (
            "identity"  # sizes, ranges and checksums are those of the file itself
        )

    def hop(self, url: str, headers: dict[str, str] | None, private: bool) -> requests.Response:
        """The streamed answer to one GET, redirects too. `private`: whether a private address may be reached.

        Raises TransferError for an address that may not be, requests' errors for the rest.
        """
        self._guard.private = private
        timeout = (self._network.connect_timeout, self._network.read_timeout)
        return self.get(url, headers=headers, stream=True, timeout=timeout, allow_redirects=False)

    def is_public(self, url: str) -> bool:
        """Whether this client reached the URL's host at a public address, or through a proxy."""
        return self._guard.kinds.get(_place(url), "public") == "public"


class _Guard(HTTPAdapter):
    """`private`: whether private addresses may be connected to now; `kinds`: what each host was found to be."""

    def __init__(self, network: Network) -> None:
        self.private, self.network = False, network
        self.kinds: dict[tuple[str, int], addresses.Kind] = {}
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        given = {"guard": self}
        http = type("Http", (_Connection, HTTPConnection), given)
        https = type("Https", (_Connection, HTTPSConnection), given)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("HttpPool", (HTTPConnectionPool,), {"ConnectionCls": http}),
            "https": type("HttpsPool", (HTTPSConnectionPool,), {"ConnectionCls": https}),
        }

    def send(self, request: Any, *arguments: Any, **options: Any) -> requests.Response:
        place = _place(str(request.url))
        if select_proxy(str(request.url), options.get("proxies")):
            with contextlib.suppress(
                OSError, UnicodeError
            ):  # the proxy may know names that are not known here
                addresses.admitted(place[0], addresses.resolve(*place), self.private)
        elif self.kinds.get(place) == "private" and not self.private:  # over a connection that is open still
            addresses.admitted(place[0], addresses.resolve(*place), self.private)
        return super().send(request, *arguments, **options)


class _Connection(HTTPConnection):
    """Resolves once, looks at the addresses, and connects to one of just these: a name that resolves anew changes nothing."""

    guard: _Guard

    def _new_conn(self) -> socket.socket:
        host, port = self._dns_host, int(self.port or self.default_port)
        try:
            found = addresses.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise NameResolutionError(host, self, error) from error  # type: ignore[arg-type]
        failed: HTTPError = NewConnectionError(self, "Failed to establish a new connection")
        for address in addresses.admitted(host, found, self.guard.private):
            try:
                self._dns_host = address
                made = super()._new_conn()
            except HTTPError as error:
                failed = error
                continue
            finally:
                self._dns_host = host
            self.guard.kinds[host.strip("[]").lower(), port] = addresses.kind(made.getpeername()[0])
            return made
        raise failed

    def getresponse(self) -> Any:
        with _deadline(self.sock, self.guard.network.head_timeout):
            return super().getresponse()


@contextlib.contextmanager
def _deadline(connected: Any, seconds: float) -> Iterator[None]:
    """Cut the connection after so long, whatever trickles in meanwhile."""

    def cut() -> None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connected, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)
