"""What is printed holds no commands for the terminal, whoever wrote the words."""

import json

import pytest

from zoo import output
from zoo.report import Table

HOSTILE = "x\x1b[2J\x1b]0;owned\x07\x9b31m\r\u202ey"


@pytest.fixture(params=[output.Form.HUMAN, output.Form.JSON])
def out(request: pytest.FixtureRequest) -> output.Output:
    return output.Output(request.param)


def test_no_escape_sequence_comes_through(out: output.Output, capsys: pytest.CaptureFixture[str]) -> None:
    out.show({"name": HOSTILE}, HOSTILE, Table((HOSTILE, "b"), ((HOSTILE, HOSTILE),), HOSTILE))
    out.note(HOSTILE)
    out.fail(HOSTILE, 2)
    out.confirm(HOSTILE)
    out.progress()(HOSTILE, 1, 2)
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert all(one.isprintable() or one in "\n\t" for one in text), ascii(text)
    assert "owned" in said.out + said.err


def test_json_still_says_what_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    output.Output(output.Form.JSON).show({"name": HOSTILE})
    assert json.loads(capsys.readouterr().out) == {"name": HOSTILE}


def test_the_question_for_trust_stays_on_its_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin.readline", lambda: "n\n", raising=False)
    assert not output.Output(output.Form.HUMAN).confirm("Agree to\nnothing at all?\r")
    shown = capsys.readouterr().err.replace("\r\x1b[2K", "")
    assert shown == "Agree to nothing at all? [y/N] "
