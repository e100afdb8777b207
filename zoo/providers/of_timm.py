"""In the child process: a model of timm as a card, from its pretrained configuration."""

import difflib
import re
from importlib import metadata
from pathlib import PurePosixPath
from typing import Any

from registry import definitions
from registry.errors import InputError
from zoo.providers import answer
from zoo.providers.answer import Data

_HUB_FILE = "model.safetensors"
"""What timm looks for first in a repository of the Hub (timm.models._hub.load_state_dict_from_hf)."""
_HASH = re.compile(r"-([0-9a-f]{8,63})\.\w+$")
"""The first digits of the sha256 at a file name's end, as torch.hub has them."""
_PAPER = re.compile(r"arxiv:\s*(\S+)", re.I)


def card(model: str) -> Data:
    """Raises InputError for a name that timm does not know, and for weights that no state dict is."""
    definitions.import_torchvision()
    import timm

    architecture, _, tag = model.partition(".")
    known = timm.list_models()
    if architecture not in known:
        raise InputError(
            f"timm {timm.__version__} has no model `{architecture}`{_meant(architecture, known)}"
        )
    tags = [
        name for name in timm.list_pretrained(f"{architecture}*") if name.partition(".")[0] == architecture
    ]
    if tag and model not in tags:
        raise InputError(
            f"timm has no weights `{tag}` of {architecture}; there are {', '.join(tags) or 'none'}."
        )
    config = timm.get_pretrained_cfg(model)
    if config is None:
        raise InputError(f"timm has no weights of {architecture}: write a card with yours (docs/cards.md).")
    model = f"{architecture}.{config.tag}" if config.tag else architecture
    return {
        "schema": 1,
        "name": _name(model),
        "task": "image-classification" if config.num_classes else "image-feature-extraction",
        "description": _description(architecture, config),
        "licenses": answer.licences("Apache-2.0", config.license),
        **_paper(config),
        "source": {"python": f"timm=={metadata.version('timm').partition('+')[0]}"},
        "weights": [_weights(model, config)],
        "entry": {"module": "timm", "class": "create_model", "args": [model]},
        "inputs": [_input(config)],
        **_outputs(config),
    }


def names() -> list[str]:
    """Every model with weights, the weights named: `resnet18.a1_in1k`."""
    definitions.import_torchvision()
    import timm

    return list(timm.list_pretrained())


def _meant(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3)
    return f": did you mean {' or '.join(f'`{one}`' for one in close)}?" if close else "."


def _name(model: str) -> str:
    return re.sub(r"[^a-z0-9._-]", "-", model.lower())[:96]


def _description(architecture: str, config: Any) -> str:
    kind = f"{config.num_classes} classes" if config.num_classes else "features"
    weights = f"weights {config.tag}" if config.tag else "its only weights"
    notes = config.notes if isinstance(config.notes, str) else " ".join(config.notes or ())
    return " ".join(f"{architecture} of timm, {weights}, {kind}. {config.description or ''} {notes}".split())


def _paper(config: Any) -> Data:
    ids = config.paper_ids or ()
    found = [_PAPER.match(one) for one in ([ids] if isinstance(ids, str) else ids)]
    return {"paper": f"https://arxiv.org/abs/{found[0][1]}"} if found and found[0] else {}


def _weights(model: str, config: Any) -> Data:
    """The Hub's file first, as timm has it; no hash is known of it beforehand."""
    if config.hf_hub_id:
        repository, _, revision = config.hf_hub_id.partition("@")
        file = config.hf_hub_filename or _HUB_FILE
        name = f"{_name(model)}{PurePosixPath(file).suffix}"
        return {"file": name, "urls": [f"hf:{repository}@{revision or 'main'}:{file}"], "first_use": True}
    if not config.url:
        raise InputError(f"timm has no weights of {model}: write a card with yours (docs/cards.md).")
    if config.custom_load:
        raise InputError(
            f"timm's weights of {model} are no state dict ({config.url}), and timm alone can read them."
        )
    start = _HASH.search(config.url)
    promised = {"sha256_start": start[1]} if start else {"first_use": True}
    return {"file": config.url.rpartition("/")[2].partition("?")[0], "urls": [config.url], **promised}


def _input(config: Any) -> Data:
    channels, height, width = config.input_size
    if channels != 3:
        raise InputError(
            f"This model of timm takes {channels} channels, no RGB image: write a card for it (docs/cards.md)."
        )
    method = {"bicubic": "bicubic", "bilinear": "bilinear", "nearest": "nearest"}.get(
        config.interpolation, "bicubic"
    )
    resize: Data = {"method": method, "whole_levels": True}
    if config.crop_mode == "border":
        resize["keep_aspect"] = True
        resize["fill"] = round(255 * sum(config.mean) / len(config.mean))
    elif config.crop_mode != "squash":
        resize["crop_pct"] = float(config.crop_pct)
    return answer.image((height, width), tuple(config.mean), tuple(config.std), resize)


def _outputs(config: Any) -> Data:
    if not config.num_classes:
        return {"outputs": [{"name": "features", "meaning": "pooled features"}]}
    return answer.classifier(_labels(config), config.num_classes)


def _labels(config: Any) -> tuple[str, ...]:
    """The class names where timm states them: its own list, or that of the ImageNet subset that the weights were trained on."""
    from timm.data import ImageNetInfo, infer_imagenet_subset

    if config.label_names:
        descriptions = config.label_descriptions or {}
        return tuple(descriptions.get(one, one) for one in config.label_names)
    subset = infer_imagenet_subset(config.to_dict())
    if subset is None:
        return ()
    info = ImageNetInfo(subset)
    return tuple(info.index_to_description(index) for index in range(info.num_classes()))
