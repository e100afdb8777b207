"""Where a download may lead, and how long a server may take: servers, redirects and names that lie."""

import socket
import time
from collections.abc import Callable

import msgspec
import pytest

from registry.errors import FetchError
from registry.fetch import Network, addresses, fetch, request
from registry.fetch.transfer import TransferError
from tests.registry.fetch.conftest import CONTENT, PUBLIC, make_card, store_is_empty
from tests.registry.loopback import Loopback, Request, file, sends


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("8.8.8.8", "public"), ("2606:4700::1111", "public"), ("::ffff:8.8.8.8", "public"), ("64:ff9b::808:808", "public"),
        ("127.0.0.1", "private"), ("127.9.9.9", "private"), ("0.0.0.0", "private"), ("10.0.0.1", "private"), ("172.16.0.1", "private"),
        ("192.168.1.1", "private"), ("100.64.0.1", "private"), ("198.18.0.1", "private"), ("224.0.0.1", "private"),
        ("255.255.255.255", "private"), ("::1", "private"), ("::", "private"), ("fc00::1", "private"), ("::ffff:10.0.0.1", "private"),
        ("2002:7f00:1::", "private"), ("64:ff9b::7f00:1", "private"), ("::7f00:1", "private"), ("ff02::1", "private"),
        ("169.254.169.254", "metadata"), ("169.254.170.2", "metadata"), ("fd00:ec2::254", "metadata"), ("fe80::1%eth0", "metadata"),
        ("::ffff:169.254.169.254", "metadata"), ("64:ff9b::a9fe:a9fe", "metadata"), ("100.100.100.200", "metadata"),
        ("168.63.129.16", "metadata"), ("192.0.0.192", "metadata"), ("fd20:ce::254", "metadata"),
    ],
)  # fmt: skip
def test_each_address_is_known_for_what_it_is(address: str, kind: str) -> None:
    assert addresses.kind(address) == kind


def refused(url: str, network: Network, home: object, match: str) -> None:
    with pytest.raises(FetchError, match=match):
        fetch(make_card(url), home=home, network=network)  # type: ignore[arg-type]


@pytest.mark.parametrize("spelled", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "0"])
def test_a_strangers_card_reaches_no_private_address(
    spelled: str, server: Loopback, stranger: Network, zoo_home: object
) -> None:
    server.routes["/m"] = file(CONTENT)
    refused(f"http://{spelled}:{server.server_port}/m", stranger, zoo_home, "this machine's own network")
    assert server.log == []


def test_a_card_of_ones_own_reaches_its_server(server: Loopback, network: Network, zoo_home: object) -> None:
    server.routes["/m"] = sends(b"", {"Location": "/real"}, 302)
    server.routes["/real"] = file(CONTENT)
    assert fetch(make_card(server.url("/m")), home=zoo_home, network=network).blobs  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "0xa9fea9fe", "[::ffff:169.254.169.254]", "[fd00:ec2::254]"]
)
def test_cloud_metadata_is_never_reached(
    host: str, network: Network, stranger: Network, zoo_home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, to: connected.append(to))
    for used in (network, stranger):
        refused(f"http://{host}/latest/meta-data/", used, zoo_home, "metadata service")
    assert connected == []


@pytest.mark.parametrize("own", [True, False])
def test_a_public_host_that_redirects_to_a_private_one_is_refused(
    own: bool, public: Loopback, server: Loopback, network: Network, zoo_home: object
) -> None:
    server.routes["/m"] = file(CONTENT)
    public.routes["/m"] = sends(b"", {"Location": server.url("/m")}, 302)
    used = msgspec.structs.replace(network, private_hosts=own)
    refused(public.url("/m"), used, zoo_home, "this machine's own network")
    assert len(public.log) == 1
    assert server.log == []


def test_a_connection_that_is_open_is_looked_at_again(
    public: Loopback, server: Loopback, network: Network
) -> None:
    """Own server, public host, and back to the own server, over the connection kept from before."""
    server.routes["/a"] = sends(b"", {"Location": public.url("/b")}, 302)
    server.routes["/c"] = file(CONTENT)
    public.routes["/b"] = sends(b"", {"Location": server.url("/c")}, 302)
    client = request.session(network)
    with request.get(client, server.url("/c"), network) as answer:
        assert answer.content == CONTENT
    with pytest.raises(TransferError, match="this machine's own network"):
        request.get(client, server.url("/a"), network)
    assert [path for path, _ in server.log] == ["/c", "/a"]


