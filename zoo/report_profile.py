"""Profiles as people read them: where the time goes, what was not delegated first, and how far from the machine's best it is."""

from collections.abc import Sequence

from benchmarks.profiling import Kernel, Profile
from zoo.report import Table, number, size

LONGEST = 15
"""Delegated kernels in a table; the rest is one line."""


def blocks(found: Sequence[Profile]) -> tuple[str | Table, ...]:
    parts: list[str | Table] = []
    for one in found:
        parts += [_kernels(one), _kinds(one), *_roofline(one)]
    return tuple(parts)


def _kernels(found: Profile) -> Table:
    outside = [one for one in found.kernels if not one.delegated]
    inside = [one for one in found.kernels if one.delegated]
    shown = [*outside, *inside[:LONGEST]] if inside else outside
    rows = [_row(one, found) for one in shown]
    hidden = inside[LONGEST:] if inside else []
    if hidden:
        rest = sum(one.ms for one in hidden)
        rows.append((f"{len(hidden)} more", "XNNPACK", f"{rest:.3f}", _share(rest, found), "", "", "", ""))
    threads = f"{found.threads} thread{'s' * (found.threads != 1)}"
    where = f"{found.artifact}, {threads}, XNNPACK {'on' if found.xnnpack else 'off'}"
    how = f"{found.profiled_ms:.3f} ms of them in kernels, whole µs of {found.runs} runs"
    title = f"{where}: {found.ms:.3f} ms ({how}); {len(outside)} kernels outside XNNPACK"
    columns = ("kernel", "in", "ms", "share", "calls", "makes", "shape", "GFLOP/s")
    return Table(columns, tuple(rows), title)


def _row(one: Kernel, found: Profile) -> tuple[str, ...]:
    op = one.op
    return (
        one.kind,
        "XNNPACK" if one.delegated else "LiteRT",
        f"{one.ms:.3f}",
        _share(one.ms, found),
        str(one.calls),
        _short(op.name) if op else "",
        "x".join(map(str, op.shape)) if op else "",
        number(op.flops / one.ms / 1e6) if op and op.flops and one.ms else "",
    )


def _kinds(found: Profile) -> Table:
    """The kernels of one kind together."""
    kinds: dict[tuple[str, bool], list[Kernel]] = {}
    for one in found.kernels:
        kinds.setdefault((one.kind, one.delegated), []).append(one)
    totals = [(kind, inside, sum(one.ms for one in group), group) for (kind, inside), group in kinds.items()]
    rows = tuple(
        (
            kind,
            "XNNPACK" if inside else "LiteRT",
            str(sum(one.calls for one in group)),
            f"{ms:.3f}",
            _share(ms, found),
        )
        for kind, inside, ms, group in sorted(totals, key=lambda one: -one[2])
    )
    return Table(("kind", "in", "calls", "ms", "share"), rows)


def _roofline(found: Profile) -> tuple[str, ...]:
    peak, intensity = found.peak, found.flops / found.bytes if found.bytes else 0.0
    bound = "arithmetic" if found.attainable >= peak.gflops else "memory"
    cached = " (so part of it stays in caches)" if found.gigabytes > peak.gigabytes else ""
    of_peak, of_copy = found.gflops / peak.gflops, found.gigabytes / peak.gigabytes
    return (
        f"work: {found.flops / 1e6:.4g} MFLOPs and {size(found.bytes)} in and out of its ops, {intensity:.3g} FLOPs a byte",
        f"reached: {found.gflops:.3g} GFLOP/s, {of_peak:.0%} of the {peak.gflops:.3g} of XNNPACK's float32 matrix product here; "
        f"{found.gigabytes:.3g} GB/s, {of_copy:.0%} of a copy's {peak.gigabytes:.3g}{cached}",
        f"roofline: at this intensity {found.attainable:.3g} GFLOP/s, bound by {bound}",
    )


def _share(ms: float, found: Profile) -> str:
    return f"{ms / found.profiled_ms:.1%}" if found.profiled_ms else "-"


def _short(name: str) -> str:
    """TensorFlow fuses names with semicolons; the first part is the op's own."""
    first = name.split(";")[0]
    return first if len(first) <= 44 else f"…{first[-43:]}"
