"""One HTTP request: every failure as a cause in words, told apart by whether another try may help."""

import email.utils
import time
from typing import TYPE_CHECKING

from registry.fetch import sniff
from registry.fetch.network import Network
from registry.fetch.transfer import TransferError, TransientError

if TYPE_CHECKING:
    import requests

_TRANSIENT = {408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524}
_MEANING = {401: "it asks for a login", 403: "access is forbidden", 404: "it is not there", 410: "it is gone"}


def session(network: Network) -> "requests.Session":
    """A new session with the limits of `network`."""
    import requests

    made = requests.Session()
    made.max_redirects = network.max_redirects
    made.headers["User-Agent"] = "zoo-model-fetcher/1"
    made.headers["Accept-Encoding"] = "identity"  # sizes, ranges and checksums are those of the file itself
    return made


def get(
    client: "requests.Session", url: str, network: Network, headers: dict[str, str] | None = None
) -> "requests.Response":
    """The streamed answer to a GET, of status 200, 206 or 416. Raises TransferError or TransientError with the cause."""
    import requests

    try:
        answer = client.get(
            url, headers=headers, stream=True, timeout=(network.connect_timeout, network.read_timeout)
        )
    except requests.TooManyRedirects as error:
        raise TransferError(f"it redirects in a circle (more than {network.max_redirects} times)") from error
    except requests.exceptions.SSLError as error:
        raise TransferError(f"its TLS certificate is not accepted ({innermost(error)})") from error
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
        raise TransientError(broken(error)) from error
    except (requests.RequestException, ValueError) as error:
        raise TransferError(f"it is not a usable address ({error})") from error
    if answer.status_code in (200, 206, 416):
        return answer
    with answer:
        raise _refusal(answer)


def broken(error: Exception) -> str:
    """A connection's failure in words."""
    import requests

    if isinstance(error, requests.Timeout):
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
