"""What a shell is offered where a card's name is asked for."""

from collections import Counter


def names(incomplete: str) -> list[str]:
    """Names that begin like it: qualified ones, and bare ones that only one card has. Never an error: a shell has no place for one."""
    from registry import catalog
    from registry.errors import ZooError
    from zoo import providers
    from zoo.providers import offers

    try:
        of_packages = incomplete.partition("/")[0] in offers.PACKAGES and "/" in incomplete
        known = [*catalog.names(), *providers.PREFIXES, *(offers.known_names([]) if of_packages else [])]
    except (ZooError, OSError):
        return []
    bare = Counter(name.rpartition("/")[2] for name in known if incomplete)
    unique = [name for name, count in bare.items() if count == 1 and name]
    return [name for name in dict.fromkeys((*known, *unique)) if name.startswith(incomplete)]
