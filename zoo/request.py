"""What the user asked for, as one frozen value that the application passes on."""

from dataclasses import dataclass, field
from pathlib import Path

from registry.card import Card
from registry.card_data import MODEL_SUFFIXES as MODEL_SUFFIXES
from registry.errors import InputError
from zoo.targets import Target


@dataclass(frozen=True)
class Access:
    """How the card's files are reached and what the user agreed to."""

    weights: Path | None = None
    source: Path | None = None
    trust: bool = False
    allow_pickle: bool = False
    offline: bool = False


@dataclass(frozen=True)
class Calibrating:
    """What the user says about the calibration of integer variants; None leaves it to the card."""

    data: Path | None = None
    samples: int | None = None
    random: bool = False
    method: str | None = None
    per_tensor: bool = False
    input_range: tuple[float, float] | None = None
    """Of a model file: what pixels of 0 and 255 become, before `mean` and `std`."""
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Request:
    """One conversion: a card (`name` is its qualified one), or a model file of the user's. `targets` None means all that work here."""

    name: str
    out: Path
    card: Card | None = None
    model: Path | None = None
    targets: tuple[Target, ...] | None = None
    input_shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    keep_nchw: frozenset[str] = frozenset()
    outputs: tuple[str, ...] = ()
    replace_swish: bool = False
    replace_hard_swish: bool = False
    unroll_loops: bool = False
    dynamic_batch: bool = False
    data: Path | None = None
    """Real samples to verify on, besides the seeded ones."""
    limit: int | None = None
    force: bool = False
    access: Access = Access()
    calibrating: Calibrating = Calibrating()

    @property
    def stem(self) -> str:
        """What the artifacts' file names begin with: the last part of a qualified name."""
        return self.name.rpartition("/")[2]


def model_file(text: str) -> Path | None:
    """The model file or SavedModel folder that `text` names; None where it can only be a card's name.

    Raises InputError where it looks like a file but is none that can be read.
    """
    path = Path(text)
    if path.is_dir() and (path / "saved_model.pb").is_file():
        return path
    looks_like_path = "/" in text or "\\" in text or path.suffix.lower() in (*MODEL_SUFFIXES, ".pth", ".pt")
    if not looks_like_path and not path.is_file():
        return None
    kinds = f"{', '.join(MODEL_SUFFIXES)} or a SavedModel folder"
    if not path.exists():
        raise InputError(
            f"{path} does not exist (a model file is {kinds}; `zoo list` shows the cards' names)"
        )
    if path.is_dir():
        raise InputError(
            f"{path} is a folder without saved_model.pb, so no SavedModel (a model file is {kinds})"
        )
    if path.suffix.lower() in (".pth", ".pt"):
        raise InputError(
            f"{path} holds weights without their model class: write a card for it and run `zoo fetch-convert`"
        )
    if path.suffix.lower() == ".json" and path.with_suffix(".pdiparams").is_file():
        raise InputError(
            f"{path} is a Paddle program in PIR form, which OpenVINO does not read: save it as .pdmodel, "
            "in Paddle 3 with FLAGS_enable_pir_api=0 in the environment of paddle.jit.save"
        )
    if path.suffix.lower() not in MODEL_SUFFIXES:
        raise InputError(f"{path} is no model file this project reads ({kinds})")
    return path


def stem(model: Path) -> str:
    """The name a model file gives its artifacts."""
    name = model.name if model.is_dir() else model.stem
    return name.removesuffix("_saved_model") or model.name
