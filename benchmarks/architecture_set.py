"""The set of architectures that conversions are measured on: PyTorch definitions of timm, torchvision, transformers and `torch.nn`.

Small members of each kind and small inputs: what is measured is the graph, not the arithmetic.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Architecture:
    """A network to build. `make` is called late and needs torch. Inputs are float32 noise of `shape`, integers below `classes` if given."""

    name: str
    kind: str
    make: Callable[[], Any]
    shape: Shape
    classes: int = 0

    @property
    def convolutional(self) -> bool:
        """Whether no Transpose may be left."""
        return self.kind == "convolutional"


CONVOLUTIONAL = {
    "resnet18": 64, "resnext50_32x4d": 64, "seresnet18": 64, "res2net50_26w_4s": 64, "res2next50": 64,
    "densenet121": 64, "dpn68": 64, "inception_v3": 96, "inception_v4": 96,
    "mobilenetv2_050": 64, "mobilenetv3_small_050": 64, "mobilenetv4_conv_small_035": 64, "mnasnet_small": 64,
    "efficientnet_b0": 64, "tf_efficientnet_lite0": 64, "tinynet_e": 64, "lcnet_050": 64, "rexnet_100": 64,
    "regnetx_002": 64, "regnety_002": 64, "ghostnet_050": 64, "hrnet_w18_small": 64, "repvgg_a0": 64,
    "mobileone_s0": 64, "dla34": 64, "cspdarknet53": 64, "selecsls42b": 64, "nf_resnet26": 64,
    "skresnet18": 64, "resnest14d": 64, "ese_vovnet19b_dw": 64, "xception41": 64, "convmixer_768_32": 32,
    "hgnetv2_b0": 64, "repghostnet_050": 64, "starnet_s1": 64,
}  # fmt: skip
"""timm model → input size."""

MIXED = {
    "convnext_atto": 64, "convnextv2_atto": 64, "inception_next_atto": 64, "fastvit_t8": 64, "repvit_m0_9": 64,
    "vit_tiny_patch16_224": 64, "deit_tiny_patch16_224": 64, "swin_tiny_patch4_window7_224": 224,
    "mobilevit_xxs": 64, "mobilevitv2_050": 64, "efficientformer_l1": 224, "edgenext_xx_small": 64,
    "levit_128s": 224, "poolformer_s12": 64, "pvt_v2_b0": 64, "coat_lite_tiny": 64, "xcit_nano_12_p16_224": 64,
    "efficientvit_b0": 64, "mixer_s32_224": 224, "resmlp_12_224": 224, "gmlp_ti16_224": 224,
    "pit_ti_224": 224, "tiny_vit_5m_224": 224, "visformer_tiny": 224, "convit_tiny": 224,
}  # fmt: skip
"""timm model with attention, token mixing or LayerNorm → input size."""


def architectures() -> Iterator[Architecture]:
    """Every architecture of the set, in the order of the report."""
    for kind, models in (("convolutional", CONVOLUTIONAL), ("mixed", MIXED)):
        for name, size in models.items():
            yield Architecture(name, kind, _timm(name, size), (1, 3, size, size))
    yield from _torchvision()
    yield from _transformers()
    yield from _plain()


def _timm(name: str, size: int) -> Callable[[], Any]:
    def make() -> Any:
        import timm

        options: dict[str, Any] = {"pretrained": False, "num_classes": 10}
        try:
            return timm.create_model(name, img_size=size, **options)
        except TypeError:  # most networks take any size and have no such option
            return timm.create_model(name, **options)

    return make


def _torchvision() -> Iterator[Architecture]:
    def model(name: str) -> Callable[[], Any]:
        def make() -> Any:
            from torchvision import models

            options = {"weights_backbone": None} if name.startswith(("fcn", "deeplab", "lraspp")) else {}
            return models.get_model(name, weights=None, **options)

        return make

    for name in ("shufflenet_v2_x0_5", "squeezenet1_1", "googlenet", "fcn_resnet50", "deeplabv3_mobilenet_v3_large",
                 "lraspp_mobilenet_v3_large"):  # fmt: skip
        yield Architecture(name, "convolutional", model(name), (1, 3, 64, 64))
    yield Architecture("r3d_18", "convolutional", model("r3d_18"), (1, 3, 4, 32, 32))
    yield Architecture("swin3d_t", "mixed", model("swin3d_t"), (1, 3, 4, 32, 32))


def _transformers() -> Iterator[Architecture]:
    tiny: dict[str, Any] = {
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 128,
    }

    def model(config: str, network: str, **options: Any) -> Callable[[], Any]:
        def make() -> Any:
            import transformers

            made = getattr(transformers, config)(**options)
            made._attn_implementation = "eager"
            return getattr(transformers, network)(made)

        return make

    yield Architecture(
        "bert", "mixed", model("BertConfig", "BertModel", vocab_size=100, **tiny), (1, 16), 100
    )
    whisper = {
        "d_model": 64,
        "encoder_layers": 2,
        "encoder_attention_heads": 4,
        "encoder_ffn_dim": 128,
        "max_source_positions": 50,
    }
    yield Architecture("whisper_encoder", "mixed", _whisper(whisper), (1, 80, 100))
    segformer = {"depths": [1, 1, 1, 1], "hidden_sizes": [16, 32, 48, 64], "decoder_hidden_size": 32}
    yield Architecture(
        "segformer",
        "mixed",
        model("SegformerConfig", "SegformerForSemanticSegmentation", **segformer),
        (1, 3, 64, 64),
    )
    yield Architecture(
        "yolos", "mixed",
        model("YolosConfig", "YolosForObjectDetection", image_size=[64, 64], num_detection_tokens=10, **tiny), (1, 3, 64, 64),
    )  # fmt: skip
    swin2sr = {
        "image_size": 32,
        "embed_dim": 32,
        "depths": [2, 2],
        "num_heads": [2, 2],
        "window_size": 8,
        "upscale": 2,
    }
    yield Architecture(
        "swin2sr",
        "mixed",
        model("Swin2SRConfig", "Swin2SRForImageSuperResolution", **swin2sr),
        (1, 3, 32, 32),
    )


def _whisper(options: dict[str, Any]) -> Callable[[], Any]:
    def make() -> Any:
        from transformers import WhisperConfig
        from transformers.models.whisper.modeling_whisper import WhisperEncoder

        config = WhisperConfig(**options)
        config._attn_implementation = "eager"
        return WhisperEncoder(config)

    return make


def _plain() -> Iterator[Architecture]:
    def named(name: str) -> Callable[[], Any]:
        def make() -> Any:
            from benchmarks import architecture_networks

            return getattr(architecture_networks, name)()

        return make

    yield Architecture("espcn", "convolutional", named("Espcn"), (1, 1, 32, 32))
    yield Architecture("audio_m5", "convolutional", named("AudioM5"), (1, 1, 2000))
    yield Architecture("ssd_head", "mixed", named("SsdHead"), (1, 3, 64, 64))
    yield Architecture("lstm", "mixed", named("Lstm"), (1, 12, 16))
    yield Architecture("gru_both_ways", "mixed", named("Gru"), (1, 12, 16))
