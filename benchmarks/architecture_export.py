"""Architectures as ONNX files: random weights, no constant statistics, exported once into the user's folder."""

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from benchmarks.architecture_set import Architecture, architectures
from registry import definitions
from registry.errors import InputError, MissingDependencyError

OPSET = 17


def chosen(only: Sequence[str]) -> list[Architecture]:
    """The named architectures, or all. Raises InputError for an unknown name."""
    everything = list(architectures())
    unknown = set(only) - {one.name for one in everything}
    if unknown:
        raise InputError(
            f"There is no architecture `{min(unknown)}`; there are {', '.join(a.name for a in everything)}."
        )
    return [one for one in everything if not only or one.name in only]


def exported(folder: Path, only: Sequence[str] = ()) -> Iterator[tuple[Architecture, Path | str]]:
    """(architecture, its ONNX file in `folder`, made now where it is missing; or the reason why it cannot be exported)."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in chosen(only):
        path = folder / f"{one.name}.onnx"
        if path.exists():
            yield one, path
            continue
        try:
            _export(one, path)
        except MissingDependencyError:
            raise
        except (
            Exception
        ) as error:  # definitions and exporters of other people: whatever they raise is a row of the table
            yield one, f"not exported: {type(error).__name__}: {' '.join(str(error).split())[:160]}"
        else:
            yield one, path


def _export(one: Architecture, path: Path) -> None:
    """TorchScript export (the file appears whole or not at all). Raises MissingDependencyError, and whatever torch does."""
    try:
        import torch
    except ImportError as error:
        raise MissingDependencyError("The architectures need torch: pip install zoo[torch,bench].") from error
    _definitions_only()
    torch.manual_seed(0)
    network = _one_tuple(one.make().eval())
    randomise(network)
    sample = torch.randint(0, one.classes, one.shape) if one.classes else torch.rand(one.shape)
    partial = path.with_name(f".{path.name}")
    try:
        # A failing export prints its whole graph; the error's own words are the row's.
        with warnings.catch_warnings(), torch.no_grad(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network, (sample,), str(partial), opset_version=OPSET, dynamo=False, input_names=["input"]
            )
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def _definitions_only() -> None:
    """Import torchvision's Python definitions even where its compiled operators do not fit this torch (a CUDA wheel beside CPU torch)."""
    try:
        definitions.import_torchvision()
    except ModuleNotFoundError as error:
        raise MissingDependencyError("The architectures need torchvision: pip install zoo[bench].") from error


def randomise(network: Any) -> None:
    """No parameter or running statistic stays constant: a wrong scale, offset or order must show in the result.

    Scales, variances and layer scales become uniform in 0.5…1.5, offsets and means normal with deviation 0.1.
    """
    import torch

    with torch.no_grad():
        for name, tensor in (*network.named_parameters(), *network.named_buffers()):
            if (
                not tensor.is_floating_point()
                or tensor.numel() < 2
                or not bool((tensor == tensor.flatten()[0]).all())
            ):
                continue
            is_running = name.endswith(("running_mean", "running_var"))
            if not is_running and not isinstance(tensor, torch.nn.Parameter):
                continue  # masks and tables are part of the definition
            if bool(tensor.flatten()[0] == 0):
                tensor.normal_(0, 0.1)
            else:
                tensor.uniform_(0.5, 1.5)


def _one_tuple(network: Any) -> Any:
    """`network` with its result, whatever it is, as a flat tuple of tensors."""
    import torch

    class Flat(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, x: Any) -> Any:
            return tuple(_tensors(self.network(x)))

    return Flat().eval()


def _tensors(result: Any) -> Iterator[Any]:
    import torch

    if isinstance(result, torch.Tensor):
        yield result
    elif isinstance(result, dict):
        for part in result.values():
            yield from _tensors(part)
    elif isinstance(result, (tuple, list)):
        for part in result:
            yield from _tensors(part)
