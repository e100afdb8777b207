"""Names of cards' files."""

from pathlib import Path

import pytest

from registry.card_file import is_card_file, with_suffix


@pytest.mark.parametrize("text", ["a.yaml", "a.yml", "dir/A.YAML", "timm/a.yaml"])
def test_a_file(text: str) -> None:
    assert is_card_file(text)
    assert is_card_file(Path(text))
    assert with_suffix(text) == text


@pytest.mark.parametrize("text", ["a", "yaml", "a.yaml.gz", "team/a", "a.onnx", ""])
def test_no_file(text: str) -> None:
    assert not is_card_file(text)
    assert with_suffix(text) == f"{text}.yaml"
