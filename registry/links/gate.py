"""Politeness: how many requests a host gets at once, how far apart, and that it is left alone when it asks for that."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """What a host has to bear. `interval`: seconds between the beginnings of two requests."""

    at_once: int = 2
    interval: float = 0.5
    give_up_after: int = 3
    """Connections that fail one after the other until a host counts as unreachable, and its other links are not tried."""


class Gate:
    """The gate of one host, shared by the threads that visit it."""

    def __init__(self, manners: Manners, sleep: Callable[[float], None] = time.sleep) -> None:
        self._manners, self._sleep = manners, sleep
        self._places = threading.Semaphore(manners.at_once)
        self._lock = threading.Lock()
        self._next = 0.0
        self._failures = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits until a request may begin."""
        with self._places:
            with self._lock:
                now = time.monotonic()
                wait = max(0.0, self._next - now)
                self._next = max(now, self._next) + self._manners.interval
            if wait > 0:
                self._sleep(wait)
            yield

    def pause(self, seconds: float) -> None:
        """No request begins for so long: the host asked for it (Retry-After)."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)

    def answered(self, did: bool) -> None:
        """Tells whether the host answered at all."""
        with self._lock:
            self._failures = 0 if did else self._failures + 1

    def gives_up(self) -> bool:
        """Whether the host has failed so often in a row that nothing more is tried."""
        return self._failures >= self._manners.give_up_after
