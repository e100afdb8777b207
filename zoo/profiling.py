"""`zoo bench --profile`: names and files → profiles of their .tflite files."""

from benchmarks import peak, profiling
from benchmarks.profiling import Profile
from benchmarks.targets import catalog
from registry.errors import InputError
from registry.progress import Progress
from zoo import subjects
from zoo.timing import Bench

_CPU = {"": True, "noxnnpack": False}
"""The options of `cpu` that can be profiled → with XNNPACK?"""


def profile(asked: Bench, progress: Progress) -> tuple[Profile, ...]:
    """Every .tflite of the names, on `cpu` and `cpu:noxnnpack` as asked, at each thread count.

    Raises InputError for other targets, and where there is no such file.
    """
    wrong = [str(spec) for spec in asked.targets if spec.name != "cpu" or spec.option not in _CPU]
    if wrong:
        raise InputError(f"--profile works on cpu and cpu:noxnnpack, not on {wrong[0]}")
    models = [
        subjects.find(name, asked.out, asked.variants, False, asked.access, lambda _: False, progress)
        for name in asked.names
    ]
    files = [one.path for model in models for one in model.files if catalog.takes("cpu", one.path)]
    if not files:
        raise InputError(f"{', '.join(asked.names)}: there is no .tflite file to profile")
    found = []
    for threads in asked.grid.threads:
        progress(f"measuring what this machine can do with {threads} threads")
        best = peak.measured(threads)
        for number, path in enumerate(files):
            progress(f"profiling {path.name}", number, len(files))
            for option in dict.fromkeys(one.option for one in asked.targets) or ("",):
                found.append(profiling.profile(path, threads, _CPU[option], best))
    return tuple(found)
