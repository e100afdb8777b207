"""Symbolic links that lead out of a folder of foreign files."""

import os
from pathlib import Path


def leads_out(link: Path, folder: Path) -> bool:
    """Whether what the link comes to, over other links too, lies outside of `folder`. A circle counts as outside."""
    try:
        end = link.resolve(strict=False)
    except (OSError, RuntimeError):
        return True
    return not end.is_relative_to(folder.resolve())


def sever(folder: Path) -> list[str]:
    """Remove the links beneath `folder` that lead out of it; their paths in it, sorted."""
    found = [
        path
        for root, folders, names in os.walk(folder)
        for path in (Path(root, name) for name in (*folders, *names))
        if path.is_symlink() and leads_out(path, folder)
    ]
    for path in found:  # after all were looked at: one may lead over another
        path.unlink()
    return sorted(path.relative_to(folder).as_posix() for path in found)
