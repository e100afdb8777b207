"""The child process that asks an installed package for a model: `python -m zoo.providers.child timm resnet18` prints an Answer as JSON."""

import contextlib
import os
import sys
import warnings
from importlib import import_module

import msgspec

from registry.errors import ZooError
from zoo.providers.answer import Answer


def main(package: str, model: str) -> None:
    """What else is printed goes to stderr: stdout holds the answer alone."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(sys.stderr):
        answer = _answer(package, model)
    print(msgspec.json.encode(answer).decode(), flush=True)


def _answer(package: str, model: str) -> Answer:
    try:
        return Answer(card=import_module(f"zoo.providers.of_{package}").card(model))
    except ZooError as error:
        return Answer(error=str(error), kind=type(error).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
