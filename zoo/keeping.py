"""The results under ZOO_HOME. Runs write journals; what stands in those of runs that ended, or were killed, is taken in
when the store is opened."""

from pathlib import Path

from benchmarks.results_store import ResultStore
from registry.home import home


def journals() -> Path:
    """Where runs write what they have done so far."""
    return home() / "bench"


def opened() -> ResultStore:
    """The store, a context manager, complete. Raises StorageError where it cannot be used."""
    store = ResultStore()
    if not journals().is_dir() or not any(journals().iterdir()):
        return store
    from benchmarks import journal  # late: it takes up a run, for which numpy is loaded

    for path, results in journal.left(journals()).items():
        store.add(*results.measurements, failures=results.failures)
        journal.remove(path)
    return store