def test_a_name_that_resolves_anew_changes_nothing(
    public: Loopback, server: Loopback, stranger: Network, zoo_home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the first answer is public, each later one private. What was looked at is what is connected to."""
    answers = iter([[PUBLIC]])
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers, ["127.0.0.1"])

    monkeypatch.setattr(addresses, "resolve", resolve)
    public.routes["/m"] = file(CONTENT)
    url = f"http://rebinds.example:{public.server_port}/m"
    got = fetch(make_card(url), home=zoo_home, network=stranger)  # type: ignore[arg-type]
    assert got.files["model.onnx"].read_bytes() == CONTENT
    assert asked == ["rebinds.example"]
    refused(url.replace("rebinds", "again"), stranger, zoo_home / "other", "this machine's own network")  # type: ignore[operator]


def test_of_a_hosts_addresses_only_the_public_ones_are_tried(
    public: Loopback, stranger: Network, zoo_home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "resolve", lambda host, port: ["127.0.0.1", "169.254.169.254", PUBLIC])
    public.routes["/m"] = file(CONTENT)
    fetch(make_card(f"http://several.example:{public.server_port}/m"), home=zoo_home, network=stranger)  # type: ignore[arg-type]
    assert len(public.log) == 1


def test_a_proxy_does_not_help_a_stranger(
    server: Loopback, network: Network, stranger: Network, zoo_home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's proxy may be on this machine; what is asked for through it may not be."""
    monkeypatch.setenv("http_proxy", server.url(""))
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setattr(addresses, "resolve", lambda host, port: ["10.0.0.7"])
    refused("http://intranet.example/m", stranger, zoo_home, "this machine's own network")
    assert server.log == []
    monkeypatch.setattr(addresses, "resolve", lambda host, port: ["8.8.8.8"])
    server.routes["http://outside.example/m"] = file(CONTENT)
    assert fetch(make_card("http://outside.example/m"), home=zoo_home, network=stranger).blobs  # type: ignore[arg-type]


def test_a_password_goes_to_no_other_host(public: Loopback, server: Loopback, network: Network) -> None:
    public.routes["/m"] = file(CONTENT)
    server.routes["/m"] = sends(b"", {"Location": "/same"}, 302)
    server.routes["/same"] = sends(b"", {"Location": public.url("/m")}, 302)
    url = server.url("/m").replace("//", "//me:hunter2@")
    with request.get(request.session(network), url, network) as answer:
        assert answer.content == CONTENT
    assert ["Authorization" in headers for _, headers in server.log] == [True, True]
    assert "Authorization" not in public.log[0][1]
    assert "Cookie" not in public.log[0][1]


@pytest.mark.parametrize(
    ("target", "cause"),
    [
        ("http://example.org/m", "from https to http"),
        ("file:///etc/passwd", "not a usable address"),
        ("ftp://example.org/m", "not a usable address"),
        ("gopher://127.0.0.1:25/x", "not a usable address"),
        ("data:text/plain,x", "not a usable address"),
        ("https://[bad/", "not a usable address"),
    ],
)
def test_redirects_that_no_download_follows(target: str, cause: str) -> None:
    with pytest.raises(TransferError, match=cause):
        request._next("https://example.org/a", target)
    assert request._next("https://example.org/a", "//mirror.example/b") == "https://mirror.example/b"
    assert request._next("http://example.org/a", "https://example.org/b") == "https://example.org/b"


def endless(piece: bytes, pause: float, head: bool = True) -> Callable[[Request], None]:
    """A route that never ends: the body's pieces, or already those of the head."""

    def route(asked: Request) -> None:
        asked.close_connection = True
        if head:
            asked.send_response(200)
            asked.send_header("Connection", "close")
            asked.end_headers()
        while True:
            asked.wfile.write(piece)
            asked.wfile.flush()
            time.sleep(pause)

    return route


def test_an_endless_stream_of_undeclared_size_is_cut_off(
    server: Loopback, network: Network, zoo_home: object
) -> None:
    server.routes["/m"] = endless(CONTENT, 0)
    used = msgspec.structs.replace(network, largest=1_000_000)
    with pytest.raises(FetchError, match="goes on after the 1,000,000 bytes that a file may have"):
        fetch(make_card(server.url("/m"), size=None), home=zoo_home, network=used)  # type: ignore[arg-type]
    assert store_is_empty(zoo_home)  # type: ignore[arg-type]
    assert sum(path.stat().st_size for path in (zoo_home / "partial").iterdir()) < 1000  # type: ignore[operator]


def test_a_file_that_announces_terabytes_is_not_begun(
    server: Loopback, network: Network, zoo_home: object
) -> None:
    server.routes["/m"] = lambda asked: asked.reply(200, CONTENT, announced=1 << 50)
    with pytest.raises(FetchError, match="more than any model"):
        fetch(make_card(server.url("/m"), size=None), home=zoo_home, network=network)  # type: ignore[arg-type]
    assert store_is_empty(zoo_home)  # type: ignore[arg-type]


def test_a_server_that_gives_drops_is_given_up(server: Loopback, network: Network, zoo_home: object) -> None:
    server.routes["/m"] = endless(b"x", 0.02)
    used = msgspec.structs.replace(network, patience=0.2, slowest=100_000.0)
    with pytest.raises(FetchError, match="less than 100,000 bytes a second"):
        fetch(make_card(server.url("/m")), home=zoo_home, network=used)  # type: ignore[arg-type]


def test_a_head_that_never_ends_is_cut_off(server: Loopback, network: Network, zoo_home: object) -> None:
    server.routes["/m"] = endless(b"X-Slow: x\r\n", 0.02, head=False)
    used = msgspec.structs.replace(network, head_timeout=0.2, attempts=1)
    with pytest.raises(FetchError, match=r"could not be fetched"):
        fetch(make_card(server.url("/m")), home=zoo_home, network=used)  # type: ignore[arg-type]
