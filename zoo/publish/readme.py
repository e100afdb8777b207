"""The README of one model: a Hugging Face model card with everything that was measured, and how the files are used."""

from collections.abc import Sequence

from registry.types import Artifact
from zoo import report, report_compare
from zoo.contenders import SOURCE
from zoo.publish import front, provenance, using
from zoo.publish.escaping import code, link, listing, markdown, table
from zoo.publish.figures import PLOT
from zoo.publish.model import Model
from zoo.publish.plan import Planned, of_bytes
from zoo.publish.shipped import what
from zoo.report import Table

FILE = "README.md"


def page(
    model: Model, beside: Sequence[Planned], base_models: Sequence[str], scores_url: str, no_licenses: str
) -> Planned:
    """`beside` are the other files of the publication; `no_licenses` says why no licence files are among them."""
    paths = [one.path for one in beside]
    legal = [path for path in paths if path.startswith("licenses/")]
    blocks = [
        *_about(model),
        *_files(model, PLOT in paths),
        *using.ports_of(model),
        *using.listings(model),
        *provenance.origin_of(model),
        *provenance.licenses(model, legal, no_licenses),
        *_checking(),
    ]
    head = front.model(model, base_models, legal[0] if legal else "", scores_url)
    content = head + "\n".join(blocks) + "\n"
    return of_bytes(FILE, content.encode(), "model card: figures, usage, origin, licences")


def _about(model: Model) -> list[str]:
    lines = [f"# {markdown(model.name)}", ""]
    if model.card:
        lines += [markdown(model.card.description), ""]
        if model.card.paper:
            lines += [f"Paper: {link(model.card.paper, model.card.paper)}", ""]
    flags = [f"- {markdown(flag)}" for flag in (*model.clearance.flags, *model.clearance.statements)]
    return [*lines, *(["**Before you use it:**", "", *flags, ""] if flags else [])]


def _files(model: Model, plot: bool) -> list[str]:
    """One row a file: size, accuracy, error beside the source model, latency and where it ran."""
    columns: dict[str, list[str]] = {
        "variant": [markdown(one.target) for one in model.artifacts],
        "file": [code(one.path) for one in model.artifacts],
        "what": [markdown(what(one.target)) for one in model.artifacts],
        "size": [report.size(one.size) for one in model.artifacts],
    }
    metrics = list(dict.fromkeys(one.metric for one in model.scores))
    for metric in metrics:
        columns[metric] = [_scored(model, one, metric) for one in model.artifacts]
    if metrics:
        columns["against float32"] = [_verdict(model, one) for one in model.artifacts]
    columns["max relative error"] = [_error(one) for one in model.artifacts]
    if model.rows:
        columns["latency ms (95 %)"] = [_latency(model, one) for one in model.artifacts]
        columns["where it ran"] = [_residency(model, one) for one in model.artifacts]
    shown = {name: cells for name, cells in columns.items() if any(cell != "-" for cell in cells)}
    rows = tuple(zip(*shown.values(), strict=True))
    every = tuple(range(len(shown)))
    lines = ["## Files", "", *table(Table(tuple(shown), rows), every), "", *_footnotes(model, bool(metrics))]
    return [*lines, f"![Latency and size against accuracy]({PLOT})", ""] if plot else lines


def _scored(model: Model, artifact: Artifact, metric: str) -> str:
    found = next(
        (one for one in model.scores if one.artifact == artifact.target and one.metric == metric), None
    )
    if found is None:
        return "-"
    value = report.figure(found.value, found.unit)
    return (
        value
        if found.low is None
        else f"{value} ({report.figure(found.low, found.unit)} to {report.figure(found.high, found.unit)})"
    )


def _verdict(model: Model, artifact: Artifact) -> str:
    found = model.score(artifact.target)
    if found is not None and not found.reference and artifact.target == "float32":
        return "the reference"
    return markdown(found.verdict) if found and found.verdict else "-"


def _error(artifact: Artifact) -> str:
    check = report.worst(artifact.checks)
    return f"{report.number(check.max_relative)} ({report.number(check.snr_db)} dB)" if check else "-"


def _latency(model: Model, artifact: Artifact) -> str:
    row = model.row(artifact)
    if row is None:
        return "-"
    threads = f", {row.place.threads} thread{'s' * (row.place.threads != 1)}" if row.place.threads else ""
    return f"{report_compare.latency(row.latest)}, {markdown(row.place.target)}{threads}"


def _residency(model: Model, artifact: Artifact) -> str:
    row = model.row(artifact)
    return markdown(str(row.latest.residency)) if row else "-"


def _footnotes(model: Model, scored: bool) -> list[str]:
    lines = []
    if scored and model.card:
        source = model.score(SOURCE)
        name = front.dataset(model.card)[1]
        count = next((one.samples for one in model.scores), 0)
        own = (
            f"; the source model itself reaches {report.figure(source.value, source.unit)}" if source else ""
        )
        lines.append(
            f"Accuracy on {markdown(name)}, {count} samples, with its 95 % bootstrap interval and a paired test{own}."
        )
    lines.append(
        "The error is the largest of all outputs and inputs tried, beside the source model: max\\|a - b\\| / max\\|b\\|, and SNR."
    )
    if model.rows:
        devices = list(dict.fromkeys(row.place.device for row in model.rows if row.place.device))
        backends = list(dict.fromkeys(row.latest.backend for row in model.rows))
        where = f"{', '.join(map(markdown, devices)) or 'an unnamed device'} with {', '.join(map(markdown, backends))}"
        lines.append(f"Latency: median and 95 % interval on {where}.")
        if any(not row.latest.valid for row in model.rows):
            lines.append("*disturbed*: other processes used the machine; read it as a rough figure.")
    return [part for line in lines for part in (line, "")]


def _checking() -> list[str]:
    return [
        "## Checking",
        "",
        *listing(
            "sh",
            "sha256sum --check SHA256SUMS   # every file\nzoo rebuild --check .           # made again from its sources\n",
        ),
        "",
        "`manifest.json` has every check and hash, `bom.cdx.json` is a CycloneDX bill of materials.",
    ]
