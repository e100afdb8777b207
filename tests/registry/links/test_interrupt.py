"""Ctrl-C while links are visited, at its worst moments."""

import signal
import threading
from pathlib import Path

import pytest

from registry.fetch import Network
from registry.links.collect import Link
from registry.links.gate import Manners
from registry.links.run import visit_all
from registry.links.state import State
from tests.registry.loopback import Loopback, Request, sends


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals of single threads are POSIX")
def test_an_interrupt_that_another_thread_took_ends_the_wait(server: Loopback, tmp_path: Path) -> None:
    """The kernel may give a process's signal to any of its threads; the one that waits for links is not woken by it."""
    release = threading.Event()

    def interrupts(request: Request) -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        release.wait(30)
        request.reply(200)

    server.routes["/quick"], server.routes["/slow"] = sends(b"model"), interrupts
    links = [Link(server.url(where), "page", None) for where in ("/quick", "/slow")]
    state = State(tmp_path / "links.jsonl", fresh=False)
    try:
        with pytest.raises(KeyboardInterrupt):
            visit_all(links, state, Network(private_hosts=True), Manners(interval=0.0, at_once=1))
    finally:
        release.set()
    assert [url for url in (one.url for one in links) if state.settled(url, 60)] == [links[0].url]
