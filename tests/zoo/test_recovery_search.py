"""The search for a mix of precisions, on candidates that are numbers."""

from pathlib import Path
from typing import Any

import pytest

from converters.verify.compare import INCOMPARABLE
from registry.errors import ConversionError
from registry.progress import silent
from zoo.losses import Judged
from zoo.mixing import Way
from zoo.recovery_search import Search


def test_a_mix_that_litert_does_not_take_is_only_the_worst(tmp_path: Path) -> None:
    """The second way writes what cannot be loaded; the third is found all the same. The plain variant has to load."""

    class Numbers:
        metric, unit, data, samples, float_value = "m", "", "", 1, 0.0

        def judge(self, path: Path, ends: object, what: str) -> Judged:
            if path.read_bytes() == b"bad":
                raise ConversionError("cannot be loaded")
            loss = float(path.read_bytes())
            return Judged(loss, loss)

    def way(content: bytes, *techniques: str) -> Way:
        def emit(path: Path, floats: object, wide: object) -> Any:
            path.write_bytes(content)
            return (), ()

        return Way(techniques, emit, lambda path: None)

    found = Search("int8", 0.1, Numbers(), tmp_path / "one", silent)  # type: ignore[arg-type]
    best = found.run([way(b"1"), way(b"bad", "a"), way(b"0.05", "b")], [])
    assert best.candidate.way.techniques == ("b",)
    assert [one.loss for one in found.tried] == [1.0, INCOMPARABLE, 0.05]
    with pytest.raises(ConversionError, match="cannot be loaded"):
        Search("int8", 0.1, Numbers(), tmp_path / "two", silent).run([way(b"bad"), way(b"0.05", "b")], [])  # type: ignore[arg-type]
