import errno
from pathlib import Path

import pytest

from registry import errors
from zoo import failures, output


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [
        (errors.InputError("the card is wrong"), 2, "the card is wrong"),
        (errors.FetchError("gone"), 3, "gone"),
        (errors.VerificationError("differs"), 6, "differs"),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), 8, "the disk is full at /x/y"),
        (OSError(errno.EACCES, "Permission denied", "/x"), 8, "no permission at /x"),
        (OSError(errno.EROFS, "Read-only"), 8, "read-only"),
        (ModuleNotFoundError("No module named 'torch'", name="torch.nn"), 7, "`torch` is not installed"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 1, "memory"),
    ],
)
def test_every_error_has_a_sentence_and_a_code(error: BaseException, code: int, part: str) -> None:
    failure = failures.explain(error)
    assert failure.exit_code == code
    assert part in failure.sentence
    assert "\n" not in failure.sentence


def test_the_unexpected_goes_to_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    try:
        _ = [][1]
    except IndexError as error:
        failure = failures.explain(error)
    assert failure.exit_code == 1
    (log,) = tmp_path.iterdir()
    assert str(log) in failure.sentence
    assert "Traceback" in log.read_text()


def test_a_failure_in_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    output.select(as_json=True, quiet=False)
    try:
        assert failures.report(errors.FetchError("gone"), debug=False) == 3
    finally:
        output.select(as_json=False, quiet=False)
    shown = capsys.readouterr()
    assert shown.out == '{"error": "gone", "exit_code": 3}\n'
    assert shown.err == "zoo: gone\n"
