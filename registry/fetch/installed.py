"""An installed Python package as a card's source: nothing is fetched, its version is checked, and its code has a hash."""

import hashlib
from importlib import metadata

from registry.errors import MissingDependencyError
from registry.types import Blob


def blob(requirement: str) -> Blob:
    """What an installed package of this version is (`name==1.2.3`): the hash over its code files' names and recorded hashes (PEP 376's
    RECORD), so the same wheel has the same everywhere. Local versions (`+cpu`) do not count.

    Raises MissingDependencyError where the package is not there, or is of another version.
    """
    name, _, version = requirement.partition("==")
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError as error:
        raise MissingDependencyError(
            f"The model's code is the package {name}, which is not installed: pip install '{requirement}'."
        ) from error
    if found.version.partition("+")[0] != version:
        raise MissingDependencyError(
            f"The card is about {name} {version}, installed is {found.version}: pip install '{requirement}'."
        )
    code = sorted(
        (str(file), file.hash.value if file.hash else "", file.size or 0)
        for file in found.files or ()
        if file.suffix == ".py"
    )
    listing = "".join(f"{file}\0{digest}\n" for file, digest, _ in code)
    return Blob(
        sha256=hashlib.sha256(f"{requirement}\n{listing}".encode()).hexdigest(),
        size=sum(size for _, _, size in code),
        origin=f"package {requirement}",
    )
