"""The child process that asks an installed package for a model: `python -m zoo.providers.child timm resnet18` prints an Answer as JSON.

Without a model it is that of all names.
"""

import contextlib
import os
import sys
import warnings
from importlib import import_module

import msgspec

from registry.errors import ZooError
from zoo.providers.answer import Answer


def main(package: str, model: str = "") -> None:
    """What else is printed goes to stderr: stdout holds the answer alone."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(sys.stderr):
        answer = _answer(package, model)
    print(msgspec.json.encode(answer).decode(), flush=True)


def _answer(package: str, model: str) -> Answer:
    try:
        module = import_module(f"zoo.providers.of_{package}")
        return Answer(card=module.card(model)) if model else Answer(names=tuple(module.names()))
    except ZooError as error:
        return Answer(error=str(error), kind=type(error).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
