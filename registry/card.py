"""The card schema, version 1: strict, typed, frozen. What a card may say, and nothing else.

Keys follow the Hugging Face model-card vocabulary where one exists: `task` is the `pipeline_tag`, `licenses` map to `license` and
`license_link`, `source` to `base_model`.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from registry.card_data import Data as Data
from registry.card_data import DType as DType
from registry.card_data import Sha256 as Sha256
from registry.card_data import Strict as _Strict
from registry.card_evaluation import Evaluation as Evaluation

SCHEMA_VERSION = 1

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]*\Z", max_length=96)]
Dimension = Annotated[int, Meta(ge=1)]
Size = Annotated[int, Meta(ge=1)]
Sha384 = Annotated[str, Meta(pattern=r"^[0-9a-f]{96}\Z")]
Sha1 = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}\Z")]
Commit = Sha1
Sha256Start = Annotated[str, Meta(pattern=r"^[0-9a-f]{8,63}\Z")]
Installed = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][A-Za-z0-9.!_-]*\Z")]
"""A Python package and its version, `name==1.2.3`."""
Url = Annotated[
    str,
    Meta(pattern=r"^(https?://\S+|gdrive:[\w-]+|hf:[\w.-]+/[\w.-]+@[^\s:@]+:[^\s:]+|source:[^\s/][^\s]*)\Z"),
]
"""`https://…`, `gdrive:<id>`, `hf:<org>/<repo>@<revision>:<file>`, `source:<path in the source's checkout>`."""
FileName = Annotated[str, Meta(pattern=r"^(?!\.{1,2}$)[^/\\\x00-\x1f\x7f]+\Z", max_length=255)]
RelativePath = Annotated[
    str, Meta(pattern=r"^(?!/)(?!(.*/)?\.{0,2}(/|$))[^\\\x00-\x1f\x7f]+\Z", max_length=1024)
]
"""A path inside of a folder or an archive, with `/`; no part of it is empty, `.` or `..`."""


class Licenses(_Strict, frozen=True):
    """SPDX identifiers, or `unknown` where nobody says: never guessed. `link`: where the text that says so is read."""

    code: str
    weights: str
    dataset: str = "unknown"
    link: str | None = None


class CodeFile(_Strict, frozen=True):
    """One file of source code and its place in the folder that they make up. `urls` are tried in order."""

    file: RelativePath
    urls: Annotated[tuple[Url, ...], Meta(min_length=1)]
    size: Annotated[int, Meta(ge=0)] | None = None
    sha256: Sha256 | None = None
    sha384: Sha384 | None = None
    git_blob: Sha1 | None = None

    def __post_init__(self) -> None:
        if not (self.sha256 or self.sha384 or self.git_blob):
            raise ValueError("a file from a URL needs a checksum: `sha256`, `sha384` or `git_blob`")


class Source(_Strict, frozen=True):
    """Where the model's code lives. Exactly one of `git`, `huggingface`, `files`, `url`, `path`, `package`, `python`.

    `files` are single files that make up a folder. `url` is an archive (.zip, .tar.gz …) with `sha256`, or a web page where the entry
    is a ready model. `path` starts at the card's folder, `package` at `registry/data`.
    """

    git: str | None = None
    commit: Commit | None = None
    huggingface: str | None = None
    revision: str | None = None
    files: tuple[CodeFile, ...] | None = None
    url: str | None = None
    sha256: Sha256 | None = None
    path: str | None = None
    package: str | None = None
    python: Installed | None = None
    """A package that the user has installed, in this version."""

    def __post_init__(self) -> None:
        _exactly_one(self, "git", "huggingface", "files", "url", "path", "package", "python")
        _distinct("files", [one.file for one in self.files or ()])
        if self.git is not None and self.git.startswith("-"):
            raise ValueError("`git` must be a repository's URL")
        if self.git is not None and self.commit is None:
            raise ValueError("`git` needs `commit` (40 hex digits), or tomorrow's checkout is another model")
        if self.huggingface is not None and self.revision is None:
            raise ValueError("`huggingface` needs `revision`, or tomorrow's files are others")


class Weights(_Strict, frozen=True):
    """One file to fetch. `urls` are tried in order; `path` starts at the card's folder, `package` at `registry/data`.

    `unpack`: it is an archive, and `entry.model` is a path inside of it (checksums are those of the archive).
    """

    file: FileName
    urls: tuple[Url, ...] = ()
    path: str | None = None
    package: str | None = None
    size: Size | None = None
    sha256: Sha256 | None = None
    sha384: Sha384 | None = None
    git_blob: Sha1 | None = None
    unpack: bool = False
    sha256_start: Sha256Start | None = None
    """The first digits of the sha256, where no more is known beforehand."""
    first_use: bool = False
    """No checksum is known: what the first fetch from the first URL brings is remembered by its sha256, and no other is taken later."""

    def __post_init__(self) -> None:
        given = [bool(self.urls), self.path is not None, self.package is not None]
        if sum(given) != 1:
            raise ValueError("weights need exactly one of `urls`, `path`, `package`")
        if self.urls and not (
            self.sha256 or self.sha384 or self.git_blob or self.sha256_start or self.first_use
        ):
            raise ValueError("weights from a URL need a checksum: `sha256`, `sha384` or `git_blob`")


class Call(_Strict, frozen=True):
    """A function of the source to call before the model is built (`module:function`)."""

    function: Annotated[str, Meta(pattern=r"^[\w.]+:[\w.]+\Z")]
    args: tuple[Any, ...] = ()
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)


class StateDict(_Strict, frozen=True):
    """How the weights file becomes the model's state dict."""

    key: str | None = None
    strip_prefix: str = ""
    rename: dict[str, str] = msgspec.field(default_factory=dict)
    """Substring of a parameter name → what stands there instead."""
    drop: tuple[str, ...] = ()
    """Beginnings of names (after `strip_prefix`) that this model has no place for: heads used in training only."""


