"""What of the sandbox works on this machine, tried in children: for `zoo doctor` and for tests that need a layer."""

import json
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_BOOT = (
    "import sys; root, inside, outside, layers = sys.argv[1:]; sys.path.append(root); "
    "from converters.sandbox import trial; trial.main(inside, outside, layers)"
)


def held(layers: tuple[str, ...]) -> dict[str, bool]:
    """Each of `layers` that could be entered, and what a child in them could not do any more.

    The keys besides the layers: `network` (no socket of its own could reach anybody), `writing` (no file outside could be made).
    All false where the child did not come to its end.
    """
    unknown = dict.fromkeys((*layers, "network", "writing"), False)
    with tempfile.TemporaryDirectory(prefix="zoo-sandbox-") as folder:
        inside, outside = Path(folder, "inside"), Path(folder, "outside")
        inside.mkdir()
        outside.mkdir()
        words = [str(_ROOT), str(inside), str(outside), ",".join(layers)]
        done = subprocess.run(
            [sys.executable, "-I", "-c", _BOOT, *words], capture_output=True, check=False, timeout=60
        )
        try:
            told: dict[str, bool] = json.loads(done.stdout)
        except ValueError:
            return unknown
        return unknown | told


def main(inside: str, outside: str, layers: str) -> None:
    """The child: enters, tries what must fail and what must work, and prints it."""
    from converters import sandbox

    found = sandbox.enter([Path(inside)], layers.split(","))
    Path(inside, "mine").write_text("x")
    told = dict.fromkeys(found, True) | {"network": not _reaches(), "writing": not _writes(outside)}
    print(json.dumps(told))


def _writes(folder: str) -> bool:
    try:
        Path(folder, "theirs").write_text("x")
    except OSError:
        return False
    return True


def _reaches() -> bool:
    """Whether a datagram can be sent, or a connection be asked for, at this machine's own address (nothing leaves it)."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        try:
            with socket.socket(socket.AF_INET, kind) as made:
                made.connect(("127.0.0.1", 9))
        except ConnectionRefusedError:  # there is a network, and nobody listens
            return True
        except OSError:
            continue
        return True
    return False
