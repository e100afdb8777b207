"""What a search finds, in which order, and what the filters let through."""

from pathlib import Path

import msgspec
import pytest

from registry.errors import InputError
from registry.fetch import registries
from registry.types import Artifact, Check, Manifest
from tests.registry.cards import write
from zoo import finding, workspace
from zoo.finding import Filter, Found


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry `own`, in an empty working folder."""
    folder = tmp_path / "own"
    write(folder / "small-net.yaml", description="Finds zebras in photographs.", size=10_000, side=96)
    write(
        folder / "large-net.yaml",
        description="Counts okapi.",
        size=90_000_000,
        license="CC-BY-NC-4.0",
        side=512,
    )
    write(folder / "zebra.yaml", task="image-segmentation", description="Masks.", license="unknown")
    (folder / "broken.yaml").write_text("schema: 1\n")
    registries.add(str(folder))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def names(found: list[Found]) -> list[str]:
    """Those of the registry, in order."""
    return [one.card.name.removeprefix("own/") for one in found if one.card.name.startswith("own/")]


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zebra", ["zebra", "small-net"]),
        ("own/zebra", ["zebra", "small-net"]),
        ("ZEBRAS", ["zebra", "small-net"]),
        ("zebar", ["zebra"]),
        ("zebbra", ["zebra", "small-net"]),
        ("okapi counts", ["large-net"]),
        ("okapi zebra", []),
        ("smallnet", ["small-net"]),
        ("photo", ["small-net"]),
        ("qqqqqq", []),
    ],
)
def test_text(text: str, expected: list[str]) -> None:
    assert names(finding.cards(Filter(), text)) == expected


def test_the_shipped_cards_of_saliency() -> None:
    found = [one.card.name for one in finding.cards(Filter(), "saliency")]
    assert {"u2net", "u2netp"} <= set(found[:4])
    assert "omz/f3net" in found  # its description says `salient`
    assert finding.cards(Filter(), "u2netp")[0].card.name == "u2netp"


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), ["broken", "large-net", "small-net", "zebra"]),
        (Filter(task="image-segmentation"), ["zebra"]),
        (Filter(license="permissive"), ["small-net"]),
        (Filter(license="unknown"), ["zebra"]),
        (Filter(license="cc-by-nc-4.0"), ["large-net"]),
        (Filter(max_size=10_000), ["small-net", "zebra"]),
        (Filter(max_size=999), []),
        (Filter(input_size=((224, 224), (224, 224))), ["zebra"]),
        (Filter(input_size=((90, 300), (90, 300))), ["small-net", "zebra"]),
        (Filter(format="onnx"), ["large-net", "small-net", "zebra"]),
        (Filter(format="pytorch"), []),
        (Filter(verified=True), []),
        (Filter(verified=False, license="permissive"), ["small-net"]),
    ],
)
def test_filters(wanted: Filter, expected: list[str]) -> None:
    assert names(finding.cards(wanted)) == expected


@pytest.mark.usefixtures("own")
def test_verified_is_what_was_converted_here_and_passed_every_check() -> None:
    convert("own/small-net", passed=True)
    convert("own/zebra", passed=False)
    found = finding.cards(Filter(verified=True))
    assert [(one.card.name, one.variants) for one in found] == [("own/small-net", ("float32",))]
    assert names(finding.cards(Filter(format="float32"))) == ["small-net"]
    assert "small-net" not in names(finding.cards(Filter(verified=False)))
    (workspace.default_folder("own/small-net") / "net.tflite").unlink()
    assert finding.cards(Filter(verified=True)) == []


def convert(name: str, passed: bool) -> None:
    """What a conversion leaves."""
    folder = workspace.default_folder(name)
    folder.mkdir(parents=True)
    (folder / "net.tflite").touch()
    check = Check(output="y", inputs="x", max_absolute=0, max_relative=0, cosine=1, snr_db=90, passed=passed)
    made = Artifact(target="float32", path="net.tflite", sha256="0" * 64, size=0, checks=(check,))
    manifest = Manifest(name=name, card={}, inputs={}, options={}, tools={}, artifacts=(made,))
    (folder / workspace.MANIFEST).write_bytes(msgspec.json.encode(manifest))


@pytest.mark.parametrize(("option", "value"), [("task", "image-clasification"), ("format", "onxn")])
def test_a_filter_that_no_card_could_pass_is_an_error(option: str, value: str) -> None:
    with pytest.raises(InputError, match=f"--{option} {value}: no card has that .did you mean"):
        finding.cards(Filter(**{option: value}))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("20MB", 20_000_000),
        ("1.5 GB", 1_500_000_000),
        ("500kB", 500_000),
        ("7", 7),
        ("2MiB", 2 << 20),
        ("3k", 3000),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert finding.size("--max-size", text) == size


@pytest.mark.parametrize("text", ["", "MB", "-1MB", "1TBs", "1,5MB", "5i"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(InputError, match="a size is a number of bytes"):
        finding.size("--max-size", text)


def test_input_sizes() -> None:
    assert finding.input_size("--input-size", "224") == ((224, 224), (224, 224))
    assert finding.input_size("--input-size", "240x320") == ((240, 240), (320, 320))
    assert finding.input_size("--input-size", "128-320") == ((128, 320), (128, 320))
    for text in ("", "x", "224x", "1x2x3", "a"):
        with pytest.raises(InputError, match="an input size is 224"):
            finding.input_size("--input-size", text)
    with pytest.raises(InputError, match="begins with the smaller"):
        finding.input_size("--input-size", "320-128")
