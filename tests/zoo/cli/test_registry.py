"""`zoo registry check`, `import`, `index` and `zoo fetch` of an index's entry, as a user runs them."""

import json
from pathlib import Path

import pytest

from tests.registry.importing.test_importing import onnx
from tests.registry.loopback import Loopback, sends
from tests.zoo.cli.run import zoo
from zoo import browsing


def test_check_of_the_shipped_cards() -> None:
    found = zoo("registry", "check", "--json")
    assert found.code == 0, found.err
    assert found.document["cards"] >= 400
    assert found.document["errors"] == []


def test_check_names_file_and_line_and_ends_with_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("schema: 1\nname: b\n")
    found = zoo("registry", "check", tmp_path, "--json")
    assert found.code == 2
    (error,) = found.document["errors"]
    assert error == {
        "file": str(tmp_path / "a.yaml"),
        "line": 1,
        "cause": "the key `task` is missing in the card.",
    }
    assert "a.yaml, line 1: the key `task` is missing" in zoo(
        "registry", "check", tmp_path, "--quiet"
    ).failed(2)


def test_an_empty_folder_has_no_cards(tmp_path: Path) -> None:
    assert "There are no cards" in zoo("registry", "check", tmp_path).failed(2)


def test_import_writes_cards_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "facts.json").write_bytes(onnx())
    found = zoo("registry", "import", tmp_path / "facts.json", "--to", tmp_path / "cards", "--json")
    assert found.document == [{"namespace": "onnx", "cards": 1, "changed": 2, "skipped": {}}]
    assert zoo("info", tmp_path / "cards" / "onnx" / "net-7.yaml", "--json").document["entry"] == {
        "model": "Net-7.onnx"
    }
    assert "cannot be read" in zoo("registry", "import", tmp_path / "nothing.json").failed(2)


def test_the_index_is_browsed() -> None:
    found = zoo("registry", "index", "pinto", "deeplabv3", "FP32", "--json").document
    assert found
    assert all("FP32" in one["formats"] for one in found)
    downloads = [browsing.labels(one) for one in browsing.find("pinto", "")]
    assert sum(map(len, downloads)) == sum(len(one.downloads) for one in browsing.find("pinto", ""))
    assert "PINTO_special/resources.tar.gz" in zoo("fetch", "pinto/393").failed(2)
    assert "has no entry" in zoo("fetch", "pinto/998").failed(2)


def test_an_entrys_download_is_pinned_and_refused_when_it_changes(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from registry.errors import FetchError, InputError
    from registry.fetch import Network
    from registry.indexes import Entry
    from registry.progress import silent

    network = Network(private_hosts=True)
    monkeypatch.chdir(tmp_path)
    server.routes["/a/resources.tar.gz"] = sends(b"first")
    server.routes["/a/other.tar.gz"] = sends(b"other")
    urls = (server.url("/a/resources.tar.gz"), server.url("/a/other.tar.gz"))
    entry = Entry(number="001", name="net", downloads=urls)
    with pytest.raises(
        InputError, match=r"has 2 downloads: say which with --file, resources.tar.gz, other.tar.gz"
    ):
        browsing.fetch(entry, None, None, False, silent)
    got = browsing.fetch(entry, "resources.tar.gz", None, False, silent, network)
    assert (got.first, got.path.read_bytes(), got.path.name) == (True, b"first", "resources.tar.gz")
    assert json.loads((tmp_path / "zoo-pins.json").read_text())["pins"][urls[0]]["size"] == 5
    assert not browsing.fetch(entry, "resources.tar.gz", None, True, silent).first
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "elsewhere"))
    server.routes["/a/resources.tar.gz"] = sends(b"changed")
    with pytest.raises(FetchError, match=r"is not the file any more that zoo-pins.json pins"):
        browsing.fetch(entry, "resources.tar.gz", None, False, silent, network)


def test_online_reports_rot_promotes_and_goes_on(server: Loopback, tmp_path: Path) -> None:
    from tests.registry.links.test_links import BODY, card

    server.routes["/alive"] = sends(BODY)
    path = card(tmp_path, "one", server.url("/gone"), server.url("/alive"))
    command = ("registry", "check", path, "--online", "--interval", "0", "--json")
    found = zoo(*command, cwd=tmp_path)
    assert found.code == 3, found.err
    assert [row["status"] for row in found.document["rot"]] == ["gone"]
    assert found.document["lost"] == []
    assert json.loads((tmp_path / "zoo-links-report.json").read_text()) == found.document
    assert "/gone" in (tmp_path / "zoo-links-report.md").read_text()
    asked = len(server.log)
    before = path.read_text()
    again = zoo(*command, "--promote", cwd=tmp_path)
    assert len(server.log) == asked, "what is settled is not visited again"
    assert again.document["promoted"] == [str(path)]
    assert before.index("/gone") < before.index("/alive")
    assert path.read_text().index("/alive") < path.read_text().index("/gone")


def test_online_stops_at_cards_that_are_wrong(server: Loopback, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("schema: 1\n")
    assert "a.yaml, line 1" in zoo("registry", "check", tmp_path, "--online", cwd=tmp_path).failed(2)
    assert not (tmp_path / "zoo-links.jsonl").exists()


def test_an_interrupted_check_keeps_what_it_visited(server: Loopback, tmp_path: Path) -> None:
    import signal
    import subprocess
    import sys
    import threading

    from tests.registry.links.test_links import BODY, card
    from tests.registry.loopback import Request

    waiting, release = threading.Event(), threading.Event()

    def hangs(request: Request) -> None:
        waiting.set()
        release.wait(60)
        request.reply(200, BODY)

    server.routes["/quick"], server.routes["/slow"] = sends(BODY), hangs
    path = card(tmp_path, "one", server.url("/quick"), server.url("/slow"))
    command = ["registry", "check", str(path), "--online", "--interval", "0", "--per-host", "1"]
    running = subprocess.Popen([sys.executable, "-m", "zoo", *command], cwd=tmp_path, stderr=subprocess.PIPE)
    assert waiting.wait(60)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    release.set()
    assert running.returncode == 130
    assert b"goes on where it stopped" in said
    assert b"Traceback" not in said
    server.routes["/slow"] = sends(BODY)
    server.log.clear()
    assert zoo(*command, cwd=tmp_path).code == 0
    assert {where for where, _ in server.log} == {"/slow"}
