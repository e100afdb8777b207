"""One link visited: HEAD, and where that does not settle it the first bytes by a ranged GET (RFC 9110)."""

import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode, urlsplit

import msgspec

from registry.fetch import gdrive, huggingface, request, sniff
from registry.fetch.network import Network
from registry.links.collect import Link
from registry.links.gate import Gate

if TYPE_CHECKING:
    import requests

Status = Literal["alive", "gone", "refused", "size", "page", "busy", "unreachable"]
ROT: tuple[Status, ...] = ("gone", "refused", "size", "page")
"""What will not get better by waiting."""
OPEN: tuple[Status, ...] = ("busy", "unreachable")
"""What another visit may settle."""

_TOTAL = re.compile(r"bytes (?:\d+-\d+|\*)/(\d+)")
_PAGE = 1 << 18


class Visit(msgspec.Struct, frozen=True):
    """What was found. `size` in bytes where the server tells it; `at` in seconds since 1970."""

    url: str
    status: Status
    detail: str = ""
    size: int | None = None
    at: int = 0


class _Answer(msgspec.Struct, frozen=True):
    """As much of an answer as decides. `head`: the first bytes, None after a HEAD."""

    code: int
    reason: str
    headers: dict[str, str]
    head: bytes | None = None
    final: str = ""

    @property
    def total(self) -> int | None:
        """The whole file's size."""
        ranged = _TOTAL.fullmatch(self.headers.get("content-range", ""))
        length = self.headers.get("content-length", "")
        if ranged is not None:
            return int(ranged[1])
        encoded = self.headers.get("content-encoding", "identity") != "identity"
        return int(length) if self.code == 200 and length.isdigit() and not encoded else None


def address(url: str, network: Network) -> str:
    """The https address that stands behind a card's `gdrive:` or `hf:`; every other one as it is."""
    scheme, _, rest = url.partition(":")
    if scheme == "gdrive":
        return f"{network.gdrive}/uc?{urlencode({'export': 'download', 'id': rest})}"
    if scheme == "hf":
        repository, revision, file = huggingface.split(rest)
        return f"{network.huggingface or 'https://huggingface.co'}/{repository}/resolve/{revision}/{file}"
    return url


def host(url: str, network: Network) -> str:
    """Host and port that are asked."""
    return urlsplit(address(url, network)).netloc.rpartition("@")[2].lower()


def visit(link: Link, gate: Gate, network: Network) -> Visit:
    """What the link leads to. Waits as the host asks, and gives up after `network.attempts` answers that ask for patience."""
    if gate.gives_up():
        return Visit(link.url, "unreachable", "the host does not answer; not tried")
    client = request.session(network)
    found = Visit(link.url, "busy")
    for _ in range(max(network.attempts, 1)):
        try:
            found, wait = _once(link, client, gate, network)
        except _NoAnswerError as error:
            gate.answered(False)
            found, wait = Visit(link.url, "unreachable", str(error)), None
            if gate.gives_up():
                break
            gate.pause(network.backoff)
            continue
        gate.answered(True)
        if found.status != "busy":
            break
        pause = wait if wait is not None else network.backoff
        if pause > network.longest_wait:
            return msgspec.structs.replace(found, detail=f"{found.detail}, asks to wait {pause:,.0f} s")
        gate.pause(pause)
    return found


def _once(link: Link, client: "requests.Session", gate: Gate, network: Network) -> tuple[Visit, float | None]:
    url = address(link.url, network)
    drive = link.url.startswith("gdrive:")
    answer = None if drive else _ask(client, "HEAD", url, gate, network)
    if answer is None or not _settles(answer, link):
        answer = _ask(client, "GET", url, gate, network, ranged=link.kind == "file" and not drive)
    return _judged(answer, link), request.retry_after(answer.headers.get("retry-after"))


def _settles(answer: _Answer, link: Link) -> bool:
    """Whether a HEAD says enough: for a page that it is there, for a file also that it has its size and is no page."""
    if answer.code in (429, 503):
        return True
    if answer.code != 200 or link.kind == "page":
        return answer.code == 200
    html = answer.headers.get("content-type", "").startswith("text/html")
    return not html and answer.total is not None and answer.total == (link.size or answer.total)


def _judged(answer: _Answer, link: Link) -> Visit:
    said = f"HTTP {answer.code} {answer.reason}".rstrip()
    if answer.code in (404, 410):
        return Visit(link.url, "gone", said)
    if answer.code in (401, 403, 451):
        return Visit(link.url, "refused", said)
    if answer.code in (408, 425, 429) or answer.code >= 500:
        return Visit(link.url, "busy", said)
    if answer.code not in (200, 206, 416):
        return Visit(link.url, "gone", said)
    if link.kind == "page":
        return Visit(link.url, "alive")
    if answer.head is not None and (cause := _impostor(answer, link)):
        return Visit(link.url, "busy" if "quota" in cause else "page", cause)
    if link.url.startswith("gdrive:") and answer.head is not None and sniff.is_html(answer.head):
        return Visit(link.url, "alive", "behind Google Drive's confirmation page")
    if link.size is not None and answer.total is not None and answer.total != link.size:
        return Visit(
            link.url,
            "size",
            f"it has {answer.total:,} bytes there, the card says {link.size:,}",
            answer.total,
        )
    return Visit(link.url, "alive", size=answer.total)


def _impostor(answer: _Answer, link: Link) -> str | None:
    """What a file's beginning shows it to be instead; Drive's confirmation page, which has a form to the file, counts as the file."""
    head = answer.head or b""
    form = link.url.startswith("gdrive:") and gdrive.confirmation(
        head.decode("utf-8", "replace"), answer.final
    )
    return None if form else sniff.impostor(head, urlsplit(link.url).path)


class _NoAnswerError(Exception):
    """The host could not be reached, or broke off."""


def _ask(
    client: "requests.Session", method: str, url: str, gate: Gate, network: Network, ranged: bool = False
) -> _Answer:
    import requests

    headers = {"Range": f"bytes=0-{sniff.HEAD - 1}"} if ranged else {}
    most = sniff.HEAD if ranged else _PAGE
    limits = (network.connect_timeout, network.read_timeout)
    try:
        with (
            gate.turn(),
            client.request(
                method, url, headers=headers, stream=True, allow_redirects=True, timeout=limits
            ) as answer,
        ):
            head = None if method == "HEAD" else _beginning(answer, most)
            lower = {name.lower(): value for name, value in answer.headers.items()}
            return _Answer(answer.status_code, answer.reason or "", lower, head, str(answer.url))
    except requests.TooManyRedirects as error:
        raise _NoAnswerError("it redirects in a circle") from error
    except (requests.RequestException, ConnectionError, TimeoutError) as error:
        raise _NoAnswerError(request.broken(error)) from error
    except ValueError as error:
        raise _NoAnswerError(f"it is not a usable address ({error})") from error


def _beginning(answer: "requests.Response", most: int) -> bytes:
    """The first bytes; the rest is not read, whatever the server sends."""
    head = b""
    for piece in answer.iter_content(4096):
        head += piece
        if len(head) >= most:
            break
    return head[:most]
