"""What keeps foreign code in its place on this machine, tried layer by layer (see docs/threats.md)."""

from converters.sandbox import LAYERS, trial

_WHY_NOT = {
    "namespaces": "this system lets no unprivileged process make them (often so inside of containers)",
    "landlock": "the kernel has no Landlock, or it is turned off (Linux 5.13 and newer have it)",
    "seccomp": "this kernel or processor has no system call filter that is known here",
    "limits": "this platform has no resource limits",
}
_TOGETHER = {
    "writing": ("foreign code writes in its own folders alone", "foreign code can write wherever you can"),
    "network": (
        "foreign code reaches no network",
        "only Python's own socket calls are refused: a program that it starts is not",
    ),
}


def layers() -> dict[str, tuple[bool, str, str]]:
    """Layer, and what all of them come to → (works, what it holds, why not)."""
    told = {name: (trial.held((name,))[name], what, _WHY_NOT[name]) for name, what in LAYERS.items()}
    together = trial.held(tuple(LAYERS))
    return told | {name: (together[name], holds, lacks) for name, (holds, lacks) in _TOGETHER.items()}
