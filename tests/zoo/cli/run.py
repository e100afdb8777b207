"""Running `zoo` as a user does: a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    def failed(self, code: int) -> str:
        """The one sentence of a failure; checks that there is nothing else."""
        assert self.code == code, (self.code, self.out, self.err)
        lines = [line for line in self.err.splitlines() if line.startswith("zoo: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err + self.out
        return lines[0].removeprefix("zoo: ")


def zoo(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> Ended:
    """One run of the command line."""
    done = subprocess.run(
        [sys.executable, "-m", "zoo", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | environment,
        timeout=600,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def modules_after(*arguments: str | Path, cwd: Path | None = None) -> tuple[int, set[str]]:
    """The exit code of a run and the top-level modules it had imported at its end (in this process, not in children)."""
    code = (
        "import sys, json, atexit\n"
        "from zoo.__main__ import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: code = end.code\n"
        "print('\\n' + json.dumps([code, sorted({name.split('.')[0] for name in sys.modules})]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=600,
        check=True,
    )
    exit_code, names = json.loads(done.stdout.splitlines()[-1])
    return exit_code, set(names)
