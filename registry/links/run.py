"""All links visited: hosts side by side, each with manners."""

import queue
import threading
import time
from collections.abc import Iterable

import msgspec

from registry.fetch.network import Network
from registry.links.collect import Link
from registry.links.gate import Gate, Manners
from registry.links.state import State
from registry.links.visit import Visit, host, visit
from registry.progress import Progress, silent

DAY = 86400.0
_LOOKS_UP = 0.5
"""Seconds."""


def visit_all(
    links: Iterable[Link],
    state: State,
    network: Network,
    manners: Manners,
    *,
    jobs: int = 16,
    max_age: float = DAY,
    progress: Progress = silent,
) -> dict[str, Visit]:
    """A visit for every link, by its URL; those that `state` holds already are not made again.

    At most `jobs` requests are under way at once, and `manners.at_once` of them at one host. Whatever interrupts this, what was
    visited by then is in `state`.
    """
    wanted = list(links)
    found = {link.url: known for link in wanted if (known := state.settled(link.url, max_age)) is not None}
    left = [link for link in wanted if link.url not in found]
    crew = _Crew(state, network, jobs)
    for name in dict.fromkeys(host(link.url, network) for link in left):
        crew.add(
            [link for link in left if host(link.url, network) == name], Gate(manners, network.sleep), manners
        )
    try:
        for done in range(len(left)):
            progress("visiting links", done, len(left))
            answer = crew.next()
            found[answer.url] = answer
    finally:
        crew.stop()
    return found


class _Crew:
    """Threads, some for each host, that put what they find into one queue."""

    def __init__(self, state: State, network: Network, jobs: int) -> None:
        self._state, self._network = state, network
        self._places = threading.Semaphore(max(jobs, 1))
        self._stopped = threading.Event()
        self._found: queue.SimpleQueue[Visit | Exception] = queue.SimpleQueue()

    def add(self, links: list[Link], gate: Gate, manners: Manners) -> None:
        """The links of one host, in order."""
        waiting: queue.SimpleQueue[Link] = queue.SimpleQueue()
        for link in links:
            waiting.put(link)
        for _ in range(min(manners.at_once, len(links))):
            threading.Thread(target=self._work, args=(waiting, gate), daemon=True).start()

    def next(self) -> Visit:
        """The next that is found; raises what a thread could not handle (a full disk).

        Python raises KeyboardInterrupt in the main thread, and an interrupt that another thread took, or that came right before the
        wait began, does not wake it: so it looks up now and then.
        """
        while True:
            try:
                found = self._found.get(timeout=_LOOKS_UP)
                break
            except queue.Empty:
                continue
        if isinstance(found, Exception):
            raise found
        return found

    def stop(self) -> None:
        """No further link is begun."""
        self._stopped.set()

    def _work(self, waiting: "queue.SimpleQueue[Link]", gate: Gate) -> None:
        while not self._stopped.is_set():
            try:
                link = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                with self._places:
                    found = visit(link, gate, self._network)
                found = msgspec.structs.replace(found, at=int(time.time()))
                self._state.add(found)
                self._found.put(found)
            except Exception as error:  # the one who waits for it says it
                self._found.put(error)
