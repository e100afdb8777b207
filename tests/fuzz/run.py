"""The fuzz run: one child a target, with limits of time and memory; what it came to is counted."""

import json
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType

_ROOT = Path(__file__).resolve().parents[2]
CASE_SECONDS = 10
MEMORY = 3 << 30
"""Address space of a child in bytes."""


@dataclass
class Figures:
    """What a target's cases came to. `findings`: a crash, hang, escape or unexpected error → how often; the first input of each is kept."""

    target: str
    cases: int = 0
    accepted: int = 0
    refused: int = 0
    seconds: float = 0.0
    megabytes: float = 0.0
    kinds: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)

    def line(self) -> str:
        return (
            f"{self.target:8} {self.cases:8,} cases {self.accepted:8,} accepted {self.refused:8,} refused in {len(self.kinds):4} kinds"
            f" {sum(self.findings.values()):4} findings {self.seconds:6.0f} s {self.megabytes:6.0f} MB at most"
        )


class HangError(BaseException):
    """No answer in time: not an Exception, so that no reader takes it for damage."""


def run(target: str, seconds: float, keep: Path, seed: int = 0) -> Figures:
    """Fuzz one target in a child for so long; where it dies or hangs for good, that is a finding and another goes on."""
    total, end, round_ = Figures(target), time.monotonic() + seconds, 0
    keep.mkdir(parents=True, exist_ok=True)
    while (left := end - time.monotonic()) > 0:
        with tempfile.TemporaryDirectory(prefix="zoo-fuzz-") as folder:
            words = [target, str(left), folder, str(keep), str(seed + round_)]
            child = subprocess.Popen([sys.executable, "-m", "tests.fuzz.run", *words], cwd=_ROOT)
            try:
                code = child.wait(left + 6 * CASE_SECONDS)
                cause = f"crash: exit {code}" if code else ""
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                cause = "hang: the child had to be killed"
            told = Path(folder, "figures.json")
            if told.exists():
                _add(total, Figures(**json.loads(told.read_bytes())))
            if cause and not Path(folder, "current").exists():
                raise RuntimeError(f"the child of {target} did not begin ({cause})")
            if cause:
                _keep(keep, target, cause, Path(folder, "current").read_bytes())
                total.findings[cause] = total.findings.get(cause, 0) + 1
        round_ += 1
    return total


def _add(total: Figures, more: Figures) -> None:
    for name in ("cases", "accepted", "refused", "seconds"):
        setattr(total, name, getattr(total, name) + getattr(more, name))
    total.megabytes = max(total.megabytes, more.megabytes)
    for name in ("kinds", "findings"):
        setattr(total, name, dict(Counter(getattr(total, name)) + Counter(getattr(more, name))))


def _keep(keep: Path, target: str, cause: str, data: bytes) -> None:
    file = keep / f"{target}-{re.sub(r'[^a-z0-9]+', '-', cause.lower())[:80]}"
    if not file.exists():
        file.write_bytes(data)


def _child(target: str, seconds: float, folder: Path, keep: Path, seed: int) -> None:
    import hypothesis
    from hypothesis import HealthCheck, given, settings

    from tests.fuzz.cases import batch, strategy
    from tests.fuzz.targets import TARGETS

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, _late)
    figures, begun = Figures(target), time.monotonic()
    inside = _Place(folder)
    one = TARGETS[target]

    def case(data: bytes) -> None:
        inside.prepare(data)
        figures.cases += 1
        signal.alarm(CASE_SECONDS)
        try:
            one.read(inside.file, inside.empty)
            figures.accepted += 1
        except one.refusals as error:
            figures.refused += 1
            kind = re.sub(r"[`'\"].*?[`'\"]|\d+|/\S+", "…", str(error))[:60]
            figures.kinds[kind] = figures.kinds.get(kind, 0) + 1
        except BaseException as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            _found(figures, keep, f"{type(error).__name__} in {Path(where.filename).name}:{where.name}", data)
        finally:
            signal.alarm(0)
        if inside.escaped():
            _found(figures, keep, "escape: something outside was written", data)

    def cases(given: tuple[bytes, int]) -> None:
        for data in batch(*given):
            if not figures.cases or time.monotonic() - begun < seconds:  # one case at least on a slow machine
                case(data)

    options = settings(
        max_examples=25, database=None, deadline=None, phases=[hypothesis.Phase.generate], suppress_health_check=list(HealthCheck)
    )  # fmt: skip
    test = options(given(strategy(one))(cases))
    while not figures.cases or time.monotonic() - begun < seconds:  # one round at least, too
        hypothesis.seed(seed * 1_000_003 + figures.cases)(test)()
        figures.seconds = time.monotonic() - begun
        figures.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        (folder / "figures.json").write_text(json.dumps(asdict(figures)))


def _found(figures: Figures, keep: Path, cause: str, data: bytes) -> None:
    figures.findings[cause] = figures.findings.get(cause, 0) + 1
    _keep(keep, figures.target, cause, data)


class _Place:
    """Where a case happens: a file, an empty folder deep inside, and a canary around it that nothing may touch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.file = folder / "current"
        self._around = folder / "around"
        self.empty = self._around / "in" / "to"
        self._around.mkdir()
        (self._around / "canary").write_text("x")

    def prepare(self, data: bytes) -> None:
        if self.empty.parent.exists():
            shutil.rmtree(self.empty.parent)
        self.empty.mkdir(parents=True)
        self.file.write_bytes(data)

    def escaped(self) -> bool:
        around = sorted(path.name for path in self._around.iterdir())
        beside = [path.name for path in self.empty.parent.iterdir()]
        top = sorted(path.name for path in self._folder.iterdir() if path.name != "figures.json")
        whole = (self._around / "canary").read_text() == "x"
        return not whole or around != ["canary", "in"] or beside != ["to"] or top != ["around", "current"]


def _late(number: int, frame: FrameType | None) -> None:
    raise HangError(f"no answer within {CASE_SECONDS} s")


if __name__ == "__main__":
    _child(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
