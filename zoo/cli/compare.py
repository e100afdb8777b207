"""`zoo results` and `zoo compare`: what was measured, and what it means."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from zoo import output
from zoo.cli import options as o

if TYPE_CHECKING:
    from benchmarks.results_store import Query

Models = Annotated[
    list[str] | None, typer.Option("--model", metavar="NAME", help="Only this model; repeatable.")
]
Variants = Annotated[
    str | None, typer.Option("--variant", metavar="NAMES", help="Only these variants (comma-separated).")
]
Targets = Annotated[
    str | None, typer.Option("--target", metavar="NAMES", help="Only these targets (comma-separated).")
]
Since = Annotated[
    str, typer.Option("--since", metavar="DATE", help="Only what was measured since, like 2026-01-31.")
]
NamesOrFiles = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME|FILE...", help="Cards' or models' names, folders with a manifest.json, or model files."
    ),
]


Threads = Annotated[
    str | None,
    typer.Option("--threads", help="Thread counts, comma-separated. Default: the smallest measured."),
]
By = Annotated[
    Literal["variant", "target", "device"] | None,
    typer.Option("--by", help="Vary this alone; everything else stays as the reference has it."),
]
Reference = Annotated[
    str,
    typer.Option(
        "--reference", metavar="VARIANT[@TARGET]", help="Held against this. Default: float32 on the CPU."
    ),
]
Goal = Annotated[
    str | None,
    typer.Option(
        "--goal", metavar="GOAL", help="Recommend one, like 'accuracy>=0.79, latency<5ms, smallest'."
    ),
]
Pairs = Annotated[bool, typer.Option("--pairs", help="Also the verdict on every pair.")]
Plot = Annotated[bool, typer.Option("--plot", help="Draw it in the terminal.")]
Save = Annotated[
    Path | None,
    typer.Option(
        "--save", metavar="FILE", help="Draw it into FILE.png or FILE.svg; without an ending into both."
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE|DIR",
        help="Check for slow-downs against these: a .jsonl export, or a folder of artifacts benched in the same run.",
    ),
]
FailAbove = Annotated[
    str,
    typer.Option(
        "--fail-above",
        metavar="PERCENT",
        help="With --baseline: exit with 9 where something is slower by more than this, with 10 where that cannot be told.",
    ),
]
ListedDevice = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="NAME",
        help="Only what ran on this device (part of its name); with --import, its name.",
    ),
]
Device = Annotated[
    str | None,
    typer.Option("--device", metavar="NAME", help="Only what ran on this device (part of its name)."),
]
Export = Annotated[
    Path | None,
    typer.Option(
        "--export",
        metavar="FILE",
        help="Write them to FILE.jsonl (everything), .csv, .parquet, or .json (LiteRT's BenchmarkResult).",
    ),
]
Import = Annotated[
    list[Path] | None,
    typer.Option(
        "--import",
        metavar="FILE",
        help="Add results: a .jsonl export, or the output of benchmark_model, litert-benchmark or benchmark_app; repeatable.",
    ),
]
Measured = Annotated[
    Path | None,
    typer.Option("--artifact", metavar="FILE", help="With --import: the model file that was measured."),
]


def results(
    model: Models = None,
    variant: Variants = None,
    target: Targets = None,
    device: ListedDevice = None,
    since: Since = "",
    export: Export = None,
    import_: Import = None,
    artifact: Measured = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """List, export and import what was measured."""
    from benchmarks.results_store import Query
    from zoo import results as kept

    out = output.select(json, quiet)
    if import_:
        done = kept.bring_in(import_, artifact, device)
        out.show(done, *(f"{one.file}: {one.results} results, {one.new} of them new" for one in done))
        return
    query = Query(
        tuple(model or ()), o.words(variant), o.words(target), (device,) if device else (), since=since
    )
    if export is not None:
        count = kept.export(query, export)
        out.show({"file": str(export), "results": count}, f"{count} results written to {export}")
        return
    found = kept.kept(query)
    out.show(found.document, *found.blocks)


def compare(
    models: NamesOrFiles = None,
    by: By = None,
    reference: Reference = "",
    goal: Goal = None,
    variant: Variants = None,
    target: Targets = None,
    device: Device = None,
    threads: Threads = None,
    since: Since = "",
    pairs: Pairs = False,
    plot: Plot = False,
    save: Save = None,
    baseline: Baseline = None,
    fail_above: FailAbove = "5%",
    out: o.Out = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Hold variants, targets and devices against each other: size, accuracy, latency, memory and verdicts."""
    from benchmarks.results_store import Query
    from benchmarks.standings import Wanted
    from zoo import comparison, timing

    out_to = output.select(json, quiet)
    query = Query((), o.words(variant), o.words(target), (device,) if device else (), since=since)
    if baseline is not None:
        raise typer.Exit(_gate(models or [], out, query, baseline, fail_above, out_to))
    wanted = Wanted(by=by, reference=reference, threads=timing.counts(threads) if threads else ())
    found = comparison.compare(models or [], out, query, wanted, goal)
    blocks = found.blocks(pairs)
    if save is not None:
        blocks += [f"drawn into {file}" for file in found.save(save)]
    if plot:
        blocks.append(found.terminal())
    out_to.show(found.document(), *blocks)


def _gate(
    models: list[str], folder: Path | None, query: "Query", baseline: Path, limit: str, out: output.Output
) -> int:
    """The regression gate's exit code."""
    from zoo import comparing, report_compare

    found, notes = comparing.check(models, folder, query, baseline, comparing.percent(limit))
    out.show(found, report_compare.gated(found), *notes)
    return comparing.EXIT_CODES[found.outcome]
