"""Google Drive: its confirmation page, its quota page, files that are not public."""

from pathlib import Path

import msgspec
import pytest

from registry.errors import FetchError
from registry.fetch import Network, fetch
from registry.fetch.gdrive import confirmation
from tests.registry.fetch.conftest import CONTENT, make_card, store_is_empty
from tests.registry.loopback import Loopback, Request, file, sends

HTML = {"Content-Type": "text/html; charset=utf-8"}
CONFIRM = """<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title></head><body>
<p>Google Drive can't scan this file for viruses.</p>
<form id="download-form" action="{action}" method="get"><input type="submit" value="Download anyway"/>
<input type="hidden" name="id" value="the-id"><input type="hidden" name="export" value="download">
<input type="hidden" name="confirm" value="t"><input type="hidden" name="uuid" value="1f&amp;2"></form></body></html>"""
QUOTA = b"""<html><head><title>Google Drive - Quota exceeded</title></head><body>
<p class="uc-error-caption">Sorry, you can&#39;t view or download this file at this time.</p>
<p>Too many users have viewed or downloaded this file recently.</p></body></html>"""


@pytest.fixture
def drive(server: Loopback, network: Network) -> Network:
    return msgspec.structs.replace(network, gdrive=server.url(""))


def test_a_small_file_comes_at_once(server: Loopback, drive: Network, zoo_home: Path) -> None:
    server.routes["/uc"] = file(CONTENT)
    got = fetch(make_card("gdrive:the-id"), home=zoo_home, network=drive)
    assert got.files["model.onnx"].read_bytes() == CONTENT
    assert got.blobs["model.onnx"].origin == "gdrive:the-id"
    assert server.log[0][0] == "/uc?export=download&id=the-id"


def test_the_confirmation_form_is_sent(server: Loopback, drive: Network, zoo_home: Path) -> None:
    def first(request: Request) -> None:
        page = CONFIRM.format(action=server.url("/download"))
        request.reply(200, page.encode(), {**HTML, "Set-Cookie": "seen=yes; Path=/"})

    server.routes["/uc"] = first
    server.routes["/download"] = file(CONTENT, cuts=(100_000,))
    got = fetch(make_card("gdrive:the-id"), home=zoo_home, network=drive)
    assert got.files["model.onnx"].read_bytes() == CONTENT
    path, headers = server.log[1]
    assert path == "/download?id=the-id&export=download&confirm=t&uuid=1f%262"
    assert headers["Cookie"] == "seen=yes"
    assert "Range" in server.log[2][1]


@pytest.mark.parametrize("status", [200, 403, 429])
def test_the_quota_page_is_named(
    status: int, server: Loopback, drive: Network, waits: list[float], zoo_home: Path
) -> None:
    server.routes["/uc"] = sends(QUOTA, HTML, status)
    with pytest.raises(FetchError, match=r"Google Drive's download quota for this file is used up"):
        fetch(make_card("gdrive:the-id"), home=zoo_home, network=drive)
    assert waits == []
    assert store_is_empty(zoo_home)


def test_the_quota_page_after_the_form_is_named(server: Loopback, drive: Network, zoo_home: Path) -> None:
    server.routes["/uc"] = sends(CONFIRM.format(action="/download").encode(), HTML)
    server.routes["/download"] = sends(QUOTA, HTML)
    with pytest.raises(FetchError, match="quota for this file is used up"):
        fetch(make_card("gdrive:the-id"), home=zoo_home, network=drive)
    assert store_is_empty(zoo_home)


def test_a_file_that_is_not_public_is_named(server: Loopback, drive: Network, zoo_home: Path) -> None:
    server.routes["/uc"] = sends(b"", {"Location": "/ServiceLogin"}, 302)
    page = b"<!doctype html><html><title>Sign in - Google Accounts</title></html>"
    server.routes["/ServiceLogin"] = sends(page, HTML)
    with pytest.raises(FetchError, match="the file is not public"):
        fetch(make_card("gdrive:the-id"), home=zoo_home, network=drive)


def test_the_next_mirror_follows_a_used_up_quota(server: Loopback, drive: Network, zoo_home: Path) -> None:
    server.routes["/uc"] = sends(QUOTA, HTML)
    server.routes["/m"] = file(CONTENT)
    got = fetch(make_card("gdrive:the-id", server.url("/m")), home=zoo_home, network=drive)
    assert got.blobs["model.onnx"].origin == server.url("/m")


def test_only_web_addresses_are_followed() -> None:
    assert confirmation(CONFIRM.format(action="file:///etc/passwd"), "https://drive.example/uc") is None
    assert confirmation("<form id='other' action='/x'></form>", "https://drive.example/uc") is None
    found = confirmation(CONFIRM.format(action="/d?a=1"), "https://drive.example/uc")
    assert found == "https://drive.example/d?a=1&id=the-id&export=download&confirm=t&uuid=1f%262"
