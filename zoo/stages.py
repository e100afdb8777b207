"""The stages before anything is written: files, export, the graph, the source model's answers."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from registry.card import Card
from registry.errors import ConversionError, InputError
from registry.types import Blob
from zoo import adapting, answering, checking, exporting, hashing, model_files, sampling, sources
from zoo.references import Sets
from zoo.run import Run


def fetch(run: Run) -> None:
    """The card's files, or the user's model file, with their hashes."""
    card = run.request.card
    if card is None:
        run.model = _user_model(run)
        run.inputs = _model_blobs(run.model)
        _adapt(run)
        return
    sources.require_usable(card, run.request.access)
    run.fetched = sources.fetch(card, run.request.access, run.progress)
    run.inputs = run.fetched.blobs
    for note in run.fetched.notes:
        run.note(note)
    if card.entry.model is not None:
        run.model = model_files.ready(card, run.fetched, run.workspace.staging / "source")
        _adapt(run)


def export(run: Run) -> None:
    """In a child process, a PyTorch class or program → ONNX, with PyTorch's answers to the sample inputs; a Keras file → SavedModel."""
    if run.model is not None and run.model.suffix in exporting.KERAS:
        run.model = exporting.of_keras(run.model, run.inputs["model"].sha256, run.progress)
    if not run.exported:
        return
    card, fetched = run.request.card, run.fetched
    if card is not None and fetched is not None:
        sources.require_trust(card, fetched, run.request.access, run.confirm)
        given = exporting.Given(
            run.request.input_shapes, run.request.outputs, run.request.access.allow_pickle
        )
        done = exporting.of_card(card, fetched, given, _samples(run, card), run.progress)
    else:
        program = _user_model(run)
        done = exporting.of_program(program, run.inputs["model"].sha256, run.progress)
    run.model = done.model
    run.reference = checking.Reference(done.inputs, done.outputs, done.noise)
    answering.keep(run.reference, run.key, run.request.name)
    for note in done.notes:
        run.note(note)
    if done.model.suffix != ".onnx":
        if run.request.targets and run.wants("onnx"):
            raise ConversionError(
                f"--to onnx: no exporter of PyTorch can write {run.request.name} as ONNX; the other targets can be made."
            )
        if run.wants("onnx"):
            run.tell("onnx", "refused", "no exporter of PyTorch can write it")
        run.wanted = tuple(target for target in run.wanted if target.name != "onnx")


def build(run: Run) -> None:
    """Read, lower, assign layouts, tidy: the one graph that every .tflite and TensorFlow artifact is written from."""
    from converters import engine

    request, card = run.request, run.request.card
    kept = tuple(one.name for one in card.outputs if one.keep) if card else ()
    cut = request.outputs or (kept if card and len(kept) < len(card.outputs) else ())
    options = engine.Options(
        input_shapes={} if run.exported else request.input_shapes,
        open_shapes={one.name: one.shape for one in card.inputs} if card and not run.exported else {},
        keep_nchw=request.keep_nchw,
        outputs=() if run.exported else cut,
        input_names=tuple(one.name for one in card.inputs) if card else (),
        output_names=(request.outputs or kept) if card else (),
        replace_swish=request.replace_swish,
        replace_hard_swish=request.replace_hard_swish,
        unroll_loops=request.unroll_loops,
        dynamic_batch=request.dynamic_batch,
    )
    run.built = engine.build(run.source, options, run.progress)
    for note in run.built.notes:
        run.note(note)


def answer_ahead(run: Run) -> None:
    """Starts the source model on its sample inputs while the graph is being built, where it needs nothing of that."""
    waits = run.exported or run.request.card is not None or run.adapted is not None
    if waits or run.source.suffix != ".onnx" or not (run.request.force or answering.kept(run.key) is None):
        return
    checking.share_memory()
    run.ahead = ThreadPoolExecutor(max_workers=1).submit(answering.ahead, run.source)


def answer(run: Run) -> None:
    """The source model's answers to the sample inputs, where the export has not given them already."""
    if run.reference is not None:
        return
    run.reference = None if run.request.force else answering.kept(run.key)
    if run.reference is not None:
        return
    run.progress("running the source model")
    inputs, outputs = run.ends
    early = run.ahead.result() if run.ahead is not None else None
    if early is not None:
        run.reference = answering.renamed(early, inputs, outputs)
        checking.release_memory()
    if run.reference is None:
        card = run.request.card
        samples = _samples(run, card) if card and (card.inputs or run.request.data) else None
        run.reference = answering.of_file(run.as_asked, inputs, outputs, card, samples)
    if run.reference.unanswered:
        run.note(
            f"not verified: the source model gives no answers to synthetic inputs ({run.reference.unanswered})"
        )
    answering.keep(run.reference, run.key, run.request.name)


def _samples(run: Run, card: Card) -> Sets:
    inputs = exporting.reshaped(card.inputs, run.request.input_shapes)
    return sampling.for_card(card, inputs, run.request.data, run.request.limit)


def _adapt(run: Run) -> None:
    """An .onnx with the shapes and outputs that were asked for: what the graph reader does itself, other readers need in the file."""
    request, model = run.request, run.source
    if model.suffix == ".onnx" and (request.input_shapes or request.outputs):
        copy = run.workspace.staging / "adapted" / f"{request.stem}.onnx"
        copy.parent.mkdir()
        run.adapted = adapting.adapt(model, request.input_shapes, request.outputs, copy)


def _user_model(run: Run) -> Path:
    if run.request.model is None:
        raise InputError(f"{run.request.name}: neither a card nor a model file was given.")
    return run.request.model


def _model_blobs(model: Path) -> dict[str, Blob]:
    """What the user's model is. Raises InputError where it cannot be read."""
    parts = {"model": model}
    beside = model.with_suffix({".xml": ".bin", ".pdmodel": ".pdiparams"}.get(model.suffix, ""))
    if beside != model and beside.is_file():
        parts["weights"] = beside
    try:
        return {name: hashing.blob(path, f"local file {path.name}") for name, path in parts.items()}
    except OSError as error:
        raise InputError(f"{error.filename or model} cannot be read: {error.strerror}.") from error
