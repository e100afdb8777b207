"""The table of operators: complete, and the committed page current."""

from pathlib import Path

from converters.frontends.openvino.inexpressible import INEXPRESSIBLE, LIMITS
from converters.frontends.openvino.lowering import DYNAMIC, LOWERINGS
from converters.frontends.openvino.operators import STRUCTURE, defined, markdown, operators

PAGE = Path(__file__).parents[4] / "docs" / "operators.md"


def test_every_operator_is_lowered_or_explained() -> None:
    rows = operators()
    assert len(rows) > 180
    assert {row.name for row in rows} | STRUCTURE >= defined().keys()


def test_nothing_is_explained_that_is_lowered() -> None:
    assert INEXPRESSIBLE.keys() & (LOWERINGS.keys() | DYNAMIC.keys()) == set()
    assert LIMITS.keys() <= LOWERINGS.keys() | DYNAMIC.keys()
    assert INEXPRESSIBLE.keys() | LIMITS.keys() <= defined().keys() | LOWERINGS.keys()


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == markdown(), "run `zoo ops --markdown > docs/operators.md`"
