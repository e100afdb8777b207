"""The page of threats names tests that exist."""

import ast
import re

from tests.conftest import ROOT


def named(line: str) -> tuple[str, str]:
    """(file under tests/, function) that a line of the table names last."""
    found = re.search(r"`([\w/]+\.py)::(test_\w+)` \|$", line)
    assert found is not None, f"no test stands at the end of: {line}"
    return found[1], found[2]


def exists(file: str, function: str) -> bool:
    path = ROOT / "tests" / file
    if not path.is_file():
        return False
    tree = ast.parse(path.read_text())
    return any(isinstance(node, ast.FunctionDef) and node.name == function for node in tree.body)


def test_every_line_names_a_test_that_exists() -> None:
    table = (ROOT / "docs" / "threats.md").read_text().split("## ")[0].splitlines()
    lines = [line for line in table if line.startswith("|")][2:]
    assert len(lines) > 30
    assert not [line for line in lines if not exists(*named(line))]


def test_a_test_that_is_not_there_is_missed() -> None:
    assert not exists("test_threats.py", "test_nothing_of_the_kind")
    assert not exists("no_such_file.py", "test_every_line_names_a_test_that_exists")
    assert exists("test_threats.py", "test_every_line_names_a_test_that_exists")
