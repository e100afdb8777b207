"""`zoo registry check`, `import` and `index`: cards by the hundred."""

from pathlib import Path
from typing import Annotated

import typer

from zoo import output
from zoo.cli import options as o
from zoo.report import Table

Places = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[DIR|FILE]...", help="Folders of cards, or cards. Default: the shipped ones."),
]


Online = Annotated[bool, typer.Option("--online", help="Visit every link, too; what rots is exit code 3.")]
Promote = Annotated[
    bool,
    typer.Option(
        "--promote", help="With --online: in the card files, put a living mirror before one that rots."
    ),
]
StateFile = Annotated[
    Path,
    typer.Option(
        "--state", metavar="FILE", help="With --online: where visits are kept, to go on after a cut."
    ),
]
ReportFile = Annotated[
    Path,
    typer.Option("--report", metavar="NAME", help="With --online: the report goes to NAME.md and NAME.json."),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="With --online: forget the visits that are kept.")]
MaxAge = Annotated[
    float, typer.Option("--max-age", min=0, metavar="HOURS", help="With --online: kept visits that count.")
]
Jobs = Annotated[int, typer.Option("--jobs", min=1, help="With --online: requests at once.")]
PerHost = Annotated[
    int, typer.Option("--per-host", min=1, help="With --online: requests at once to one host.")
]
Interval = Annotated[
    float,
    typer.Option(
        "--interval", min=0, metavar="SECONDS", help="With --online: between two requests to a host."
    ),
]


def check(
    places: Places = None,
    online: Online = False,
    promote: Promote = False,
    state: StateFile = Path("zoo-links.jsonl"),
    report: ReportFile = Path("zoo-links-report"),
    fresh: Fresh = False,
    max_age: MaxAge = 24,
    jobs: Jobs = 16,
    per_host: PerHost = 2,
    interval: Interval = 0.5,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Check cards against the schema, the task vocabulary, SPDX and each other, without a network unless --online."""
    from zoo import registry_check

    out = output.select(json, quiet)
    found = registry_check.offline(places, out.progress())
    out.complain(map(str, found.errors))
    if not online or found.errors:
        out.show(found, f"{found.cards} cards and {found.bases} bases, {len(found.errors)} errors")
        raise typer.Exit(registry_check.exit_code(found))
    from registry.links.gate import Manners
    from zoo import link_check

    manners = Manners(at_once=per_host, interval=interval)
    asked = link_check.Asked(state, report, promote, fresh, jobs, max_age * 3600, manners)
    seen = link_check.check(registry_check.cards(places), asked, out.progress())
    rows = tuple(
        (row.status, row.url, row.detail, " ".join(row.cards[:2])) for row in (*seen.rot, *seen.open)
    )
    counts = ", ".join(f"{number} {status}" for status, number in seen.counts.items())
    out.show(
        seen,
        Table(("status", "link", "what", "cards"), rows),
        f"{seen.links} links: {counts}; {len(seen.promoted)} files reordered; the report is {report}.md and {report}.json",
    )
    raise typer.Exit(link_check.exit_code(seen))


def import_facts(
    facts: Annotated[
        list[Path], typer.Argument(metavar="FACTS...", help="Facts files (JSON) of collections.")
    ],
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="Cards go to DIR/NAMESPACE/NAME.yaml.")
    ] = Path("cards"),
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Write the cards that a collection's facts give: the same facts, the same cards."""
    from zoo import importing

    out = output.select(json, quiet)
    done = importing.run(facts, to, out.progress())
    rows = tuple((one.namespace, str(one.cards), str(one.changed), str(len(one.skipped))) for one in done)
    left = tuple(f"left out: {name}: {why}" for one in done for name, why in one.skipped.items())
    out.show(done, Table(("namespace", "cards", "files changed", "left out"), rows, str(to)), *left)


def providers(
    provider: Annotated[
        str | None, typer.Argument(metavar="[PROVIDER]", help="List its names: timm or torchvision.")
    ] = None,
    text: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT]...", help="Only names with all these words in them.")
    ] = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Say which names need no card file, and list those of an installed package; needs no network."""
    from zoo.providers import offers

    out = output.select(json, quiet)
    if provider is None:
        every = offers.offers()
        rows = tuple(
            (one.form, one.gives, one.state, "-" if one.names is None else str(one.names)) for one in every
        )
        out.show(every, Table(("name", "what it is", "here", "names listed"), rows))
        return
    out.progress()(f"asking {provider}")
    found = offers.names(provider, text or [])
    out.show(found, *found, f"{len(found)} names of {provider}")


def index(
    name: Annotated[str, typer.Argument(metavar="INDEX", help="The collection: pinto.")],
    text: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TEXT]...", help="Words of number, name, category or format."),
    ] = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Browse a collection that has no checksums; `zoo fetch pinto/NNN` pins what it downloads."""
    from zoo import browsing

    out = output.select(json, quiet)
    found = browsing.find(name, " ".join(text or []))
    rows = tuple(
        (
            one.number,
            one.name,
            one.category or "-",
            " ".join(one.formats) or "-",
            str(len(one.downloads)),
            browsing.origin(one),
        )
        for one in found
    )
    out.show(found, Table(("number", "name", "category", "formats", "downloads", "comes from"), rows))
