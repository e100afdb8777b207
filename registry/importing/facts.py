"""The facts files, typed: what each collection's own manifests say, gathered at one commit."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from registry.errors import InputError

Shape = list[int | str | None] | None
Commit = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}$")]


class OmzFile(msgspec.Struct, frozen=True):
    """A file of Open Model Zoo: `url` is its mirror, `original` where the author published it (a URL, or a Google Drive id)."""

    name: str
    bytes: int
    sha384: str
    url: str
    original: str | dict[str, str] | None = None

    @property
    def urls(self) -> list[str]:
        """The mirror first: the checksum was taken of what it serves; then the author's own address."""
        other = self.original
        if isinstance(other, dict):
            other = f"gdrive:{other['id']}" if other.get("$type") == "google_drive" else None
        return [self.url, *([other] if other and other != self.url else [])]


class OmzModel(msgspec.Struct, frozen=True):
    """A model of Open Model Zoo; `inputs` are (name, shape, layout), `mo_args` those of its Model Optimizer."""

    name: str
    group: str
    task: str
    framework: str
    licence: str
    inputs: list[tuple[str, Shape, str | None]]
    files: list[OmzFile]
    to_onnx: dict[str, list[str]] | None
    mo_args: list[str]
    source_edits: int


class OnnxModel(msgspec.Struct, frozen=True):
    """A file of onnx/models; `inputs` and `outputs` are (name, shape, type)."""

    model: str
    path: str
    opset: int
    sha256: str
    bytes: int
    tags: list[str]
    inputs: list[tuple[str, Shape, str]]
    outputs: list[tuple[str, Shape, str]]


class LfsFile(msgspec.Struct, frozen=True):
    """A file that a repository keeps in Git LFS; its sha256 is the LFS object id."""

    path: str
    sha256: str
    bytes: int


class Omz(msgspec.Struct, frozen=True):
    source: str
    commit: Commit
    models: list[OmzModel]


class Onnx(msgspec.Struct, frozen=True):
    source: str
    commit: Commit
    download: str
    models: list[OnnxModel]


class Lfs(msgspec.Struct, frozen=True):
    source: str
    commit: Commit
    download: str
    files: list[LfsFile]


class PintoFolder(msgspec.Struct, frozen=True):
    """A folder of PINTO_model_zoo: what its README and its download scripts say."""

    dir: Annotated[str, Meta(pattern=r"^\d{3}_\S+$")]
    category: str | None
    formats: list[str] | None
    licence_file: bool
    upstream: list[str]
    downloads: list[str]


class Pinto(msgspec.Struct, frozen=True):
    source: str
    commit: Commit
    models: list[PintoFolder]


Facts = Omz | Onnx | Lfs | Pinto
_KINDS: dict[str, type[Any]] = {
    "openvinotoolkit/open_model_zoo": Omz,
    "onnx/models": Onnx,
    "opencv/opencv_zoo": Lfs,
    "ARM-software/ML-zoo": Lfs,
    "PINTO0309/PINTO_model_zoo": Pinto,
}


def read(text: bytes, where: str) -> tuple[str, Facts]:
    """The repository that a facts file is about, and the facts. Raises InputError naming `where` for what is none."""
    try:
        named = msgspec.json.decode(text, type=dict[str, Any]).get("source", "")
        repository = str(named).split(" ")[0]
        if repository not in _KINDS:
            raise InputError(
                f"{where} is about `{repository}`: there is an importer for {', '.join(_KINDS)}."
            )
        return repository, msgspec.json.decode(text, type=_KINDS[repository])
    except msgspec.DecodeError as error:
        raise InputError(f"{where} is no facts file: {error}.") from error


def download(template: str, commit: str, path: str) -> str:
    """The address of a file: `https://…/<commit>/<path>`, what stands behind it in brackets left out."""
    return template.split(" ")[0].replace("<commit>", commit).replace("<path>", path)