class Entry(_Strict, frozen=True):
    """How fetched files become a model: a PyTorch class (`module`, `class`) or a ready model file (`model`)."""

    module: str | None = None
    cls: str | None = msgspec.field(default=None, name="class")
    args: tuple[Any, ...] = ()
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    setup: tuple[Call, ...] = ()
    state_dict: StateDict = StateDict()
    model: RelativePath | None = None
    """File name (one of `weights`, or inside of one to `unpack`) of a ready .onnx, .xml, .pb, .tflite, .pt2 or .h5 model."""
    needs: str | None = None
    """What somebody has to do before this entry can be used, where the files as fetched are not enough: a sentence without its dot."""

    def __post_init__(self) -> None:
        if (self.model is None) == (self.module is None or self.cls is None):
            raise ValueError("an entry is either `module` with `class`, or `model`")


class Resize(_Strict, frozen=True):
    """Resampling of an image to the input's size (taken from its shape).

    `antialias`: a smaller image is the filter's weighted mean over the pixels it covers (Pillow, torchvision), or is smoothed before
    (`gaussian`: scikit-image); else it is sampled at points (OpenCV). `edge: zero`: outside of the image all is 0, as scikit-image's
    `mode="constant"` has it; else the edge goes on. These two are for `bilinear`.
    `keep_aspect`: the whole image, with `fill` (0…255) around it; in the middle, or in the upper left corner (`place`).
    `crop_pct`: the shorter side becomes that of the input divided by it, then the middle is cut out, as torchvision's
    Resize(256), CenterCrop(224) (0.875) and timm do; with 1 the largest middle part. `whole_levels`: resampled in 8-bit levels, as
    Pillow does with an image file; else in float32.
    """

    method: Literal["nearest", "bilinear", "bicubic", "area"] = "bilinear"
    antialias: bool | Literal["gaussian"] = True
    edge: Literal["clamp", "zero"] = "clamp"
    keep_aspect: bool = False
    place: Literal["middle", "corner"] = "middle"
    fill: Annotated[float, Meta(ge=0, le=255)] = 0.0
    crop_pct: Annotated[float, Meta(gt=0, le=1)] | None = None
    whole_levels: bool = False

    def __post_init__(self) -> None:
        if self.keep_aspect and self.crop_pct is not None:
            raise ValueError("`resize` takes `keep_aspect` or `crop_pct`, not both")
        if self.as_scikit and (self.method != "bilinear" or self.whole_levels):
            raise ValueError(
                "`resize` with `antialias: gaussian` or `edge: zero` is `bilinear` and not in `whole_levels`"
            )
        if self.edge == "zero" and self.antialias is True:
            raise ValueError("`resize` with `edge: zero` takes `antialias: gaussian` or `false`")

    @property
    def as_scikit(self) -> bool:
        """Whether it takes the way of scikit-image."""
        return self.antialias == "gaussian" or self.edge == "zero"


