"""Why a transfer failed, and trying again where that can help."""

import random
import re
from collections.abc import Callable
from typing import TypeVar

from registry.errors import FetchError
from registry.fetch.network import Network

_T = TypeVar("_T")


class TransferError(FetchError):
    """One source did not give the file, and trying it again would not help. The message is a cause, not a sentence."""


class ForbiddenError(TransferError):
    """A transfer would lead to where it must not."""


class TransientError(Exception):
    """One try failed and another may not. `wait`: the seconds the server asked for (Retry-After), None where it asked nothing."""

    def __init__(self, cause: str, wait: float | None = None) -> None:
        super().__init__(cause)
        self.wait = wait


def with_retries(
    network: Network, attempt: Callable[[], _T], progressed: Callable[[], int] = lambda: 0
) -> _T:
    """The first result of `attempt`, tried again with exponential backoff after each TransientError.

    `progressed` tells how far the work has come: a try that went further than all before it does not count as a failure.
    Raises TransferError after `network.attempts` tries without progress, or where the server asks for too long a wait.
    """
    furthest, failures = progressed(), 0
    while True:
        try:
            return attempt()
        except TransientError as error:
            now = progressed()
            failures = 1 if now > furthest else failures + 1
            furthest = max(furthest, now)
            if failures >= network.attempts:
                tries = f"{failures} times" if failures > 1 else "once"
                raise TransferError(f"{error} (tried {tries})") from error
            if error.wait is not None and error.wait > network.longest_wait:
                raise TransferError(
                    f"{error}, and asks to wait {error.wait:,.0f} s: try again later"
                ) from error
            wait = network.backoff * 2.0 ** (failures - 1) * random.uniform(0.75, 1.25)
            network.sleep(max(min(wait, network.longest_wait), error.wait or 0.0))


def public(text: str) -> str:
    """The text without the user's name or password in its URLs."""
    return re.sub(r"(\w+://)[^/@\s]+@", r"\1", text)
