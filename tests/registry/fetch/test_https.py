"""Downloading over HTTP: what is resumed, retried, refused, and why."""

import email.utils
import time
from pathlib import Path

import pytest

from registry.errors import FetchError
from registry.fetch import Network, fetch
from registry.fetch.request import retry_after
from tests.registry.fetch.conftest import CONTENT, make_card, sha256, store_is_empty
from tests.registry.loopback import Loopback, Request, file, sends, turns


def test_a_file_arrives_whole_under_its_own_name(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/m"] = file(CONTENT)
    told: list[tuple[str, int, int | None]] = []
    card = make_card(server.url("/m"))
    got = fetch(card, home=zoo_home, network=network, progress=lambda *said: told.append(said))  # type: ignore[arg-type, misc]
    path = got.files["model.onnx"]
    assert (path.name, path.read_bytes()) == ("model.onnx", CONTENT)
    assert got.blobs["model.onnx"].sha256 == sha256(CONTENT)
    assert got.blobs["model.onnx"].origin == server.url("/m")
    assert got.checkout is None
    assert got.notes == ()
    assert ("fetching model.onnx", len(CONTENT), len(CONTENT)) in told


def test_what_is_here_is_not_fetched_again(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/m"] = file(CONTENT)
    card = make_card(server.url("/m"))
    fetch(card, home=zoo_home, network=network)
    again = fetch(card, home=zoo_home, network=network, offline=True)
    assert again.files["model.onnx"].read_bytes() == CONTENT
    assert len(server.log) == 1


def test_a_cut_connection_is_resumed_where_it_broke(
    server: Loopback, network: Network, zoo_home: Path
) -> None:
    server.routes["/m"] = file(CONTENT, cuts=(150_000, 100_000))
    got = fetch(make_card(server.url("/m")), home=zoo_home, network=network)
    assert got.files["model.onnx"].read_bytes() == CONTENT
    ranges = [headers.get("Range") for _, headers in server.log]
    assert ranges[0] is None
    starts = [int(str(asked).removeprefix("bytes=").rstrip("-")) for asked in ranges[1:]]
    assert len(starts) == 2
    assert 0 < starts[0] <= 150_000 < starts[1] <= 250_000
    assert [headers.get("If-Range") for _, headers in server.log[1:]] == ['"v1"', '"v1"']


def test_tries_that_come_further_do_not_count(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/m"] = file(CONTENT, cuts=(70_000,) * 5)  # more cuts than attempts
    got = fetch(make_card(server.url("/m")), home=zoo_home, network=network)
    assert got.files["model.onnx"].read_bytes() == CONTENT


def test_a_server_that_ignores_range_starts_the_file_anew(
    server: Loopback, network: Network, zoo_home: Path
) -> None:
    server.routes["/m"] = file(CONTENT, cuts=(150_000,), ranges=False)
    got = fetch(make_card(server.url("/m")), home=zoo_home, network=network)
    assert got.files["model.onnx"].read_bytes() == CONTENT
    assert "Range" in server.log[1][1]


def test_a_server_that_always_cuts_and_ignores_range_is_given_up(
    server: Loopback, network: Network, zoo_home: Path
) -> None:
    server.routes["/m"] = file(CONTENT, cuts=(150_000,) * 50, ranges=False)
    with pytest.raises(FetchError, match=r"cut in the middle of the file.*tried 3 times"):
        fetch(make_card(server.url("/m")), home=zoo_home, network=network)
    assert len(server.log) < 10
    assert store_is_empty(zoo_home)


def test_a_file_that_changed_between_two_tries_is_not_mixed(
    server: Loopback, network: Network, zoo_home: Path
) -> None:
    old = bytes(reversed(CONTENT))
    server.routes["/m"] = turns(file(old, etag='"old"', cuts=(150_000,)), file(CONTENT, etag='"new"'))
    got = fetch(make_card(server.url("/m")), home=zoo_home, network=network)
    assert got.files["model.onnx"].read_bytes() == CONTENT


def test_a_part_of_another_file_is_thrown_away(server: Loopback, network: Network, zoo_home: Path) -> None:
    partial = zoo_home / "partial" / f"sha256-{sha256(CONTENT)}"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"x" * 1000)
    server.routes["/m"] = file(CONTENT)
    got = fetch(make_card(server.url("/m")), home=zoo_home, network=network)
    assert got.files["model.onnx"].read_bytes() == CONTENT
    assert server.log[0][1]["Range"] == "bytes=1000-"
    assert not list(partial.parent.iterdir())


def test_a_second_mirror_goes_on_where_the_first_broke(
    server: Loopback, network: Network, zoo_home: Path
) -> None:
    server.routes["/a"] = turns(file(CONTENT, cuts=(150_000,)), sends(b"", status=404))
    server.routes["/b"] = file(CONTENT)
    got = fetch(make_card(server.url("/a"), server.url("/b")), home=zoo_home, network=network)
    assert got.files["model.onnx"].read_bytes() == CONTENT
    assert got.blobs["model.onnx"].origin == server.url("/b")
    last = server.log[-1][1]
    assert int(last["Range"].removeprefix("bytes=").rstrip("-")) > 0
    assert "If-Range" not in last


def test_a_complete_part_needs_no_more_bytes(server: Loopback, network: Network, zoo_home: Path) -> None:
    partial = zoo_home / "partial" / f"sha256-{sha256(CONTENT)}"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(CONTENT)
    server.routes["/m"] = file(CONTENT)
    got = fetch(
        make_card(server.url("/m"), size=None), home=zoo_home, network=network
    )  # 416: nothing is left
    assert got.files["model.onnx"].read_bytes() == CONTENT
    assert len(server.log) == 1


def test_every_mirrors_reason_is_in_the_sentence(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/forbidden"] = sends(b"", status=403)
    server.routes["/wrong"] = sends(bytes(len(CONTENT)))
    card = make_card(server.url("/missing"), server.url("/forbidden"), server.url("/wrong"))
    with pytest.raises(FetchError) as caught:
        fetch(card, home=zoo_home, network=network)
    said = str(caught.value)
    assert "/missing: HTTP 404 Not Found: it is not there" in said
    assert "/forbidden: HTTP 403 Forbidden: access is forbidden" in said
    assert f"/wrong: its sha256 is {sha256(bytes(len(CONTENT)))}, the card says {sha256(CONTENT)}" in said
    assert said.startswith("model.onnx could not be fetched")
    assert said.endswith("give it with --weights FILE.")
    assert store_is_empty(zoo_home)
    assert not list((zoo_home / "partial").iterdir())


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_tried_again(
    status: int, server: Loopback, network: Network, waits: list[float], zoo_home: Path
) -> None:
    server.routes["/m"] = turns(sends(b"", status=status), sends(b"", status=status), file(CONTENT))
    fetch(make_card(server.url("/m")), home=zoo_home, network=network)
    assert len(waits) == 2
    assert 0.75 <= waits[0] <= 1.25
    assert 1.5 <= waits[1] <= 2.5


def test_retry_after_is_obeyed(
    server: Loopback, network: Network, waits: list[float], zoo_home: Path
) -> None:
    server.routes["/m"] = turns(sends(b"", {"Retry-After": "17"}, 429), file(CONTENT))
    fetch(make_card(server.url("/m")), home=zoo_home, network=network)
    assert waits == [17.0]


def test_too_long_a_wait_is_not_waited(
    server: Loopback, network: Network, waits: list[float], zoo_home: Path
) -> None:
    server.routes["/m"] = sends(b"", {"Retry-After": "7200"}, 503)
    with pytest.raises(FetchError, match=r"HTTP 503 .*asks to wait 7,200 s"):
        fetch(make_card(server.url("/m")), home=zoo_home, network=network)
    assert waits == []


def test_retry_after_takes_numbers_and_dates() -> None:
    assert retry_after("5") == 5.0
    assert retry_after(None) is None
    assert retry_after("soon") is None
    at = retry_after(email.utils.formatdate(time.time() + 60, usegmt=True))
    assert at is not None
    assert 50 < at <= 60
    assert retry_after(email.utils.formatdate(0, usegmt=True)) == 0.0


def test_a_busy_server_is_given_up_in_the_end(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/m"] = sends(b"", status=503)
    with pytest.raises(FetchError, match=r"HTTP 503 Service Unavailable \(tried 3 times\)"):
        fetch(make_card(server.url("/m")), home=zoo_home, network=network)
    assert len(server.log) == 3


def test_a_redirect_is_followed(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/m"] = sends(b"", {"Location": "/real"}, 302)
    server.routes["/real"] = file(CONTENT)
    assert fetch(make_card(server.url("/m")), home=zoo_home, network=network).files["model.onnx"].exists()


def test_a_redirect_loop_is_named(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/m"] = sends(b"", {"Location": "/n"}, 302)
    server.routes["/n"] = sends(b"", {"Location": "/m"}, 302)
    with pytest.raises(FetchError, match="redirects in a circle"):
        fetch(make_card(server.url("/m")), home=zoo_home, network=network)


def test_a_redirect_to_another_scheme_is_refused(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/m"] = sends(b"", {"Location": "file:///etc/passwd"}, 302)
    with pytest.raises(FetchError, match="not a usable address"):
        fetch(make_card(server.url("/m")), home=zoo_home, network=network)


def test_nobody_there(network: Network, zoo_home: Path) -> None:
    with pytest.raises(FetchError, match=r"the connection failed \(Connection refused\) \(tried 3 times\)"):
        fetch(make_card("http://127.0.0.1:9/m"), home=zoo_home, network=network)


def test_a_silent_server_times_out(server: Loopback, network: Network, zoo_home: Path) -> None:
    def silent(request: Request) -> None:
        time.sleep(0.5)

    server.routes["/m"] = silent
    quick = Network(sleep=network.sleep, attempts=2, read_timeout=0.05, private_hosts=True)
    with pytest.raises(FetchError, match=r"did not answer in time \(tried 2 times\)"):
        fetch(make_card(server.url("/m")), home=zoo_home, network=quick)


@pytest.mark.parametrize("body", [CONTENT + b"more", CONTENT[:-1]], ids=["longer", "shorter"])
def test_another_size_than_the_cards_is_refused(
    body: bytes, server: Loopback, network: Network, zoo_home: Path
) -> None:
    server.routes["/m"] = sends(body)
    with pytest.raises(FetchError, match=f"it has {len(body):,} bytes there, the card says 400,000"):
        fetch(make_card(server.url("/m")), home=zoo_home, network=network)
    assert store_is_empty(zoo_home)


def test_a_stream_without_length_is_cut_off_at_the_cards_size(
    server: Loopback, network: Network, zoo_home: Path
) -> None:
    def endless(request: Request) -> None:
        request.send_response(200)
        request.send_header("Connection", "close")
        request.end_headers()
        request.close_connection = True
        for _ in range(100):
            request.wfile.write(CONTENT)

    server.routes["/m"] = endless
    with pytest.raises(FetchError, match="goes on after the 400,000 bytes"):
        fetch(make_card(server.url("/m")), home=zoo_home, network=network)
    assert store_is_empty(zoo_home)


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (
            b"<!DOCTYPE html><html><head><title>Log in</title></head></html>",
            "an HTML page titled “Log in”, not the file",
        ),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n", "a Git-LFS pointer"),
        (
            b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
            r"an XML error message \(AccessDenied\)",
        ),
        (b"", "it is empty"),
    ],
    ids=["html", "lfs", "xml", "empty"],
)
def test_what_is_no_model_is_named(
    body: bytes, cause: str, server: Loopback, network: Network, zoo_home: Path
) -> None:
    server.routes["/m"] = sends(body)
    with pytest.raises(FetchError, match=cause):
        fetch(make_card(server.url("/m")), home=zoo_home, network=network)
    assert store_is_empty(zoo_home)


def test_other_checksums_are_checked_and_remembered(
    server: Loopback, network: Network, zoo_home: Path
) -> None:
    import hashlib

    server.routes["/m"] = file(CONTENT)
    git_blob = hashlib.sha1(b"blob %d\0" % len(CONTENT) + CONTENT).hexdigest()
    for promise in ({"sha384": hashlib.sha384(CONTENT).hexdigest()}, {"git_blob": git_blob}):
        card = make_card(server.url("/m"), sha256=None, size=None, **promise)
        fetch(card, home=zoo_home, network=network)
        asked = len(server.log)
        fetch(card, home=zoo_home, network=network)
        assert len(server.log) == asked
    wrong = make_card(server.url("/m"), sha256=None, size=None, git_blob="0" * 40)
    with pytest.raises(FetchError, match=f"its git_blob is {git_blob}, the card says 0000"):
        fetch(wrong, home=zoo_home, network=network)


def test_verify_fetches_what_is_damaged_anew(server: Loopback, network: Network, zoo_home: Path) -> None:
    server.routes["/m"] = file(CONTENT)
    card = make_card(server.url("/m"))
    path = fetch(card, home=zoo_home, network=network).files["model.onnx"]
    path.chmod(0o644)
    path.write_bytes(bytes(len(CONTENT)))
    assert fetch(card, home=zoo_home, network=network).files["model.onnx"].read_bytes() != CONTENT
    with pytest.raises(FetchError, match=r"model\.onnx could not be fetched .*not tried offline"):
        fetch(card, home=zoo_home, network=network, verify=True, offline=True)
    assert (
        fetch(card, home=zoo_home, network=network, verify=True).files["model.onnx"].read_bytes() == CONTENT
    )
    assert len(server.log) == 2
