"""What a shell is offered where a card's name is asked for."""


def names(incomplete: str) -> list[str]:
    """Qualified names that begin like it; where none does, those whose last part does. Never an error: a shell has no place for one."""
    from registry import catalog
    from registry.errors import ZooError
    from zoo import providers

    try:
        known = [*catalog.names(), *providers.PREFIXES]
    except (ZooError, OSError):
        return []
    found = [name for name in known if name.startswith(incomplete)]
    if found or "/" in incomplete:
        return found
    return [name for name in known if name.rpartition("/")[2].startswith(incomplete)]
