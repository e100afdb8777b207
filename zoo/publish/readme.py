"""The README of one model: a Hugging Face model card with everything that was measured, and how the files are used."""

from collections.abc import Sequence

from registry.fetch import origin
from registry.types import Artifact, Tensor
from zoo import report, report_compare
from zoo.contenders import SOURCE
from zoo.publish import front, ports, rules, usage_cpp, usage_kotlin, usage_python
from zoo.publish.escaping import code, link, listing, markdown, table
from zoo.publish.figures import PLOT
from zoo.publish.model import Model
from zoo.publish.plan import Planned, of_bytes
from zoo.publish.preparation import levels, recipe, resizing
from zoo.publish.shipped import what
from zoo.report import Table
from zoo.targets import TFLITE

FILE = "README.md"
_SHOWN = ("float32", "float16", "dynamic_range", "int8", "weight_only_int8", "weight_only_int4", "int16x8")
_INTEGER = ("full_int8", "full_uint8", "full_int16x8", "edgetpu")
"""Variants for the listings, by preference: one with float inputs, one with integers."""


def page(
    model: Model, beside: Sequence[Planned], base_models: Sequence[str], scores_url: str, no_licenses: str
) -> Planned:
    """`beside` are the other files of the publication; `no_licenses` says why no licence files are among them."""
    paths = [one.path for one in beside]
    legal = [path for path in paths if path.startswith("licenses/")]
    blocks = [
        *_about(model),
        *_files(model, PLOT in paths),
        *_ports(model),
        *_usage(model),
        *_origin(model),
        *_licenses(model, legal, no_licenses),
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
        "what": [what(one.target) for one in model.artifacts],
        "size": [report.size(one.size) for one in model.artifacts],
    }
    metrics = list(dict.fromkeys(one.metric for one in model.scores))
    for metric in metrics:
        columns[markdown(metric)] = [_scored(model, one, metric) for one in model.artifacts]
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
        "The error is the largest of all outputs and inputs tried, beside the source model: max\\|a − b\\| / max\\|b\\|, and SNR."
    )
    if model.rows:
        devices = list(dict.fromkeys(row.place.device for row in model.rows if row.place.device))
        backends = list(dict.fromkeys(row.latest.backend for row in model.rows))
        where = f"{', '.join(map(markdown, devices)) or 'an unnamed device'} with {', '.join(map(markdown, backends))}"
        lines.append(f"Latency: median and 95 % interval on {where}.")
        if any(not row.latest.valid for row in model.rows):
            lines.append("*disturbed*: other processes used the machine; read it as a rough figure.")
    return [part for line in lines for part in (line, "")]


def _ports(model: Model) -> list[str]:
    """Inputs and outputs of every .tflite, with what a program needs to know of them."""
    rows = []
    for artifact in model.artifacts:
        if artifact.target not in TFLITE:
            continue
        sides = [("in", one.tensor, one.layout) for one in ports.inputs(model.card, artifact)]
        sides += [("out", one.tensor, "") for one in ports.outputs(model.card, artifact)]
        rows += [(code(artifact.target), side, *_tensor(tensor, layout)) for side, tensor, layout in sides]
    if not rows:
        return []
    columns = ("variant", "", "tensor", "type", "shape", "axes", "permutation", "scale", "zero point")
    lines = ["## Inputs and outputs", "", *table(Table(columns, tuple(rows)), tuple(range(9))), ""]
    lines += [
        "Axis *i* of a tensor is axis `permutation[i]` of the source model's. With a scale, real = scale × (stored − zero point).",
        "",
    ]
    return lines + _preparation(model)


def _tensor(one: Tensor, layout: str) -> tuple[str, ...]:
    scale = (repr(one.scale), str(one.zero_point)) if one.scale else ("", "")
    permutation = (
        "" if list(one.permutation) == sorted(one.permutation) else " ".join(map(str, one.permutation))
    )
    return code(one.name), one.dtype, " × ".join(map(str, one.shape)), layout, permutation, *scale  # noqa: RUF001


