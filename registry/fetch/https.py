"""Resumable download of one URL into a partial file (RFC 9110: Range, If-Range, Content-Range)."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from registry.disk import storage, write_atomic
from registry.fetch import request, sniff
from registry.fetch.network import Network
from registry.fetch.transfer import TransferError, TransientError, with_retries
from registry.progress import Progress, silent

if TYPE_CHECKING:
    import requests

    from registry.fetch.guard import Client

_CHUNK = 1 << 16
_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d+)-\d+|\*)/(?P<total>\d+|\*)")


class _Origin(msgspec.Struct, frozen=True):
    """What a partial file is a part of; `validator` is a strong ETag or a Last-Modified date."""

    url: str
    validator: str = ""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What is downloaded: its name for people, its promised size, the partial file, and a lasting name of where it comes from."""

    name: str
    partial: Path
    identity: str
    size: int | None = None


def download(
    url: str,
    target: Target,
    network: Network,
    progress: Progress = silent,
    client: "Client | None" = None,
) -> None:
    """Complete `target.partial`, going on from what it holds. Its checksum is the caller's business.

    Bytes of another mirror are gone on with, too: the checksum at the end decides. Raises TransferError with the cause in words,
    StorageError on a full disk. What came of an interrupted download stays in the partial file.
    """
    client = client or request.session(network)

    def have() -> int:
        return target.partial.stat().st_size if target.partial.exists() else 0

    if target.size is not None and have() > target.size:
        discard(target.partial)
    if target.size is not None and have() == target.size:
        return
    with_retries(network, lambda: _attempt(client, url, target, network, progress), progressed=have)


def discard(partial: Path) -> None:
    """Remove a partial file and what is known of it."""
    with storage(partial):
        partial.unlink(missing_ok=True)
        _origin_file(partial).unlink(missing_ok=True)


def _attempt(client: "Client", url: str, target: Target, network: Network, progress: Progress) -> None:
    start = target.partial.stat().st_size if target.partial.exists() else 0
    headers: dict[str, str] = {}
    if start:
        headers["Range"] = f"bytes={start}-"
        known = _origin(target.partial)
        if known is not None and known.url == target.identity and known.validator:
            headers["If-Range"] = known.validator
    with request.get(client, url, network, headers) as answer:
        if answer.status_code == 416:
            _past_the_end(answer, start, target)
            return
        first, total = _placed(answer, start, target)
        pieces = _unbroken(answer, network)
        if first == 0:
            pieces = _sniffed(pieces, target)
        if total is not None and target.size is not None and total != target.size:
            raise TransferError(f"it has {total:,} bytes there, the card says {target.size:,}")
        write_atomic(
            _origin_file(target.partial), msgspec.json.encode(_Origin(target.identity, _validator(answer)))
        )
        _write(pieces, first, total, target, network, progress)


def _placed(answer: "requests.Response", start: int, target: Target) -> tuple[int, int | None]:
    """Where in the file the answer begins, and the whole file's size if told. A server that ignores Range begins at 0."""
    length = answer.headers.get("Content-Length", "")
    encoded = answer.headers.get("Content-Encoding", "identity") != "identity"
    if answer.status_code == 200:
        return 0, int(length) if length.isdigit() and not encoded else None
    match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if match is None or match["first"] is None or int(match["first"]) != start or encoded:
        discard(target.partial)
        raise TransientError("the server answered with another part of the file than was asked for")
    return start, int(match["total"]) if match["total"] != "*" else None


def _past_the_end(answer: "requests.Response", start: int, target: Target) -> None:
    """416: the partial file is complete already, or it is of another file."""
    match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if match is not None and match["total"] == str(start) and target.size in (None, start):
        return
    discard(target.partial)
    raise TransientError("the part downloaded before is not a part of the file there")


def _sniffed(pieces: Iterator[bytes], target: Target) -> Iterator[bytes]:
    """The same pieces, once their beginning has been seen to be no HTML page, LFS pointer or the like."""
    head = b""
    while len(head) < sniff.HEAD and (piece := next(pieces, b"")):
        head += piece
    cause = sniff.impostor(head[: sniff.HEAD], target.name)
    if cause is not None:
        raise TransferError(cause)
    return _chain(head, pieces)


def _chain(head: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from pieces


def _write(
    pieces: Iterator[bytes],
    first: int,
    total: int | None,
    target: Target,
    network: Network,
    progress: Progress,
) -> None:
    done = first
    announced = target.size if target.size is not None else total
    limit = network.largest if announced is None else announced
    if target.size is None and limit > network.largest:
        raise TransferError(f"it has {limit:,} bytes there, more than any model ({network.largest:,})")
    with storage(target.partial), target.partial.open("ab") as stream:
        stream.truncate(first)
        for piece in pieces:
            done += len(piece)
            if done > limit:
                stream.truncate(0)
                said = "that a file may have" if announced is None else "that were announced"
                raise TransferError(f"it goes on after the {limit:,} bytes {said}")
            stream.write(piece)
            progress(f"fetching {target.name}", done, announced)
    if total is not None and done < total:
        raise TransientError(f"the connection ended after {done:,} of {total:,} bytes")


def _unbroken(answer: "requests.Response", network: Network) -> Iterator[bytes]:
    """The answer's bytes as they come. A cut connection is a TransientError, a server that gives but drops at a time a TransferError."""
    import requests
    import urllib3

    since, came = time.monotonic(), 0
    try:
        while piece := answer.raw.read1(_CHUNK, decode_content=True):
            came += len(piece)
            if (passed := time.monotonic() - since) > network.patience:
                if came < network.slowest * passed:
                    raise TransferError(f"it sends less than {network.slowest:,.0f} bytes a second")
                since, came = time.monotonic(), 0
            yield piece
    except (requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError, TimeoutError) as error:
        raise TransientError(request.broken(error)) from error


def _validator(answer: "requests.Response") -> str:
    etag = answer.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):
        return str(etag)
    return str(answer.headers.get("Last-Modified", ""))


def _origin_file(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.origin")


def _origin(partial: Path) -> _Origin | None:
    try:
        return msgspec.json.decode(_origin_file(partial).read_bytes(), type=_Origin)
    except (OSError, msgspec.DecodeError):
        return None
