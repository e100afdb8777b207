"""An HTTP server on the loopback interface whose every fault can be scripted."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Route = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One request; routes answer through `reply`."""

    protocol_version = "HTTP/1.1"
    server: "Loopback"

    def do_GET(self) -> None:
        self.server.log.append((self.path, dict(self.headers)))
        route = self.server.routes.get(self.path.split("?")[0])
        if route is None:
            self.reply(404, b"nothing here")
        else:
            route(self)

    def do_HEAD(self) -> None:
        self.do_GET()

    def reply(
        self,
        status: int,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        announced: int | None = None,
    ) -> None:
        """Send a whole answer; `announced` is a Content-Length that differs from the truth."""
        self.send_response(status)
        length = len(body) if announced is None else announced
        for name, value in {"Content-Length": str(length), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if announced is not None:
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Loopback(ThreadingHTTPServer):
    """`routes` maps a path to what answers it; `log` holds (path with query, headers) of every request."""

    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), Request)
        self.host = host
        self.routes: dict[str, Route] = {}
        self.log: list[tuple[str, dict[str, str]]] = []

    def handle_error(self, *args: object) -> None:
        """A client that went away in the middle is no news."""

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self.server_port}{path}"


@contextmanager
def serving(host: str = "127.0.0.1") -> Iterator[Loopback]:
    """A running server, at any of the loopback interface's addresses."""
    server = Loopback(host)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def sends(body: bytes, headers: dict[str, str] | None = None, status: int = 200) -> Route:
    """A route that always sends this."""
    return lambda request: request.reply(status, body, headers)


def file(content: bytes, etag: str = '"v1"', cuts: tuple[int, ...] = (), ranges: bool = True) -> Route:
    """A file server with Range and If-Range; the n-th answer breaks off after `cuts[n]` bytes."""
    left = list(cuts)

    def route(request: Request) -> None:
        asked = request.headers.get("Range", "")
        condition = request.headers.get("If-Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        headers = {"ETag": etag, "Accept-Ranges": "bytes"} if ranges else {}
        partial = bool(asked) and ranges and condition in (None, etag)
        if partial and start >= len(content):
            request.reply(416, headers={"Content-Range": f"bytes */{len(content)}"})
            return
        body = content[start:] if partial else content
        if partial:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        sent = body[: left.pop(0)] if left else body
        request.reply(206 if partial else 200, sent, headers, announced=len(body))

    return route


def turns(*routes: Route) -> Route:
    """Each request the next route; the last one stays."""
    left = list(routes)

    def route(request: Request) -> None:
        now = left.pop(0) if len(left) > 1 else left[0]
        now(request)

    return route
