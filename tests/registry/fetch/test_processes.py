"""Several processes and killed ones: one download, and none of it lost."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import msgspec

from registry.card import Card
from registry.fetch import Network, fetch
from tests.registry.fetch.conftest import CONTENT, make_card
from tests.registry.loopback import Loopback, Request, file

SCRIPT = """
import sys
from pathlib import Path
import msgspec
from registry.card import Card
from registry.fetch import Network, fetch
card = msgspec.json.decode(sys.argv[1].encode(), type=Card)
got = fetch(card, home=Path(sys.argv[2]), network=Network(private_hosts=True), progress=lambda what, *done: print(what, flush=True))
print("got", got.files["model.onnx"].stat().st_size, flush=True)
"""


def start(card: Card, home: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", SCRIPT, msgspec.json.encode(card).decode(), str(home)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def wait_for(process: "subprocess.Popen[str]", text: str) -> None:
    assert process.stdout is not None
    assert any(text in line for line in process.stdout), f"the process ended without saying {text!r}"


def half(stop: threading.Event) -> object:
    """A route that sends half of the file and then waits."""

    def route(request: Request) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(CONTENT)))
        request.send_header("ETag", '"v1"')
        request.end_headers()
        request.wfile.write(CONTENT[:200_000])
        request.wfile.flush()
        stop.wait(30)
        request.wfile.write(CONTENT[200_000:])

    return route


def test_two_processes_fetch_once(server: Loopback, zoo_home: Path) -> None:
    stop = threading.Event()
    server.routes["/m"] = half(stop)  # type: ignore[assignment]
    card = make_card(server.url("/m"))
    first = start(card, zoo_home)
    wait_for(first, "fetching")
    second = start(card, zoo_home)
    wait_for(second, "waiting for another zoo process")
    stop.set()
    for process in (first, second):
        wait_for(process, f"got {len(CONTENT)}")
        assert process.wait(30) == 0
    assert len(server.log) == 1


def test_a_killed_download_is_resumed(server: Loopback, network: Network, zoo_home: Path) -> None:
    stop = threading.Event()
    server.routes["/m"] = half(stop)  # type: ignore[assignment]
    card = make_card(server.url("/m"))
    process = start(card, zoo_home)
    wait_for(process, "fetching")
    partial = next((zoo_home / "partial").glob("sha256-*[0-9a-f]"))
    deadline = threading.Event()
    while partial.stat().st_size < 100_000 and process.poll() is None:
        deadline.wait(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    stop.set()
    there = partial.stat().st_size
    assert 0 < there < len(CONTENT)
    assert not (zoo_home / "blobs").exists()
    server.routes["/m"] = file(CONTENT)
    got = fetch(card, home=zoo_home, network=network)
    assert got.files["model.onnx"].read_bytes() == CONTENT
    assert server.log[-1][1]["Range"] == f"bytes={there}-"
    assert server.log[-1][1]["If-Range"] == '"v1"'
