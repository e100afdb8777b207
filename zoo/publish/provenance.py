"""The part of a README that says where the files come from and what their licences are."""

from collections.abc import Sequence

from registry.fetch import origin
from zoo import report
from zoo.publish import rules
from zoo.publish.escaping import code, link, markdown, table
from zoo.publish.model import Model
from zoo.report import Table


def origin_of(model: Model) -> list[str]:
    """Source, weights, calibration, tools and the conversion's own notes."""
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
            f"Integer variants were calibrated on {record.samples} samples ({markdown(data)}, {markdown(record.method)}).{noise}",
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


def licenses(model: Model, legal: Sequence[str], missing: str) -> list[str]:
    """`legal` are the licence files' paths; `missing` says why there are none."""
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
