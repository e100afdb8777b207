"""The commands, on one list."""

from typing import Annotated

import typer

from zoo.cli import (
    accelerators,
    bench,
    card,
    cards,
    compare,
    completion,
    convert,
    explanation,
    inspection,
    measure,
    models,
    publication,
    publish,
    registries,
    system,
)
from zoo.cli import cache as cache_commands

app = typer.Typer(
    name="zoo",
    help="Model cards in, verified and measured TFLite / TensorFlow / OpenVINO / ONNX models out.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
)
_debugging = False


@app.callback()
def common(
    debug: Annotated[
        bool, typer.Option("--debug", envvar="ZOO_DEBUG", help="Show the traceback of an error.")
    ] = False,
) -> None:
    global _debugging
    _debugging = debug


def debugging() -> bool:
    return _debugging


app.command("list")(models.list_cards)
app.command("search")(models.search)
app.command("info")(models.info)
app.command("fetch")(models.fetch)
app.command("convert")(convert.convert)
app.command("fetch-convert")(convert.fetch_convert)
app.command("verify")(measure.verify)
app.command("bench")(bench.bench)
app.command("eval")(measure.evaluate)
app.command("explain-quant")(explanation.explain_quant)
app.command("compare")(compare.compare)
app.command("results")(compare.results)
app.command("publish")(publish.publish)
app.command("pull")(publication.pull)
app.command("rebuild")(publication.rebuild)
app.command("inspect")(inspection.inspect)
app.command("edgetpu")(accelerators.edgetpu)
app.command("ops")(system.ops)
app.command("doctor")(system.doctor)
app.command("demo")(system.demo)
app.command("completion")(completion.completion)
registries.app.command("check")(cards.check)
registries.app.command("import")(cards.import_facts)
registries.app.command("index")(cards.index)
registries.app.command("providers")(cards.providers)
app.add_typer(cache_commands.app, name="cache")
app.add_typer(card.app, name="card")
app.add_typer(registries.app, name="registry")
completion.prepare()
