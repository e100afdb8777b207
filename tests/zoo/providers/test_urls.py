"""URLs of models, and names of Kaggle's."""

import io
import tarfile
from pathlib import Path

import pytest

from registry import catalog
from registry.card import Card
from registry.errors import InputError
from registry.progress import silent
from tests.registry.loopback import Loopback, file, serving
from zoo import model_files, naming, sources
from zoo.providers import urls
from zoo.request import Access


@pytest.mark.parametrize(
    ("text", "name", "model", "packed"),
    [
        ("https://e.org/a/Net%20S.onnx?download=1", "net-s", "Net S.onnx", False),
        ("https://e.org/net.tflite", "net", "net.tflite", False),
        ("https://e.org/zoo/net_v1.2.tar.gz", "net_v1.2", "saved_model.pb", True),
        ("https://e.org/all.zip#dir/frozen.pb", "frozen", "dir/frozen.pb", True),
        ("https://e.org/net.zip#net/saved_model.pb", "net", "net/saved_model.pb", True),
        (
            "https://tfhub.dev/google/imagenet/mobilenet/classification/5",
            "classification-5",
            "saved_model.pb",
            True,
        ),
        ("kaggle/google/movenet/tensorFlow2/lightning/4", "lightning-4", "saved_model.pb", True),
    ],
)
def test_cards_of_addresses(text: str, name: str, model: str, packed: bool) -> None:
    card = urls.card(text)
    assert (card.name, card.entry.model) == (name, model)
    (weights,) = card.weights
    assert (weights.first_use, weights.unpack) == (True, packed)
    assert weights.urls[0].startswith("https://")
    assert card.licenses.weights == "unknown"


def test_addresses_of_tensorflow_hub_and_kaggle() -> None:
    hub = urls.card("https://tfhub.dev/google/x/1").weights[0]
    assert (hub.file, hub.urls) == ("x-1.tar.gz", ("https://tfhub.dev/google/x/1?tf-hub-format=compressed",))
    for text in ("kaggle/o/m/tensorFlow2/v/4", "https://www.kaggle.com/models/o/m/tensorFlow2/v/4"):
        assert urls.card(text).weights[0].urls == (
            "https://www.kaggle.com/api/v1/models/o/m/tensorFlow2/v/4/download",
        )
        assert urls.name(text) == "kaggle/o/m/tensorflow2/v"
        assert catalog.provenance(urls.card(text)) == "stranger"
    assert catalog.provenance(urls.card("https://e.org/net.onnx")) == "own"  # the user named the host


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://e.org/page.html", "is the URL of no model"),
        ("https://e.org/", "is the URL of no model"),
        ("https://e.org", "is the URL of no model"),
        ("kaggle/o/m/tensorFlow2/v", "kaggle/<owner>/<model>/<framework>/<variation>/<version>"),
        ("kaggle/o/m/tfLite/v/1", "only the SavedModels of Kaggle"),
        ("https://e.org/a.zip#../x.onnx", "makes no card"),
        ("https://e.org/a b.onnx", "makes no card"),
    ],
)
def test_what_is_no_model(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        urls.card(text)


def test_weights_beside_a_model_file_come_with_it() -> None:
    found = {one.file: one.urls[0] for one in urls.card("https://e.org/ir/net.xml?v=1").weights}
    assert found == {"net.xml": "https://e.org/ir/net.xml?v=1", "net.bin": "https://e.org/ir/net.bin?v=1"}


def test_a_saved_model_in_an_archive_is_its_folder(tmp_path: Path) -> None:
    with serving() as server:
        server.routes["/net.tar.gz"] = file(_saved_model())
        card = _own(server, "/net.tar.gz")
        got = sources.fetch(card, Access(), silent)
    model = model_files.ready(card, got, tmp_path)
    assert model.is_dir()
    assert (model / "saved_model.pb").read_bytes() == b"graph"
    assert (model / "variables" / "variables.index").is_file()


def _own(server: Loopback, path: str) -> Card:
    return naming.card(server.url(path))


def _saved_model() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in ("./saved_model.pb", "./variables/variables.index"):
            member = tarfile.TarInfo(name)
            member.size = 5
            archive.addfile(member, io.BytesIO(b"graph"))
    return buffer.getvalue()
