"""The rules of the compiler, read from `rules.yaml` into strict types."""

import ast
import functools
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from converters.edgetpu import conditions

Word = Literal["mapped", "unsupported", "dtype", "limitation", "subgraph", "rank", "version", "constant"]
RULES = Path(__file__).with_name("rules.yaml")


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Unknown keys are errors."""


class Limit(_Strict, frozen=True):
    """What the compiler says where `when` holds, where that is known from, and what to do about it."""

    when: str
    say: Word
    source: str
    advice: str

    @property
    def condition(self) -> ast.expr:
        return _condition(self.when)


class Operator(_Strict, frozen=True):
    """A supported operator; the first limit that holds decides."""

    source: str
    limits: tuple[Limit, ...] = ()


class Failure(_Strict, frozen=True):
    """What fails the compile as a whole."""

    words: str
    advice: str
    source: str


class Failures(_Strict, frozen=True):
    version: Failure
    dynamic: Failure
    custom: Failure


class Versions(_Strict, frozen=True):
    """The newest version of each operator that the compiler can read; `newest_builtin` is the last operator's number."""

    source: str
    newest_builtin: int
    default: int
    of: dict[str, int]


class Memory(_Strict, frozen=True):
    on_chip_bytes: int
    source: str


class Advice(_Strict, frozen=True):
    advice: str
    source: str


class Rules(_Strict, frozen=True):
    schema: Literal[1]
    compiler: str
    sources: dict[str, str]
    words: dict[Word, str]
    failures: Failures
    unquantized: Advice
    custom: frozenset[str]
    mapped_types: frozenset[str]
    innermost: int
    static: dict[str, tuple[int, ...]]
    memory: Memory
    versions: Versions
    operators: dict[str, Operator]
    instead: dict[str, Advice]

    def newest(self, op: str) -> int:
        return self.versions.of.get(op, self.versions.default)


@functools.cache
def load(path: Path = RULES) -> Rules:
    """The rules of a file. Raises ValueError for one that breaks the schema, names no source, or has a condition that is none."""
    data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        rules = msgspec.convert(data, Rules)
    except msgspec.ValidationError as error:
        raise ValueError(f"{path.name}: {error}") from error
    for source in _sources(data):
        if source not in rules.sources:
            raise ValueError(f"{path.name}: `{source}` is not among its sources")
    for limit in (limit for one in rules.operators.values() for limit in one.limits):
        conditions.parse(limit.when)
    return rules


_condition = functools.cache(conditions.parse)


def _sources(data: Any) -> set[str]:
    """Every `source` that the rules name."""
    if isinstance(data, list):
        return set().union(*map(_sources, data))
    if not isinstance(data, dict):
        return set()
    own = {data["source"]} if isinstance(data.get("source"), str) else set()
    return own.union(*map(_sources, data.values()))
