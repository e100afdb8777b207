"""A function over many arguments, in worker processes that may die: a crash or a hang is the argument's result, not the run's end."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any


class Lost(str):
    """Why there is no result: the process ended, or ran out of time."""


def map_isolated(
    function: Callable[[str], Any], arguments: list[str], *, workers: int, timeout: float
) -> Iterator[tuple[str, Any]]:
    """(argument, result or Lost) as they come. `function` stands in a module, its results can be pickled, and it raises nothing."""
    queue = list(reversed(arguments))
    hands = [_Hand(function) for _ in range(min(workers, len(arguments)))]
    try:
        while queue or any(hand.argument is not None for hand in hands):
            for hand in hands:
                if hand.argument is None and queue:
                    hand.give(queue.pop())
            for hand in _ready(hands, timeout):
                argument = hand.argument
                assert argument is not None
                yield argument, hand.take()
    finally:
        for hand in hands:
            hand.end()


def _ready(hands: "list[_Hand]", timeout: float) -> "list[_Hand]":
    busy = [hand for hand in hands if hand.argument is not None]
    found = wait([hand.pipe for hand in busy], timeout)
    return [hand for hand in busy if hand.pipe in found] or busy


class _Hand:
    """One worker process and what it is at."""

    def __init__(self, function: Callable[[str], Any]) -> None:
        self.function = function
        self.argument: str | None = None
        self.start()

    def start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, there = context.Pipe()
        self.process = context.Process(target=_work, args=(self.function, there), daemon=True)
        self.process.start()
        there.close()

    def give(self, argument: str) -> None:
        self.argument = argument
        self.pipe.send(argument)

    def take(self) -> Any:
        """The result; a new process takes the place of one that died or did not answer."""
        self.argument = None
        if self.pipe.poll():
            try:
                return self.pipe.recv()
            except EOFError:
                self.process.join()
                code = self.process.exitcode or 0
                reason = signal.Signals(-code).name if code < 0 else f"exit {code}"
                self.start()
                return Lost(f"the process ended ({reason})")
        self.end()
        self.start()
        return Lost("no answer in time")

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _work(function: Callable[[str], Any], pipe: Connection) -> None:
    while True:
        pipe.send(function(pipe.recv()))
