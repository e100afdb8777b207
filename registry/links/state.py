"""What has been visited, kept line by line, so that an interrupted check goes on where it stopped."""

import threading
import time
from pathlib import Path

import msgspec

from registry.disk import storage
from registry.errors import InputError
from registry.links.visit import OPEN, Visit


class State:
    """A JSON-lines file of visits. A line that a killed process left half written does not count."""

    def __init__(self, path: Path, fresh: bool = False) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._whole = True
        self.known = {} if fresh else self._read()
        if fresh:
            with storage(path):
                path.unlink(missing_ok=True)

    def settled(self, url: str, max_age: float) -> Visit | None:
        """An earlier visit that need not be repeated: not older than `max_age` seconds, and with an answer."""
        known = self.known.get(url)
        if known is None or known.status in OPEN or time.time() - known.at > max_age:
            return None
        return known

    def add(self, visit: Visit) -> None:
        """Keeps one more, on the disk at once. Raises StorageError."""
        line = msgspec.json.encode(visit) + b"\n"
        with self._lock, storage(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as stream:
                stream.write(line if self._whole else b"\n" + line)
            self._whole = True
            self.known[visit.url] = visit

    def _read(self) -> dict[str, Visit]:
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InputError(f"The state {self.path} cannot be read: {error.strerror}.") from error
        self._whole = text.endswith(b"\n") or not text
        found: dict[str, Visit] = {}
        lines = text.splitlines()
        for number, line in enumerate(lines, start=1):
            try:
                visit = msgspec.json.decode(line, type=Visit)
            except msgspec.DecodeError as error:
                if not line or number == len(lines) or not line.endswith(b"}"):
                    continue
                raise InputError(
                    f"{self.path}, line {number} is no record of a visit: name another file with --state, or start again with --fresh."
                ) from error
            found[visit.url] = visit
        return found