def _preparation(model: Model) -> list[str]:
    lines = []
    if model.card is None:
        return ["How its inputs are prepared is not known: the model was converted without a card.", ""]
    for port in ports.inputs(model.card, model.artifacts[0]):
        one, spec = recipe(port), port.spec
        if spec is None:
            continue
        said = [f"{one.color}, {resizing(one)}"] if one.image else []
        said += (
            ["divided by its largest value"]
            if one.divide_by == "max"
            else [f"divided by {one.divide_by:g}"]
            if one.divide_by != 1
            else []
        )
        said += [f"minus {_numbers(one.mean)}"] if any(one.mean) else []
        said += [f"divided by {_numbers(one.std)}"] if set(one.std) != {1.0} else []
        said += [f"which gives {spec.range[0]:g} to {spec.range[1]:g}"] if spec.range else []
        top = levels(port)
        said += (
            [f"from pictures whose largest level is {top:g}"]
            if top is not None and abs(top - 255) > 8
            else []
        )
        lines.append(f"- {code(spec.name)}: {markdown('; '.join(said) or 'as it is')}")
    meanings = [
        f"- {code(one.name)}: {markdown(one.meaning)}"
        for one in model.card.outputs
        if one.keep and one.meaning
    ]
    return ["Preparation:", "", *lines, "", *(["Meaning:", "", *meanings, ""] if meanings else [])]


def _numbers(values: Sequence[float]) -> str:
    return (
        ", ".join(f"{one:g}" for one in dict.fromkeys(values))
        if len(set(values)) == 1
        else ", ".join(f"{one:g}" for one in values)
    )


def _usage(model: Model) -> list[str]:
    by_target = {one.target: one for one in model.artifacts}
    chosen = [
        next((by_target[one] for one in family if one in by_target), None) for family in (_SHOWN, _INTEGER)
    ]
    found = [one for one in chosen if one is not None]
    lines = ["## Usage", ""] if found else []
    for artifact in found:
        made = (
            (
                "Python",
                "python",
                usage_python.listing(model.card, artifact),
                "`pip install ai-edge-litert numpy pillow`",
            ),
            (
                "Android",
                "kotlin",
                usage_kotlin.listing(model.card, artifact),
                "Kotlin with LiteRT's Interpreter",
            ),
            ("C++", "cpp", usage_cpp.listing(model.card, artifact), "LiteRT's C++ library"),
        )
        for title, language, text, how in made:
            lines += [
                f"### {title}, {what(artifact.target)}",
                "",
                f"{how}:",
                "",
                *listing(language, text),
                "",
            ]
    return lines


def _origin(model: Model) -> list[str]:
    manifest = model.manifest
    rows = tuple(
        (code(name), report.size(blob.size), code(blob.sha256), markdown(blob.origin))
        for name, blob in manifest.inputs.items()
    )
    lines = ["## Where it comes from", ""]
    if model.card:
        lines += [f"Source: {_linked(origin(model.card.source))}", ""]
    if rows:
        lines += [*table(Table(("went in", "size", "sha256", "from"), rows), (0, 1, 2, 3)), ""]
    records = {one.calibration.data: one.calibration for one in model.artifacts if one.calibration}
    for data, record in records.items():
        noise = " **Noise, for want of data: accuracy says nothing.**" if record.random else ""
        lines += [
            f"Integer variants were calibrated on {record.samples} samples ({markdown(data)}, {record.method}).{noise}",
            "",
        ]
    tools = ", ".join(
        f"{markdown(name)} {markdown(version)}" for name, version in sorted(manifest.tools.items())
    )
    lines += [f"Made with {tools}." if tools else "", ""]
    return (
        lines
        + [part for note in manifest.notes for part in (f"- {markdown(note)}",)]
        + ([""] if manifest.notes else [])
    )


def _linked(text: str) -> str:
    """`https://host/repository@commit` as a link to the repository."""
    url, at, commit = text.rpartition("@")
    return f"{link(url, url)} at {code(commit)}" if at and url.startswith("https://") else markdown(text)


def _licenses(model: Model, legal: Sequence[str], missing: str) -> list[str]:
    said = model.clearance
    parts = (("code", said.code), ("weights", said.weights), ("dataset (not part of this)", said.dataset))
    rows = tuple((part, _named(license_)) for part, license_ in parts)
    lines = ["## Licences", "", *table(Table(("of", "licence"), rows), (0, 1)), ""]
    if legal:
        lines += [f"Licence files of the source: {', '.join(code(path) for path in legal)}", ""]
    elif missing:
        lines += [f"No licence files go along: {markdown(missing)}", ""]
    if said.copyleft and model.card:
        lines += [
            f"The source in the form preferred for changing it: {_linked(origin(model.card.source))}",
            "",
        ]
    return lines


def _named(expression: str) -> str:
    links = [(one, rules.link(one)) for one in rules.identifiers(expression)]
    if len(links) == 1 and links[0][1]:
        return link(links[0][0], links[0][1])
    return markdown(expression)


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
