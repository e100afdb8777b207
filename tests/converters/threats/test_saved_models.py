"""PyTorch, Keras and TensorFlow files that somebody made to do harm."""

import io
import pickle
import zipfile
from pathlib import Path

import pytest

from registry.errors import SourceError

pytestmark = pytest.mark.slow

torch = pytest.importorskip("torch")


class Evil:
    """Runs code where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (f"open({str(self.mark)!r}, 'w')",)


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
def test_no_pickle_of_weights_runs_code(tmp_path: Path, form: str) -> None:
    from converters.frontends.pytorch.child.weights import read

    file = tmp_path / "w.pth"
    content = {"w": torch.zeros(2), "x": Evil(tmp_path / "ran")}
    if form == "pickle":
        file.write_bytes(pickle.dumps({"x": Evil(tmp_path / "ran")}))
    else:
        torch.save(content, file, _use_new_zipfile_serialization=form == "zip")
    with pytest.raises(SourceError, match="--allow-pickle"):
        read(file, allow_pickle=False)
    assert not (tmp_path / "ran").exists()


def test_a_program_with_a_pickle_that_calls_runs_nothing(tmp_path: Path) -> None:
    """TorchScript's own unpickler knows tensors and its own classes; a call put into its archive is refused."""
    from converters.frontends.pytorch.child.program import load_program

    stream = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(4, 2)), stream)
    file = tmp_path / "p.pt"
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            evil = name.endswith("data.pkl")
            new.writestr(name, pickle.dumps(Evil(tmp_path / "ran"), 2) if evil else old.read(name))
    with pytest.raises(SourceError):
        load_program(file, ())
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["../../out.txt", "/tmp/zoo-threat-out.txt"])
def test_a_keras_archive_with_paths_that_lead_out_writes_nothing_there(tmp_path: Path, name: str) -> None:
    pytest.importorskip("tensorflow")
    from converters.frontends.keras import keras_to_saved_model
    from registry.errors import ZooError

    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("config.json", '{"class_name": "Sequential", "config": {"layers": []}}')
        archive.writestr("metadata.json", '{"keras_version": "3.0.0"}')
        archive.writestr(f"assets/{name}" if name.startswith(".") else name, "x")
        archive.writestr("model.weights.h5", b"")
    with pytest.raises(ZooError):
        keras_to_saved_model(tmp_path / "m.keras", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "zoo-home") == ["m.keras"]
    assert not Path("/tmp/zoo-threat-out.txt").exists()