class Preprocess(_Strict, frozen=True):
    """From an image of uint8 0…255 to what the model sees: (x / divide_by - mean) / std, per channel."""

    resize: Resize | None = None
    divide_by: float | Literal["max"] = 1.0
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)


class Input(_Strict, frozen=True):
    """One model input, in the source's own terms. `range` is what the model really sees, after preprocessing."""

    name: str
    shape: tuple[Dimension, ...]
    dtype: DType = "float32"
    layout: str | None = None
    color: Literal["RGB", "BGR", "gray"] | None = None
    range: tuple[float, float] | None = None
    preprocess: Preprocess = Preprocess()

    def __post_init__(self) -> None:
        if self.layout is not None and len(self.layout) != len(self.shape):
            raise ValueError(
                f"layout `{self.layout}` has {len(self.layout)} letters for a shape of {len(self.shape)} dimensions"
            )


class Output(_Strict, frozen=True):
    """One model output in the source's order; those with `keep: false` are dropped before conversion."""

    name: str
    shape: tuple[Dimension, ...] | None = None
    meaning: str = ""
    keep: bool = True


class Calibration(_Strict, frozen=True):
    """What integer variants are calibrated on. The preprocessing is the inputs' own; values outside their `range` are an error."""

    data: Data | None = None
    dataset: Annotated[str, Meta(pattern=r"^[\w.-]+(/[\w.-]+)?(:[\w.-]+)?\Z")] | None = None
    """A Hugging Face dataset of images, `org/name` or `org/name:split`."""
    samples: Annotated[int, Meta(ge=1)] = 100
    seed: int = 0
    method: Literal["auto", "minmax", "percentile", "mse"] = "auto"
    """How ranges are found; `auto` takes mse or minmax, whichever answers better on some of the samples."""


class Tolerance(_Strict, frozen=True):
    """Largest difference from the source model that passes; None is not checked.

    `relative` is max|a-b| / max|b| over a whole output (the field's usual "relative error").
    """

    relative: Annotated[float, Meta(gt=0)] | None = None
    absolute: Annotated[float, Meta(gt=0)] | None = None
    cosine: Annotated[float, Meta(le=1)] | None = None
    snr_db: float | None = None


class Card(_Strict, frozen=True):
    """One model: all that is needed to fetch, convert, verify, measure and publish it."""

    schema: Literal[1]
    name: Name
    task: str
    description: str
    licenses: Licenses
    source: Source
    entry: Entry
    inputs: tuple[Input, ...] = ()
    """All of them in order, or none where a ready model file says them itself and nobody else does."""
    outputs: tuple[Output, ...] = ()
    weights: tuple[Weights, ...] = ()
    paper: str | None = None
    calibration: Calibration | None = None
    evaluation: Evaluation | None = None
    tolerances: dict[str, Tolerance] = msgspec.field(default_factory=dict)
    """Variant name (`float32`, `float16`, `saved_model`, …) → tolerance; a variant not named has the built-in one."""

    def __post_init__(self) -> None:
        _distinct("weights", [weights.file for weights in self.weights])
        _distinct("inputs", [item.name for item in self.inputs])
        _distinct("outputs", [item.name for item in self.outputs])
        model, output = self.entry.model, self.evaluation.output if self.evaluation else None
        packed = any(weights.unpack for weights in self.weights)
        known = [weights.file for weights in self.weights if not weights.unpack]
        if model is not None and self.weights and not packed and model not in known:
            raise ValueError(f"`entry.model` names `{model}`, which is not a `file` of `weights`")
        if output is not None and output not in [item.name for item in self.outputs]:
            raise ValueError(f"`evaluation.output` names `{output}`, which is not the name of an output")
        for key in ("inputs", "outputs"):
            if not getattr(self, key) and (model is None or self.evaluation is not None):
                why = "the entry is no ready model" if model is None else "`evaluation` reads them"
                raise ValueError(f"`{key}` are needed, at least one: {why}")
        if self.entry.module is not None and self.source.url is not None and self.source.sha256 is None:
            raise ValueError("`source.url` brings code, so it needs `sha256` beside it")


def _distinct(where: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"`{where}` has `{twice[0]}` twice")


def _exactly_one(part: msgspec.Struct, *keys: str) -> None:
    given = [key for key in keys if getattr(part, key) is not None]
    if len(given) != 1:
        raise ValueError(
            f"exactly one of {', '.join(f'`{key}`' for key in keys)} is needed, {len(given)} given"
        )
