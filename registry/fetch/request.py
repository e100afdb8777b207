"""One HTTP request: every failure as a cause in words, told apart by whether another try may help."""

import email.utils
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from registry.fetch import sniff
from registry.fetch.network import Network
from registry.fetch.transfer import ForbiddenError, TransferError, TransientError

if TYPE_CHECKING:
    import requests

    from registry.fetch.guard import Client

_TRANSIENT = {408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524}
_MEANING = {401: "it asks for a login", 403: "access is forbidden", 404: "it is not there", 410: "it is gone"}


def session(network: Network) -> "Client":
    """A new client with the limits of `network`."""
    from registry.fetch.guard import Client

    return Client(network)


def get(
    client: "Client", url: str, network: Network, headers: dict[str, str] | None = None
) -> "requests.Response":
    """The streamed answer to a GET, of status 200, 206 or 416, at the end of all redirects.

    No redirect leads to another scheme than http(s), from https to http, from a public address to a private one, or takes a password
    to another host. Raises TransferError or TransientError with the cause.
    """
    private = network.private_hosts
    for _ in range(network.max_redirects + 1):
        answer = _hop(client, url, headers, private)
        private = private and not client.is_public(url)
        following = _following(client, answer)
        if following is None:
            break
        answer.close()
        url = following
    else:
        raise TransferError(f"it redirects in a circle (more than {network.max_redirects} times)")
    if answer.status_code in (200, 206, 416):
        return answer
    with answer:
        raise _refusal(answer)


def _hop(client: "Client", url: str, headers: dict[str, str] | None, private: bool) -> "requests.Response":
    import requests
    import urllib3

    try:
        return client.hop(url, headers, private)
    except requests.exceptions.SSLError as error:
        raise TransferError(f"its TLS certificate is not accepted ({innermost(error)})") from error
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
        raise TransientError(broken(error)) from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        raise TransferError(f"it is not a usable address ({error})") from error


def _following(client: "Client", answer: "requests.Response") -> str | None:
    """Where an answer redirects to, None where it does not. Raises ForbiddenError where no download may follow."""
    try:
        target = client.get_redirect_target(answer)
    except ValueError as error:
        raise ForbiddenError("it redirects to what is not a usable address") from error
    return None if target is None else _next(str(answer.url), target)


def _next(here: str, target: str) -> str:
    """The address that `target` is on the page `here`. Raises ForbiddenError where no download may follow."""
    try:
        url = urljoin(here, target)
        scheme = urlsplit(url).scheme
    except ValueError as error:
        raise ForbiddenError(f"it redirects to what is not a usable address ({error})") from error
    if scheme not in ("http", "https"):
        raise ForbiddenError(f"it redirects to what is not a usable address ({scheme or 'no'}:)")
    if scheme == "http" and urlsplit(here).scheme == "https":
        raise ForbiddenError(
            "it redirects from https to http, where anybody on the way can read and change it"
        )
    return url


def broken(error: Exception) -> str:
    """A connection's failure in words."""
    import requests
    import urllib3

    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "the server did not answer in time"
    said = innermost(error)
    if "IncompleteRead" in said or "IncompleteRead" in str(error):
        return "the connection was cut in the middle of the file"
    if "NameResolution" in str(error) or "getaddrinfo" in str(error):
        return "its host name is not found (no network?)"
    return f"the connection failed ({said})"


def innermost(error: BaseException) -> str:
    """The cause at the root of a chain of exceptions, in one line."""
    reason = getattr(error, "reason", None)
    below = error.__cause__ or error.__context__ or (reason if isinstance(reason, BaseException) else None)
    while below is not None:
        error = below
        reason = getattr(error, "reason", None)
        below = (
            error.__cause__ or error.__context__ or (reason if isinstance(reason, BaseException) else None)
        )
    strerror = getattr(error, "strerror", None)
    return str(strerror or error or type(error).__name__).splitlines()[0]


def _refusal(answer: "requests.Response") -> TransferError | TransientError:
    status = answer.status_code
    cause = f"HTTP {status} {answer.reason or ''}".rstrip()
    body = next(answer.iter_content(sniff.HEAD), b"") if status >= 400 else b""
    if sniff.is_html(body):
        meaning = sniff.page(body.decode("utf-8", "replace"))
        if "quota" in meaning or "not public" in meaning:
            return TransferError(f"{cause}: {meaning}")
    if status in _TRANSIENT:
        return TransientError(cause, wait=retry_after(answer.headers.get("Retry-After")))
    return TransferError(f"{cause}: {_MEANING[status]}" if status in _MEANING else cause)


def retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header: a number or a date (RFC 9110, 10.2.3); None where there is none or it makes no sense."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        when = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, when.timestamp() - time.time())
