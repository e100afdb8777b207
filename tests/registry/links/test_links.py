"""Every link of some cards against servers whose every answer is scripted."""

import json
from pathlib import Path

import pytest

from registry.errors import InputError
from registry.fetch import Network
from registry.links.collect import Link, links
from registry.links.gate import Gate, Manners
from registry.links.run import visit_all
from registry.links.state import State
from registry.links.visit import Visit, visit
from tests.registry.loopback import Loopback, Request, Route, file, sends, serving, turns

BODY = b"\x08\x07onnx" * 2000
LOGIN = b"<!DOCTYPE html><html><title>Sign in to continue</title></html>"
MANNERS = Manners(interval=0.0)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def network(waits: list[float]) -> Network:
    return Network(
        sleep=waits.append, backoff=1.0, attempts=3, read_timeout=2.0, connect_timeout=2.0, private_hosts=True
    )


def look(
    server: Loopback, network: Network, route: Route | None, kind: str = "file", size: int | None = len(BODY)
) -> Visit:
    if route is not None:
        server.routes["/m.onnx"] = route
    return visit(Link(server.url("/m.onnx"), kind, size), Gate(MANNERS, network.sleep), network)  # type: ignore[arg-type]


def no_head(route: Route) -> Route:
    """A server that does not know HEAD."""
    return lambda request: request.reply(405) if request.command == "HEAD" else route(request)


def ranged(request: Request) -> None:
    """A range as it is asked for: `bytes=0-4095`."""
    first, last = map(int, request.headers["Range"].removeprefix("bytes=").split("-"))
    body = BODY[first : last + 1]
    request.reply(206, body, {"Content-Range": f"bytes {first}-{last}/{len(BODY)}"})


