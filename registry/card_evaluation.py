"""What a card says about its task's metric: which, on what data, and how the model's outputs are read. The same for every runtime."""

from typing import Annotated, Literal

from msgspec import Meta

from registry.card_data import Data, Strict

Metric = Literal[
    "top1", "top5", "miou", "saliency", "map", "keypoints", "psnr", "text", "cosine", "agreement"
]
Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Segmentation(Strict, frozen=True):
    """Class maps: the largest of C planes (or, of one plane, whether it exceeds `threshold`), or class numbers as they are.

    `channels` is the place of the class axis after the batch axis; by default as the input's layout has its C. `ignore` is the mask's
    value for pixels that do not count; `label_offset` is added to a mask's value to get the model's class.
    """

    channels: Literal["first", "last"] | None = None
    threshold: float = 0.5
    ignore: int | None = 255
    label_offset: int = 0


class Anchors(Strict, frozen=True):
    """Prior boxes of an SSD: for each stride, each cell's centre carries a square (or `ratios` w/h) of each of its sizes, in pixels.

    A box is decoded as SSD does (Liu et al. 2016): centre = prior centre + location · variance[0] · prior size, size = prior size ·
    exp(location · variance[1]). The order is stride, row, column, size, ratio. `cells: floor` counts ⌊size / stride⌋ cells instead of ⌈ ⌉.
    """

    strides: tuple[Count, ...]
    sizes: tuple[tuple[Positive, ...], ...]
    ratios: tuple[Positive, ...] = (1.0,)
    variances: tuple[Positive, Positive] = (0.1, 0.2)
    clip: bool = False
    cells: Literal["ceil", "floor"] = "ceil"

    def __post_init__(self) -> None:
        if len(self.sizes) != len(self.strides):
            raise ValueError("`anchors` needs one list of `sizes` for each of its `strides`")


class Grid(Strict, frozen=True):
    """YOLO's grid: centre = (sigmoid(t) + cell) · stride for `yolov3`, (2 sigmoid(t) - 0.5 + cell) · stride for `yolov5`,
    (t + cell) · stride for `yolox`; sizes are anchor · exp(t), anchor · (2 sigmoid(t))², and stride · exp(t)."""

    kind: Literal["yolov3", "yolov5", "yolox"]
    strides: tuple[Count, ...]
    anchors: tuple[tuple[tuple[Positive, Positive], ...], ...] = ()
    """Width and height in pixels, for each stride; `yolox` has none."""

    def __post_init__(self) -> None:
        if self.kind != "yolox" and len(self.anchors) != len(self.strides):
            raise ValueError("`grid` needs one list of `anchors` for each of its `strides`")


class Detection(Strict, frozen=True):
    """How boxes are read: from one output of `rows` (box, then objectness if any, then class scores), from the `heads` of a YOLO (one
    output [N, A · (5 + C), H, W] a stride), or from `boxes` and `scores`, with `classes` where the model has chosen one for each box,
    and `count` where it says how many are valid.

    `transposed`: rows are columns, [N, 4 + C, rows], as YOLOv8 gives them. `units`: pixels of the model's input, or shares of its width
    and height. `background`: class 0 is no object, labels count from the one after it. `iou` is that of the non-maximum suppression,
    class by class (None: the model has done it); COCO counts the `largest` 100 of an image.
    """

    rows: str | None = None
    heads: tuple[str, ...] = ()
    boxes: str | None = None
    scores: str | None = None
    classes: str | None = None
    count: str | None = None
    transposed: bool = False
    box: Literal["xyxy", "yxyx", "xywh", "cxcywh"] = "xyxy"
    units: Literal["pixels", "normalized"] = "pixels"
    objectness: bool = False
    background: bool = False
    activation: Literal["none", "sigmoid", "softmax"] = "none"
    anchors: Anchors | None = None
    grid: Grid | None = None
    score: Share = 0.001
    iou: Positive | None = 0.6
    largest: Count = 100

    def __post_init__(self) -> None:
        if sum((self.rows is not None, bool(self.heads), self.boxes is not None)) != 1:
            raise ValueError("`detection` needs exactly one of `rows`, `heads`, and `boxes` with `scores`")
        if self.boxes is not None and self.scores is None:
            raise ValueError("`detection` with `boxes` needs `scores`")
        if self.anchors is not None and self.grid is not None:
            raise ValueError("`detection` takes `anchors` or `grid`, not both")
        if self.heads and (self.grid is None or len(self.heads) != len(self.grid.strides)):
            raise ValueError("`detection` with `heads` needs a `grid` with one of its `strides` for each")


class Keypoints(Strict, frozen=True):
    """Points of the `output`: K rows of `values` numbers (x, y first), or K heatmaps whose largest value is the point.

    The normalised mean error divides the mean distance of an image's points by `normalizer`: the distance of two labelled points
    (`[36, 45]`, the outer eye corners of 300-W), the labelled box's √(width · height), or the image's diagonal. PCK counts points nearer
    than `pck` of it. With `sigmas` (COCO's, one a point) the object keypoint similarity is scored too.
    """

    kind: Literal["points", "heatmaps"] = "points"
    values: Annotated[int, Meta(ge=2)] = 2
    units: Literal["pixels", "normalized"] = "pixels"
    order: tuple[int, ...] = ()
    """For each labelled point, which of the model's points it is; by default the same."""
    normalizer: Literal["box", "diagonal"] | tuple[int, int] = "box"
    pck: Positive = 0.1
    sigmas: tuple[Positive, ...] = ()


class Restoration(Strict, frozen=True):
    """An image out: (output · `multiply` + `add`), cut to 0…255 and rounded, held against the labelled image without `crop` pixels at
    each border (None: the factor of enlargement), in `channel` Y (BT.601, as super-resolution papers do) or RGB.

    `factor`: where the data holds large images only, the small ones are made by bicubic resampling.
    """

    multiply: float = 255.0
    add: float = 0.0
    channel: Literal["Y", "RGB"] = "Y"
    crop: Annotated[int, Meta(ge=0)] | None = None
    factor: Count | None = None


class Text(Strict, frozen=True):
    """Characters of the `output`: the best path of a CTC (`blank` is its class number), or class numbers up to `end`.

    `alphabet` holds the characters of the classes in order, the blank left out; `axes` names the output's axes (T time, N batch, C class).
    """

    alphabet: str
    decode: Literal["ctc", "numbers"] = "ctc"
    blank: int = 0
    end: int | None = None
    axes: Literal["NTC", "TNC", "NCT", "TC", "NT"] = "NTC"
    ignore_case: bool = False


class Evaluation(Strict, frozen=True):
    """The task metric, the output it reads, and the labelled data (absent: the user names it).

    `top5` gives top1 too; `saliency` the mean absolute error, max-F and the S-measure; `map` COCO's average precision; `keypoints` NME,
    PCK and OKS; `psnr` PSNR and SSIM; `text` word and character accuracy; `cosine` and `agreement` need no labels: the source model's
    own answers are the reference. `label_offset` is added to a label to get the model's class (1 where class 0 is background).
    """

    metric: Metric
    output: str | None = None
    classes: tuple[str, ...] = ()
    label_offset: int = 0
    data: Data | None = None
    segmentation: Segmentation = Segmentation()
    detection: Detection | None = None
    keypoints: Keypoints = Keypoints()
    restoration: Restoration = Restoration()
    text: Text | None = None

    def __post_init__(self) -> None:
        for metric, part in (("map", "detection"), ("text", "text")):
            if self.metric == metric and getattr(self, part) is None:
                raise ValueError(
                    f"metric `{metric}` needs `{part}`, which says how the model's outputs are read"
                )
