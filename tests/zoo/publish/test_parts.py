"""Labels, escapes and the metadata's facts."""

from typing import Any

import msgspec
import pytest

from registry.card import Card
from registry.types import Artifact, Manifest, Tensor
from zoo.publish import describing, escaping, ports
from zoo.report import Table


def card(outputs: list[str], **given: Any) -> Card:
    return msgspec.convert(
        {
            "schema": 1,
            "name": "net",
            "task": "object-detection",
            "description": "A test.",
            "licenses": {"code": "MIT", "weights": "MIT"},
            "source": {"url": "https://example.org/"},
            "entry": {"model": "net.onnx"},
            "inputs": [{"name": "image", "shape": [1, 3, 4, 6], "layout": "NCHW", **given.pop("input", {})}],
            "outputs": [{"name": name} for name in outputs],
            **given,
        },
        Card,
    )


def artifact(**outputs: tuple[int, ...]) -> Artifact:
    def tensor(name: str, shape: tuple[int, ...], permutation: tuple[int, ...]) -> Tensor:
        return Tensor(name=name, shape=shape, dtype="float32", permutation=permutation, source_name=name)

    made = tuple(tensor(name, shape, tuple(range(len(shape)))) for name, shape in outputs.items())
    image = tensor("image", (1, 4, 6, 3), (0, 2, 3, 1))
    return Artifact(
        target="float32", path="net.tflite", sha256="0" * 64, size=1, inputs=(image,), outputs=made
    )


def labelled(one: Card, made: Artifact) -> dict[str, tuple[tuple[str, ...], bool]]:
    return {port.tensor.name: (port.labels, port.numbers) for port in ports.outputs(one, made) if port.labels}


def test_a_classifiers_labels_belong_to_its_scores() -> None:
    one = card(
        ["aux", "scores"], evaluation={"metric": "top1", "output": "scores", "classes": ["cat", "dog"]}
    )
    assert labelled(one, artifact(aux=(1, 2), scores=(1, 2))) == {"scores": (("cat", "dog"), False)}


def test_labels_that_do_not_fit_the_tensor_are_not_claimed() -> None:
    one = card(["scores"], evaluation={"metric": "top1", "classes": ["cat", "dog"]})
    assert labelled(one, artifact(scores=(1, 1001))) == {}


def test_a_class_before_the_first_has_a_line_of_its_own() -> None:
    one = card(["scores"], evaluation={"metric": "top1", "classes": ["cat", "dog"], "label_offset": 1})
    assert labelled(one, artifact(scores=(1, 3))) == {"scores": (("???", "cat", "dog"), False)}
    assert describing.label_file(one) == b"???\ncat\ndog\n"


def test_a_detectors_class_numbers_have_value_labels_and_its_scores_axis_labels() -> None:
    rule = {"metric": "map", "classes": ["cat", "dog"]}
    detection = {"boxes": "boxes", "scores": "scores"}
    chosen = card(
        ["boxes", "scores", "kinds"], evaluation={**rule, "detection": {**detection, "classes": "kinds"}}
    )
    every = artifact(boxes=(1, 10, 4), scores=(1, 10), kinds=(1, 10))
    assert labelled(chosen, every) == {"kinds": (("cat", "dog"), True)}
    background = card(
        ["boxes", "scores"], evaluation={**rule, "detection": {**detection, "background": True}}
    )
    assert labelled(background, artifact(boxes=(1, 10, 4), scores=(1, 10, 3))) == {
        "scores": (("???", "cat", "dog"), False)
    }


def test_normalisation_is_in_the_pictures_units() -> None:
    rule = {"divide_by": 255, "mean": [0.5], "std": [0.25, 0.5, 1.0]}
    one = card(["scores"], input={"preprocess": rule, "range": [-2, 2]})
    facts = describing.model(one, manifest(), artifact(), "MIT", "me")
    (image,) = facts.inputs
    assert (image.mean, image.std) == ((127.5,) * 3, (63.75, 127.5, 255.0))
    assert (image.image, image.color, image.range) == ((6, 4), "RGB", (-2.0, 2.0))
    assert image.dimensions == ("batch", "height", "width", "channel")


def test_a_division_by_the_maximum_is_said_and_not_faked() -> None:
    one = card(["scores"], input={"preprocess": {"divide_by": "max", "mean": [0.5]}})
    (image,) = describing.model(one, manifest(), artifact(), "MIT", "me").inputs
    assert image.mean == ()
    assert "divided by its own maximum" in image.description


def manifest() -> Manifest:
    return Manifest(name="net", card={}, inputs={}, options={}, tools={}, artifacts=())


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("a_b *c* [d](e) `f` | ~g~", r"a\_b \*c\* \[d\](e) \`f\` \| \~g\~"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("# head", r"\# head"),
        ("1. one", r"1\. one"),
        ("2.3.0", "2.3.0"),
        ("- item", r"\- item"),
        ("-1.5", "-1.5"),
        ("two\nlines\r\x1b[31m\u202e\u200b", r"two lines \[31m"),
        ("see http://x.y and www.z.org", "see http&#58;//x.y and www&#46;z.org"),
        ("$x$", r"\$x\$"),
    ],
)
def test_markdown(given: str, made: str) -> None:
    assert escaping.markdown(given) == made


def test_links_lead_to_the_web_alone() -> None:
    assert escaping.link("paper", "https://example.org/a_b?c=1") == "[paper](https://example.org/a_b?c=1)"
    assert escaping.link("https://example.org", "https://example.org") == "<https://example.org>"
    for url in ("javascript:alert(1)", "https://a b", "https://x>y", "file:///etc/passwd", "https://a)b"):
        assert "](" not in escaping.link("text", url)
        assert "<http" not in escaping.link(url, url)


def test_a_fence_is_longer_than_any_run_inside() -> None:
    lines = escaping.listing("python", "a\n````\nb")
    assert (lines[0], lines[-1]) == ("`````python", "`````")


def test_cells_keep_their_columns() -> None:
    lines = escaping.table(Table(("a", "b|c"), (("x|y", "1"),)))
    assert lines == [r"| a | b\|c |", "| --- | --: |", r"| x\|y | 1 |"]
