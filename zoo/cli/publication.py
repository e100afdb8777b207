"""`zoo pull` and `zoo rebuild`: a publication brought back, and made again."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from zoo import output
from zoo.cli import options as o
from zoo.report import Table

Where = Annotated[
    str,
    typer.Argument(
        metavar="hf://ORG/REPO[@REVISION]|DIR|URL",
        help="A publication: on the Hub, in a folder, at any fsspec URL.",
    ),
]
PullOut = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="DIR", help="Where it goes. Default: zoo_models/NAME.")
]
Publication = Annotated[
    Path, typer.Argument(metavar="DIR|LOCK", help="A publication's folder, or its zoo.lock alone.")
]
Check = Annotated[bool, typer.Option("--check", help="Only compare: keep nothing of what is made.")]
RebuildOut = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="DIR", help="Where the artifacts go. Default: zoo_models/NAME."),
]
Inputs = Annotated[
    list[Path] | None,
    typer.Option(
        "--weights",
        metavar="FILE",
        help="A weights or model file that the lock names (found by its hash); repeatable.",
    ),
]
Checkouts = Annotated[
    list[Path] | None,
    typer.Option("--source", metavar="DIR", help="A checkout of a model's source; repeatable."),
]


def pull(where: Where, out: PullOut = None, json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Bring a published collection back; every file is checked against its lock, sums and manifest."""
    from zoo import report
    from zoo.publish import pulling

    out_to = output.select(json, quiet)
    found = pulling.pull(where, out, out_to.progress())
    rows = tuple((name, str(folder)) for name, folder in found.models.items())
    out_to.show(
        msgspec.to_builtins(found, enc_hook=str),
        Table(("model", "folder"), rows, f"{found.where} at {found.revision[:12]}"),
        f"{found.files} files, {report.size(found.size)}, all as {found.where} says ({found.fetched} fetched): {found.folder}",
    )


def rebuild(
    publication: Publication,
    check: Check = False,
    to: o.To = None,
    out: RebuildOut = None,
    weights: Inputs = None,
    source: Checkouts = None,
    calibrate: o.Calibrate = None,
    trust: o.Trust = False,
    allow_pickle: o.AllowPickle = False,
    offline: o.Offline = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Make a publication's artifacts again from the inputs in its lock, and compare them byte for byte."""
    from zoo import report_publish, targets
    from zoo.publish import rebuilding
    from zoo.request import Access

    out_to = output.select(json, quiet)
    wish = rebuilding.Wish(
        files=tuple(weights or ()),
        checkouts=tuple(source or ()),
        access=Access(trust=trust, allow_pickle=allow_pickle, offline=offline),
        samples=calibrate,
        targets=targets.parse(to),
        out=out,
        keep=not check,
    )
    found = rebuilding.rebuild(publication, wish, out_to.progress(), out_to.confirm)
    out_to.show(msgspec.to_builtins(found, enc_hook=str), *report_publish.rebuilt(found))
    raise typer.Exit(found.exit_code)
