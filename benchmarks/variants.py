"""All .tflite variants of one model in one conversion: seconds, processor seconds, memory, and each one's size beside float32's.

`python -m benchmarks.variants [MODEL] [--calibrate DIR] [--samples N] [--rounds N] [--json FILE]`. Without MODEL it is u2netp of the corpus
(ZOO_CORPUS, or ../shared/corpus) on 50 of its images. Every round is a process of its own and starts cold, with a `ZOO_HOME` of its own.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.process import Run, run

VARIANTS = (
    "float32",
    "float16",
    "dynamic_range",
    "weight_only_int8",
    "weight_only_int4",
    "int8",
    "full_int8",
    "full_uint8",
    "int16x8",
    "full_int16x8",
)
IMAGENET = ("--input-range", "0,1", "--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225")
"""What U-2-Net's repository makes of pixels (but that it divides by the image's own maximum)."""
_SHARED = Path(__file__).resolve().parents[2] / "shared" / "corpus"


@dataclass(frozen=True)
class Measured:
    """Medians over the rounds; sizes in bytes by variant."""

    model: str
    samples: int
    seconds: float
    cpu_seconds: float
    peak_memory: int
    sizes: dict[str, int]


def measure(
    model: Path, images: Path, samples: int, rounds: int = 1, preprocessing: tuple[str, ...] = IMAGENET
) -> Measured:
    """Raises RuntimeError with what the conversion said where it failed."""
    runs, sizes = [], {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            runs.append(_convert(model, images, samples, preprocessing, out))
            sizes = {name: (out / f"{model.stem}_{name}.tflite").stat().st_size for name in VARIANTS}
    return Measured(
        model.stem,
        samples,
        statistics.median(one.seconds for one in runs),
        statistics.median(one.cpu_seconds for one in runs),
        int(statistics.median(one.peak_memory for one in runs)),
        sizes,
    )


def _convert(model: Path, images: Path, samples: int, preprocessing: tuple[str, ...], out: Path) -> Run:
    asked = ["--to", ",".join(VARIANTS), "--calibrate", str(images), "--samples", str(samples)]
    command = [sys.executable, "-m", "zoo", "convert", str(model), *asked, *preprocessing]
    environment = {**os.environ, "ZOO_HOME": str(out.parent / "home")}
    done = run([*command, "--out", str(out), "--quiet"], environment)
    if done.code != 0:
        raise RuntimeError(f"{model.name} was not converted: {done.stderr.strip() or done.stdout.strip()}")
    return done


def lines(one: Measured) -> list[str]:
    whole = one.sizes["float32"]
    return [
        f"All variants of {one.model}, calibrated on {one.samples} images: {one.seconds:.1f} s, {one.cpu_seconds:.1f} s of processor "
        f"time, {one.peak_memory / 1e6:.0f} MB",
        *(
            f"{name:18} {size / 1e3:9.1f} kB {size / whole:6.3f} of float32"
            for name, size in one.sizes.items()
        ),
    ]


def main() -> int:
    corpus = Path(os.environ.get("ZOO_CORPUS", _SHARED))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, nargs="?", default=corpus / "onnx" / "u2netp.onnx")
    parser.add_argument("--calibrate", type=Path, default=corpus / "eval_ecssd_100" / "images", metavar="DIR")
    parser.add_argument("--samples", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    missing = [path for path in (arguments.model, arguments.calibrate) if not path.exists()]
    if missing:
        print(
            f"All variants: not measured, since {missing[0]} is not here (ZOO_CORPUS says where the corpus is)"
        )
        return 0
    try:
        found = measure(arguments.model, arguments.calibrate, arguments.samples, arguments.rounds)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    print(*lines(found), sep="\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(found), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
