"""How a conversion tells what becomes of each variant, as soon as it is known."""

from typing import Literal, Protocol

VariantStatus = Literal["done", "already_done", "refused", "failed"]


class Tell(Protocol):
    """Called with a target's name, how it ended, and why where it was not made."""

    def __call__(self, variant: str, status: VariantStatus, reason: str = "") -> None: ...


def unheard(variant: str, status: VariantStatus, reason: str = "") -> None:
    """The `Tell` that nobody listens to."""
