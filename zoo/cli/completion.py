"""`zoo completion`: the script that makes a shell complete commands, options and cards' names."""

import enum
import importlib
import os
from typing import Annotated, Any

import typer

VARIABLE = "_ZOO_COMPLETE"
"""Set by the script when a shell asks; click answers then in place of running a command."""


class Shell(enum.StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def prepare() -> None:
    """Has the answers in these shells' forms where one is asking."""
    if VARIABLE in os.environ:
        _machinery().completion_init()


def completion(
    shell: Annotated[Shell, typer.Argument(help='For bash: eval "$(zoo completion bash)" in ~/.bashrc.')],
) -> None:
    """Print the script that makes your shell complete commands, options and cards' names."""
    print(_machinery().get_completion_script(prog_name="zoo", complete_var=VARIABLE, shell=shell.value))


def _machinery() -> Any:
    """Typer's own, which is not in its typed interface."""
    return importlib.import_module("typer.completion")
