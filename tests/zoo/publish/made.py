"""Publications for tests: what a conversion left, without converting."""

import hashlib
import random
from typing import Any

import msgspec

from registry.types import Artifact, Blob, Manifest
from zoo.publish.lock import SUMS
from zoo.publish.plan import Planned, Publication, of_bytes, publication


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def manifest(name: str, artifacts: dict[str, bytes]) -> Manifest:
    """`artifacts` maps a path to its content; the target is what stands between the name and the ending."""
    made = tuple(
        Artifact(
            target=path.removeprefix(f"{name}_").split(".")[0],
            path=path,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            tools={"openvino": "2026.4.1"},
        )
        for path, content in artifacts.items()
    )
    model = Blob(sha256=hashlib.sha256(b"model").hexdigest(), size=5, origin=f"local file {name}.onnx")
    return Manifest(
        name=name,
        card={},
        inputs={"model": model},
        options={"outputs": []},
        tools={"openvino": "2026.4.1"},
        artifacts=made,
    )


def files(
    name: str, artifacts: dict[str, bytes], folder: str = "", readme: bytes = b"# A model\n"
) -> list[Planned]:
    start = f"{folder}/" if folder else ""
    described = msgspec.json.encode(manifest(name, artifacts))
    found = [of_bytes(f"{start}{path}", content, "artifact") for path, content in artifacts.items()]
    return [
        *found,
        of_bytes(f"{start}manifest.json", described, "manifest"),
        of_bytes(f"{start}README.md", readme, "card"),
    ]


def summed(name: str, found: list[Planned]) -> Publication:
    """With SHA256SUMS over all of them."""
    lines = "".join(f"{one.sha256}  {one.path}\n" for one in sorted(found, key=lambda one: one.path))
    return publication(name, [*found, of_bytes(SUMS, lines.encode(), "sums")])


def tiny(**changes: Any) -> Publication:
    """A model `tiny` of two artifacts, one of 300 kB."""
    artifacts = {"tiny_float32.tflite": noise(300_000), "tiny_float16.tflite": noise(50_000, 1)}
    artifacts |= changes.pop("artifacts", {})
    return summed("tiny", files("tiny", artifacts, **changes))
