"""`zoo publish`: converted models as a publication."""

from pathlib import Path
from typing import Annotated

import typer

from zoo import output
from zoo.cli import options as o

Names = Annotated[
    list[str],
    typer.Argument(metavar="NAME|DIR...", help="Converted models: names, or folders with a manifest.json."),
]
To = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="DIR|URL",
        help="A folder, hf://org/repo[@branch], or an fsspec URL like s3://bucket/path.",
    ),
]
From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="DIR",
        help="Where the artifacts are: a model's folder, or one with a folder a name. Default: zoo_models.",
    ),
]
Variant = Annotated[
    str | None,
    typer.Option(
        "--variant", metavar="VARIANTS", help="Only these (comma-separated). Default: all that were made."
    ),
]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        "--accept-license",
        metavar="NAME[=SPDX]",
        help="Accept this model's unknown or restricting licence, or state what it is; said in the publication; repeatable.",
    ),
]
MayPublish = Annotated[
    list[str] | None,
    typer.Option(
        "--i-may-publish",
        metavar="NAME",
        help="You have the right to publish this model, whatever its licence; repeatable.",
    ),
]
Source = Annotated[
    list[str] | None,
    typer.Option(
        "--source", metavar="[NAME=]DIR", help="The source's checkout, for its licence files; repeatable."
    ),
]
BaseModel = Annotated[
    list[str] | None,
    typer.Option(
        "--base-model",
        metavar="[NAME=]ORG/MODEL",
        help="The source model's repository on the Hub, for the metadata; repeatable.",
    ),
]
Called = Annotated[
    str,
    typer.Option(
        "--name",
        metavar="NAME",
        help="Of the publication. Default: the model's, or the destination's last part.",
    ),
]
Replacing = Annotated[
    str,
    typer.Option(
        "--replacing",
        metavar="REVISION",
        help="Overwrite this revision there, though this machine has not seen it.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="List every file, its size and why; write nothing.")]


def publish(
    models: Names,
    to: To,
    base: From = None,
    variant: Variant = None,
    accept_license: Accept = None,
    i_may_publish: MayPublish = None,
    source: Source = None,
    base_model: BaseModel = None,
    name: Called = "",
    replacing: Replacing = "",
    dry_run: DryRun = False,
    offline: o.Offline = False,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Publish models with README, licences, sums, bill of materials and lock, as far as their licences allow."""
    from zoo.publish import publishing

    out = output.select(json, quiet)
    asked = publishing.Asked(
        names=tuple(models),
        to=to,
        base=base,
        variants=o.words(variant),
        accepted=tuple(accept_license or ()),
        may_publish=tuple(i_may_publish or ()),
        sources=tuple(source or ()),
        base_models=tuple(base_model or ()),
        name=name,
        replacing=replacing,
        offline=offline,
    )
    done = publishing.publish(asked, dry_run, out.progress())
    out.show(done.document(), done.table(), done.summary(), *done.notes)
