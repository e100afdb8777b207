"""Where the zoo keeps what it fetched."""

import os
from pathlib import Path

from registry.errors import InputError

VARIABLE = "ZOO_HOME"


def home() -> Path:
    """The folder named by ZOO_HOME, or `zoo` in the user's cache folder; not created here."""
    named = os.environ.get(VARIABLE)
    if named:
        path = Path(named).expanduser().absolute()
        if path.exists() and not path.is_dir():
            raise InputError(f"{VARIABLE} names {path}, which is a file: name a folder.")
        return path
    from platformdirs import user_cache_path

    return user_cache_path("zoo", appauthor=False)
