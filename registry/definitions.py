"""torchvision's Python definitions, where its compiled operators do not fit the torch that is installed (a CUDA wheel beside CPU torch)."""

import importlib
import sys
import types

MISSING = "torchvision::"
"""What the error of such an import names."""


def import_torchvision() -> None:
    """Import torchvision, without its operators where they do not load; models that need them fail when they run.

    Raises ModuleNotFoundError where torchvision is not installed.
    """
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if MISSING not in str(error):
            raise
        without_operators()


def without_operators() -> None:
    """Forget an import of torchvision that failed, and import its definitions alone."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
    importlib.import_module("torchvision")
