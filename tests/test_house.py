"""The house rules that a tool can count."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("zoo", "registry", "converters", "benchmarks")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LONGEST_FILE = 320
LONGEST_FUNCTION = 60


def test_files_are_short() -> None:
    long = {
        str(path.relative_to(ROOT)): n
        for path in SOURCES
        if (n := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert not long, f"two ideas want to part: {long}"


def test_functions_are_short() -> None:
    long = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{path.relative_to(ROOT)}:{node.name} ({lines} lines)")
    assert not long, long


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT)) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent, silent


def test_engine_names_no_model() -> None:
    """A pass that knows a model's name repairs instead of deciding."""
    names = re.compile(r"u2net|resnet|mobilenet|yolo|densenet|shufflenet|blazeface|vit\b", re.IGNORECASE)
    heart = [path for path in SOURCES if path.parts[-2] in ("graph", "ops", "layout", "passes")]
    assert heart
    assert not [str(path) for path in heart if names.search(path.read_text())]


def test_import_contract() -> None:
    pytest.importorskip("importlinter")
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_import_contract_fails_when_it_is_broken(tmp_path: Path) -> None:
    """A check that cannot fail is none: one forbidden import must break the contract."""
    pytest.importorskip("importlinter")
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "registry" / "cards.py").write_text("import zoo\n")
    (tmp_path / "house.ini").write_text(
        "[importlinter]\nroot_packages =\n    zoo\n    registry\n    converters\n    benchmarks\n"
        "[importlinter:contract:floors]\nname = floors\ntype = layers\nlayers =\n    zoo\n    converters | benchmarks\n    registry\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--config",
            "house.ini",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
    )
    assert done.returncode != 0
    assert "BROKEN" in done.stdout, done.stdout + done.stderr
