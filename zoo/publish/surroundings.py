"""The machine that something was made on: Python, platform and packages, and how two such machines differ."""

import functools
import platform
from importlib import metadata

import msgspec

from zoo import doctor


class Environment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Versions. `packages` are those that this project depends on, however far down, and that are installed."""

    python: str = ""
    platform: str = ""
    """Operating system and processor: `Linux x86_64`."""
    packages: dict[str, str] = {}


def here() -> Environment:
    """This machine."""
    return Environment(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        packages=dict(_packages()),
    )


def differences(recorded: Environment, found: Environment) -> tuple[str, ...]:
    """One line for each version that is another, such as `numpy 2.4.6, recorded 2.4.5`."""
    lines = [
        f"{what} {now}, recorded {then}"
        for what, then, now in (
            ("Python", recorded.python, found.python),
            ("platform", recorded.platform, found.platform),
        )
        if then and then != now
    ]
    return (*lines, *version_differences(recorded.packages, found.packages))


def version_differences(recorded: dict[str, str], found: dict[str, str]) -> tuple[str, ...]:
    """The same for a table of packages: of those recorded, each that is missing or of another version."""
    return tuple(
        f"{name} {found.get(name, 'is not installed')}, recorded {version}"
        for name, version in sorted(recorded.items())
        if found.get(name) != version
    )


@functools.cache
def _packages() -> tuple[tuple[str, str], ...]:
    """Distribution → version, over the requirements of the packages that decide artifacts (PEP 508 names, extras left out)."""
    import re

    found: dict[str, str] = {}
    waiting = [*doctor.EXTRAS, "numpy", "msgspec"]
    while waiting:
        name = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()  # PEP 503
        if key in found:
            continue
        version = doctor.version(name)
        if version is None:
            continue
        found[key] = version
        try:
            wanted = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # another distribution stands in for it
            continue
        waiting += [
            match[0] for one in wanted if "extra ==" not in one and (match := re.match(r"[\w.-]+", one))
        ]
    return tuple(sorted(found.items()))