@pytest.mark.parametrize(
    ("route", "status", "said"),
    [
        (sends(BODY), "alive", ""),
        (no_head(ranged), "alive", ""),
        (no_head(sends(BODY)), "alive", ""),
        (None, "gone", "HTTP 404"),
        (sends(b"", status=410), "gone", "HTTP 410"),
        (sends(b"no", status=403), "refused", "HTTP 403"),
        (sends(BODY + b"more"), "size", "it has 12,004 bytes there, the card says 12,000"),
        (no_head(sends(b"short")), "size", "it has 5 bytes there"),
        (sends(LOGIN, {"Content-Type": "text/html"}), "page", "Sign in"),
        (no_head(sends(LOGIN)), "page", "Sign in"),
        (sends(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"), "page", "Git-LFS pointer"),
        (sends(b"", status=500), "busy", "HTTP 500"),
    ],
)  # fmt: skip
def test_what_a_file_can_be(
    route: Route | None, status: str, said: str, server: Loopback, network: Network
) -> None:
    found = look(server, network, route)
    assert (found.status, said in found.detail) == (status, True), found


def test_a_link_may_not_lead_into_a_network_of_ones_own(server: Loopback) -> None:
    server.routes["/m.onnx"] = sends(BODY)
    found = visit(Link(server.url("/m.onnx"), "file"), Gate(MANNERS), Network())
    assert (found.status, "own network" in found.detail) == ("refused", True)
    assert not server.log


def test_a_redirect_is_followed_to_its_end(server: Loopback, network: Network) -> None:
    server.routes["/moved"] = sends(b"", {"Location": server.url("/there")}, status=302)
    server.routes["/there"] = sends(BODY)
    gate = Gate(MANNERS, network.sleep)
    assert visit(Link(server.url("/moved"), "file", len(BODY)), gate, network).status == "alive"
    server.routes["/there"] = sends(b"", {"Location": "file:///etc/passwd"}, status=302)
    assert visit(Link(server.url("/moved"), "file", len(BODY)), gate, network).status == "refused"


def test_a_page_only_has_to_be_there(server: Loopback, network: Network) -> None:
    assert look(server, network, sends(LOGIN), "page", None).status == "alive"
    assert look(server, network, sends(b"", status=404), "page", None).status == "gone"


def test_no_more_than_the_beginning_is_read(server: Loopback, network: Network) -> None:
    asked: list[str] = []

    def endless(request: Request) -> None:
        asked.append(request.headers.get("Range", ""))
        request.send_response(200)
        request.end_headers()
        try:
            while request.command == "GET":
                request.wfile.write(b"\0" * 65536)
        except OSError:
            request.close_connection = True

    assert look(server, network, endless, size=None).status == "alive"
    assert asked == ["", "bytes=0-4095"]


def test_a_server_that_dawdles_is_not_waited_for(server: Loopback, network: Network) -> None:
    import time

    import msgspec

    def trickles(request: Request) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            while request.command == "GET":
                request.wfile.write(b"\0")
                time.sleep(0.02)
        except OSError:
            request.close_connection = True

    here = msgspec.structs.replace(network, attempts=1, patience=0.2)
    found = look(server, here, trickles, size=None)
    assert (found.status, "bytes a second" in found.detail) == ("unreachable", True)


def test_a_host_that_asks_for_patience_gets_it(
    server: Loopback, network: Network, waits: list[float]
) -> None:
    slow = turns(sends(b"", {"Retry-After": "7"}, status=429), sends(BODY))
    assert look(server, network, slow).status == "alive"
    assert 6 < max(waits) <= 7


def test_patience_has_an_end(server: Loopback, network: Network, waits: list[float]) -> None:
    never = look(server, network, sends(b"", {"Retry-After": "1"}, status=429))
    assert (never.status, never.detail) == ("busy", "HTTP 429 Too Many Requests")
    long = look(server, network, sends(b"", {"Retry-After": "86400"}, status=503))
    assert "asks to wait 86,400 s" in long.detail


def test_a_host_that_is_not_there_is_given_up(network: Network, waits: list[float]) -> None:
    with serving() as gone:
        url = gone.url("/m.onnx")
    gate = Gate(MANNERS, network.sleep)
    first, second = (visit(Link(f"{url}{n}", "file"), gate, network) for n in range(2))
    assert (first.status, second.status) == ("unreachable", "unreachable")
    assert "not tried" in second.detail


def test_addresses_of_drive_and_of_the_hub(server: Loopback, network: Network) -> None:
    import msgspec

    server.routes["/org/repo/resolve/main/m.onnx"] = sends(BODY)
    server.routes["/uc"] = sends(
        b'<html><form id="download-form" action="/file"><input name="id" value="1"></form>'
    )
    here = msgspec.structs.replace(network, gdrive=server.url(""), huggingface=server.url(""))
    gate = Gate(MANNERS, network.sleep)
    assert visit(Link("hf:org/repo@main:m.onnx", "file", len(BODY)), gate, here).status == "alive"
    assert visit(Link("gdrive:1AbC", "file", len(BODY)), gate, here).status == "alive"
    server.routes["/uc"] = sends(
        b"<html>Sorry, you can't view or download this file at this time. Too many users have viewed</html>"
    )
    assert visit(Link("gdrive:1AbC", "file", len(BODY)), gate, here).status == "busy"


def card(folder: Path, name: str, *urls: str, size: int = len(BODY)) -> Path:
    path = folder / f"{name}.yaml"
    listed = "".join(f"      - {url}  # mirror {n}\n" for n, url in enumerate(urls))
    path.write_text(
        f"schema: 1\nname: {name}\ntask: other\ndescription: a test\nlicenses: {{code: unknown, weights: unknown}}\n"
        f"source: {{path: .}}\nweights:\n  - file: m.onnx\n    urls:\n{listed}    size: {size}\n"
        f"    sha256: {'0' * 64}\nentry: {{model: m.onnx}}\n"
    )
    return path


def test_links_are_collected_once_with_their_cards(tmp_path: Path) -> None:
    one = card(tmp_path, "one", "https://a/m", "https://b/m")
    two = card(tmp_path, "two", "https://b/m", "source:m.onnx")
    found = {link.url: link for link in links([one, two])}
    assert set(found) == {"https://a/m", "https://b/m"}
    assert [name.rpartition("/")[2] for name in found["https://b/m"].cards] == ["one", "two"]
    assert found["https://a/m"].size == len(BODY)


def test_a_cut_check_goes_on_and_settled_links_are_left_alone(
    server: Loopback, network: Network, tmp_path: Path
) -> None:
    for n in range(3):
        server.routes[f"/{n}"] = file(BODY)
    server.routes["/busy"] = sends(b"", status=500)
    every = [Link(server.url(f"/{n}"), "file", len(BODY)) for n in (0, 1, 2, "busy")]
    path = tmp_path / "state.jsonl"
    visit_all(every[:2], State(path), network, MANNERS)
    with path.open("ab") as stream:
        stream.write(b'{"url": "http://half')  # killed while it wrote
    server.log.clear()
    found = visit_all(every, State(path), network, MANNERS)
    assert [found[link.url].status for link in every] == ["alive", "alive", "alive", "busy"]
    assert {where for where, _ in server.log} == {"/2", "/busy"}
    server.log.clear()
    visit_all(every, State(path), network, MANNERS)
    assert {where for where, _ in server.log} == {"/busy"}, "what is not settled is visited again"
    visit_all(every, State(path), network, MANNERS, max_age=-1)
    assert {where for where, _ in server.log} == {"/0", "/1", "/2", "/busy"}
    assert set(State(path).known) == {link.url for link in every}
    assert State(path, fresh=True).known == {}


def test_a_state_that_is_another_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.jsonl"
    path.write_text('{"notes": 1}\n{"more": 2}\n')
    with pytest.raises(InputError, match=r"line 1 is no record of a visit"):
        State(path)
    assert json.loads(path.read_text().splitlines()[0]) == {"notes": 1}


def test_no_host_is_asked_more_at_once_than_it_bears(
    server: Loopback, network: Network, tmp_path: Path
) -> None:
    import threading

    lock, now, most = threading.Lock(), [0], [0]
    ready = threading.Event()

    def counting(request: Request) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            if most[0] > 1:
                ready.set()
        ready.wait(5)  # until two are here at once
        with lock:
            now[0] -= 1
        request.reply(200, BODY)

    every = []
    for n in range(12):
        server.routes[f"/{n}"] = counting
        every.append(Link(server.url(f"/{n}"), "file", len(BODY)))
    found = visit_all(every, State(tmp_path / "s"), network, Manners(at_once=2, interval=0.0), jobs=8)
    assert {one.status for one in found.values()} == {"alive"}
    assert most[0] == 2


def test_requests_to_a_host_are_spaced(network: Network, waits: list[float]) -> None:
    gate = Gate(Manners(interval=10.0), network.sleep)
    for _ in range(3):
        with gate.turn():
            pass
    assert len(waits) == 2
    assert 9 < waits[0] <= 10
    assert 19 < waits[1] <= 20, "the clock did not move, so the third waits for two intervals"
