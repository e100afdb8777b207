"""Google Drive: a file behind its confirmation page, or the page that says why there is none."""

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

import msgspec

from registry.fetch import https, request, sniff
from registry.fetch.network import Network
from registry.fetch.transfer import TransferError, with_retries
from registry.progress import Progress, silent

if TYPE_CHECKING:
    from registry.fetch.guard import Client

_PAGE = 1 << 20


def download(identifier: str, target: https.Target, network: Network, progress: Progress = silent) -> None:
    """Complete `target.partial` with the public file of this id. Raises TransferError with the cause in words."""
    client = request.session(network)
    query = urlencode({"export": "download", "id": identifier})
    first = f"{network.gdrive}/uc?{query}"
    url = with_retries(network, lambda: _confirmed(client, first, network))
    if client.is_public(first):  # what a public page leads to is public too
        network = msgspec.structs.replace(network, private_hosts=False)
    https.download(url, target, network, progress, client=client)


def _confirmed(client: "Client", url: str, network: Network) -> str:
    """The address that gives the file itself: `url`, or what the form of its confirmation page leads to."""
    with request.get(client, url, network) as answer:
        served = "attachment" in answer.headers.get("Content-Disposition", "")
        if served or "text/html" not in answer.headers.get("Content-Type", ""):
            return url
        text = answer.raw.read(_PAGE, decode_content=True).decode("utf-8", "replace")
        here = str(answer.url)
    form = confirmation(text, here)
    if form is None:
        raise TransferError(sniff.page(text))
    return form


def confirmation(text: str, base: str) -> str | None:
    """The address that the form of a confirmation page submits to, with its hidden fields; None where there is no such form."""
    parser = _Form()
    parser.feed(text)
    if parser.action is None:
        return None
    action = urlsplit(urljoin(base, parser.action))
    if action.scheme not in ("http", "https"):
        return None
    query = "&".join(part for part in (action.query, urlencode(parser.fields)) if part)
    return action._replace(query=query).geturl()


class _Form(HTMLParser):
    """The form with the id `download-form`: its action and fields."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = given.get("id") in ("download-form", "downloadForm")
            if self._inside:
                self.action = given.get("action") or ""
        elif tag == "input" and self._inside and given.get("name"):
            self.fields[str(given["name"])] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
